//! Statements that read one row by its number.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::output::{Layout, Output, OutputRow, write_row};
use crate::http::Failure;
use crate::schema::{Schema, Table};
use crate::store::rule::quoted;

/// The bytes that most records fit into.
const USUAL: usize = 1024;

/// Reads a row by its number.
#[derive(Debug)]
pub(crate) struct RowStatement {
    layout: Layout,
    sql: String,
}

/// What every get reads: all columns of a table as they are stored, by the name of the table.
#[derive(Debug)]
pub(crate) struct RowStatements(BTreeMap<&'static str, RowStatement>);

impl RowStatements {
    /// Puts the statements together, once for all requests.
    pub(crate) fn new(schema: &'static Schema) -> Self {
        let outputs = |table: &Table| table.visible().map(|column| Output::column(column, "t", false)).collect();
        let statement = |(name, table): (&'static String, _)| (name.as_str(), RowStatement::new(name, outputs(table)));
        Self(schema.tables.iter().map(statement).collect())
    }

    /// The statement for a table.
    pub(crate) fn of(&self, table: &str) -> Option<&RowStatement> {
        self.0.get(table)
    }
}

impl RowStatement {
    pub(crate) fn new(table: &str, outputs: Vec<Output>) -> Self {
        let selected: Vec<&str> = outputs.iter().map(|output| output.sql.as_str()).collect();
        let sql = format!("SELECT {} FROM {} t WHERE t.\"ID\" = ?1", selected.join(", "), quoted(table));
        Self { layout: Layout::new(outputs), sql }
    }

    /// The index of a column in a row; looking it up by name costs more than reading the value.
    pub(crate) fn place_of(&self, column: &str) -> Option<usize> {
        self.layout.outputs.iter().position(|output| output.key == column)
    }

    pub(crate) fn read<T>(
        &self,
        db: &Connection,
        id: i64,
        take: impl FnOnce(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let mut statement = db.prepare_cached(&self.sql)?;
        statement.query([id])?.next()?.map(take).transpose()
    }

    pub(crate) fn object(&self, row: &Row<'_>) -> Result<String, Failure> {
        let mut text = String::with_capacity(USUAL);
        write_row(&mut text, &OutputRow::new(&self.layout, row)?)?;
        Ok(text)
    }

    pub(crate) fn text(&self, db: &Connection, id: i64) -> Result<Option<String>, Failure> {
        self.read(db, id, |row| self.object(row))
    }
}
