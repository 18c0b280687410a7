//! What is wrong with a write. No value is kept.

use std::error::Error as StdError;
use std::fmt;

use super::phrases::Tests;
use super::rules::{Rule, Test};
use crate::model::Json;

/// A documented rule that a create or an update breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The columns that the rule speaks of, each with what was sent there.
    pub columns: Vec<(&'static str, ValueClass)>,
    /// The published name of a rule about several columns; `None` for a rule about one.
    pub name: Option<&'static str>,
    /// The rule in words, such as `at least 0 and at most 4`.
    pub rule: String,
}

/// What kind of value was sent.
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
    /// A number; yes and no are 1 and 0.
    Number,
    /// A list.
    Array,
    /// An object.
    Object,
    /// A secret.
    Secret,
}

impl ValueClass {
    pub(super) fn of(json: &Json) -> Self {
        match json {
            Json::Null => ValueClass::Null,
            Json::String(text) if text.is_empty() => ValueClass::EmptyText,
            Json::String(_) => ValueClass::Text,
            Json::Number(_) | Json::Bool(_) => ValueClass::Number,
            Json::Array(_) => ValueClass::Array,
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
            ValueClass::Array => "a list",
            ValueClass::Object => "an object",
            ValueClass::Secret => "a secret",
        })
    }
}

impl Violation {
    pub(super) fn of_column(column: &'static str, class: ValueClass, tests: &'static [Test]) -> Self {
        Violation { columns: vec![(column, class)], name: None, rule: Tests(tests).to_string() }
    }

    pub(super) fn of_row(name: &'static str, columns: Vec<(&'static str, ValueClass)>, rule: &Rule) -> Self {
        Violation { columns, name: Some(name), rule: rule.to_string() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.columns.iter().map(|(column, class)| format!("{column}: {class}")).collect();
        write!(f, "{} is not allowed", columns.join(", "))?;
        match self.name {
            Some(name) => write!(f, " by {name} ({})", self.rule),
            None => write!(f, " (it must be {})", self.rule),
        }
    }
}

/// All documented rules that a create or an update breaks. It was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    pub(super) fn new(violations: Vec<Violation>) -> Self {
        Violations(violations)
    }

    /// At least one.
    pub fn all(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl StdError for Violations {}
