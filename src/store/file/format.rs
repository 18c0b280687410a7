//! What stands in the files of the store, byte by byte. Nothing here touches a file.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;
use zeyos_core::{SessionLoss, Timestamp};

use crate::TokenSet;
use crate::store::{Pending, Record};

/// Text with secrets in it: wiped when it is dropped.
pub(super) type Text = Zeroizing<Vec<u8>>;

const FORMAT: u64 = 1;

/// How the bytes of a record turned out.
#[derive(Debug)]
pub(super) enum Reading {
    Good(Box<Record>),
    /// Whole, but of a format that a later version of this library writes.
    Newer,
    Bad(&'static str),
}

pub(super) fn write_record(record: &Record) -> Text {
    seal(&json!({
        "format": FORMAT,
        "owner": record.owner,
        "generation": record.generation,
        "tokens": record.tokens.as_ref().map(TokenSet::to_json_exposing_secrets),
        "lost": record.lost.map(loss_name),
    }))
}

pub(super) fn read_record(bytes: &[u8]) -> Reading {
    if bytes.trim_ascii().is_empty() {
        return Reading::Bad("it is empty");
    }
    match unseal(bytes) {
        Some(value) if value["format"].as_u64().is_some_and(|format| format > FORMAT) => Reading::Newer,
        Some(value) => sealed_record(&value).map_or(Reading::Bad("it is no record"), good),
        None => plain_record(bytes).map_or(Reading::Bad("it was changed or cut"), good),
    }
}

fn good(record: Record) -> Reading {
    Reading::Good(Box::new(record))
}

fn sealed_record(value: &Value) -> Option<Record> {
    let text = |name: &str| value[name].as_str();
    Some(Record {
        generation: value["generation"].as_u64()?,
        // A set without any token says as much as no set.
        tokens: TokenSet::from_json(&value["tokens"]),
        lost: text("lost").map(loss),
        owner: text("owner").map(str::to_owned),
    })
}

/// The bare token set that earlier versions wrote. A record that was damaged must not pass for one.
fn plain_record(bytes: &[u8]) -> Option<Record> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let is_record = ["format", "generation", "tokens", "checksum"].iter().any(|name| value.get(*name).is_some());
    let tokens = TokenSet::from_json(&value).filter(|_| !is_record)?;
    Some(Record { generation: 1, tokens: Some(tokens), ..Record::default() })
}

fn loss_name(loss: SessionLoss) -> &'static str {
    match loss {
        SessionLoss::RotationOutcomeUnknown => "rotationOutcomeUnknown",
        SessionLoss::StaleStore => "staleStore",
        SessionLoss::Expired => "expired",
        _ => "revoked",
    }
}

fn loss(name: &str) -> SessionLoss {
    match name {
        "rotationOutcomeUnknown" => SessionLoss::RotationOutcomeUnknown,
        "staleStore" => SessionLoss::StaleStore,
        "expired" => SessionLoss::Expired,
        _ => SessionLoss::Revoked,
    }
}

pub(super) fn write_pending(pending: &Pending) -> Text {
    seal(&json!({
        "format": FORMAT,
        "generation": pending.generation,
        "refreshTokenHash": pending.refresh_token_hash,
        "since": pending.since.as_unix(),
        "requestId": pending.request_id,
    }))
}

/// The mark. One that cannot be read was cut by a crash or changed since: it is taken for a mark of what the record holds, so
/// that at worst a token is asked about that was never sent.
pub(super) fn read_pending(bytes: &[u8], record: &Record) -> Option<Pending> {
    if bytes.trim_ascii().is_empty() {
        return None;
    }
    let whole = unseal(bytes).and_then(|value| {
        Some(Pending {
            generation: value["generation"].as_u64()?,
            refresh_token_hash: value["refreshTokenHash"].as_str().map(str::to_owned),
            since: Timestamp::from_unix(value["since"].as_i64()?),
            request_id: value["requestId"].as_str()?.to_owned(),
        })
    });
    Some(whole.unwrap_or_else(|| unreadable(record)))
}

