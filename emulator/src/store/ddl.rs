//! Writes the SQL that creates the tables of the data file with all their rules. It runs nothing.

use super::rule::{condition, literal, literal_list, quoted};
use crate::schema::{Column, Kind, OnDelete, References, Schema, Table, Unique};

/// The bounds of a narrow column, as SQL.
const NARROW: &str = " BETWEEN -2147483648 AND 2147483647)";

/// What a statement creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Table,
    Index,
    Trigger,
}

/// A table, an index or a trigger: what SQLite writes down of it.
#[derive(Debug)]
pub(crate) struct Object {
    pub kind: ObjectKind,
    pub name: String,
    /// The table that it belongs to.
    pub table: String,
    /// The statement that creates it.
    pub sql: String,
}

/// Everything that a new database needs for the tables of the service, in the order in which it can be created.
pub(crate) fn objects(schema: &Schema) -> Result<Vec<Object>, String> {
    let mut objects = Vec::new();
    for (name, table) in &schema.tables {
        let object = |kind| move |(own, sql)| Object { kind, name: own, table: name.clone(), sql };
        let told = |error: String| format!("{name}: {error}");
        objects.push(object(ObjectKind::Table)((name.clone(), create(name, table).map_err(told)?)));
        objects.extend(indexes(schema, name, table).map_err(told)?.into_iter().map(object(ObjectKind::Index)));
        objects.extend(triggers(name, table).into_iter().map(object(ObjectKind::Trigger)));
    }
    Ok(objects)
}

/// The name of an index or trigger, and the statement that creates it.
type Named = (String, String);

fn create(name: &str, table: &Table) -> Result<String, String> {
    let mut sql = format!("CREATE TABLE {} (", quoted(name));
    for (index, column) in table.columns.iter().enumerate() {
        sql += if index == 0 { "\n" } else { ",\n" };
        put_column(&mut sql, column)?;
    }
    for rule in &table.checks {
        put(&mut sql, &[",\nCHECK (", &condition(rule, None)?, ")"]);
    }
    Ok(sql + "\n) STRICT")
}

/// The columns are most of what is written when the emulator starts, so their text is put together in one place.
fn put(sql: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| sql.push_str(part));
}

fn put_column(sql: &mut String, column: &Column) -> Result<(), String> {
    if column.name == "ID" {
        sql.push_str("\"ID\" INTEGER PRIMARY KEY AUTOINCREMENT");
        return Ok(());
    }
    let name = quoted(&column.name);
    put(sql, &[&name, " ", affinity(column.kind)]);
    if column.not_null {
        sql.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        put(sql, &[" DEFAULT ", &literal(default)?]);
    }
    put_conditions(sql, &name, column)?;
    if let Some(to) = &column.references {
        put(sql, &[" REFERENCES ", &quoted(&to.table), "(\"ID\") ON DELETE ", on_delete(to.on_delete)]);
    }
    Ok(())
}

