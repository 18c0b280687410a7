//! The JSON in which the stores beside the file keep records and marks. It decides what is readable, and nothing else.

use serde_json::{Map, Value, json};
use zeyos_core::{Secret, SessionLoss, Timestamp};

use super::{Pending, Record};
use crate::TokenSet;

/// The form that this version writes.
pub(super) const FORMAT: u64 = 1;

/// Beyond this, a number is not exact for everybody who reads JSON, the scripts of Redis among them.
const LARGEST: u64 = 1 << 53;

/// Why something kept is of no use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// No record, or half of one.
    Corrupt,
    /// A later version has written it, and can read it.
    Newer,
}

/// The record with its tokens readable.
pub(super) fn encode_record(record: &Record) -> Secret {
    let tokens = record.tokens.as_ref().map(TokenSet::to_json_exposing_secrets);
    let value = json!({
        "format": FORMAT,
        "owner": record.owner,
        "generation": record.generation,
        "tokens": tokens,
        "lost": record.lost.map(loss_name),
    });
    Secret::new(value.to_string())
}

/// Reads what [`encode_record`] wrote.
pub(super) fn decode_record(bytes: &[u8]) -> Result<Record, Unreadable> {
    let members = object(bytes)?;
    Ok(Record {
        generation: generation(&members)?,
        tokens: optional(&members, "tokens", TokenSet::from_json)?,
        lost: optional(&members, "lost", |value| value.as_str().map(loss_named))?,
        owner: optional(&members, "owner", text)?,
    })
}

/// The mark of an exchange, and the random name of whoever leaves it.
pub(super) fn encode_pending(pending: &Pending, holder: &str) -> Value {
    json!({
        "format": FORMAT,
        "holder": holder,
        "generation": pending.generation,
        "refreshTokenHash": pending.refresh_token_hash,
        "since": pending.since.as_unix(),
        "requestId": pending.request_id,
    })
}

/// Reads what [`encode_pending`] wrote.
pub(super) fn decode_pending(bytes: &[u8]) -> Result<Pending, Unreadable> {
    let members = object(bytes)?;
    pending_of(&members)
}

/// Reads the members of what [`encode_pending`] wrote.
pub(super) fn pending_of(members: &Map<String, Value>) -> Result<Pending, Unreadable> {
    let since = members.get("since").and_then(Value::as_i64).ok_or(Unreadable::Corrupt)?;
    Ok(Pending {
        generation: generation(members)?,
        refresh_token_hash: optional(members, "refreshTokenHash", text)?,
        since: Timestamp::from_unix(since),
        request_id: optional(members, "requestId", text)?.ok_or(Unreadable::Corrupt)?,
    })
}

/// The members of an object in a form that this version knows.
pub(super) fn object(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    let Ok(Value::Object(members)) = serde_json::from_slice(bytes) else { return Err(Unreadable::Corrupt) };
    match members.get("format").and_then(Value::as_u64) {
        Some(FORMAT) => Ok(members),
        Some(newer) if newer > FORMAT => Err(Unreadable::Newer),
        _ => Err(Unreadable::Corrupt),
    }
}

fn generation(members: &Map<String, Value>) -> Result<u64, Unreadable> {
    let number = members.get("generation").and_then(Value::as_u64);
    number.filter(|number| *number < LARGEST).ok_or(Unreadable::Corrupt)
}

/// A member that may be null, but not of another kind and not missing: a record is written whole.
pub(super) fn optional<T>(
    members: &Map<String, Value>,
    name: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, Unreadable> {
    match members.get(name) {
        Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or(Unreadable::Corrupt),
        None => Err(Unreadable::Corrupt),
    }
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn loss_name(loss: SessionLoss) -> &'static str {
    match loss {
        SessionLoss::RotationOutcomeUnknown => "rotation_outcome_unknown",
        SessionLoss::StaleStore => "stale_store",
        SessionLoss::Expired => "expired",
        _ => "revoked",
    }
}

/// A name that this version does not know means, as all of them do, that the server takes the token no longer.
fn loss_named(name: &str) -> SessionLoss {
    match name {
        "rotation_outcome_unknown" => SessionLoss::RotationOutcomeUnknown,
        "stale_store" => SessionLoss::StaleStore,
        "expired" => SessionLoss::Expired,
        _ => SessionLoss::Revoked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Record {
        Record {
            generation: 7,
            tokens: Some(TokenSet::bearer("a").with_refresh_token("r")),
            lost: Some(SessionLoss::StaleStore),
            owner: Some("https://erp.example.com/demo app".to_owned()),
        }
    }

    #[test]
    fn records_and_marks_come_back_as_they_were() {
        for lost in [SessionLoss::RotationOutcomeUnknown, SessionLoss::Revoked, SessionLoss::Expired] {
            let record = Record { lost: Some(lost), ..full() };
            assert_eq!(decode_record(encode_record(&record).expose().as_bytes()), Ok(record));
        }
        for record in [full(), Record { generation: 1, ..Record::default() }] {
            assert_eq!(decode_record(encode_record(&record).expose().as_bytes()), Ok(record));
        }
        let pending = Pending {
            generation: 7,
            refresh_token_hash: Some("00ff".to_owned()),
            since: Timestamp::from_unix(1_800_000_000),
            request_id: "q".to_owned(),
        };
        assert_eq!(decode_pending(encode_pending(&pending, "h").to_string().as_bytes()), Ok(pending));
    }

    #[test]
    fn half_a_record_is_corrupt_at_every_byte() {
        let whole = encode_record(&full());
        for end in 0..whole.expose().len() {
            assert_eq!(decode_record(&whole.expose().as_bytes()[..end]), Err(Unreadable::Corrupt), "{end}");
        }
        for member in ["owner", "generation", "tokens", "lost"] {
            let mut value: Value = serde_json::from_str(whole.expose()).unwrap();
            value[member] = json!([1]);
            assert_eq!(decode_record(value.to_string().as_bytes()), Err(Unreadable::Corrupt), "{member}");
            value.as_object_mut().unwrap().remove(member);
            assert_eq!(decode_record(value.to_string().as_bytes()), Err(Unreadable::Corrupt), "{member}");
        }
    }

    #[test]
    fn the_record_of_a_later_version_is_not_corrupt() {
        assert_eq!(decode_record(br#"{"format":2,"whatever":[]}"#), Err(Unreadable::Newer));
    }
}
