//! From bytes to values: one reader for all records and objects, which decides what happens to absent, null and unexpected values.

mod drift;
mod missing;
mod reader;
mod sign;
pub(crate) mod trace;
mod union;

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny};

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
    serde_json::from_str(text(body)?).map_err(trace::error)
}

fn text(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|error| DecodeError::not_utf8(error.valid_up_to()))
}

/// Reads a value that must not be null.
#[doc(hidden)]
pub fn required<'de, T: Wire, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)?.ok_or_else(|| serde::de::Error::custom("null where a value is expected"))
}

/// Decodes the rows of a list.
///
/// # Errors
/// As [`json`].
pub(crate) fn rows<T: DeserializeOwned>(
    body: &[u8],
    decoding: Decoding,
) -> Result<(Vec<T>, Vec<FilledDefault>), DecodeError> {
    trace::scope(decoding, || {
        let text = text(body)?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let rows = Rows(room::<T>(text), PhantomData).deserialize(&mut deserializer).map_err(trace::error)?;
        deserializer.end().map_err(trace::error)?;
        Ok(rows)
    })
}

/// The shortest body of rows for which room is made beforehand.
const LONG: usize = 64 * 1024;

/// How much memory may be asked for before the first row is read, for each byte of the body. What rows have beside their texts is about as
/// large as they are in JSON; a first row that is unlike all others may say anything.
const MOST: usize = 2;

/// For how many rows to make room: as many as a long text has if all are as long as the first one, and some more. A vector that grows is
/// there twice whenever it moves.
fn room<T>(text: &str) -> usize {
    if text.len() < LONG {
        return 0;
    }
    let Some(first) = text.trim_start().strip_prefix('[') else { return 0 };
    let mut read = serde_json::Deserializer::from_str(first).into_iter::<IgnoredAny>();
    match read.next() {
        // With the comma behind it.
        Some(Ok(_)) => {
            let rows = text.len() / (read.byte_offset() + 1);
            // No vector is longer than half of what can be addressed.
            let most = text.len().saturating_mul(MOST).min(isize::MAX.unsigned_abs());
            (rows + rows / 16).min(most / size_of::<T>().max(1))
        }
        _ => 0,
    }
}

/// The rows of a list, read one by one so that an error knows its row. There is room for so many.
struct Rows<T>(usize, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Rows<T> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct Visitor<T>(usize, PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Visitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array of rows")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut rows = Vec::with_capacity(self.0);
                loop {
                    let index = rows.len();
                    match access.next_element().inspect_err(|_| trace::index(index))? {
                        Some(row) => rows.push(row),
                        None => {
                            // What was too much is given back, unless it is little.
                            if rows.capacity() / 8 * 7 > rows.len() {
                                rows.shrink_to_fit();
                            }
                            return Ok(rows);
                        }
                    }
                }
            }
        }
        deserializer.deserialize_seq(Visitor(self.0, PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row in memory.
    #[derive(serde::Deserialize)]
    struct Row {
        #[serde(default)]
        n: [u64; 8],
    }

    fn read(body: &str) -> Vec<Row> {
        rows(body.as_bytes(), Decoding::Strict).unwrap().0
    }

    fn body(first: &str, row: &str, count: usize) -> String {
        format!("[{first}{}]", format!(", {row}").repeat(count - 1))
    }

    #[test]
    fn a_long_list_has_room_for_its_rows_from_the_beginning_and_little_more() {
        let row = r#"{"n": [1,2,3,4,5,6,7,8], "text": "seen on the way round"}"#;
        for count in [2000, 20_000] {
            let body = body(row, row, count);
            let room = room::<Row>(&body);
            assert!((count..count + count / 8).contains(&room), "{room} for {count}");
            let rows = read(&body);
            assert!(rows.len() == count && rows.capacity() == room && rows[count - 1].n[7] == 8);
        }
        assert_eq!(room::<Row>(&body(row, row, 100)), 0, "a short one grows");
    }

    #[test]
    fn a_first_row_unlike_all_others_takes_no_more_than_twice_the_body() {
        let (short, long) = ("{}", format!(r#"{{"text": "{}"}}"#, "x".repeat(500)));
        let body_of_long = body(short, &long, 1000);
        assert!(room::<Row>(&body_of_long) * size_of::<Row>() <= 2 * body_of_long.len());
        let rows = read(&body_of_long);
        assert!(rows.len() == 1000 && rows.capacity() < 1200, "{}", rows.capacity());
        // The other way round it grows as it would.
        assert_eq!(read(&body(&long, short, 50_000)).len(), 50_000);
    }

    #[test]
    fn what_is_no_list_has_no_room_and_its_error() {
        let padding = "x".repeat(LONG);
        let deep = format!("{}{padding}", "[".repeat(100_000));
        for text in [format!(r#"{{"a": "{padding}"}}"#), format!(r#"["{padding}"#), padding.clone(), deep] {
            assert_eq!(room::<Row>(&text), 0);
            assert!(rows::<Row>(text.as_bytes(), Decoding::Strict).is_err());
        }
        let trailing = format!("[{{}}] {padding}");
        assert!(rows::<Row>(trailing.as_bytes(), Decoding::Strict).is_err());
    }
}