/// The rules of one column. A list of values is a rule only where no other one stands: some lists of the documents
/// contradict the check of the table, and the table decides.
fn put_conditions(sql: &mut String, name: &str, column: &Column) -> Result<(), String> {
    match (&column.check, &column.one_of) {
        (Some(rule), _) => put(sql, &[" CHECK (", &condition(rule, Some(&column.name))?, ")"]),
        (None, Some(values)) => put(sql, &[" CHECK (", name, " IN ", &literal_list(values)?, ")"]),
        (None, None) => {}
    }
    if let Some(most) = column.max_length {
        put(sql, &[" CHECK (length(", name, ") <= ", &most.to_string(), ")"]);
    }
    if column.narrow {
        put(sql, &[" CHECK (", name, NARROW]);
    }
    Ok(())
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

/// Unique rules, and an index for each foreign key to rows that can be deleted: a delete looks through the rows that refer to it.
/// The others are two of three, they would take as long to create as all the rest, and every write would keep them. A number that is
/// drawn is looked for first, which without an index would make many creates cost as much as their square.
fn indexes(schema: &Schema, name: &str, table: &Table) -> Result<Vec<Named>, String> {
    let mut found = Vec::new();
    for unique in &table.unique {
        found.push(unique_index(name, table, unique)?);
    }
    if let Some([left, right]) = table.unordered.as_deref() {
        found.push(unordered_index(name, left, right));
    }
    let is_deleted_from = |to: &References| schema.table(&to.table).is_some_and(|(_, to)| can_delete(to));
    for column in table.columns.iter().filter(|column| column.references.as_ref().is_some_and(is_deleted_from)) {
        found.push(column_index("fk", name, column));
    }
    for column in table.columns.iter().filter(|column| column.counter) {
        found.push(column_index("drawn", name, column));
    }
    Ok(found)
}

fn column_index(why: &str, name: &str, column: &Column) -> Named {
    let index = format!("{why}_{name}_{}", column.name);
    let sql = format!("CREATE INDEX {} ON {} ({})", quoted(&index), quoted(name), quoted(&column.name));
    (index, sql)
}

fn unique_index(name: &str, table: &Table, unique: &Unique) -> Result<Named, String> {
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
    let sql = format!("CREATE UNIQUE INDEX {} ON {} ({parts}){only}", quoted(&unique.name), quoted(name));
    Ok((unique.name.clone(), sql))
}

/// The same two ends in either order are one pair.
fn unordered_index(name: &str, left: &[String], right: &[String]) -> Named {
    let end = |columns: &[String]| columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(" || '/' || ");
    let (left, right) = (end(left), end(right));
    let index = format!("pair_{name}");
    let on = quoted(name);
    let sql = format!("CREATE UNIQUE INDEX {} ON {on} (min({left}, {right}), max({left}, {right}))", quoted(&index));
    (index, sql)
}

fn triggers(name: &str, table: &Table) -> Vec<Named> {
    let fixed = table.columns.iter().filter(|column| column.fixed).map(|column| fixed_trigger(name, column));
    let deleted = can_delete(table).then(|| delete_trigger(name));
    fixed.chain(default_triggers(name, table)).chain(deleted).collect()
}

/// Whether rows of a table can be deleted at all. Those of read-only tables cannot, not even together with others.
fn can_delete(table: &Table) -> bool {
    table.verbs.contains_key("delete")
}

fn fixed_trigger(name: &str, column: &Column) -> Named {
    let (trigger, column) = (format!("fixed_{name}_{}", column.name), quoted(&column.name));
    let sql = format!(
        "CREATE TRIGGER {} BEFORE UPDATE OF {column} ON {} WHEN NEW.{column} IS NOT OLD.{column} \
         BEGIN SELECT RAISE(ABORT, 'fixed after creation'); END",
        quoted(&trigger),
        quoted(name)
    );
    (trigger, sql)
}

/// The note that a row once was, with which goes what hangs on it.
fn delete_trigger(name: &str) -> Named {
    let trigger = format!("drop_{name}");
    let sql = format!(
        "CREATE TRIGGER {} AFTER DELETE ON {} BEGIN INSERT OR REPLACE INTO _deleted VALUES ('{name}', OLD.\"ID\"); END",
        quoted(&trigger),
        quoted(name)
    );
    (trigger, sql)
}

/// A row that becomes the default of its group takes the flag from the others.
fn default_triggers(name: &str, table: &Table) -> Vec<Named> {
    let Some(rule) = &table.one_default else { return Vec::new() };
    let (on, flag) = (quoted(name), quoted(&rule.column));
    let group =
        rule.per.iter().map(|column| format!("{0} IS NEW.{0}", quoted(column))).collect::<Vec<_>>().join(" AND ");
    let trigger = |(event, suffix): (&str, &str)| {
        let trigger = format!("default_{name}_{suffix}");
        let sql = format!(
            "CREATE TRIGGER {} AFTER {event} ON {on} WHEN NEW.{flag} = 1 BEGIN \
             UPDATE {on} SET {flag} = 0, \"lastmodified\" = NEW.\"lastmodified\" \
             WHERE {flag} = 1 AND {group} AND \"ID\" <> NEW.\"ID\"; END",
            quoted(&trigger)
        );
        (trigger, sql)
    };
    [("INSERT", "new"), ("UPDATE", "changed")].into_iter().map(trigger).collect()
}

#[cfg(test)]
mod tests;
