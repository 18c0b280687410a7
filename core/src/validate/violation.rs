//! What a validation says.

use std::error::Error as StdError;
use std::fmt;

use super::Number;
use crate::error::Error;
use crate::value_class::ValueClass;

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
        let Violation { path, rule, found } = self;
        let verb = if *found == ValueClass::Number { "must be" } else { "must have" };
        write!(f, "{path}: {found} {verb} {rule}")
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
