//! Resources: a table of records with verbs on it. Which operation is which verb, the document says by `x-verb`.

use anyhow::{Context as _, bail, ensure};
use indexmap::IndexMap;
use openapiv3::{Parameter, ReferenceOr, Schema, SchemaKind, Type as SchemaType};
use serde_json::Value;

use super::names;
use super::operations::{self, Found};
use super::place::Place;
use super::scope::{Scope, is_set, text};
use super::types::{Lowering, beside, description, properties};
use crate::codegen::model::{CallOption, CallShape, Column, Field, Resource, Set, Setter, Takes, Type, Verb, Write};

/// The verbs of one resource.
pub struct Verbs<'a>(IndexMap<Verb, Found<'a>>);

/// Sorts the operations with a verb by their resource: the tag that names a schema.
pub fn collect<'a>(scope: &Scope<'a>, all: &[Found<'a>]) -> anyhow::Result<IndexMap<String, Verbs<'a>>> {
    let mut resources: IndexMap<String, Verbs<'a>> = IndexMap::new();
    for found in all {
        let Some(word) = text(&found.source.extensions, "x-verb") else { continue };
        let place = found.place(scope.stem());
        let verb = Verb::ALL.iter().find(|(name, _)| *name == word).map(|(_, verb)| *verb);
        let verb = verb.with_context(|| format!("{place}: the verb {word:?} is not understood"))?;
        let [resource] = found.source.tags.as_slice() else { bail!("{place}: one tag names the resource of a verb") };
        ensure!(scope.components.schemas.contains_key(resource), "{place}: the tag {resource:?} names no schema");
        let verbs = &mut resources.entry(resource.clone()).or_insert_with(|| Verbs(IndexMap::new())).0;
        ensure!(verbs.insert(verb, *found).is_none(), "{place}: the verb {word} stands twice for {resource:?}");
    }
    for verbs in resources.values_mut() {
        verbs.0.sort_keys();
    }
    Ok(resources)
}

/// The name of the records: from the operation that gets one, or as the document says.
pub fn record_name(scope: &Scope<'_>, wire: &str, verbs: &Verbs<'_>) -> anyhow::Result<String> {
    let place = Place::root(scope.stem()).component("schemas", wire);
    let schema = scope
        .components
        .schemas
        .get(wire)
        .and_then(ReferenceOr::as_item)
        .with_context(|| format!("{place}: no schema"))?;
    if let Some(name) = text(&schema.schema_data.extensions, "x-rust-type") {
        return Ok(name.to_owned());
    }
    let get = verbs
        .0
        .get(&Verb::Get)
        .with_context(|| format!("{place}: no operation gets one record; give it an x-rust-type"))?;
    Ok(names::camel(get.id.trim_start_matches("get")))
}

/// Lowers one resource.
pub fn lower(lowering: &mut Lowering<'_>, wire: &str, verbs: &Verbs<'_>) -> anyhow::Result<Resource> {
    let name = lowering.scope.records[wire].clone();
    let place = Place::root(lowering.scope.stem()).component("schemas", wire);
    let schema = lowering.scope.components.schemas.get(wire).and_then(ReferenceOr::as_item).cloned();
    let schema = schema.with_context(|| format!("{place}: no schema"))?;
    let columns = columns(lowering, &schema, &name, &place)?;
    let mut resource = Resource {
        module: names::snake(&name),
        wire: wire.to_owned(),
        description: description(&schema, &place)?,
        columns,
        extras: Vec::new(),
        marks: Vec::new(),
        state: text(&schema.schema_data.extensions, "x-state").map(str::to_owned),
        write: None,
        types: Vec::new(),
        operations: Vec::new(),
        name,
    };
    for (verb, found) in &verbs.0 {
        Checked { lowering, resource: &mut resource, verb: *verb, found }.run()?;
    }
    resource.types = lowering.types.take_below(&place);
    Ok(resource)
}

fn columns(lowering: &mut Lowering<'_>, schema: &Schema, record: &str, place: &Place) -> anyhow::Result<Vec<Column>> {
    let mut columns = Vec::new();
    for (wire, property) in properties(schema) {
        let at = place.child("properties").child(wire);
        let extensions = beside(schema, wire, &property);
        let mut typed = lowering.typed(&property, &format!("{record}{}", names::camel(wire)), &at)?;
        if is_set(&extensions, "x-primary-key") {
            typed.ty = Type::Id(record.to_owned());
        }
        let target =
            extensions.get("x-references").and_then(|reference| reference.get("table")).and_then(Value::as_str);
        let joins =
            target.and_then(|target| lowering.scope.records.get(target)).filter(|_| matches!(typed.ty, Type::Id(_)));
        let set = match () {
            () if is_set(&extensions, "x-read-only") => Set::Never,
            () if is_set(&extensions, "x-fixed-after-creation") => Set::OnCreate,
            () => Set::Always,
        };
        columns.push(Column {
            joins: joins.cloned(),
            set,
            required: is_set(&extensions, "x-required-on-create"),
            field: Field {
                wire: wire.clone(),
                rust: text(&extensions, "x-rust-name").map_or_else(|| names::snake(wire), str::to_owned),
                description: lowering.words(wire, &property, &extensions, &at)?,
                ty: typed.ty,
                optional: typed.nullable,
            },
        });
    }
    Ok(columns)
}

/// One verb of a resource, checked against what the emitted method will take and answer.
struct Checked<'l, 'a, 'f> {
    lowering: &'l mut Lowering<'a>,
    resource: &'l mut Resource,
    verb: Verb,
    found: &'l Found<'f>,
}

