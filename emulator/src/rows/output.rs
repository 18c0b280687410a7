//! What an answer says of a row: its members, where each comes from and how it looks.

use std::collections::HashMap;

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::extras::{extdata_sql, tags_sql};
use super::render::{self, Rendering};
use crate::http::Failure;
use crate::json::{Json, write_text};
use crate::schema::{Column, Table};
use crate::store::rule::quoted;
use crate::switches::{Switches, Unexpanded};

/// One member of an answer: its name, where it comes from, how it looks.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub key: String,
    pub sql: String,
    pub rendering: Rendering,
    /// The custom field that it is, if it comes from the object of all of them and not from a column of its own.
    pub custom: Option<String>,
}

impl Output {
    /// A column of the table with this alias.
    pub(crate) fn column(column: &Column, alias: &str, expand: bool) -> Self {
        let rendering = if expand { Rendering::expanded(column) } else { None };
        let plain = format!("{alias}.{}", quoted(&column.name));
        let sql = match rendering {
            Some(Rendering::Content) => format!("(SELECT content FROM _contents WHERE binfile = {plain})"),
            _ => plain,
        };
        Self {
            key: column.name.clone(),
            sql,
            rendering: rendering.unwrap_or_else(|| Rendering::unexpanded(column)),
            custom: None,
        }
    }

    /// One custom field of a row; its key is set later.
    pub(crate) fn of_custom(sql: String, rendering: Rendering) -> Self {
        Self { key: String::new(), sql, rendering, custom: None }
    }

    /// All custom fields of a row.
    pub(crate) fn extdata(entity: &str, alias: &str, switches: &Switches) -> Self {
        Self {
            key: "extdata".to_owned(),
            sql: extdata_sql(entity, alias, switches.extdata_values),
            rendering: Rendering::Json,
            custom: None,
        }
    }

    /// All tags of a row.
    pub(crate) fn tags(entity: &str, alias: &str) -> Self {
        Self { key: "tags".to_owned(), sql: tags_sql(entity, alias), rendering: Rendering::Json, custom: None }
    }
}

/// The columns of a whole record.
pub(crate) fn columns(table: &Table, alias: &str, expand: &[String], switches: &Switches) -> Vec<Output> {
    let mut found = Vec::new();
    for column in table.visible() {
        let expanded = expand.contains(&column.name);
        let hidden = switches.unexpanded == Unexpanded::Omit && Rendering::expanded(column).is_some();
        if expanded || !hidden {
            found.push(Output::column(column, alias, expanded));
        }
    }
    found
}

/// The form of the rows of an answer: what is the same for all of them is put together once.
#[derive(Debug)]
pub(crate) struct Layout {
    pub outputs: Vec<Output>,
    /// What is written before each value: a comma and the name of the member.
    names: Vec<String>,
    /// Whether one of them comes from the object of all custom fields.
    has_customs: bool,
}

impl Layout {
    pub(crate) fn new(outputs: Vec<Output>) -> Self {
        let name = |(index, output): (usize, &Output)| {
            let mut name = if index > 0 { ",".to_owned() } else { String::new() };
            write_text(&mut name, &output.key);
            name + ":"
        };
        let names = outputs.iter().enumerate().map(name).collect();
        let has_customs = outputs.iter().any(|output| output.custom.is_some());
        Self { outputs, names, has_customs }
    }
}

/// A row with what its members come from.
pub(crate) struct OutputRow<'a> {
    pub layout: &'a Layout,
    row: &'a Row<'a>,
    customs: Option<HashMap<String, Json>>,
}

impl<'a> OutputRow<'a> {
    /// A row of a statement that selects these outputs, and behind them the object of all custom fields if one of them is in it.
    pub(crate) fn new(layout: &'a Layout, row: &'a Row<'a>) -> Result<Self, Failure> {
        let customs = if layout.has_customs { Some(customs(layout, row)?) } else { None };
        Ok(Self { layout, row, customs })
    }

    /// The custom field that an output is, if it is one of those.
    #[inline]
    pub(crate) fn custom(&self, index: usize) -> Option<&Json> {
        let customs = self.customs.as_ref()?;
        let name = self.layout.outputs[index].custom.as_ref()?;
        Some(customs.get(name).unwrap_or(&Json::Null))
    }

    /// The value of an output as the database has it.
    #[inline]
    pub(crate) fn value(&self, index: usize) -> rusqlite::Result<ValueRef<'_>> {
        self.row.get_ref(index)
    }

    /// Writes one member.
    #[inline]
    pub(crate) fn write(&self, out: &mut String, index: usize) -> rusqlite::Result<()> {
        match self.custom(index) {
            Some(value) => out.push_str(&value.to_text()),
            None => render::write(out, self.layout.outputs[index].rendering, self.value(index)?),
        }
        Ok(())
    }
}

fn customs(layout: &Layout, row: &Row<'_>) -> Result<HashMap<String, Json>, Failure> {
    let text: String = row.get(layout.outputs.len())?;
    Ok(match Json::parse(text.as_bytes()) {
        Some(Json::Object(members)) => members.into_iter().collect(),
        _ => HashMap::new(),
    })
}

/// Writes a row as an object.
pub(crate) fn write_row(out: &mut String, row: &OutputRow<'_>) -> rusqlite::Result<()> {
    out.push('{');
    for (index, name) in row.layout.names.iter().enumerate() {
        out.push_str(name);
        row.write(out, index)?;
    }
    out.push('}');
    Ok(())
}
