//! References by name and number: a column that names a resource, and one with an ID in it.

use super::Column;
use crate::codegen::location::Location;

/// Two columns that lead to a record of one of several resources.
#[derive(Debug, Clone)]
pub(crate) struct EntityReference {
    /// What both together are called.
    pub name: String,
    /// Names the resource.
    pub entity: Column,
    /// Has the ID in it.
    pub number: Column,
    /// The enum of what they lead to.
    pub ty: String,
    pub location: Location,
}

impl EntityReference {
    /// Whether this column is one of the two.
    pub(crate) fn has(&self, column: &Column) -> bool {
        let is = |other: &Column| other.field.wire == column.field.wire;
        is(&self.entity) || is(&self.number)
    }

    /// What sets both to null, where both may be.
    pub(crate) fn clearing(&self) -> Option<String> {
        let may_be_null = self.entity.field.may_be_null && self.number.field.may_be_null;
        may_be_null.then(|| format!("no_{}", self.name))
    }

    /// Whether they lead nowhere in some records.
    pub(crate) fn is_option(&self) -> bool {
        self.entity.field.is_option() || self.number.field.is_option()
    }
}

/// An enum with a typed id for each resource that an enum names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Targets {
    pub name: String,
    /// The enum of names.
    pub of: String,
    /// Variant of the names, and the record.
    pub records: Vec<(String, String)>,
    pub location: Location,
}
