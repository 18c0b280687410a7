//! Operations that belong to no resource, and what all operations have in common.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{
    MediaType, Operation as Source, Parameter, ParameterData, ParameterSchemaOrContent, ReferenceOr, Response, Schema,
    StatusCode,
};
use serde_json::Value;

use super::place::Place;
use super::scope::{Scope, is_set, text};
use super::types::{Lowering, description, named};
use super::{names, security, words};
use crate::codegen::model::{
    Answer, BodyFormat, CallShape, Field, NamedType, Operation, PathParameter, Safety, Shape, Type, Verb,
};

/// An operation with its place in the document.
#[derive(Clone, Copy)]
pub struct Found<'a> {
    pub path: &'a str,
    /// In lower case, as in the document.
    pub method: &'a str,
    pub source: &'a Source,
    pub id: &'a str,
}

impl<'a> Found<'a> {
    pub fn place(&self, stem: &str) -> Place {
        Place::root(stem).child("paths").child(self.path).child(self.method).of_operation(self.id)
    }
}

/// All operations of the document; each has an id.
pub fn all<'a>(scope: &Scope<'a>) -> anyhow::Result<Vec<Found<'a>>> {
    scope
        .document
        .operations()
        .map(|(path, method, source)| {
            let place = Place::root(scope.stem()).child("paths").child(path).child(method);
            let id = source
                .operation_id
                .as_deref()
                .with_context(|| format!("{place}: the operation has no id (operationId)"))?;
            Ok(Found { path, method, source, id })
        })
        .collect()
}

/// What every operation has, whatever its call looks like.
pub fn common(scope: &Scope<'_>, found: &Found<'_>, call: CallShape) -> anyhow::Result<Operation> {
    let place = found.place(scope.stem());
    let method = found.method.to_uppercase();
    let words = |text: &Option<String>, what: &str| text.clone().with_context(|| format!("{place}: no {what}"));
    let mut success = success(found, &place)?;
    if matches!(call, CallShape::Verb(Verb::Exists)) {
        // Not there is an answer to the question whether it is.
        success.push(404);
    }
    Ok(Operation {
        id: found.id.to_owned(),
        rust: text(&found.source.extensions, "x-rust-name").map_or_else(|| names::snake(found.id), str::to_owned),
        summary: words(&found.source.summary, "summary")?,
        description: words(&found.source.description, "description")?,
        notes: words::notes(scope, found.source, &method, found.path, &place)?,
        security: security::of_operation(scope, found.source, &place)?,
        safety: safety(scope, found.source, &place)?,
        path: found.path.to_owned(),
        method,
        success,
        options: Vec::new(),
        call,
    })
}

fn safety(scope: &Scope<'_>, source: &Source, place: &Place) -> anyhow::Result<Safety> {
    let by_verb = text(&source.extensions, "x-verb").and_then(|verb| scope.verb(verb)?.get("safety")?.as_str());
    let word =
        text(&source.extensions, "x-safety").or(by_verb).with_context(|| format!("{place}: no safety (x-safety)"))?;
    let known = Safety::ALL.iter().find(|(name, _)| *name == word);
    known.map(|(_, safety)| *safety).with_context(|| format!("{place}: the safety {word:?} is not understood"))
}

/// The listed statuses below 400.
fn success(found: &Found<'_>, place: &Place) -> anyhow::Result<Vec<u16>> {
    let mut codes = Vec::new();
    for status in found.source.responses.responses.keys() {
        match status {
            StatusCode::Code(code) if *code < 400 => codes.push(*code),
            StatusCode::Code(_) => {}
            StatusCode::Range(_) => bail!("{place}: a range of statuses is not understood"),
        }
    }
    codes.sort_unstable();
    ensure!(!codes.is_empty(), "{place}: no status is a result");
    Ok(codes)
}

