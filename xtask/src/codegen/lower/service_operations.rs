//! Operations that belong to no resource: their parameters, their request and their answer as types.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use openapiv3::{Parameter, ParameterData, ParameterSchemaOrContent, ReferenceOr, Schema};

use super::bodies::{self, FoundBody};
use super::operations::{self, SourceOperation, path_is_filled};
use super::properties::{description, distinct, named, properties, with_words};
use super::refusal::Refused;
use super::schemas::Lowering;
use super::scope::{Scope, is_set, text};
use super::{answers, choices, errors, names, pages, result_types, rules, security};

use crate::codegen::location::Location;
use crate::codegen::model::{
    AdditionalMembers, Body, BodyArgument, BodyFormat, Bound, CallShape, Field, Holder, NamedType, Operation,
    ParameterStyle, PathParameter, Requirement, SchemeKind, Shape, Style, StyledParameter, Type,
};
use crate::codegen::normalise::REFUSED;
use crate::codegen::reserved::OF_WRITE;

/// Lowers an operation that belongs to no resource.
pub(super) fn lower<'a>(lowering: &mut Lowering<'a>, found: &SourceOperation<'a>) -> anyhow::Result<Operation> {
    let location = found.location(lowering.scope);
    if let (Some(construct), true) = (text(&found.source.extensions, REFUSED), lowering.scope.is_foreign()) {
        bail!(Refused::new(construct, &location));
    }
    let mut parameters = Vec::new();
    let mut asked = Vec::new();
    for (index, parameter) in found.source.parameters.iter().enumerate() {
        let (parameter, at) = lowering.scope.parameter(parameter, &location.child("parameters").index(index))?;
        let data = parameter.parameter_data_ref();
        if let (Some(construct), true) = (text(&data.extensions, REFUSED), lowering.scope.is_foreign()) {
            bail!(Refused::new(construct, &at));
        }
        match parameter {
            Parameter::Path { .. } => parameters.push(path_parameter(lowering, data, &at)?),
            Parameter::Query { .. } => {
                asked.push((query_parameter(lowering, data, found.id, &at)?, style(data, "query")))
            }
            Parameter::Header { .. } if lowering.scope.is_foreign() => {
                asked.push((query_parameter(lowering, data, found.id, &at)?, style(data, "header")));
            }
            Parameter::Cookie { .. } if lowering.scope.is_foreign() => {
                asked.push((query_parameter(lowering, data, found.id, &at)?, style(data, "cookie")));
            }
            _ => bail!("{at}: a parameter there is not understood: {:?}", data.name),
        }
    }
    let declared: Vec<&str> = parameters.iter().map(|parameter| parameter.wire.as_str()).collect();
    path_is_filled(found, &declared, &location)?;
    let has_body = found.source.request_body.is_some();
    let (fields, styles) = styled(lowering, asked, &mut parameters, has_body);
    let query = query_type(lowering, fields, found, &location)?;
    let (body, taken) = body(lowering, found)?.unzip();
    let results = answers::results(lowering.scope, found, false)?;
    let codes = results.codes.clone();
    let events = result_types::events_beside(lowering, found, &results)?;
    let answer = result_types::answer(lowering, found, results.groups)?;
    let call = CallShape::Plain { parameters, query, body: taken, answer };
    let common = operations::common(lowering.scope, found, codes, body, call)?;
    let mut operation = Operation { styles, events, ..common };
    if lowering.scope.is_foreign() {
        operation.pages = pages::of_operation(lowering, found, &operation)?;
        errors::add(lowering, found, &mut operation);
    }
    Ok(operation)
}

/// How a parameter of a third-party document is written.
fn style(data: &ParameterData, at: &str) -> Option<ParameterStyle> {
    let style = data.extensions.get("x-style")?;
    Some(ParameterStyle {
        at: at.to_owned(),
        style: Style::named(style.get("style")?.as_str()?)?,
        explode: style.get("explode")?.as_bool()?,
    })
}

/// Parameters with styles are kept under the names of their setters, since a header may be called as a query parameter is.
fn styled(
    lowering: &Lowering<'_>,
    asked: Vec<(Field, Option<ParameterStyle>)>,
    parameters: &mut [PathParameter],
    has_body: bool,
) -> (Vec<Field>, Vec<StyledParameter>) {
    let (mut fields, styles): (Vec<Field>, Vec<Option<ParameterStyle>>) = asked.into_iter().unzip();
    if !lowering.scope.is_foreign() {
        return (fields, Vec::new());
    }
    distinct(&mut fields, &OF_WRITE);
    let mut taken = vec!["query".to_owned(), "request".to_owned()];
    taken.extend(BodyArgument::ARGUMENTS.iter().filter(|_| has_body).map(|name| (*name).to_owned()));
    for parameter in parameters {
        parameter.rust = names::free(&parameter.rust, |name| taken.iter().any(|known| known == name));
        taken.push(parameter.rust.clone());
    }
    let styled = fields.iter_mut().zip(styles).filter_map(|(field, style)| {
        let wire = std::mem::replace(&mut field.wire, field.rust.clone());
        style.map(|style| StyledParameter { key: field.rust.clone(), wire, style })
    });
    let styled = styled.collect();
    (fields, styled)
}

