//! A value that was read once, read again as a type: the typed model of a document is made from its nodes.

use serde::Deserializer;
use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::Node;

impl Node {
    /// This value as a type.
    ///
    /// # Errors
    /// When it is none; the error knows no place.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(self)
    }
}

impl<'de> IntoDeserializer<'de> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Int(value) => visitor.visit_i64(*value),
            Node::Float(value) => visitor.visit_f64(*value),
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::List(list) => visitor.visit_seq(SeqDeserializer::new(list.iter())),
            Node::Map(map) => {
                visitor.visit_map(MapDeserializer::new(map.iter().map(|(key, node)| (key.as_str(), node))))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Node::Null => visitor.visit_none(),
            node => visitor.visit_some(node),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    /// An enum is a word, as the model of OpenAPI has no other ones that are not told apart by their members.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Node::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(Error::invalid_type(Unexpected::Other("no text"), &"a word")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Ink,
        FeltTip,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Width(f64);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pen {
        kind: Kind,
        width: Option<Width>,
        cap: Option<bool>,
        tags: Vec<String>,
        #[serde(flatten)]
        more: BTreeMap<String, serde_json::Value>,
    }

    fn node(text: &str) -> Node {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_node_reads_as_a_type_as_its_text_would() {
        for text in [
            r#"{"kind": "ink", "width": 3, "cap": true, "tags": ["a"], "x-a": {"b": [1, null, "c"]}}"#,
            r#"{"kind": "feltTip", "width": null, "tags": [], "x": -1.5}"#,
        ] {
            assert_eq!(node(text).to::<Pen>().unwrap(), serde_json::from_str::<Pen>(text).unwrap());
        }
    }

    #[test]
    fn what_is_no_such_type_is_an_error() {
        for text in [r#"{"kind": 3, "tags": []}"#, r#"{"kind": "chalk", "tags": []}"#, r#"{"kind": "ink"}"#, "[]"] {
            assert!(node(text).to::<Pen>().is_err(), "{text}");
        }
    }
}