/// Lowers an operation that belongs to no resource.
pub fn plain(lowering: &mut Lowering<'_>, found: &Found<'_>, format: BodyFormat) -> anyhow::Result<Operation> {
    let place = found.place(lowering.scope.stem());
    let mut path_parameters = Vec::new();
    let mut query = Vec::new();
    for (index, parameter) in found.source.parameters.iter().enumerate() {
        let at = place.child("parameters").child(&index.to_string());
        match resolve_parameter(lowering.scope, parameter, &at)? {
            Parameter::Path { parameter_data, .. } => {
                path_parameters.push(path_parameter(lowering, &parameter_data, &at)?)
            }
            Parameter::Query { parameter_data, .. } => {
                query.push(query_parameter(lowering, &parameter_data, found.id, &at)?)
            }
            other => bail!("{at}: a parameter there is not understood: {:?}", other.parameter_data_ref().name),
        }
    }
    let query = query_type(lowering, query, found, &place)?;
    let body = body_type(lowering, found, format, &place)?;
    let answer = answer(lowering, found, &place)?;
    common(lowering.scope, found, CallShape::Plain { parameters: path_parameters, query, body, answer })
}

pub fn resolve_parameter(
    scope: &Scope<'_>,
    parameter: &ReferenceOr<Parameter>,
    place: &Place,
) -> anyhow::Result<Parameter> {
    match parameter {
        ReferenceOr::Item(parameter) => Ok(parameter.clone()),
        ReferenceOr::Reference { reference } => {
            let name = scope.name(reference, "parameters", place)?;
            let found = scope.components.parameters.get(name).and_then(ReferenceOr::as_item);
            found.cloned().with_context(|| format!("{place}: there is no parameter {name:?}"))
        }
    }
}

pub fn parameter_schema<'p>(data: &'p ParameterData, place: &Place) -> anyhow::Result<&'p ReferenceOr<Schema>> {
    match &data.format {
        ParameterSchemaOrContent::Schema(schema) => Ok(schema),
        ParameterSchemaOrContent::Content(_) => bail!("{place}: a parameter with content is not understood"),
    }
}

fn path_parameter(lowering: &mut Lowering<'_>, data: &ParameterData, place: &Place) -> anyhow::Result<PathParameter> {
    let ty = lowering.typed(parameter_schema(data, place)?, "", &place.child("schema"))?.ty;
    ensure!(matches!(ty, Type::Integer | Type::Text), "{place}: a path parameter is an integer or a text");
    Ok(PathParameter { wire: data.name.clone(), rust: names::snake(&data.name), ty })
}

/// A query parameter and whether it must be there.
fn query_parameter(
    lowering: &mut Lowering<'_>,
    data: &ParameterData,
    id: &str,
    place: &Place,
) -> anyhow::Result<Field> {
    let name = format!("{}{}", names::camel(id), names::camel(&data.name));
    let typed = lowering.typed(parameter_schema(data, place)?, &name, &place.child("schema"))?;
    let description = data.description.clone().with_context(|| format!("{place}: no description"))?;
    Ok(Field {
        wire: data.name.clone(),
        rust: names::snake(&data.name),
        description,
        ty: typed.ty,
        optional: !data.required,
    })
}

fn query_type(
    lowering: &mut Lowering<'_>,
    fields: Vec<Field>,
    found: &Found<'_>,
    place: &Place,
) -> anyhow::Result<Option<String>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let name = format!("{}Query", names::camel(found.id));
    let description = format!("Parameters of `{}`.", found.id);
    request_type(lowering, name, description, fields, &place.child("parameters")).map(Some)
}

fn request_type(
    lowering: &mut Lowering<'_>,
    name: String,
    description: String,
    fields: Vec<Field>,
    place: &Place,
) -> anyhow::Result<String> {
    let (optional, required) = fields.into_iter().partition(|field| field.optional);
    lowering
        .types
        .add(NamedType { name: name.clone(), description, shape: Shape::Request { required, optional } }, place)?;
    Ok(name)
}

