//! Tables: what a server that stands in for the service has to keep and to hold. Only documents that describe tables
//! (`x-tables`) have them.

mod column;
mod rule;

use anyhow::{Context as _, ensure};
use openapiv3::Schema;

use super::extension::Extension;
use super::operations::SourceOperation;
use super::properties::{beside, properties};
use super::resources::{Verbs, record};
use super::scope::{Scope, is_set, text};
use crate::codegen::location::Location;
use crate::codegen::model::{DependsOn, OneDefault, Permission, Resource, Table, TableColumn, TableVerb, Unique, Verb};
use column::Property;
use rule::{Subject, column as named_column, columns as named_columns, rule};

/// Whether the document describes tables.
pub(super) fn has_tables(scope: &Scope<'_>) -> bool {
    is_set(&scope.document().extensions, "x-tables")
}

/// Lowers the table of one resource.
pub(super) fn lower<'a>(scope: &Scope<'a>, verbs: &Verbs<'a>, resource: &Resource) -> anyhow::Result<Table> {
    let (schema, location) = record(scope, &resource.wire, verbs)?;
    let columns = columns(scope, schema, &location)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let mut table = Table {
        wire: resource.wire.clone(),
        columns,
        verbs: verbs
            .iter()
            .map(|(verb, found)| Ok((verb, of_verb(scope, verb, found, resource)?)))
            .collect::<anyhow::Result<_>>()?,
        state: None,
        checks: Vec::new(),
        unique: Vec::new(),
        one_default: None,
        unordered: None,
    };
    let subject = Subject { is_column: false, columns: &names };
    for (name, value) in &schema.schema_data.extensions {
        extension(&mut table, name, &Extension::new(value, location.child(name)), subject)?;
    }
    Ok(table)
}

fn extension(table: &mut Table, name: &str, value: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<()> {
    match name {
        "x-state" => table.state = Some(named_column(value, subject)?),
        "x-checks" => {
            table.checks = value.list()?.iter().map(|check| row_rule(check, subject)).collect::<Result<_, _>>()?;
        }
        "x-unique" => {
            table.unique = value.list()?.iter().map(|part| unique(part, subject)).collect::<Result<_, _>>()?
        }
        "x-one-default" => {
            let (column, per) = (value.member("column")?, value.member("per")?);
            table.one_default =
                Some(OneDefault { column: named_column(&column, subject)?, per: named_columns(&per, subject)? });
        }
        "x-unordered" => {
            let ends: anyhow::Result<Vec<_>> = value.list()?.iter().map(|end| named_columns(end, subject)).collect();
            let ends = <[Vec<String>; 2]>::try_from(ends?).ok();
            table.unordered = Some(ends.with_context(|| format!("{}: two lists are expected", value.location))?);
        }
        // Read where the columns are.
        "x-custom-fields" | "x-hidden-columns" | "x-ref-properties" | "x-views" => {}
        // Nothing of a table.
        "x-rust-type" | "x-source" | "x-deviation" | "x-properties" | "x-open" | "x-made-from" => {}
        _ => value.unknown("a table")?,
    }
    Ok(())
}

fn columns(scope: &Scope<'_>, schema: &Schema, location: &Location) -> anyhow::Result<Vec<TableColumn>> {
    let mut columns = Vec::new();
    for (name, property) in properties(schema) {
        let extensions = beside(schema, name, &property);
        let location = location.at(&["properties", name]);
        columns.push(column::shown(scope, &Property { name, schema: &property, extensions, location })?);
    }
    for (name, words, at) in scope.members(&location.child("x-hidden-columns"))? {
        ensure!(columns.iter().all(|column| column.name != name), "{at}: the column {name:?} is not a hidden one");
        columns.push(column::hidden(scope, name, &Extension::new(&words, at))?);
    }
    Ok(columns)
}

/// A rule about a whole row with its published name.
fn row_rule(words: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<(String, crate::codegen::model::Rule)> {
    Ok((words.member("name")?.text()?, rule(&words.without("name"), subject)?))
}

fn unique(words: &Extension<'_>, subject: Subject<'_>) -> anyhow::Result<Unique> {
    let mut unique = Unique {
        name: words.member("name")?.text()?,
        columns: named_columns(&words.member("columns")?, subject)?,
        nulls_equal: false,
        ignore_case: false,
        only: None,
    };
    for (name, word) in words.members()? {
        match name {
            "name" | "columns" => {}
            "nulls-equal" => unique.nulls_equal = word.flag()?,
            "ignore-case" => unique.ignore_case = word.flag()?,
            "where" => unique.only = Some(rule(&word, subject)?),
            _ => word.unknown("a unique rule")?,
        }
    }
    Ok(unique)
}

fn of_verb<'a>(
    scope: &Scope<'a>,
    verb: Verb,
    found: &SourceOperation<'a>,
    resource: &Resource,
) -> anyhow::Result<TableVerb> {
    let location = found.location(scope);
    let mut options = Vec::new();
    for (index, parameter) in found.source.parameters.iter().enumerate() {
        let (parameter, _) = scope.parameter(parameter, &location.child("parameters").index(index))?;
        options.extend(text(&parameter.parameter_data_ref().extensions, "x-call-option").map(str::to_owned));
    }
    let writes = resource.write.as_ref().filter(|_| matches!(verb, Verb::Create | Verb::Update));
    let accepts = writes.iter().flat_map(|write| &write.extras).map(|extra| extra.field.wire.clone()).collect();
    let words = Extension::of(&found.source.extensions, "x-permission", &location);
    let permission = words.map(|words| permission(&words)).transpose()?;
    Ok(TableVerb { options, accepts, permission })
}

fn permission(words: &Extension<'_>) -> anyhow::Result<Permission> {
    let mut permission = Permission { any: Vec::new(), writable: false, creator: false, depends_on: None };
    for (name, word) in words.members()? {
        match name {
            "any" => permission.any = word.texts()?,
            "writable" => permission.writable = word.flag()?,
            "creator" => permission.creator = word.flag()?,
            "depends-on" => permission.depends_on = Some(depends_on(&word)?),
            _ => word.unknown("a permission")?,
        }
    }
    Ok(permission)
}

fn depends_on(words: &Extension<'_>) -> anyhow::Result<DependsOn> {
    match words.members()?.as_slice() {
        [("any", parents)] => parents.texts().map(DependsOn::Any),
        [("all", parents)] => parents.texts().map(DependsOn::All),
        _ => words.unknown("a permission, which depends on any or all of some parents"),
    }
}