fn parameter_schema<'p>(data: &'p ParameterData, location: &Location) -> anyhow::Result<&'p ReferenceOr<Schema>> {
    match &data.format {
        ParameterSchemaOrContent::Schema(schema) => Ok(schema),
        ParameterSchemaOrContent::Content(_) => bail!("{location}: a parameter with content is not understood"),
    }
}

fn path_parameter(
    lowering: &mut Lowering<'_>,
    data: &ParameterData,
    location: &Location,
) -> anyhow::Result<PathParameter> {
    let name = names::member("", &data.name);
    let typed = lowering.typed(parameter_schema(data, location)?, &name, &location.child("schema"))?;
    let style = style(data, "path");
    // A value in a path is never null, whatever the schema says that it shares with others.
    let ty = if lowering.scope.is_foreign() { typed.ty } else { typed.never_null(location)? };
    // A caller of a path has texts, and the server says what is wrong with one.
    let ty = if matches!(ty, Type::Format(_)) { Type::Text } else { ty };
    let is_simple = matches!(ty, Type::Integer | Type::Text);
    ensure!(is_simple || style.is_some(), "{location}: a path parameter is an integer or a text");
    let is_default = style.as_ref().is_none_or(|style| style.style == Style::Simple);
    let style = if is_simple && is_default { None } else { style };
    Ok(PathParameter {
        wire: data.name.clone(),
        rust: rust_name(lowering, data),
        ty,
        style,
        location: location.clone(),
    })
}

fn rust_name(lowering: &Lowering<'_>, data: &ParameterData) -> String {
    match text(&data.extensions, "x-rust-name") {
        Some(name) => name.to_owned(),
        None if lowering.scope.is_foreign() => names::snake(&names::spelled(&data.name)),
        None => names::snake(&data.name),
    }
}

fn query_parameter(
    lowering: &mut Lowering<'_>,
    data: &ParameterData,
    id: &str,
    location: &Location,
) -> anyhow::Result<Field> {
    let description = data.description.clone().with_context(|| format!("{location}: no description"))?;
    let schema = with_words(parameter_schema(data, location)?, &description);
    let name = names::member(&names::camel(id), &data.name);
    let typed = lowering.typed(&schema, &name, &location.child("schema"))?;
    let description = lowering.with_bounds(description, &schema, &typed);
    let bounds = typed.bounds.clone();
    Ok(Field {
        wire: data.name.clone(),
        rust: rust_name(lowering, data),
        description,
        // A parameter without a value is one that is not set.
        ty: if lowering.scope.is_foreign() { typed.ty } else { typed.never_null(location)? },
        bounds,
        may_be_absent: !data.required,
        may_be_null: false,
        three_states: false,
        read_only: false,
        holds_secrets: false,
        location: location.clone(),
    })
}

fn query_type(
    lowering: &mut Lowering<'_>,
    fields: Vec<Field>,
    found: &SourceOperation<'_>,
    location: &Location,
) -> anyhow::Result<Option<String>> {
    if fields.is_empty() {
        return Ok(None);
    }
    let name = names::member(&names::camel(found.id), "query");
    let description = format!("Parameters of `{}`.", found.id);
    let at = location.child("parameters");
    let name = if lowering.scope.is_foreign() { lowering.types.claim(&name, &at, "query") } else { name };
    request_type(lowering, name, description, (fields, None, Vec::new()), &at).map(Some)
}

fn request_type(
    lowering: &mut Lowering<'_>,
    name: String,
    description: String,
    (fields, others, rules): (Vec<Field>, Option<AdditionalMembers>, Vec<Bound>),
    location: &Location,
) -> anyhow::Result<String> {
    let (optional, required) = fields.into_iter().partition(|field| field.may_be_absent);
    let shape = Shape::Request { required, optional, others, rules };
    lowering.types.add(NamedType {
        name: name.clone(),
        description,
        is_sent: true,
        shape,
        location: location.clone(),
    })?;
    Ok(name)
}