/// The request type of the body. Members that carry the credentials of the client are never part of it.
fn body_type(
    lowering: &mut Lowering<'_>,
    found: &Found<'_>,
    format: BodyFormat,
    place: &Place,
) -> anyhow::Result<Option<String>> {
    let Some(body) = &found.source.request_body else { return Ok(None) };
    let at = place.child("requestBody");
    let body = match body {
        ReferenceOr::Item(body) => body.clone(),
        ReferenceOr::Reference { reference } => {
            let name = lowering.scope.name(reference, "requestBodies", &at)?;
            let found = lowering.scope.components.request_bodies.get(name).and_then(ReferenceOr::as_item);
            found.cloned().with_context(|| format!("{at}: there is no request body {name:?}"))?
        }
    };
    let media_type = match format {
        BodyFormat::Json => "application/json",
        BodyFormat::Form => "application/x-www-form-urlencoded",
    };
    let content = body.content.get(media_type).with_context(|| format!("{at}: no {media_type}"))?;
    let (schema, schema_at, name) = match schema_of(content, &at)? {
        ReferenceOr::Item(schema) => (schema.clone(), at.clone(), format!("{}Request", names::camel(found.id))),
        ReferenceOr::Reference { reference } => {
            let (schema, schema_at) = lowering.scope.schema(reference, &at)?;
            (schema, schema_at, names::camel(lowering.scope.name(reference, "schemas", &at)?))
        }
    };
    let name = named(&schema.schema_data.extensions, || name);
    let fields = lowering.fields(&schema, &name, &schema_at)?;
    let credentials = credentials(&schema);
    let fields = fields.into_iter().filter(|field| !credentials.contains(&field.wire)).collect();
    let description = description(&schema, &schema_at)?;
    request_type(lowering, name, description, fields, &schema_at).map(Some)
}

fn schema_of<'m>(content: &'m MediaType, place: &Place) -> anyhow::Result<&'m ReferenceOr<Schema>> {
    content.schema.as_ref().with_context(|| format!("{place}: no schema"))
}

fn credentials(schema: &Schema) -> Vec<String> {
    let properties = super::types::properties(schema).into_iter();
    properties
        .filter(|(_, property)| {
            property.as_item().is_some_and(|item| is_set(&item.schema_data.extensions, "x-credential"))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

/// What the first result of the operation holds.
fn answer(lowering: &mut Lowering<'_>, found: &Found<'_>, place: &Place) -> anyhow::Result<Answer> {
    let mut listed: Vec<(u16, &ReferenceOr<Response>)> = found
        .source
        .responses
        .responses
        .iter()
        .filter_map(|(status, response)| match status {
            StatusCode::Code(code) if *code < 400 => Some((*code, response)),
            _ => None,
        })
        .collect();
    listed.sort_by_key(|(code, _)| *code);
    let (code, response) = *listed.first().with_context(|| format!("{place}: no status is a result"))?;
    let at = place.child("responses").child(&code.to_string());
    let response = resolve_response(lowering.scope, response, &at)?;
    if (300..400).contains(&code) {
        ensure!(
            response.headers.contains_key("Location"),
            "{at}: a redirect without a Location header is not understood"
        );
        return Ok(Answer::Redirect);
    }
    let Some((media_type, content)) = response.content.first() else { return Ok(Answer::Empty) };
    ensure!(media_type == "application/json", "{at}: an answer of type {media_type:?} is not understood");
    let at = at.child("content").child(media_type).child("schema");
    let name = format!("{}Response", names::camel(found.id));
    Ok(Answer::Json(lowering.typed(schema_of(content, &at)?, &name, &at)?.ty))
}

pub fn resolve_response(
    scope: &Scope<'_>,
    response: &ReferenceOr<Response>,
    place: &Place,
) -> anyhow::Result<Response> {
    match response {
        ReferenceOr::Item(response) => Ok(response.clone()),
        ReferenceOr::Reference { reference } => {
            let name = scope.name(reference, "responses", place)?;
            let found = scope.components.responses.get(name).and_then(ReferenceOr::as_item);
            found.cloned().with_context(|| format!("{place}: there is no response {name:?}"))
        }
    }
}

/// How the document wants bodies written.
pub fn body_format(service: &Value, place: &Place) -> anyhow::Result<BodyFormat> {
    match service.get("body").and_then(Value::as_str) {
        Some("json") => Ok(BodyFormat::Json),
        Some("form") => Ok(BodyFormat::Form),
        other => bail!("{place}: the body format {other:?} is not understood"),
    }
}
