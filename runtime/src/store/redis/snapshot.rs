//! A snapshot of everything under a key, as Redis returns it and as this client parses it.

use bytes::Bytes;

use crate::store::codec::{StoredValue, Unreadable, asked_of, decode_pending, decode_record};
use crate::store::kit::{corrupt, quarantined, refusal, removed};
use crate::store::{Asked, Pending, StoreError, TokenRecord};

/// The largest value that is read, in bytes: far more than any record or reply takes.
pub(super) const LARGEST: &str = "1048576";

/// States and values of record, pending marker, reply, newest generation, damage, copy and question.
pub(super) type Answer = Vec<(i64, Bytes)>;

/// A value that cannot be used, and its bytes if they were read.
#[derive(Debug, Clone)]
pub(super) struct UnreadableValue {
    pub reason: Unreadable,
    pub seen: Option<Bytes>,
}

/// A record and the bytes that it was read from.
pub(super) type Read = (StoredValue, Bytes);

/// Everything under a key.
pub(super) struct Snapshot {
    pub record: Result<Option<Read>, UnreadableValue>,
    pub pending: Result<Option<Pending>, UnreadableValue>,
    pub reply: Result<Option<Bytes>, UnreadableValue>,
    pub newest: u64,
    /// Where the record was moved that could not be read and was not replaced since.
    pub damage: Option<String>,
    /// The record a second time.
    pub copy: Option<Read>,
    pub asked: Option<Asked>,
}

impl Snapshot {
    pub(super) fn of(answer: Answer) -> Self {
        let mut values = answer.into_iter();
        let mut next = || values.next().unwrap_or_default();
        let [record, pending, reply, newest, damage, copy, asked] = std::array::from_fn(|_| next());
        let text = |value| String::from_utf8(there(value).ok()??.to_vec()).ok();
        let asked = there(asked).ok().flatten().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Snapshot {
            record: read(record, decode_record),
            pending: read(pending, decode_pending).map(|read| read.map(|(pending, _)| pending)),
            reply: there(reply),
            newest: text(newest).and_then(|text| text.parse().ok()).unwrap_or(0),
            damage: text(damage),
            copy: read(copy, decode_record).ok().flatten(),
            asked: asked.as_ref().and_then(asked_of),
        }
    }

    /// The record, unless it or what stood in its place could not be read.
    pub(super) fn readable(self, place: &str) -> Result<TokenRecord, StoreError> {
        match (self.record, self.damage) {
            (Err(unreadable), _) => Err(refusal(unreadable.reason, place)),
            (Ok(Some((kept, _))), _) => Ok(kept.into_record(self.newest)),
            (Ok(None), Some(aside)) => Err(corrupt(format!("{}: {place}", quarantined(&aside)))),
            (Ok(None), None) if self.copy.is_some() || self.newest > 0 => Err(corrupt(removed(place))),
            (Ok(None), None) => Ok(TokenRecord::default()),
        }
    }
}

/// A value, none where there is none.
fn there((state, value): (i64, Bytes)) -> Result<Option<Bytes>, UnreadableValue> {
    match state {
        0 => Ok(None),
        1 => Ok(Some(value)),
        _ => Err(UnreadableValue { reason: Unreadable::Corrupt("it is not text, or is too long"), seen: None }),
    }
}

fn read<T>(
    value: (i64, Bytes),
    decode: impl FnOnce(&[u8]) -> Result<T, Unreadable>,
) -> Result<Option<(T, Bytes)>, UnreadableValue> {
    let Some(value) = there(value)? else { return Ok(None) };
    match decode(&value) {
        Ok(read) => Ok(Some((read, value))),
        Err(reason) => Err(UnreadableValue { reason, seen: Some(value) }),
    }
}
