//! The ids of rows, read from the text of an answer without reading the rows.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::error::DecodeError;

/// The number under this name of every row.
pub(super) fn read(body: &[u8], name: &str) -> Result<Vec<i64>, DecodeError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    Rows(name).deserialize(&mut reader).map_err(|error| DecodeError::unexpected(format!("ids of rows: {error}")))
}

struct Rows<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Vec<i64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<i64>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = Vec<i64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Vec<i64>, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = rows.next_element_seed(Row(self.0))? {
            ids.push(id);
        }
        Ok(ids)
    }
}

struct Row<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = i64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<i64, A::Error> {
        let mut id = None;
        while let Some(is_id) = members.next_key_seed(Is(self.0))? {
            if is_id {
                id = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        id.ok_or_else(|| serde::de::Error::custom(format_args!("a row has no number under {:?}", self.0)))
    }
}

/// Whether a name is this one. It is read without a copy.
struct Is<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let body = br#"[{"a": {"ID": 9}, "ID": 3}, {"ID": 4, "b": [1, "ID"]}]"#;
        assert_eq!(read(body, "ID").unwrap(), [3, 4]);
        assert_eq!(read(br#"[{"key": 8}]"#, "key").unwrap(), [8]);
        assert_eq!(read(b"[]", "ID").unwrap(), [0_i64; 0]);
        for body in [&br#"[{"a": 1}]"#[..], br#"[{"ID": null}]"#, br#"[{"ID": "3"}]"#, br#"{"ID": 3}"#, b"[7]"] {
            assert!(read(body, "ID").is_err());
        }
    }
}
