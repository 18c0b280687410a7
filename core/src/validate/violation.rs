//! What a validation says.

use std::error::Error as StdError;
use std::fmt;

use super::Number;
use crate::error::Error;
use crate::model::Json;

/// A rule of a schema, called after its keyword.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// A text has at least so many characters.
    MinLength(u64),
    /// A text has at most so many characters.
    MaxLength(u64),
    /// A text has a match of this regular expression (ECMA-262).
    Pattern(&'static str),
    /// A number is at least this.
    Minimum(Number),
    /// A number is more than this.
    ExclusiveMinimum(Number),
    /// A number is at most this.
    Maximum(Number),
    /// A number is less than this.
    ExclusiveMaximum(Number),
    /// A number is a multiple of this.
    MultipleOf(Number),
    /// A list has at least so many elements.
    MinItems(u64),
    /// A list has at most so many elements.
    MaxItems(u64),
    /// No element of a list stands twice.
    UniqueItems,
    /// An object has at least so many members.
    MinProperties(u64),
    /// An object has at most so many members.
    MaxProperties(u64),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::MinLength(least) => write!(f, "at least {least} characters"),
            Rule::MaxLength(most) => write!(f, "at most {most} characters"),
            Rule::Pattern(pattern) => write!(f, "a match of {pattern}"),
            Rule::Minimum(least) => write!(f, "at least {least}"),
            Rule::ExclusiveMinimum(least) => write!(f, "more than {least}"),
            Rule::Maximum(most) => write!(f, "at most {most}"),
            Rule::ExclusiveMaximum(most) => write!(f, "less than {most}"),
            Rule::MultipleOf(of) => write!(f, "a multiple of {of}"),
            Rule::MinItems(least) => write!(f, "at least {least} elements"),
            Rule::MaxItems(most) => write!(f, "at most {most} elements"),
            Rule::UniqueItems => f.write_str("no element twice"),
            Rule::MinProperties(least) => write!(f, "at least {least} members"),
            Rule::MaxProperties(most) => write!(f, "at most {most} members"),
        }
    }
}

/// What kind of value violates a rule. The value itself is never told: it may be personal, or a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueClass {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A list.
    List,
    /// An object, or the members of a request.
    Object,
    /// A secret.
    Secret,
}

impl ValueClass {
    /// The class of a value that a rule can be for.
    pub(super) fn of(value: &Json) -> Option<Self> {
        Some(match value {
            Json::String(_) => ValueClass::Text,
            Json::Number(_) => ValueClass::Number,
            Json::Array(_) => ValueClass::List,
            Json::Object(_) => ValueClass::Object,
            Json::Null | Json::Bool(_) => return None,
        })
    }
}

impl fmt::Display for ValueClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ValueClass::Text => "the text",
            ValueClass::Number => "the number",
            ValueClass::List => "the list",
            ValueClass::Object => "the object",
            ValueClass::Secret => "the secret",
        })
    }
}

/// A value that violates a rule: where it is, the rule, and what kind of value it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    path: Box<str>,
    rule: Rule,
    found: ValueClass,
}

impl Violation {
    pub(super) fn new(path: String, rule: Rule, found: ValueClass) -> Self {
        Violation { path: path.into(), rule, found }
    }

    /// The place in what would be sent, as in `$.lines[3].amount`; `$` is the whole of it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The rule.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// What kind of value violates it.
    pub fn found(&self) -> ValueClass {
        self.found
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_of_number = matches!(self.found, ValueClass::Number);
        let verb = if is_of_number { "is not" } else { "does not have" };
        let Violation { path, rule, found } = self;
        match rule {
            Rule::UniqueItems => write!(f, "{path}: {found} has an element twice"),
            rule => write!(f, "{path}: {found} {verb} {rule}"),
        }
    }
}

/// Values that violate rules of the document. None of them is repeated.
///
/// It becomes an [`Error`] of a request that cannot be sent, so that `?` passes it on from where calls are made.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationError(Vec<Violation>);

impl ValidationError {
    pub(super) fn new(found: Vec<Violation>) -> Self {
        ValidationError(found)
    }

    /// All violations; there is at least one.
    pub fn violations(&self) -> &[Violation] {
        &self.0
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let joint = if index == 0 { "" } else { "; " };
            write!(f, "{joint}{violation}")?;
        }
        Ok(())
    }
}

impl StdError for ValidationError {}

impl From<ValidationError> for Error {
    fn from(error: ValidationError) -> Self {
        Error::request(error)
    }
}