/// How the body is sent, and what the method takes for it.
fn body<'a>(lowering: &mut Lowering<'a>, found: &SourceOperation<'a>) -> anyhow::Result<Option<(Body, BodyArgument)>> {
    let Some(mut body) = bodies::find(lowering.scope, found)? else { return Ok(None) };
    if !body.choices.is_empty() {
        let taken = choices::taken(lowering, found, &body)?;
        return Ok(Some((body.body, taken)));
    }
    let taken = match body.body.format {
        BodyFormat::Text | BodyFormat::Bytes => BodyArgument::Content,
        BodyFormat::Value => {
            let (schema, at) = schema_of(&body, found, lowering)?;
            let name = names::member(&names::camel(found.id), "body");
            let typed = lowering.typed(schema, &name, &at)?;
            BodyArgument::Value(lowering.inner(typed, &at)?)
        }
        BodyFormat::Json | BodyFormat::Form | BodyFormat::Multipart => match choices::map(lowering, found, &body)? {
            Some(map) => BodyArgument::Map(map),
            None => BodyArgument::Members(members(lowering, found, &mut body)?),
        },
    };
    Ok(Some((body.body, taken)))
}

fn schema_of<'a>(
    body: &FoundBody<'a>,
    found: &SourceOperation<'a>,
    lowering: &Lowering<'a>,
) -> anyhow::Result<(&'a ReferenceOr<Schema>, Location)> {
    body.schema.clone().with_context(|| format!("{}: the body has no schema", found.location(lowering.scope)))
}

/// The request type of the body. Members that carry the credentials of the client are never part of it.
fn members<'a>(
    lowering: &mut Lowering<'a>,
    found: &SourceOperation<'a>,
    body: &mut FoundBody<'a>,
) -> anyhow::Result<String> {
    let (schema, at) = schema_of(body, found, lowering)?;
    let (schema, at, name) = match bodies::link(lowering.scope, schema) {
        None => match schema {
            ReferenceOr::Item(schema) => (schema, at, names::member(&names::camel(found.id), "request")),
            ReferenceOr::Reference { .. } => bail!("{at}: the reference is not understood"),
        },
        Some(reference) => {
            let component = lowering.scope.name(reference, "schemas", &at)?;
            let role = if lowering.scope.shared.contains(&component) { "Body" } else { "" };
            let name = names::camel(&component);
            let name = if role.is_empty() { name } else { names::member(&name, role) };
            let (schema, at) = lowering.scope.schema(reference, &at)?;
            (schema, at, name)
        }
    };
    if let (Some(construct), true) = (text(&schema.schema_data.extensions, REFUSED), lowering.scope.is_foreign()) {
        bail!(Refused::new(construct, &at));
    }
    if properties(schema).is_empty() && lowering.scope.is_foreign() {
        bail!(Refused::new("a form without named members", &at));
    }
    ensure!(!properties(schema).is_empty(), "{at}: a request body is an object with properties");
    let name = named(&schema.schema_data.extensions, || name);
    let name = if lowering.scope.is_foreign() { lowering.types.claim(&name, &at, "body") } else { name };
    let mut fields = lowering.fields(schema, &name, &at)?;
    body.with_files(lowering.scope, schema, &mut fields)?;
    body.encode(lowering.scope, &fields)?;
    if lowering.scope.is_foreign() {
        fields.retain(|field| !field.read_only);
        credentials_are_written(schema, found, lowering.scope, &at)?;
    }
    let credentials = credentials(schema);
    fields.retain(|field| !credentials.contains(&field.wire));
    let description = description(schema, &at)?;
    let others = if lowering.scope.is_foreign() { lowering.others(schema, &name, &at)? } else { None };
    request_type(lowering, name, description, (fields, others, rules::of(schema)), &at)
}

/// A member that is not an argument must be one that a security scheme of the operation writes: no one would send it.
fn credentials_are_written(
    schema: &Schema,
    found: &SourceOperation<'_>,
    scope: &Scope<'_>,
    at: &Location,
) -> anyhow::Result<()> {
    let security = security::of_operation(scope, found.source, at)?;
    let writes = |needed: &Requirement, wire: &str| match &needed.scheme.kind {
        SchemeKind::InBody { member } => member == wire,
        SchemeKind::Basic(Holder::Client) => ["client_id", "client_secret"].contains(&wire),
        _ => false,
    };
    for wire in credentials(schema) {
        if !security.iter().flatten().any(|needed| writes(needed, &wire)) {
            bail!(Refused::new(
                format!("the x-credential {wire:?} that no security scheme of the operation writes"),
                at
            ));
        }
    }
    Ok(())
}

/// The members that carry credentials.
fn credentials(schema: &Schema) -> BTreeSet<String> {
    let is_one = |property: &Schema| is_set(&property.schema_data.extensions, "x-credential");
    let all = properties(schema).into_iter();
    all.filter(|(_, property)| property.as_item().is_some_and(is_one)).map(|(name, _)| name.clone()).collect()
}
