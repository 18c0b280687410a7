//! The format of records and pending markers in every store: JSON that ends with a checksum of its own bytes. Only the format is
//! handled here.

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;
use zeyos_core::{SessionLoss, Timestamp};

use super::lineage::Lineage;
use super::shared::LAST_GENERATION;
use super::{Asked, IntrospectionCheck, Pending, TokenRecord};
use crate::TokenSet;
use crate::bits::fingerprint;
use crate::bits::{hex, sha256};

/// Text with secrets in it: wiped when it is dropped.
pub(super) type Text = Zeroizing<Vec<u8>>;

/// The form that this version writes.
pub(super) const FORMAT: u64 = 1;

/// Why a stored value cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Not a record, or a truncated one.
    Corrupt(&'static str),
    /// A later version has written it, and can read it.
    Newer,
}

/// What is stored in the place of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoredValue {
    Record(Box<TokenRecord>),
    /// A bare token set, as a program writes that knows no records.
    Bare(Box<TokenSet>),
}

impl StoredValue {
    /// The record. What another program wrote is newer than everything that the store has held.
    pub(super) fn into_record(self, newest: u64) -> TokenRecord {
        match self {
            StoredValue::Record(record) => *record,
            StoredValue::Bare(tokens) => {
                let generation = newest.saturating_add(1).min(LAST_GENERATION);
                TokenRecord { generation, tokens: Some(*tokens), ..TokenRecord::default() }
            }
        }
    }
}

/// The record with its tokens readable.
pub(super) fn encode_record(record: &TokenRecord) -> Text {
    let lineage = record.lineage.as_ref();
    seal(&json!({
        "format": FORMAT,
        "owner": record.owner,
        "generation": record.generation,
        "tokens": record.tokens.as_ref().map(TokenSet::to_json_exposing_secrets),
        "lost": record.lost.map(loss_name),
        "login": lineage.map(|lineage| lineage.login.as_str()),
        "renewals": lineage.map(|lineage| lineage.renewals),
        "pair": lineage.map(|lineage| lineage.pair.as_str()),
        "introspection": record.introspection.map(check_name),
    }))
}

/// Reads what [`encode_record`] wrote, in this version or an earlier one.
pub(super) fn decode_record(bytes: &[u8]) -> Result<StoredValue, Unreadable> {
    if bytes.trim_ascii().is_empty() {
        return Err(Unreadable::Corrupt("it is empty"));
    }
    let changed = Unreadable::Corrupt("it was changed or cut");
    if let Some(members) = unseal(bytes) {
        return record(&known(&members)?).ok_or(Unreadable::Corrupt("it is not a record"));
    }
    let Ok(Value::Object(members)) = serde_json::from_slice(bytes) else { return Err(changed) };
    if has_exactly(&members, &["format", "owner", "generation", "tokens", "lost"]) {
        return record(&known(&members)?).ok_or(changed);
    }
    let is_record = ["format", "generation", "tokens", "checksum"].iter().any(|name| members.contains_key(*name));
    // A record that was damaged must not pass for a bare set.
    let tokens = TokenSet::from_json(&Value::Object(members)).filter(|_| !is_record);
    tokens.map(Box::new).map(StoredValue::Bare).ok_or(changed)
}

fn record(members: &Map<String, Value>) -> Option<StoredValue> {
    Some(StoredValue::Record(Box::new(TokenRecord {
        generation: generation(members)?,
        tokens: optional(members, "tokens", TokenSet::from_json)?,
        lost: optional(members, "lost", |value| value.as_str().map(loss_named))?,
        owner: optional(members, "owner", text)?,
        lineage: lineage(members),
        introspection: members.get("introspection").and_then(Value::as_str).and_then(check_named),
    })))
}

fn lineage(members: &Map<String, Value>) -> Option<Lineage> {
    let named = |name: &str| members.get(name).and_then(text);
    Some(Lineage::from_parts(named("login")?, members.get("renewals")?.as_u64()?, named("pair")?))
}

/// A pending exchange, and the random name of its process, where the store needs one.
#[cfg(not(target_family = "wasm"))]
pub(super) fn encode_pending(pending: &Pending, holder: Option<&str>) -> Text {
    let mut value = pending_value(pending);
    if let Some(holder) = holder {
        value["holder"] = holder.into();
    }
    seal(&value)
}

/// The members of a pending exchange.
pub(super) fn pending_value(pending: &Pending) -> Value {
    json!({
        "format": FORMAT,
        "generation": pending.generation,
        "refreshTokenHash": pending.refresh_token_hash,
        "since": pending.since.as_unix(),
        "requestId": pending.request_id,
    })
}

/// Reads what [`encode_pending`] wrote, in this version or an earlier one.
#[cfg(not(target_family = "wasm"))]
pub(super) fn decode_pending(bytes: &[u8]) -> Result<Pending, Unreadable> {
    let changed = Unreadable::Corrupt("it was changed or cut");
    pending_of(&known(&unsealed(bytes).ok_or(changed)?)?).ok_or(changed)
}

