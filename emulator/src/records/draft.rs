//! Reads the body of a create or update into what shall be stored. It checks names and types; rules are the database's.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::extras::Changes;
use super::{file, form};
use crate::context::RequestContext;
use crate::http::Failure;
use crate::http::body::Body;
use crate::json::Json;
use crate::rows::stored;
use crate::schema::{Column, Resource};
use crate::store::rule::quoted;
use crate::switches::{ReadonlyWrite, Switches, Unknown};

/// A write that has been read.
#[derive(Debug)]
pub(crate) struct Draft {
    /// The `ID` that the body names.
    pub id: Option<i64>,
    values: Vec<(&'static Column, Value)>,
    uploads: Vec<(&'static Column, Vec<u8>)>,
    pub beside: Changes,
}

impl Draft {
    /// Reads the body of a request. `required` refuses one that is missing.
    pub(super) fn read(resource: &Resource, cx: &RequestContext<'_>, required: bool) -> Result<Self, Failure> {
        let body = Body::read(cx.request, required)?;
        body.check_brackets(|name| {
            resource.table.column(name).is_some() || resource.verb.accepts.iter().any(|accepted| accepted == name)
        })?;
        let mut draft = Self { id: None, values: Vec::new(), uploads: Vec::new(), beside: Changes::default() };
        for (name, value) in body.members.as_object().unwrap_or_default() {
            match resource.table.column(name) {
                Some(column) if column.name == "ID" => draft.id = number(value)?,
                Some(column) if column.read_only => draft.read_only(column, value, cx.switches().readonly_write)?,
                Some(column) if column.file => draft.file(column, value)?,
                Some(column) if body.is_form => draft.set(column, stored(column, &form::value(column, value))?),
                Some(column) => draft.set(column, stored(column, value)?),
                None => draft.further(resource, cx.switches(), (name, value), body.is_form)?,
            }
        }
        Ok(draft)
    }

    fn read_only(&mut self, column: &'static Column, value: &Json, switch: ReadonlyWrite) -> Result<(), Failure> {
        match switch {
            ReadonlyWrite::Ignore => {}
            ReadonlyWrite::Reject => return Err(Failure::bad_request("a column is read-only")),
            ReadonlyWrite::Accept => self.set(column, stored(column, value)?),
        }
        Ok(())
    }

    fn file(&mut self, column: &'static Column, sent: &Json) -> Result<(), Failure> {
        match file::upload(sent)? {
            file::Upload::Nothing => self.set(column, Value::Null),
            file::Upload::Unchanged => {}
            file::Upload::Content(content) => {
                self.uploads.retain(|(known, _)| known.name != column.name);
                self.uploads.push((column, content));
            }
        }
        Ok(())
    }

    /// A member that is not a column: custom fields and tags, if the operation takes them.
    fn further(
        &mut self,
        resource: &Resource,
        switches: &Switches,
        (name, value): (&str, &Json),
        is_form: bool,
    ) -> Result<(), Failure> {
        let accepted = resource.verb.accepts.iter().any(|accepted| accepted == name);
        if accepted && resource.name == "records" && !switches.record_tags {
            return Ok(());
        }
        if accepted && self.beside.take(name, value, is_form)? {
            return Ok(());
        }
        match switches.unknown_write {
            Unknown::Ignore => Ok(()),
            Unknown::Reject => Err(Failure::bad_request("a column is not known")),
        }
    }

    /// Whether nothing is to be stored.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.uploads.is_empty() && self.beside.are_none()
    }

    /// Sets a column; what was set before for it does not count.
    pub(super) fn set(&mut self, column: &'static Column, value: Value) {
        self.values.retain(|(known, _)| known.name != column.name);
        self.values.push((column, value));
    }

    /// What is to be stored in a column so far.
    pub(super) fn value(&self, column: &Column) -> Option<&Value> {
        self.values.iter().find(|(known, _)| known.name == column.name).map(|(_, value)| value)
    }

    /// Stores the uploaded files, so that their columns hold their numbers.
    fn store_files(&mut self, db: &Connection) -> Result<(), Failure> {
        for (column, content) in std::mem::take(&mut self.uploads) {
            let id = file::store(db, &content)?;
            self.set(column, id);
        }
        Ok(())
    }

    /// Inserts the row; answers its number.
    pub(super) fn insert(&mut self, db: &Connection, table: &str) -> Result<i64, Failure> {
        self.store_files(db)?;
        let names: Vec<String> = self.values.iter().map(|(column, _)| quoted(&column.name)).collect();
        let marks: Vec<String> = (1..=names.len()).map(|index| format!("?{index}")).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES ({})", quoted(table), names.join(", "), marks.join(", "));
        let values = self.values.iter().map(|(_, value)| value);
        db.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values))?;
        Ok(db.last_insert_rowid())
    }

    /// Updates the row.
    pub(super) fn update(&mut self, db: &Connection, table: &str, id: i64) -> Result<(), Failure> {
        self.store_files(db)?;
        let sets: Vec<String> = self
            .values
            .iter()
            .enumerate()
            .map(|(index, (column, _))| format!("{} = ?{}", quoted(&column.name), index + 2))
            .collect();
        let sql = format!("UPDATE {} SET {} WHERE \"ID\" = ?1", quoted(table), sets.join(", "));
        let id = Value::Integer(id);
        let values = std::iter::once(&id).chain(self.values.iter().map(|(_, value)| value));
        db.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values))?;
        Ok(())
    }
}

fn number(value: &Json) -> Result<Option<i64>, Failure> {
    match value {
        Json::Null => Ok(None),
        other => other.to_int().map(Some).ok_or_else(|| Failure::bad_request("ID must be a number")),
    }
}
