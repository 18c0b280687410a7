//! Puts rows into a new database: columns by name, and what the server would have filled in.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value};

use super::kind::BASE;
use crate::records::draw_number;
use crate::schema::{Column, Filled, Kind, Schema, Table};
use crate::store::rule::{put_quoted, quoted};

/// Inserts rows.
#[derive(Debug)]
pub(crate) struct Seeder<'a> {
    db: &'a Connection,
    schema: &'static Schema,
    /// The user who creates what follows.
    pub creator: i64,
}

impl<'a> Seeder<'a> {
    /// A seeder for a new database.
    pub(super) fn new(db: &'a Connection, schema: &'static Schema) -> Self {
        Self { db, schema, creator: 1 }
    }

    /// The database, for what is not a row of a table.
    pub(super) fn db(&self) -> &'a Connection {
        self.db
    }

    /// Inserts a row; answers its number. The members `extdata` and `tags` are kept beside it.
    pub(super) fn put(&mut self, name: &str, row: Value) -> rusqlite::Result<i64> {
        let Value::Object(mut row) = row else { return Err(rusqlite::Error::InvalidQuery) };
        let (extdata, tags) = (row.remove("extdata"), row.remove("tags"));
        let Some((_, table)) = self.schema.table(name) else { return Err(rusqlite::Error::InvalidQuery) };
        self.fill(name, table, &mut row)?;
        let (mut names, mut marks, mut values) = (String::new(), String::new(), Vec::with_capacity(row.len()));
        // Members come in one order, so rows of one form share a prepared statement.
        for (column, value) in row {
            let known = table.columns.iter().find(|known| known.name == column);
            let known = known.ok_or_else(|| rusqlite::Error::InvalidColumnName(column.clone()))?;
            if !names.is_empty() {
                names.push_str(", ");
                marks.push_str(", ");
            }
            put_quoted(&mut names, &column);
            marks.push('?');
            values.push(stored(known, value));
        }
        let sql = format!("INSERT INTO {} ({names}) VALUES ({marks})", quoted(name));
        self.db.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        let id = self.db.last_insert_rowid();
        self.beside(name, id, extdata.as_ref(), tags.as_ref())?;
        Ok(id)
    }

    fn fill(&self, name: &str, table: &Table, row: &mut Map<String, Value>) -> rusqlite::Result<()> {
        let dated = row.get("date").and_then(Value::as_i64).unwrap_or(BASE).min(BASE);
        let is_filled = |column: &&Column| column.filled.is_some() || column.counter;
        for column in table.columns.iter().filter(is_filled) {
            if row.contains_key(&column.name) {
                continue;
            }
            let value = match column.filled {
                Some(Filled::User) => self.creator,
                Some(Filled::Now | Filled::Change) => dated,
                _ if column.counter => {
                    row.insert(column.name.clone(), draw_number(self.db, name, column)?.into());
                    continue;
                }
                _ => continue,
            };
            row.insert(column.name.clone(), value.into());
        }
        Ok(())
    }

    fn beside(&self, entity: &str, id: i64, extdata: Option<&Value>, tags: Option<&Value>) -> rusqlite::Result<()> {
        for (name, value) in extdata.and_then(Value::as_object).into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let sql = "INSERT INTO _extdata VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let number: Option<f64> = text.parse().ok();
            self.db.prepare_cached(sql)?.execute((entity, id, name, text, number, value.to_string()))?;
        }
        for tag in tags.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            self.db.prepare_cached("INSERT INTO _tags VALUES (?1, ?2, ?3)")?.execute((entity, id, tag))?;
        }
        Ok(())
    }
}

/// What a column stores for a value of the tables below: structures as JSON text.
fn stored(column: &Column, value: Value) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Bool(flag) => Sql::Integer(i64::from(flag)),
        Value::Number(number) => match (column.kind, number.as_i64()) {
            (Kind::Number, _) | (_, None) => Sql::Real(number.as_f64().unwrap_or_default()),
            (_, Some(number)) => Sql::Integer(number),
        },
        Value::String(text) => Sql::Text(text),
        structure => Sql::Text(structure.to_string()),
    }
}
