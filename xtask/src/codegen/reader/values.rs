//! The value that is sent for a schema without levels: a scalar, a list of one, an object of scalars.

use serde_json::{Value, json};

use super::Reader;
use crate::codegen::emit::wire::{BASE64, DATE, DATE_TIME, DECIMAL, UUID};
use crate::yaml::Node;

/// A value of at most one level.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Flat {
    One(Value),
    List(Value),
    Object(Vec<(String, Value)>),
}

impl Flat {
    /// As a scalar or a list of one stands in parameters and forms.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Flat::One(value) | Flat::List(value) => Some(plain(value)),
            Flat::Object(_) => None,
        }
    }
}

/// A scalar without quotes.
pub(crate) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A scalar of the document as text.
pub(crate) fn written(node: &Node) -> String {
    plain(&Value::from(node))
}

/// What a text of this schema is.
pub(crate) fn text_of(schema: &Node) -> &'static str {
    let word = |key: &str| schema.get(key).and_then(Node::as_text).unwrap_or_default();
    match (word("format"), word("contentEncoding")) {
        ("date", _) => DATE,
        ("date-time", _) => DATE_TIME,
        ("uuid", _) => UUID,
        ("decimal", _) => DECIMAL,
        ("byte", _) | (_, "base64") => BASE64,
        _ => "text",
    }
}

/// The types that a schema names, without null.
pub(crate) fn types(schema: &Node) -> Vec<&str> {
    match schema.get("type") {
        Some(Node::List(types)) => types.iter().filter_map(Node::as_text).filter(|ty| *ty != "null").collect(),
        ty => ty.and_then(Node::as_text).into_iter().collect(),
    }
}

impl<'d> Reader<'d> {
    /// The value for a schema; nothing where the reader is not sure.
    pub(crate) fn flat(&self, schema: &'d Node) -> Option<Flat> {
        let schema = self.resolved(schema)?;
        if self.is_unsure(schema) {
            return None;
        }
        match types(schema).as_slice() {
            ["array"] => Some(Flat::List(self.scalar(schema.get("items")?)?)),
            ["object"] => self.object(schema),
            _ => Some(Flat::One(self.scalar(schema)?)),
        }
    }

    fn is_unsure(&self, schema: &Node) -> bool {
        ["allOf", "oneOf", "anyOf", "const", "not", "$defs", "if"].iter().any(|key| schema.get(key).is_some())
    }

    fn scalar(&self, schema: &'d Node) -> Option<Value> {
        let schema = self.resolved(schema)?;
        let types = types(schema);
        let [ty] = types.as_slice() else { return None };
        if self.is_unsure(schema) {
            return None;
        }
        if let Some(values) = schema.get("enum").and_then(Node::as_list) {
            let first = values.iter().map(Value::from).find(|value| !value.is_null())?;
            return (matches!(*ty, "string" | "integer") && values.len() > 1).then_some(first);
        }
        Some(match *ty {
            "string" if schema.get("format").and_then(Node::as_text) == Some("binary") => return None,
            "string" => json!(text_of(schema)),
            "integer" => json!(3),
            "number" => json!(1.5),
            "boolean" => json!(true),
            _ => return None,
        })
    }

    fn object(&self, schema: &'d Node) -> Option<Flat> {
        let listed = schema.get("properties").and_then(Node::as_map).filter(|members| !members.is_empty());
        let Some(listed) = listed else {
            return match schema.get("additionalProperties") {
                None | Some(Node::Bool(true)) => Some(Flat::Object(vec![("key".to_owned(), json!("text"))])),
                Some(Node::Bool(false)) => None,
                Some(of) => Some(Flat::Object(vec![("key".to_owned(), self.scalar(of)?)])),
            };
        };
        let members = listed.iter().map(|(name, schema)| Some((name.clone(), self.scalar(schema)?)));
        members.collect::<Option<_>>().map(Flat::Object)
    }
}
