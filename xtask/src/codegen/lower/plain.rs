//! Operations that belong to no resource: their parameters, their request and their answer as types.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{Parameter, ParameterData, ParameterSchemaOrContent, ReferenceOr, Schema};

use super::answers::{self, Content};
use super::names;
use super::operations::{self, Found, path_is_filled};
use super::properties::{description, named, properties, with_words};
use super::schemas::Lowering;
use super::scope::{is_set, text};

use crate::codegen::model::{Answer, CallShape, Field, NamedType, Operation, PathParameter, Shape, Type};
use crate::codegen::place::Place;

/// Lowers an operation that belongs to no resource.
pub fn lower<'a>(lowering: &mut Lowering<'a>, found: &Found<'a>) -> anyhow::Result<Operation> {
    let place = found.place(lowering.scope);
    let mut parameters = Vec::new();
    let mut query = Vec::new();
    for (index, parameter) in found.source.parameters.iter().enumerate() {
        let (parameter, at) = lowering.scope.parameter(parameter, &place.child("parameters").index(index))?;
        match parameter {
            Parameter::Path { parameter_data, .. } => parameters.push(path_parameter(lowering, parameter_data, &at)?),
            Parameter::Query { parameter_data, .. } => {
                query.push(query_parameter(lowering, parameter_data, found.id, &at)?)
            }
            other => bail!("{at}: a parameter there is not understood: {:?}", other.parameter_data_ref().name),
        }
    }
    let declared: Vec<&str> = parameters.iter().map(|parameter| parameter.wire.as_str()).collect();
    path_is_filled(found, &declared, &place)?;
    let query = query_type(lowering, query, found, &place)?;
    let body = body_type(lowering, found)?;
    let results = answers::results(lowering.scope, found, false)?;
    let answer = answer(lowering, found, results.content)?;
    operations::common(lowering.scope, found, results.codes, CallShape::Plain { parameters, query, body, answer })
}

fn parameter_schema<'p>(data: &'p ParameterData, place: &Place) -> anyhow::Result<&'p ReferenceOr<Schema>> {
    match &data.format {
        ParameterSchemaOrContent::Schema(schema) => Ok(schema),
        ParameterSchemaOrContent::Content(_) => bail!("{place}: a parameter with content is not understood"),
    }
}

fn path_parameter(lowering: &mut Lowering<'_>, data: &ParameterData, place: &Place) -> anyhow::Result<PathParameter> {
    let ty = lowering.typed(parameter_schema(data, place)?, "", &place.child("schema"))?.never_null(place)?;
    ensure!(matches!(ty, Type::Integer | Type::Text), "{place}: a path parameter is an integer or a text");
    Ok(PathParameter { wire: data.name.clone(), rust: rust_name(data), ty, place: place.clone() })
}

fn rust_name(data: &ParameterData) -> String {
    text(&data.extensions, "x-rust-name").map_or_else(|| names::snake(&data.name), str::to_owned)
}

fn query_parameter(
    lowering: &mut Lowering<'_>,
    data: &ParameterData,
    id: &str,
    place: &Place,
) -> anyhow::Result<Field> {
    let description = data.description.clone().with_context(|| format!("{place}: no description"))?;
    let schema = with_words(parameter_schema(data, place)?, &description);
    let name = names::member(&names::camel(id), &data.name);
    Ok(Field {
        wire: data.name.clone(),
        rust: rust_name(data),
        description,
        ty: lowering.typed(&schema, &name, &place.child("schema"))?.never_null(place)?,
        may_be_absent: !data.required,
        may_be_null: false,
        place: place.clone(),
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
    let name = names::member(&names::camel(found.id), "query");
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
    let (optional, required) = fields.into_iter().partition(|field| field.may_be_absent);
    let shape = Shape::Request { required, optional };
    lowering.types.add(NamedType { name: name.clone(), description, shape, place: place.clone() })?;
    Ok(name)
}

/// The request type of the body. Members that carry the credentials of the client are never part of it.
fn body_type<'a>(lowering: &mut Lowering<'a>, found: &Found<'a>) -> anyhow::Result<Option<String>> {
    let Some((schema, at)) = operations::body(lowering.scope, found)? else { return Ok(None) };
    let (schema, at, name) = match schema {
        ReferenceOr::Item(schema) => (schema, at, names::member(&names::camel(found.id), "request")),
        ReferenceOr::Reference { reference } => {
            let name = names::camel(&lowering.scope.name(reference, "schemas", &at)?);
            let (schema, at) = lowering.scope.schema(reference, &at)?;
            (schema, at, name)
        }
    };
    ensure!(!properties(schema).is_empty(), "{at}: a request body is an object with properties");
    let name = named(&schema.schema_data.extensions, || name);
    let mut fields = lowering.fields(schema, &name, &at)?;
    fields.retain(|field| !is_credential(schema, &field.wire));
    let description = description(schema, &at)?;
    request_type(lowering, name, description, fields, &at).map(Some)
}

fn is_credential(schema: &Schema, wire: &str) -> bool {
    let property = properties(schema).into_iter().find(|(name, _)| *name == wire);
    property
        .and_then(|(_, property)| property.into_item())
        .is_some_and(|item| is_set(&item.schema_data.extensions, "x-credential"))
}

fn answer(lowering: &mut Lowering<'_>, found: &Found<'_>, content: Content<'_>) -> anyhow::Result<Answer> {
    match content {
        Content::Empty => Ok(Answer::Empty),
        Content::Redirect => Ok(Answer::Redirect),
        Content::Json(schema, at) => {
            let name = names::member(&names::camel(found.id), "response");
            Ok(Answer::Json(lowering.typed(schema, &name, &at)?.never_null(&at)?))
        }
    }
}
