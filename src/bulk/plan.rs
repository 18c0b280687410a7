//! What would be written, to be looked at and kept before it is.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde_json::json;
use zeyos_core::{Id, Json, JsonMap, Stored};

/// Writes that are not yet made: see [`UpdateWhere::plan`](super::UpdateWhere::plan) and [`Client::apply`](crate::Client::apply).
///
/// As text (`Display`, `FromStr`) it is JSON. It holds values of records.
pub struct Plan<T> {
    pub(super) rows: Vec<PlannedRow>,
    record: PhantomData<fn() -> T>,
}

/// A write that is not yet made.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct PlannedRow {
    /// The number of the record.
    pub id: i64,
    /// The entity tag of the record as it was looked at.
    pub etag: String,
    /// The values that would change; of a delete all of them.
    pub old: JsonMap,
    /// What they would be; `None` where the record would be deleted.
    pub new: Option<JsonMap>,
}

impl<T: Stored> Plan<T> {
    pub(super) fn of(rows: Vec<PlannedRow>) -> Self {
        Plan { rows, record: PhantomData }
    }

    /// The rows that would be written, in the order of ids.
    pub fn rows(&self) -> &[PlannedRow] {
        &self.rows
    }

    /// How many rows would be written.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Leaves out the rows for which this is false, after someone has looked at them.
    pub fn retain(&mut self, keep: impl FnMut(&PlannedRow) -> bool) {
        self.rows.retain(keep);
    }

    /// The ids of the rows.
    pub fn ids(&self) -> impl Iterator<Item = Id<T>> {
        self.rows.iter().map(|row| Id::new(row.id))
    }
}

impl PlannedRow {
    pub(super) fn to_json(&self) -> Json {
        let PlannedRow { id, etag, old, new } = self;
        json!({"id": id, "etag": etag, "old": old, "new": new})
    }

    pub(super) fn from_json(json: &Json) -> Option<Self> {
        let new = match &json["new"] {
            Json::Null => None,
            new => Some(new.as_object()?.clone()),
        };
        let (id, etag) = (json["id"].as_i64()?, json["etag"].as_str()?.to_owned());
        Some(PlannedRow { id, etag, old: json["old"].as_object()?.clone(), new })
    }
}

impl<T> Clone for Plan<T> {
    fn clone(&self) -> Self {
        Plan { rows: self.rows.clone(), record: PhantomData }
    }
}

impl<T> PartialEq for Plan<T> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

/// The columns, without their values.
impl fmt::Debug for PlannedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.new.as_ref().map(|new| new.keys().collect::<Vec<_>>());
        f.debug_struct("PlannedRow").field("id", &self.id).field("changes", &columns).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Plan<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.rows).finish()
    }
}

impl<T: Stored> fmt::Display for Plan<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<Json> = self.rows.iter().map(PlannedRow::to_json).collect();
        json!({"of": T::RESOURCE, "rows": rows}).fmt(f)
    }
}

/// A text that is neither a plan nor an entry of a journal, or is one of another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsePlanError {
    pub(super) resource: &'static str,
}

impl fmt::Display for ParsePlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the text is not a plan or journal of {}", self.resource)
    }
}

impl std::error::Error for ParsePlanError {}

impl<T: Stored> FromStr for Plan<T> {
    type Err = ParsePlanError;

    fn from_str(text: &str) -> Result<Self, ParsePlanError> {
        let read = || {
            let json: Json = serde_json::from_str(text).ok()?;
            let rows = json["rows"].as_array().filter(|_| json["of"] == T::RESOURCE)?;
            // Without an entity tag a row would be written whatever has become of it.
            let row = |row| PlannedRow::from_json(row).filter(|row| !row.etag.is_empty());
            rows.iter().map(row).collect::<Option<Vec<_>>>()
        };
        read().map(Plan::of).ok_or(ParsePlanError { resource: T::RESOURCE })
    }
}
