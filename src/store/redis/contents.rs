//! What lies under a key, as Redis answers it and as this client reads it.

use bytes::Bytes;

use super::super::wire::{Unreadable, decode_pending, decode_record};
use super::super::{Pending, Record, StoreError, StoreErrorKind};

/// The largest value that is read, in bytes: far more than any record or reply takes.
pub(super) const LARGEST: &str = "1048576";

/// States and values of record, mark, reply, newest generation and damage.
pub(super) type Answer = (i64, Bytes, i64, Bytes, i64, Bytes, i64, Bytes, i64, Bytes);

/// A value that is there and of no use, and whether its content was read.
#[derive(Debug, Clone)]
pub(super) struct Odd {
    pub reason: Unreadable,
    pub seen: Option<Bytes>,
}

/// Everything under a key.
pub(super) struct Contents {
    pub record: Result<Record, Odd>,
    pub pending: Result<Option<Pending>, Odd>,
    pub reply: Result<Option<Bytes>, Odd>,
    pub newest: u64,
    /// Where the record was moved that nobody could read and nobody has replaced since.
    pub damage: Option<String>,
}

impl Contents {
    pub(super) fn of(answer: Answer) -> Self {
        let (record, at0, pending, at1, reply, at2, newest, at3, damage, at4) = answer;
        let text = |state, value| String::from_utf8(there(state, value).ok()??.to_vec()).ok();
        Contents {
            record: read(record, at0, decode_record).map(Option::unwrap_or_default),
            pending: read(pending, at1, decode_pending),
            reply: there(reply, at2),
            newest: text(newest, at3).and_then(|text| text.parse().ok()).unwrap_or(0),
            damage: text(damage, at4),
        }
    }

    /// The record, unless it or what stood in its place could not be read.
    pub(super) fn readable(self, place: &str) -> Result<Record, StoreError> {
        match (self.record, self.damage) {
            (Err(odd), _) => Err(refusal(odd.reason, place)),
            (Ok(Record { generation: 0, .. }), Some(aside)) => Err(corrupt(format!("{}: {place}", moved(&aside)))),
            (Ok(record), _) => Ok(record),
        }
    }
}

/// A value, none where there is none.
fn there(state: i64, value: Bytes) -> Result<Option<Bytes>, Odd> {
    match state {
        0 => Ok(None),
        1 => Ok(Some(value)),
        _ => Err(Odd { reason: Unreadable::Corrupt, seen: None }),
    }
}

fn read<T>(state: i64, value: Bytes, decode: impl FnOnce(&[u8]) -> Result<T, Unreadable>) -> Result<Option<T>, Odd> {
    let Some(value) = there(state, value)? else { return Ok(None) };
    decode(&value).map(Some).map_err(|reason| Odd { reason, seen: Some(value) })
}

/// What to say of a value that stays where it is.
pub(super) fn refusal(reason: Unreadable, place: &str) -> StoreError {
    match reason {
        Unreadable::Corrupt => corrupt(format!("{place} holds no record of tokens; put it back or sign in again")),
        Unreadable::Newer => StoreError::message(format!(
            "the record at {place} was written by a later version of this library; update this program"
        )),
    }
}

/// What to say of a value that was moved.
pub(super) fn moved(aside: &str) -> String {
    format!("the record could not be read and is kept as {aside}; put it back or sign in again")
}

fn corrupt(text: String) -> StoreError {
    StoreError::message(text).of_kind(StoreErrorKind::Corrupt)
}
