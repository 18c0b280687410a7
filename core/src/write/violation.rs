//! What is wrong with a write. No value is kept.

use std::error::Error as StdError;
use std::fmt;

use super::phrases::Tests;
use super::rules::{Rule, Test};
use crate::value_class::ValueClass;

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
