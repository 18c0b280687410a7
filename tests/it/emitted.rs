//! What the emitted calls and records need: a log of calls, and a way to read a record back whatever its type.

#[rustfmt::skip]
#[allow(unreachable_pub, reason = "it is written as a crate of its own would be")]
pub(crate) mod documents;

use serde::de::DeserializeOwned;
use zeyos::{DecodeError, Decoding, Error, JsonMap};
use zeyos_core::FilledDefault;

use crate::wire::{Recorder, Sent};

/// One call: which it says it is, what went out, and whether the answer could be read.
pub(crate) struct Noted {
    /// Document and operation id.
    pub id: &'static str,
    pub sent: Vec<Sent>,
    pub outcome: Result<(), Error>,
}

/// All calls so far.
pub(crate) struct Log {
    recorder: Recorder,
    pub calls: Vec<Noted>,
}

impl Log {
    pub(crate) fn new(recorder: Recorder) -> Self {
        Log { recorder, calls: Vec::new() }
    }

    /// Called after every call.
    pub(crate) fn note(&mut self, id: &'static str, outcome: Result<(), Error>) {
        self.calls.push(Noted { id, sent: self.recorder.take(), outcome });
    }
}

/// A record that can be read back.
pub(crate) trait Columns: DeserializeOwned + PartialEq + serde::Serialize {
    const NAME: &'static str;
    const RESOURCE: &'static str;

    /// What was decoded, in the form of the wire. A secret is null, because it cannot be written this way.
    fn columns(&self) -> JsonMap;
}

type Reading = Result<(JsonMap, Vec<FilledDefault>), DecodeError>;

/// A record type as data.
pub(crate) struct RecordType {
    pub name: &'static str,
    pub resource: &'static str,
    /// Decodes a row and reads it back.
    pub read: fn(&[u8], Decoding) -> Reading,
    /// Decodes a row and serialises the record.
    pub write: fn(&[u8]) -> serde_json::Result<Vec<u8>>,
    /// Whether two rows decode to equal records.
    pub same: fn(&[u8], &[u8]) -> bool,
}

impl RecordType {
    pub(crate) fn of<T: Columns>() -> Self {
        RecordType { name: T::NAME, resource: T::RESOURCE, read: read::<T>, write: write::<T>, same: same::<T> }
    }
}

fn read<T: Columns>(row: &[u8], decoding: Decoding) -> Reading {
    zeyos_core::decode::json::<T>(row, decoding).map(|(record, defaulted)| (record.columns(), defaulted))
}

fn write<T: Columns>(row: &[u8]) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&serde_json::from_slice::<T>(row)?)
}

fn same<T: Columns>(left: &[u8], right: &[u8]) -> bool {
    let decode = |row| zeyos_core::decode::json::<T>(row, Decoding::Strict).unwrap().0;
    decode(left) == decode(right)
}

/// Writes what reads a record back. It gets the pairs of field and column.
#[macro_export]
macro_rules! columns {
    ($name:ident { $($field:ident = $column:literal,)* }) => {
        impl $crate::emitted::Columns for $name {
            const NAME: &'static str = stringify!($name);
            const RESOURCE: &'static str = <$name as zeyos::Model>::RESOURCE;

            fn columns(&self) -> zeyos::JsonMap {
                let columns = [$(($column, zeyos_core::model::Wire::to_json(&self.$field)),)*];
                columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            }
        }
    };
}