/// The members of what is sealed, or was written by an earlier version, which did not seal everything.
pub(super) fn unsealed(bytes: &[u8]) -> Option<Map<String, Value>> {
    unseal(bytes).or_else(|| match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) if !members.contains_key("checksum") => Some(members),
        _ => None,
    })
}

pub(super) fn pending_of(members: &Map<String, Value>) -> Option<Pending> {
    Some(Pending {
        generation: generation(members)?,
        refresh_token_hash: optional(members, "refreshTokenHash", text)?,
        since: Timestamp::from_unix(members.get("since")?.as_i64()?),
        request_id: optional(members, "requestId", text)??,
    })
}

/// A pending exchange that cannot be read was cut by a crash or changed since: it is taken for one of what the record holds, so
/// that at worst a token is asked about that was never sent.
pub(super) fn unreadable_pending(record: &TokenRecord) -> Pending {
    let refresh_token = record.tokens.as_ref().and_then(|tokens| tokens.refresh_token.as_ref());
    Pending {
        generation: record.generation,
        refresh_token_hash: refresh_token.map(fingerprint),
        since: Timestamp::from_unix(0),
        request_id: "unreadable".to_owned(),
    }
}

/// The last question to the server.
pub(super) fn asked_value(asked: Option<&Asked>) -> Value {
    asked.map_or(Value::Null, |asked| json!({"refreshTokenHash": asked.refresh_token_hash, "at": asked.at.as_unix()}))
}

/// Reads what [`asked_value`] gave; anything else is not a question.
pub(super) fn asked_of(value: &Value) -> Option<Asked> {
    Some(Asked {
        refresh_token_hash: value.get("refreshTokenHash").and_then(text)?,
        at: Timestamp::from_unix(value.get("at")?.as_i64()?),
    })
}

/// The members of what a version wrote that is not later than this one.
pub(super) fn known(members: &Map<String, Value>) -> Result<Map<String, Value>, Unreadable> {
    match members.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => Ok(members.clone()),
        _ if is_newer(members) => Err(Unreadable::Newer),
        _ => Err(Unreadable::Corrupt("it is of no known format")),
    }
}

fn is_newer(members: &Map<String, Value>) -> bool {
    members.get("format").and_then(Value::as_u64).is_some_and(|format| format > FORMAT)
}

fn has_exactly(members: &Map<String, Value>, names: &[&str]) -> bool {
    members.len() == names.len() && names.iter().all(|name| members.contains_key(*name))
}

fn generation(members: &Map<String, Value>) -> Option<u64> {
    members.get("generation")?.as_u64().filter(|number| *number <= LAST_GENERATION)
}

/// A member that may be null, but not of another kind and not missing: a record is written whole.
pub(super) fn optional<T>(
    members: &Map<String, Value>,
    name: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Option<Option<T>> {
    match members.get(name)? {
        Value::Null => Some(None),
        value => read(value).map(Some),
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn loss_name(loss: SessionLoss) -> &'static str {
    match loss {
        SessionLoss::RotationOutcomeUnknown => "rotationOutcomeUnknown",
        SessionLoss::StaleStore => "staleStore",
        SessionLoss::Expired => "expired",
        _ => "revoked",
    }
}

/// Earlier versions wrote the names in snake_case into Redis and the keyring. A name that this version does not know means, as
/// all of them do, that the server takes the token no longer.
fn loss_named(name: &str) -> SessionLoss {
    match name {
        "rotationOutcomeUnknown" | "rotation_outcome_unknown" => SessionLoss::RotationOutcomeUnknown,
        "staleStore" | "stale_store" => SessionLoss::StaleStore,
        "expired" => SessionLoss::Expired,
        _ => SessionLoss::Revoked,
    }
}

fn check_name(check: IntrospectionCheck) -> &'static str {
    match check {
        IntrospectionCheck::Confirmed => "confirmed",
        IntrospectionCheck::Contradicted => "contradicted",
    }
}

fn check_named(name: &str) -> Option<IntrospectionCheck> {
    [IntrospectionCheck::Confirmed, IntrospectionCheck::Contradicted]
        .into_iter()
        .find(|check| check_name(*check) == name)
}

const CHECKSUM: &[u8] = b",\"checksum\":\"";
const TAIL: usize = CHECKSUM.len() + 64 + 2;

/// JSON whose last member is the checksum of the bytes before it.
pub(super) fn seal(value: &Value) -> Text {
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
pub(super) fn unseal(bytes: &[u8]) -> Option<Map<String, Value>> {
    let bytes = bytes.trim_ascii_end();
    let (front, tail) = bytes.split_at(bytes.len().checked_sub(TAIL)?);
    let checksum = tail.strip_prefix(CHECKSUM)?.strip_suffix(b"\"}")?;
    if hex(&sha256(&[front, b"}"])).as_bytes() != checksum {
        return None;
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&sha256(&[bytes]))
}

#[cfg(test)]
mod tests;