impl Checked<'_, '_, '_> {
    fn run(mut self) -> anyhow::Result<()> {
        let place = self.found.place(self.lowering.scope.stem());
        let options = self.parameters(&place)?;
        match self.verb {
            Verb::List => self.list_request(&place)?,
            Verb::Create | Verb::Update => self.write(&place)?,
            Verb::Get | Verb::Exists | Verb::Delete => {
                ensure!(self.found.source.request_body.is_none(), "{place}: a body is not understood")
            }
        }
        self.answer(&place)?;
        let mut operation = operations::common(self.lowering.scope, self.found, CallShape::Verb(self.verb))?;
        operation.options = options;
        self.resource.operations.push(operation);
        Ok(())
    }

    /// One path parameter for verbs on a single record; every other parameter must be an option of the verb.
    fn parameters(&mut self, place: &Place) -> anyhow::Result<Vec<CallOption>> {
        let (mut in_path, mut options) = (0, Vec::new());
        for (index, parameter) in self.found.source.parameters.iter().enumerate() {
            let at = place.child("parameters").child(&index.to_string());
            let parameter = operations::resolve_parameter(self.lowering.scope, parameter, &at)?;
            match &parameter {
                Parameter::Path { .. } => in_path += 1,
                other => options.push(self.option(other, &at)?),
            }
        }
        let expected = usize::from(!matches!(self.verb, Verb::List | Verb::Create));
        ensure!(in_path == expected, "{place}: {in_path} path parameters, expected {expected}");
        Ok(options)
    }

    fn option(&mut self, parameter: &Parameter, at: &Place) -> anyhow::Result<CallOption> {
        let data = parameter.parameter_data_ref();
        let option = text(&data.extensions, "x-call-option")
            .with_context(|| format!("{at}: {:?} is no option of a call", data.name))?;
        let word = Verb::ALL.iter().find(|(_, verb)| *verb == self.verb).map_or("", |(word, _)| word);
        let offered = self.lowering.scope.verb(word).and_then(|verb| verb.get("options")).and_then(Value::as_array);
        let is_offered = offered.is_some_and(|offered| offered.iter().any(|known| known == option));
        ensure!(is_offered, "{at}: calls of the verb {word} have no option {option:?} (x-verbs)");
        self.resource.marks.extend(text(&data.extensions, "x-mark").map(str::to_owned));
        for (wire, property) in data.extensions.get("x-adds-property").and_then(Value::as_object).into_iter().flatten()
        {
            let schema: Schema =
                serde_json::from_value(property.clone()).with_context(|| format!("{at}/x-adds-property/{wire}"))?;
            let description = description(&schema, at)?;
            let ty = self.lowering.typed(&ReferenceOr::Item(schema), "", &at.child("x-adds-property").child(wire))?.ty;
            self.resource.extras.push(Field {
                wire: wire.clone(),
                rust: names::snake(wire),
                description,
                ty,
                optional: true,
            });
        }
        Ok(CallOption { rust: names::snake(option), takes: takes(operations::parameter_schema(data, at)?, at)? })
    }

    fn list_request(&mut self, place: &Place) -> anyhow::Result<()> {
        let reference = self.body_reference(place)?;
        let (schema, _) = self.lowering.scope.schema(&reference, place)?;
        let marked = is_set(&schema.schema_data.extensions, "x-list-request");
        ensure!(marked, "{place}: the body {reference:?} is no list request (x-list-request)");
        Ok(())
    }

    /// The body is the record itself, or the record with further members.
    fn write(&mut self, place: &Place) -> anyhow::Result<()> {
        let reference = self.body_reference(place)?;
        let record = format!("#/components/schemas/{}", self.resource.wire);
        let mut extras = Vec::new();
        if reference != record {
            let (schema, at) = self.lowering.scope.schema(&reference, place)?;
            let SchemaKind::AllOf { all_of } = &schema.schema_kind else {
                bail!("{at}: neither the record nor the record and more")
            };
            let [ReferenceOr::Reference { reference: first }, parts @ ..] = all_of.as_slice() else {
                bail!("{at}: the first part is not the record")
            };
            ensure!(*first == record, "{at}: the first part is {first:?}, not the record");
            for (index, part) in parts.iter().enumerate() {
                extras.extend(self.setters(part, &at.child("allOf").child(&(index + 1).to_string()))?);
            }
        }
        self.resource.write = Some(Write { extras });
        Ok(())
    }

    fn setters(&mut self, part: &ReferenceOr<Schema>, at: &Place) -> anyhow::Result<Vec<Setter>> {
        let ReferenceOr::Reference { reference } = part else { bail!("{at}: a reference is expected") };
        let (schema, at) = self.lowering.scope.schema(reference, at)?;
        let fields = self.lowering.fields(&schema, "", &at)?;
        let by_member = |field: &Field| {
            let property = properties(&schema).into_iter().find(|(wire, _)| **wire == field.wire);
            property
                .is_some_and(|(wire, property)| text(&beside(&schema, wire, &property), "x-setter") == Some("members"))
        };
        Ok(fields.into_iter().map(|field| Setter { by_member: by_member(&field), field }).collect())
    }

    fn body_reference(&self, place: &Place) -> anyhow::Result<String> {
        let body = self.found.source.request_body.as_ref().with_context(|| format!("{place}: no body"))?;
        let at = place.child("requestBody");
        let body = match body {
            ReferenceOr::Item(body) => body,
            ReferenceOr::Reference { reference } => {
                let name = self.lowering.scope.name(reference, "requestBodies", &at)?;
                let found = self.lowering.scope.components.request_bodies.get(name).and_then(ReferenceOr::as_item);
                found.with_context(|| format!("{at}: there is no request body {name:?}"))?
            }
        };
        match body.content.get("application/json").and_then(|content| content.schema.as_ref()) {
            Some(ReferenceOr::Reference { reference }) => Ok(reference.clone()),
            _ => bail!("{at}: a JSON body that refers to a schema is expected"),
        }
    }

    fn answer(&self, place: &Place) -> anyhow::Result<()> {
        let schema = self.answer_schema(place)?;
        let record = format!("#/components/schemas/{}", self.resource.wire);
        let is_record = |schema: &ReferenceOr<Schema>| matches!(schema, ReferenceOr::Reference { reference } if *reference == record);
        let fits = match (self.verb, schema) {
            (Verb::Exists | Verb::Delete, None) => true,
            (Verb::Get | Verb::Create | Verb::Update, Some(schema)) => is_record(&schema),
            (
                Verb::List,
                Some(ReferenceOr::Item(Schema { schema_kind: SchemaKind::Type(SchemaType::Array(array)), .. })),
            ) => array.items.as_ref().is_some_and(|items| is_record(&items.clone().unbox())),
            _ => false,
        };
        ensure!(fits, "{place}: the answer does not fit the verb");
        Ok(())
    }

    fn answer_schema(&self, place: &Place) -> anyhow::Result<Option<ReferenceOr<Schema>>> {
        use openapiv3::StatusCode::Code;
        let responses = &self.found.source.responses.responses;
        let first = [200, 201, 204].iter().find_map(|code| responses.get(&Code(*code)));
        let response = operations::resolve_response(
            self.lowering.scope,
            first.with_context(|| format!("{place}: no result"))?,
            place,
        )?;
        Ok(response.content.get("application/json").and_then(|content| content.schema.clone()))
    }
}

/// What the method of an option takes, from the schema of its parameter.
fn takes(schema: &ReferenceOr<Schema>, place: &Place) -> anyhow::Result<Takes> {
    use openapiv3::{StringFormat::DateTime, VariantOrUnknownOrEmpty::Item};
    let schema = schema.as_item().with_context(|| format!("{place}: a schema is expected"))?;
    match &schema.schema_kind {
        SchemaKind::Type(SchemaType::Array(_)) => Ok(Takes::Columns),
        SchemaKind::Type(SchemaType::String(text)) if text.format == Item(DateTime) => Ok(Takes::Date),
        SchemaKind::Type(SchemaType::String(_)) => Ok(Takes::Text),
        _ if is_set(&schema.schema_data.extensions, "x-flag") => Ok(Takes::Nothing),
        _ => bail!("{place}: what the option takes is not understood"),
    }
}
