//! Views: the records of a resource in which one column has one value, with the states that they can have and filters by name.

use super::Column;
use crate::codegen::location::Location;

/// The views of one resource.
#[derive(Debug)]
pub(crate) struct Views {
    /// The column that decides.
    pub column: Column,
    pub states: Option<States>,
    pub views: Vec<View>,
}

/// Which states the records of views can have.
#[derive(Debug)]
pub(crate) struct States {
    /// The column of the states, and its type.
    pub column: Column,
    pub all: String,
    pub sets: Vec<StateSet>,
}

/// Some of the states.
#[derive(Debug)]
pub(crate) struct StateSet {
    /// Type of the set.
    pub name: String,
    pub description: String,
    /// Name, description and number of each state, in the order of all states.
    pub states: Vec<(String, String, i64)>,
    pub location: Location,
}

#[derive(Debug)]
pub(crate) struct View {
    /// Type of the view.
    pub name: String,
    pub description: String,
    pub value: Decides,
    /// The set of states.
    pub states: Option<String>,
    /// What a create must have beside what all creates must have.
    pub required: Vec<Column>,
    pub presets: Vec<Preset>,
    pub location: Location,
}

/// The value of the deciding column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decides {
    Number(i64),
    Text(String),
}

/// A filter with a name.
#[derive(Debug, Clone)]
pub(crate) struct Preset {
    pub name: String,
    pub description: String,
    pub conditions: Vec<Condition>,
    pub location: Location,
}

/// What a preset asks of a column.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    /// One of these values, each with the name that its type gives it.
    OneOf { wire: String, names: Vec<String>, values: Vec<Decides> },
    /// A time before that of the call.
    BeforeNow { wire: String, constant: String },
}

impl Preset {
    /// Whether a caller says what time it is.
    pub(crate) fn asks_for_now(&self) -> bool {
        self.conditions.iter().any(|condition| matches!(condition, Condition::BeforeNow { .. }))
    }
}
