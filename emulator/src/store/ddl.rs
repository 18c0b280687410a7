//! Writes the SQL that creates the tables of the data file with all their rules. It runs nothing.

use super::rule::{condition, literal, literals, quoted};
use crate::schema::{Column, Kind, OnDelete, Schema, Table, Unique};

/// Everything that a new database needs for the tables of the service.
pub(crate) fn tables(schema: &Schema) -> Result<String, String> {
    let mut sql = String::new();
    for (name, table) in &schema.tables {
        sql += &create(name, table).map_err(|error| format!("{name}: {error}"))?;
        sql += &indexes(name, table).map_err(|error| format!("{name}: {error}"))?;
        sql += &triggers(name, table);
    }
    Ok(sql)
}

fn create(name: &str, table: &Table) -> Result<String, String> {
    let mut parts = table.columns.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    for rule in &table.checks {
        parts.push(format!("CHECK ({})", condition(rule, None)?));
    }
    Ok(format!("CREATE TABLE {} (\n{}\n) STRICT;\n", quoted(name), parts.join(",\n")))
}

fn column(column: &Column) -> Result<String, String> {
    if column.name == "ID" {
        return Ok("\"ID\" INTEGER PRIMARY KEY AUTOINCREMENT".to_owned());
    }
    let name = quoted(&column.name);
    let mut sql = format!("{name} {}", affinity(column.kind));
    if column.not_null {
        sql += " NOT NULL";
    }
    if let Some(default) = &column.default {
        sql += &format!(" DEFAULT {}", literal(default)?);
    }
    for condition in conditions(column)? {
        sql += &format!(" CHECK ({condition})");
    }
    if let Some(to) = &column.references {
        sql += &format!(" REFERENCES {}(\"ID\") ON DELETE {}", quoted(&to.table), on_delete(to.on_delete));
    }
    Ok(sql)
}

/// The rules of one column. A list of values is a rule only where no other one stands: some lists of the documents
/// contradict the check of the table, and the table decides.
fn conditions(column: &Column) -> Result<Vec<String>, String> {
    let name = quoted(&column.name);
    let mut found = Vec::new();
    match (&column.check, &column.one_of) {
        (Some(rule), _) => found.push(condition(rule, Some(&column.name))?),
        (None, Some(values)) => found.push(format!("{name} IN {}", literals(&values.clone().into())?)),
        (None, None) => {}
    }
    found.extend(column.max_length.map(|most| format!("length({name}) <= {most}")));
    if column.narrow {
        found.push(format!("{name} BETWEEN {} AND {}", i32::MIN, i32::MAX));
    }
    Ok(found)
}

fn affinity(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "INTEGER",
        Kind::Number => "REAL",
        Kind::Text | Kind::Json | Kind::TextArray | Kind::IntegerArray => "TEXT",
        Kind::Bytes => "BLOB",
    }
}

fn on_delete(rule: OnDelete) -> &'static str {
    match rule {
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
        OnDelete::Restrict => "RESTRICT",
    }
}

/// Unique rules, and an index for each foreign key: a delete looks through the rows that refer to it.
fn indexes(name: &str, table: &Table) -> Result<String, String> {
    let mut sql = String::new();
    for unique in &table.unique {
        sql += &unique_index(name, table, unique)?;
    }
    if let Some([left, right]) = table.unordered.as_deref() {
        sql += &unordered_index(name, left, right);
    }
    for column in table.columns.iter().filter(|column| column.references.is_some()) {
        let index = quoted(&format!("fk_{name}_{}", column.name));
        sql += &format!("CREATE INDEX {index} ON {} ({});\n", quoted(name), quoted(&column.name));
    }
    Ok(sql)
}

fn unique_index(name: &str, table: &Table, unique: &Unique) -> Result<String, String> {
    let parts = unique.columns.iter().map(|column| {
        let text = table.columns.iter().any(|known| known.name == *column && known.kind == Kind::Text);
        match (unique.ignore_case, unique.nulls_equal) {
            (true, _) => format!("text_lower({})", quoted(column)),
            // No number of a row is negative and no name holds a control character.
            (_, true) if text => format!("ifnull({}, char(0))", quoted(column)),
            (_, true) => format!("ifnull({}, -1)", quoted(column)),
            _ => quoted(column),
        }
    });
    let parts = parts.collect::<Vec<_>>().join(", ");
    let only = unique.only.as_ref().map(|rule| condition(rule, None)).transpose()?;
    let only = only.map_or(String::new(), |only| format!(" WHERE {only}"));
    Ok(format!("CREATE UNIQUE INDEX {} ON {} ({parts}){only};\n", quoted(&unique.name), quoted(name)))
}

/// The same two ends in either order are one pair.
fn unordered_index(name: &str, left: &[String], right: &[String]) -> String {
    let end = |columns: &[String]| columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(" || '/' || ");
    let (left, right) = (end(left), end(right));
    let index = quoted(&format!("pair_{name}"));
    format!("CREATE UNIQUE INDEX {index} ON {} (min({left}, {right}), max({left}, {right}));\n", quoted(name))
}

fn triggers(name: &str, table: &Table) -> String {
    let on = quoted(name);
    let mut sql = String::new();
    for column in table.columns.iter().filter(|column| column.fixed) {
        let (trigger, column) = (quoted(&format!("fixed_{name}_{}", column.name)), quoted(&column.name));
        sql += &format!(
            "CREATE TRIGGER {trigger} BEFORE UPDATE OF {column} ON {on} WHEN NEW.{column} IS NOT OLD.{column} "
        );
        sql += "BEGIN SELECT RAISE(ABORT, 'fixed after creation'); END;\n";
    }
    sql += &default_triggers(name, table);
    sql + &delete_trigger(name, table)
}

/// What goes with a row, and the note that it once was.
fn delete_trigger(name: &str, table: &Table) -> String {
    let (trigger, on) = (quoted(&format!("drop_{name}")), quoted(name));
    let mut sql = format!("CREATE TRIGGER {trigger} AFTER DELETE ON {on} BEGIN ");
    for (holds, own) in [(table.has_extdata(), "_extdata"), (table.has_tags(), "_tags")] {
        if holds {
            sql += &format!("DELETE FROM {own} WHERE entity = '{name}' AND record = OLD.\"ID\"; ");
        }
    }
    sql + &format!("INSERT OR IGNORE INTO _deleted VALUES ('{name}', OLD.\"ID\"); END;\n")
}

/// A row that becomes the default of its group takes the flag from the others.
fn default_triggers(name: &str, table: &Table) -> String {
    let Some(rule) = &table.one_default else { return String::new() };
    let (on, flag) = (quoted(name), quoted(&rule.column));
    let group =
        rule.per.iter().map(|column| format!("{0} IS NEW.{0}", quoted(column))).collect::<Vec<_>>().join(" AND ");
    let mut sql = String::new();
    for (event, suffix) in [("INSERT", "new"), ("UPDATE", "changed")] {
        let trigger = quoted(&format!("default_{name}_{suffix}"));
        sql += &format!("CREATE TRIGGER {trigger} AFTER {event} ON {on} WHEN NEW.{flag} = 1 BEGIN ");
        sql += &format!("UPDATE {on} SET {flag} = 0, \"lastmodified\" = NEW.\"lastmodified\" ");
        sql += &format!("WHERE {flag} = 1 AND {group} AND \"ID\" <> NEW.\"ID\"; END;\n");
    }
    sql
}

#[cfg(test)]
mod tests;