fn unreadable(record: &Record) -> Pending {
    let refresh_token = record.tokens.as_ref().and_then(|tokens| tokens.refresh_token.as_ref());
    Pending {
        generation: record.generation,
        refresh_token_hash: refresh_token.map(|token| hash(token.expose().as_bytes())),
        since: Timestamp::from_unix(0),
        request_id: "unreadable".to_owned(),
    }
}

/// A reply as it came in, after one line that says whose it is and how long, so that what is left of an earlier exchange, and
/// what was cut, can be told.
pub(super) fn write_journal(exchange: Option<&Pending>, reply: &[u8]) -> Text {
    let mut text = seal(&json!({
        "format": FORMAT,
        "generation": exchange.map(|pending| pending.generation),
        "requestId": exchange.map(|pending| pending.request_id.as_str()),
        "length": reply.len(),
        "hash": hash(reply),
    }));
    let mut whole = Zeroizing::new(Vec::with_capacity(text.len() + reply.len()));
    whole.append(&mut text);
    whole.extend_from_slice(reply);
    whole
}

/// The reply and the generation that it was to renew, where that is known.
pub(super) fn read_journal(bytes: &[u8]) -> Option<(Option<u64>, Bytes)> {
    if is_blank(bytes) {
        return None;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (head, rest) = bytes.split_at(end);
    let Some(head) = unseal(head) else { return Some((None, Bytes::copy_from_slice(cut(bytes)))) };
    let length = head["length"].as_u64().and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    let reply = &rest[..length.min(rest.len())];
    let is_whole = reply.len() == length && head["hash"] == hash(reply).as_str();
    let reply = if is_whole { reply } else { cut(reply) };
    (is_whole || !reply.is_empty()).then(|| (head["generation"].as_u64(), Bytes::copy_from_slice(reply)))
}

/// Without the zeros that hold the place of what was not written.
fn cut(mut bytes: &[u8]) -> &[u8] {
    const MANY: usize = 1024;
    while let Some((front, [0, ..])) = bytes.split_last_chunk::<MANY>()
        && bytes[front.len()..] == [0; MANY]
    {
        bytes = front;
    }
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    &bytes[..end]
}

/// Whether there is nothing but zeros that hold a place.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    cut(bytes).is_empty()
}

/// The newest generation ever committed, which stands in the lock file.
pub(super) fn write_newest(generation: u64) -> Text {
    seal(&json!({ "newest": generation }))
}

/// 0 where it cannot be read: it only ever adds to what the record says.
pub(super) fn read_newest(bytes: &[u8]) -> u64 {
    unseal(bytes).and_then(|value| value["newest"].as_u64()).unwrap_or(0)
}

const CHECKSUM: &[u8] = b",\"checksum\":\"";
const TAIL: usize = CHECKSUM.len() + 64 + 2;

/// JSON whose last member is the checksum of the bytes before it.
fn seal(value: &Value) -> Text {
    let mut body = Zeroizing::new(value.to_string().into_bytes());
    let checksum = hash(&body);
    body.pop();
    let mut text = Zeroizing::new(Vec::with_capacity(body.len() + TAIL + 1));
    text.append(&mut body);
    text.extend_from_slice(CHECKSUM);
    text.extend_from_slice(checksum.as_bytes());
    text.extend_from_slice(b"\"}\n");
    text
}

/// What [`seal`] sealed, if not one byte is different.
fn unseal(bytes: &[u8]) -> Option<Value> {
    let bytes = bytes.trim_ascii_end();
    let (front, tail) = bytes.split_at(bytes.len().checked_sub(TAIL)?);
    let checksum = tail.strip_prefix(CHECKSUM)?.strip_suffix(b"\"}")?;
    let digest = Sha256::new().chain_update(front).chain_update(b"}").finalize();
    (hex(&digest).as_bytes() == checksum).then(|| serde_json::from_slice(bytes).ok())?
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests;
