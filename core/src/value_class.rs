//! What errors say about values that break rules, in place of the values.

use std::fmt;

use crate::model::Json;

/// What kind of value breaks a rule. The value itself is never told: it may be personal, or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueClass {
    /// Nothing was sent.
    Unset,
    /// Null.
    Null,
    /// A text of no length.
    EmptyText,
    /// A text.
    Text,
    /// A number; yes and no are 1 and 0 for the rules of tables.
    Number,
    /// A list.
    List,
    /// An object, or the members of a request.
    Object,
    /// A secret.
    Secret,
}

impl ValueClass {
    pub(crate) fn of(json: &Json) -> Self {
        match json {
            Json::Null => ValueClass::Null,
            Json::String(text) if text.is_empty() => ValueClass::EmptyText,
            Json::String(_) => ValueClass::Text,
            Json::Number(_) | Json::Bool(_) => ValueClass::Number,
            Json::Array(_) => ValueClass::List,
            Json::Object(_) => ValueClass::Object,
        }
    }
}

impl fmt::Display for ValueClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueClass::Unset => "not set",
            ValueClass::Null => "null",
            ValueClass::EmptyText => "an empty text",
            ValueClass::Text => "a text",
            ValueClass::Number => "a number",
            ValueClass::List => "a list",
            ValueClass::Object => "an object",
            ValueClass::Secret => "a secret",
        })
    }
}
