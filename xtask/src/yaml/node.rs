//! A YAML or JSON document as it was read: maps keep their order, so that what is written back differs only where it changed.

mod read;

use std::fmt;

use indexmap::IndexMap;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::pointer::unescaped;

/// A map whose keys stay in the order of the document.
pub(crate) type Map = IndexMap<String, Node>;

/// One value of a YAML or JSON document. Whole numbers have 64 bits, which every document read here keeps to.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

impl Node {
    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value at a JSON pointer such as `#/paths/~1pens/get`.
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        pointer.strip_prefix('#')?.split('/').skip(1).try_fold(self, |node, step| match node {
            Node::List(list) => list.get(step.parse::<usize>().ok()?),
            node => node.get(&unescaped(step)),
        })
    }

    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Node::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Node::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_int(&self) -> Option<i64> {
        match self {
            Node::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub fn is_true(&self) -> bool {
        *self == Node::Bool(true)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Node::Text(text)
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Node::Bool(value)
    }
}

impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Node::Int(value)
    }
}

impl<T: Into<Node>> From<Vec<T>> for Node {
    fn from(list: Vec<T>) -> Self {
        Node::List(list.into_iter().map(Into::into).collect())
    }
}

/// As JSON. Objects lose their order there.
impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match node {
            Node::Null => Value::Null,
            Node::Bool(value) => json!(value),
            Node::Int(value) => json!(value),
            Node::Float(value) => json!(value),
            Node::Text(text) => json!(text),
            Node::List(list) => list.iter().map(Value::from).collect(),
            Node::Map(map) => map.iter().map(|(key, node)| (key.clone(), Value::from(node))).collect(),
        }
    }
}

/// A map from pairs, in their order.
pub(crate) fn map<K: Into<String>, const N: usize>(pairs: [(K, Node); N]) -> Node {
    Node::Map(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// One line for messages, in the manner of JSON: a text shows its quotes.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Null => f.write_str("null"),
            Node::Bool(value) => value.fmt(f),
            Node::Int(value) => value.fmt(f),
            Node::Float(value) => value.fmt(f),
            Node::Text(text) => write!(f, "{text:?}"),
            Node::List(list) => f.debug_list().entries(list.iter().map(Shown)).finish(),
            Node::Map(map) => f.debug_map().entries(map.iter().map(|(k, v)| (k, Shown(v)))).finish(),
        }
    }
}

struct Shown<'a>(&'a Node);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reading { wide: false }.deserialize(deserializer)
    }
}

/// A third-party document: whole numbers beyond 64 bits, which stand in bounds alone, are read as fractions.
pub(crate) struct Foreign(pub Node);

impl<'de> Deserialize<'de> for Foreign {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reading { wide: true }.deserialize(deserializer).map(Foreign)
    }
}

/// How numbers are read.
#[derive(Clone, Copy)]
struct Reading {
    wide: bool,
}

impl<'de> DeserializeSeed<'de> for Reading {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML or JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Node, E> {
        #[expect(clippy::cast_precision_loss, reason = "a bound that no number of 64 bits reaches")]
        let fraction = || Node::Float(value as f64);
        i64::try_from(value)
            .map(Node::Int)
            .or_else(|error| if self.wide { Ok(fraction()) } else { Err(E::custom(error)) })
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Node, E> {
        #[expect(clippy::cast_precision_loss, reason = "a bound that no number of 64 bits reaches")]
        let fraction = || Node::Float(value as f64);
        i64::try_from(value)
            .map(Node::Int)
            .or_else(|error| if self.wide { Ok(fraction()) } else { Err(E::custom(error)) })
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Node, E> {
        #[expect(clippy::cast_precision_loss, reason = "a bound that no number of 64 bits reaches")]
        let fraction = || Node::Float(value as f64);
        i64::try_from(value)
            .map(Node::Int)
            .or_else(|error| if self.wide { Ok(fraction()) } else { Err(E::custom(error)) })
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Node, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = seq.next_element_seed(self)? {
            list.push(member);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            if map.insert(key.clone(), value).is_some() {
                return Err(serde::de::Error::custom(format!("the key {key:?} stands twice")));
            }
        }
        Ok(Node::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_an_error() {
        let error = serde_json::from_str::<Node>(r#"{"a": 1, "a": 2}"#).unwrap_err();
        assert!(error.to_string().starts_with("the key \"a\" stands twice"), "{error}");
    }

    #[test]
    fn a_map_keeps_the_order_of_the_document() {
        let node: Node = serde_json::from_str(r#"{"b": [1, 2.5, null], "a": {"c": "x", "0": true}}"#).unwrap();
        assert_eq!(node.to_string(), r#"{"b": [1, 2.5, null], "a": {"c": "x", "0": true}}"#);
    }

    #[test]
    fn a_number_beyond_64_bits_is_an_error() {
        assert!(serde_json::from_str::<Node>("18446744073709551615").is_err());
    }

    #[test]
    fn a_pointer_leads_through_maps_and_lists() {
        let document: Node = crate::yaml::read("pens", "paths: {/pens: {tags: [a, b]}}").unwrap();
        assert_eq!(document.pointer("#/paths/~1pens/tags/1"), Some(&"b".into()));
        assert_eq!(document.pointer("#"), Some(&document));
        for nowhere in ["#/paths/~1ink", "#/paths/~1pens/tags/2", "#/paths/~1pens/tags/x", "/paths"] {
            assert_eq!(document.pointer(nowhere), None);
        }
    }
}
