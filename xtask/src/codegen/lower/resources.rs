//! Resources: a table of records with verbs on it. Which operation is which verb, the document says by `x-verb`.

use anyhow::{Context as _, bail, ensure};
use indexmap::IndexMap;
use openapiv3::{ReferenceOr, Schema};
use serde_json::Value;

use super::extension::Extension;
use super::names;
use super::operations::SourceOperation;
use super::pairs;
use super::properties::{beside, description, properties};
use super::schemas::Lowering;
use super::scope::{Extensions, Scope, is_set, text};
use super::{texts, views};

use super::verbs::Checked;
use crate::codegen::location::Location;
use crate::codegen::model::{Column, Resource, Set, Type, Verb, Views};

/// The verbs of one resource.
pub(super) struct Verbs<'a>(IndexMap<Verb, SourceOperation<'a>>);

impl<'a> Verbs<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Verb, &SourceOperation<'a>)> {
        self.0.iter().map(|(verb, found)| (*verb, found))
    }
}

/// Whether the operation is a verb of a resource.
pub(super) fn is_verb(found: &SourceOperation<'_>) -> bool {
    found.source.extensions.contains_key("x-verb")
}

/// Sorts the operations with a verb by their resource: the tag that names a schema.
pub(super) fn collect<'a>(
    scope: &Scope<'a>,
    all: &[SourceOperation<'a>],
) -> anyhow::Result<IndexMap<String, Verbs<'a>>> {
    let mut resources: IndexMap<String, Verbs<'a>> = IndexMap::new();
    for found in all.iter().filter(|found| is_verb(found)) {
        let location = found.location(scope);
        let word =
            text(&found.source.extensions, "x-verb").with_context(|| format!("{location}: x-verb is not text"))?;
        let verb = Verb::ALL.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb);
        let verb = verb.with_context(|| format!("{location}: the verb {word:?} is not understood"))?;
        let [resource] = found.source.tags.as_slice() else {
            bail!("{location}: one tag names the resource of a verb")
        };
        ensure!(scope.components.schemas.contains_key(resource), "{location}: the tag {resource:?} names no schema");
        let verbs = &mut resources.entry(resource.clone()).or_insert_with(|| Verbs(IndexMap::new())).0;
        ensure!(verbs.insert(verb, *found).is_none(), "{location}: the verb {word:?} stands twice for {resource:?}");
    }
    for verbs in resources.values_mut() {
        verbs.0.sort_keys();
    }
    Ok(resources)
}

/// The name of the records: from the operation that gets one, or as the document says.
pub(super) fn record_name(scope: &Scope<'_>, wire: &str, verbs: &Verbs<'_>) -> anyhow::Result<String> {
    let (schema, location) = record(scope, wire, verbs)?;
    if let Some(name) = text(&schema.schema_data.extensions, "x-rust-type") {
        return Ok(name.to_owned());
    }
    let get = verbs.0.get(&Verb::Get);
    let get = get.with_context(|| format!("{location}: no operation gets one record; give it an x-rust-type"))?;
    Ok(names::camel(get.id.strip_prefix("get").unwrap_or(get.id)))
}

/// The schema of the records. Its place names the first operation that led there.
pub(super) fn record<'a>(scope: &Scope<'a>, wire: &str, verbs: &Verbs<'a>) -> anyhow::Result<(&'a Schema, Location)> {
    let location = verbs.0.values().next().map_or_else(|| scope.root(), |found| found.location(scope));
    let location = location.component("schemas", wire);
    let schema = scope.components.schemas.get(wire).and_then(ReferenceOr::as_item);
    Ok((schema.with_context(|| format!("{location}: the records of a resource are not a reference"))?, location))
}

/// Lowers one resource.
pub(super) fn lower<'a>(lowering: &mut Lowering<'a>, wire: &str, verbs: &Verbs<'a>) -> anyhow::Result<Resource> {
    let name = lowering.scope.records[wire].clone();
    let (schema, location) = record(lowering.scope, wire, verbs)?;
    let columns = columns(lowering, schema, &name, &location)?;
    let mut resource = Resource {
        module: names::snake(&name),
        wire: wire.to_owned(),
        description: description(schema, &location)?,
        columns,
        extras: Vec::new(),
        markers: Vec::new(),
        state: text(&schema.schema_data.extensions, "x-state").map(str::to_owned),
        write: None,
        pairs: Vec::new(),
        views: None,
        types: Vec::new(),
        operations: Vec::new(),
        location: location.clone(),
        name,
    };
    for (verb, found) in &verbs.0 {
        Checked { lowering, resource: &mut resource, verb: *verb, found }.run()?;
    }
    resource.pairs = pairs::lower(schema, &resource.columns, &location)?;
    resource.views = views(lowering, schema, &resource, &location)?;
    resource.types = lowering.types.take_below(&location);
    Ok(resource)
}

/// The records by a value that one column has.
fn views(
    lowering: &Lowering<'_>,
    schema: &Schema,
    resource: &Resource,
    location: &Location,
) -> anyhow::Result<Option<Views>> {
    let Some(words) = Extension::of(&schema.schema_data.extensions, "x-views", location) else { return Ok(None) };
    let order = lowering.scope.members(&words.location.child("views"))?;
    let order: Vec<&str> = order.iter().map(|(name, ..)| *name).collect();
    views::lower(&words, &order, &views::ViewContext { resource, types: lowering.types }).map(Some)
}

fn columns(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    record: &str,
    location: &Location,
) -> anyhow::Result<Vec<Column>> {
    let mut columns = Vec::new();
    for (wire, property) in properties(schema) {
        let at = location.at(&["properties", wire]);
        let extensions = beside(schema, wire, &property);
        let mut field = lowering.field(wire, &property, &extensions, record, &at)?;
        if is_set(&extensions, "x-primary-key") {
            ensure!(field.ty == Type::Integer, "{at}: a primary key is an integer");
            field.ty = Type::Id(record.to_owned());
        }
        field.may_be_absent = is_set(&extensions, "x-undocumented-column");
        columns.push(Column {
            constant: names::shouty(&field.rust),
            joins: matches!(field.ty, Type::Id(_)) && joins(lowering.scope, &extensions),
            set: set(&extensions),
            required: is_set(&extensions, "x-required-on-create"),
            text: texts::of_column(lowering.scope, &extensions, &field, &at)?,
            field,
        });
    }
    Ok(columns)
}

/// Whether the column is a foreign key to a resource of this document.
fn joins(scope: &Scope<'_>, extensions: &Extensions) -> bool {
    let target = extensions.get("x-references").and_then(|reference| reference.get("table")).and_then(Value::as_str);
    target.is_some_and(|target| scope.records.contains_key(target))
}

fn set(extensions: &Extensions) -> Set {
    if is_set(extensions, "x-read-only") {
        Set::Never
    } else if is_set(extensions, "x-fixed-after-creation") {
        Set::OnCreate
    } else {
        Set::Always
    }
}
