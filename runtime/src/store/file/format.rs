//! The formats of the files beside the record. No file is touched here.

use bytes::Bytes;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::store::codec::{
    Text, asked_of, asked_value, decode_pending, encode_pending, hash, seal, unreadable_pending, unseal,
};
use crate::store::shared::LAST_GENERATION;
use crate::store::{Asked, Pending, TokenRecord};

const FORMAT: u64 = 1;

pub(super) fn write_pending(pending: &Pending) -> Text {
    encode_pending(pending, None)
}

/// The pending exchange, if there is one.
pub(super) fn read_pending(bytes: &[u8], record: &TokenRecord) -> Option<Pending> {
    (!bytes.trim_ascii().is_empty()).then(|| decode_pending(bytes).unwrap_or_else(|_| unreadable_pending(record)))
}

/// A raw answer after a header line with its exchange and length, so that leftovers of an earlier exchange and truncated answers are
/// recognised.
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

/// The answer, and the generation that it was to refresh, if that is known.
pub(super) fn read_journal(bytes: &[u8]) -> Option<(Option<u64>, Bytes)> {
    if is_blank(bytes) {
        return None;
    }
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (head, rest) = bytes.split_at(end);
    let Some(head) = unseal(head).map(Value::Object) else { return Some((None, Bytes::copy_from_slice(cut(bytes)))) };
    let length = head["length"].as_u64().and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    let reply = &rest[..length.min(rest.len())];
    let is_whole = reply.len() == length && head["hash"] == hash(reply).as_str();
    let reply = if is_whole { reply } else { cut(reply) };
    (is_whole || !reply.is_empty()).then(|| (head["generation"].as_u64(), Bytes::copy_from_slice(reply)))
}

/// Without the trailing zeros of reserved space.
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

/// Whether there is nothing but the zeros of reserved space.
pub(super) fn is_blank(bytes: &[u8]) -> bool {
    cut(bytes).is_empty()
}

/// The contents of the lock file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Notes {
    /// The newest generation ever committed.
    pub newest: u64,
    /// The last question to the server that had no answer.
    pub asked: Option<Asked>,
}

pub(super) fn write_notes(notes: &Notes) -> Text {
    seal(&json!({ "newest": notes.newest, "asked": asked_value(notes.asked.as_ref()) }))
}

/// Empty notes if they cannot be read: they only add to what the record says.
pub(super) fn read_notes(bytes: &[u8]) -> Notes {
    let Some(members) = unseal(bytes) else { return Notes::default() };
    let newest = members.get("newest").and_then(Value::as_u64).filter(|newest| *newest <= LAST_GENERATION);
    Notes { newest: newest.unwrap_or(0), asked: members.get("asked").and_then(asked_of) }
}

#[cfg(test)]
mod tests;
