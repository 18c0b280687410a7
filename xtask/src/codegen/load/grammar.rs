//! What may stand where. Readers of OpenAPI pass over keys that they do not know or that do not fit; here they are refused.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{Header, MediaType, Operation, Parameter, ReferenceOr, RequestBody, Response, Schema, SecurityScheme};
use serde::de::DeserializeOwned;

use crate::codegen::location::Location;
use crate::openapi_grammar::{Kind, Rule};
use crate::yaml::{Map, Node};

/// Extensions that hold schemas by name.
const SCHEMAS: [&str; 2] = ["x-properties", "x-adds-property"];

/// Refuses every key that the grammar does not have, and every key that has no meaning where it stands.
pub(super) fn understood(kind: Kind, node: &Node, location: &Location) -> anyhow::Result<()> {
    let location = of_operation(node, location);
    let members = node.as_map().with_context(|| format!("{location}: an object is expected"))?;
    if members.contains_key("$ref") {
        ensure!(members.len() == 1, "{location}: keys beside $ref have no meaning in OpenAPI 3.0");
        return Ok(());
    }
    for key in members.keys().filter(|key| !key.starts_with("x-")) {
        ensure!(kind.rule(key).is_some(), "{location}: the key {key:?} is not understood in {kind:?}");
    }
    if kind == Kind::Schema {
        fits_type(members, &location)?;
    }
    for part in parts(kind, members, &location)? {
        understood(part.kind, part.node, &part.location)?;
    }
    Ok(())
}

/// The innermost object that is not an OpenAPI object of its kind, as an error with its place.
pub(super) fn misfit(kind: Kind, node: &Node, location: &Location) -> anyhow::Result<Option<anyhow::Error>> {
    let location = of_operation(node, location);
    let members = node.as_map().with_context(|| format!("{location}: an object is expected"))?;
    for part in parts(kind, members, &location)? {
        if let Some(found) = misfit(part.kind, part.node, &part.location)? {
            return Ok(Some(found));
        }
    }
    let read = match kind {
        Kind::Schema => reads::<ReferenceOr<Schema>>(node),
        Kind::Header => reads::<ReferenceOr<Header>>(node),
        Kind::Parameter => reads::<ReferenceOr<Parameter>>(node),
        Kind::MediaType => reads::<MediaType>(node),
        Kind::RequestBody => reads::<ReferenceOr<RequestBody>>(node),
        Kind::Response => reads::<ReferenceOr<Response>>(node),
        Kind::Scheme => reads::<ReferenceOr<SecurityScheme>>(node),
        Kind::Operation => reads::<Operation>(node),
        _ => Ok(()),
    };
    Ok(read.err().map(|error| anyhow::anyhow!("{location}: this is not a {kind:?} of OpenAPI 3.0: {error}")))
}

fn reads<T: DeserializeOwned>(node: &Node) -> Result<(), serde::de::value::Error> {
    node.to::<T>().map(|_| ())
}

fn of_operation(node: &Node, location: &Location) -> Location {
    match node.get("operationId").and_then(Node::as_text) {
        Some(id) => location.of_operation(id),
        None => location.clone(),
    }
}

/// An object inside another one.
struct Part<'a> {
    kind: Kind,
    node: &'a Node,
    location: Location,
}

/// The objects directly below this one.
fn parts<'a>(kind: Kind, members: &'a Map, location: &Location) -> anyhow::Result<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    for (key, node) in members {
        let location = location.child(key);
        match kind.rule(key).or_else(|| SCHEMAS.contains(&key.as_str()).then_some(Rule::Named(Kind::Schema))) {
            Some(Rule::One(kind)) => parts.push(Part { kind, node, location }),
            Some(Rule::Named(kind)) => {
                let map = node.as_map().with_context(|| format!("{location}: a map is expected"))?;
                parts.extend(map.iter().map(|(name, node)| Part { kind, node, location: location.child(name) }));
            }
            Some(Rule::Listed(kind)) => {
                let list = node.as_list().with_context(|| format!("{location}: a list is expected"))?;
                let placed =
                    list.iter().enumerate().map(|(at, node)| Part { kind, node, location: location.index(at) });
                parts.extend(placed);
            }
            Some(Rule::Fact | Rule::Prose | Rule::Sample) | None => {}
        }
    }
    Ok(parts)
}

/// Keys that say something about a schema of any type.
const OF_ANY: [&str; 5] = ["type", "nullable", "default", "description", "example"];

/// A key for another type than the one that is given, or beside the alternatives of a union, would be passed over.
fn fits_type(members: &Map, location: &Location) -> anyhow::Result<()> {
    let ty = members.get("type").map(|ty| ty.as_text().with_context(|| format!("{location}: the type is not text")));
    let (what, keys): (&str, &[&str]) = match ty.transpose()? {
        Some(ty @ "string") => (ty, &["format", "enum", "pattern", "minLength", "maxLength"]),
        Some(ty @ ("integer" | "number")) => (ty, &["format", "enum", "minimum", "exclusiveMinimum", "maximum"]),
        Some(ty @ "array") => (ty, &["items", "uniqueItems"]),
        Some(ty @ "object") => (ty, &["properties", "required"]),
        Some(ty @ "boolean") => (ty, &[]),
        Some(other) => bail!("{location}: the type {other:?} is not understood"),
        None if members.contains_key("oneOf") => ("oneOf", &["oneOf"]),
        None if members.contains_key("allOf") => ("allOf", &["allOf"]),
        None => ("object", &["properties", "required"]),
    };
    for key in members.keys().filter(|key| !key.starts_with("x-") && !OF_ANY.contains(&key.as_str())) {
        ensure!(keys.contains(&key.as_str()), "{location}: the key {key:?} has no meaning beside {what}");
    }
    Ok(())
}
