//! From bytes to values: one reader for all records and objects, which decides what happens to absent, null and unexpected values.

mod drift;
mod missing;
mod reader;
mod sign;
pub(crate) mod trace;
mod union;

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};

use crate::error::DecodeError;
use crate::model::{Json, Wire};

pub(crate) use drift::watched;
pub use drift::{Drift, Drifts, unknown_code, unknown_text};
pub use reader::{Blanks, Keys, Reader, nullable, object};
pub use sign::{Sign, Tag, from_json};
pub use union::{from_map, members, take_members, take_tag};

/// What a reader does about a column that must have a value but has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Decoding {
    /// It is an error that names the column.
    #[default]
    Strict,
    /// The empty value of the type takes its place (0, empty text), and the client reports it by an event.
    Tolerant,
}

/// A column that a tolerant reader filled with the empty value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilledDefault {
    /// The record type.
    pub record: &'static str,
    /// The column.
    pub column: &'static str,
}

/// Decodes a JSON body.
///
/// # Errors
/// When the body is not JSON, or not the JSON of a `T`; the error names the place.
pub fn json<T: DeserializeOwned>(body: &[u8], decoding: Decoding) -> Result<(T, Vec<FilledDefault>), DecodeError> {
    trace::scope(decoding, || parse(body))
}

/// Decodes a value that has already been read as JSON.
pub(crate) fn value<T: Wire>(value: Json, decoding: Decoding) -> Result<(T, Vec<FilledDefault>), DecodeError> {
    trace::scope(decoding, || {
        let read = T::read_member(value)
            .and_then(|read| read.ok_or_else(|| serde::de::Error::custom("null where a value is expected")));
        read.map_err(trace::error)
    })
}

/// Decodes JSON text that stood inside a column.
pub(crate) fn wire<T: Wire>(text: &[u8]) -> Result<T, DecodeError> {
    struct Content<T>(T);
    impl<'de, T: Wire> Deserialize<'de> for Content<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            required(deserializer).map(Content)
        }
    }
    let (Content(value), _) = trace::scope(Decoding::Strict, || parse::<Content<T>>(text))?;
    Ok(value)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let text = std::str::from_utf8(body).map_err(|error| DecodeError::not_utf8(error.valid_up_to()))?;
    serde_json::from_str(text).map_err(trace::error)
}

/// Reads a value that must not be null.
#[doc(hidden)]
pub fn required<'de, T: Wire, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)?.ok_or_else(|| serde::de::Error::custom("null where a value is expected"))
}

/// The rows of a list, read one by one so that an error knows its row.
pub(crate) struct Rows<T>(pub Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Rows<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array of rows")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::new();
                loop {
                    let index = rows.len();
                    match access.next_element().inspect_err(|_| trace::index(index))? {
                        Some(row) => rows.push(row),
                        None => return Ok(Rows(rows)),
                    }
                }
            }
        }
        deserializer.deserialize_seq(Visitor(PhantomData))
    }
}
