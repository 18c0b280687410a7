//! What an answer says of a row: its members, where each comes from and how it looks.

use rusqlite::Row;

use super::extras::{extdata_sql, tags_sql};
use super::show::{self, Show};
use crate::http::Failure;
use crate::json::write_text;
use crate::schema::{Column, Table};
use crate::store::rule::quoted;
use crate::switches::{Switches, Unexpanded};

/// One member of an answer: its name, where it comes from, how it looks.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub key: String,
    pub sql: String,
    pub show: Show,
}

impl Output {
    /// A column of the table with this alias.
    pub fn column(column: &Column, alias: &str, expand: bool) -> Self {
        let show = if expand { Show::expanded(column) } else { None };
        let plain = format!("{alias}.{}", quoted(&column.name));
        let sql = match show {
            Some(Show::Content) => format!("(SELECT content FROM _contents WHERE binfile = {plain})"),
            _ => plain,
        };
        Self { key: column.name.clone(), sql, show: show.unwrap_or_else(|| Show::unexpanded(column)) }
    }

    /// All custom fields of a row.
    pub fn extdata(entity: &str, alias: &str, switches: &Switches) -> Self {
        Self { key: "extdata".to_owned(), sql: extdata_sql(entity, alias, switches.extdata_values), show: Show::Json }
    }

    /// All tags of a row.
    pub fn tags(entity: &str, alias: &str) -> Self {
        Self { key: "tags".to_owned(), sql: tags_sql(entity, alias), show: Show::Json }
    }
}

/// The columns of a whole record.
pub(crate) fn columns(table: &Table, alias: &str, expand: &[String], switches: &Switches) -> Vec<Output> {
    let mut found = Vec::new();
    for column in table.visible() {
        let expanded = expand.contains(&column.name);
        let hidden = switches.unexpanded == Unexpanded::Omit && Show::expanded(column).is_some();
        if expanded || !hidden {
            found.push(Output::column(column, alias, expanded));
        }
    }
    found
}

/// Writes a row as an object.
pub(crate) fn write_row(out: &mut String, outputs: &[Output], row: &Row<'_>) -> Result<(), Failure> {
    out.push('{');
    for (index, output) in outputs.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, &output.key);
        out.push(':');
        show::write(out, output.show, row.get_ref(index)?);
    }
    out.push('}');
    Ok(())
}
