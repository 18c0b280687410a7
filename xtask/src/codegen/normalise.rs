//! Any document as one that the grammar and the model know: OpenAPI 3.0 and 3.1, one file or several, become the dialect that
//! `spec/` is written in. Each rule stands in a file of its own and rewrites the tree of nodes. What a rule does not understand
//! it marks, so that only operations that need it are refused.

mod all_of;
mod bodies;
mod dialect;
mod enums;
mod flows;
#[cfg(test)]
mod golden;
mod idempotency;
mod keys;
mod media_types;
mod operations;
mod parameters;
mod references;
mod report;
mod rustdoc;
mod servers;
mod service;
mod siblings;
mod texts;
mod unions;
mod walk;

use std::path::Path;

use anyhow::{Context as _, ensure};

pub(super) use flows::{ADDRESSES, split};
pub(super) use idempotency::KEY as IDEMPOTENCY_KEY;
pub(super) use operations::SAFETY_FROM;
pub(super) use report::{REFUSED, Report};
pub(super) use rustdoc::safe;
pub(super) use servers::{LISTED, OWN};
pub(super) use unions::{ANY, UNION};

use super::location::Location;
use crate::yaml::{Map, Node};

/// The document in our dialect, and what was passed over on the way.
pub(super) fn document(
    root: Node,
    path: &Path,
    location: &Location,
    crate_name: &str,
) -> anyhow::Result<(Node, Report)> {
    is_openapi(&root, location)?;
    let mut report = Report::default();
    let mut document = references::bundled(root, path, location, &mut report)?;
    operations::unresolved(&mut document, location);
    operations::path_keys(&mut document, location);
    media_types::apply(&mut document, location, &mut report);
    operations::path_level(&mut document, location, &mut report);
    let siblings_count = version(&document).is_some_and(|version| version.starts_with("3.1"));
    // An empty media type says nothing; a schema that is any value stands for it.
    walk::schemas(&mut document, location, &mut |node, location| {
        dialect::apply(node, location, &mut report);
        siblings::apply(node, siblings_count);
        keys::apply(node, location, &mut report);
    });
    all_of::apply(&mut document, location, &mut report);
    unions::apply(&mut document, location, &mut report);
    walk::schemas(&mut document, location, &mut |node, location| finish(node, location, &mut report));
    operations::answers(&mut document, location, &mut report);
    let body = bodies::apply(&mut document, location, &mut report);
    parameters::apply(&mut document, location, &mut report);
    // Before the flows of a scheme become one: each has an address of its own for tokens.
    operations::safety(&mut document, location);
    idempotency::apply(&mut document, location);
    service::security(&mut document, location, &mut report);
    servers::apply(&mut document, location, &mut report)?;
    operations::ids(&mut document, location);
    texts::apply(&mut document, location);
    texts::safe(&mut document);
    service::service(&mut document, crate_name, body);
    Ok((document, report))
}

fn is_openapi(root: &Node, location: &Location) -> anyhow::Result<()> {
    ensure!(root.as_map().is_some(), "{location}: this is not an OpenAPI document: an object is expected");
    ensure!(root.get("swagger").is_none(), "{location}: Swagger 2.0 is not understood; OpenAPI 3.0 and 3.1 are");
    let version =
        version(root).with_context(|| format!("{location}: this is not an OpenAPI document: no openapi version"))?;
    let is_known =
        ["3.0", "3.1", "3"].iter().any(|known| version == *known || version.starts_with(&format!("{known}.")));
    let is_known = is_known && !version.starts_with("3.2");
    ensure!(
        is_known,
        "{}: the version {version:?} is not understood; OpenAPI 3.0 and 3.1 are",
        location.child("openapi")
    );
    ensure!(
        root.get("paths").is_none_or(|paths| paths.as_map().is_some()),
        "{}: a map is expected",
        location.child("paths")
    );
    Ok(())
}

/// The version that the document names.
fn version(root: &Node) -> Option<String> {
    match root.get("openapi")? {
        Node::Text(text) => Some(text.clone()),
        // YAML reads an unquoted 3.0 as a number.
        number @ (Node::Float(_) | Node::Int(_)) => Some(number.to_string()),
        _ => None,
    }
}

/// What is left of a schema once unions and `allOf` are done: a name for each value of an enum, members for everything that is
/// required, and a word for whatever has no type.
fn finish(node: &mut Node, location: &Location, report: &mut Report) {
    enums::apply(node, location, report);
    let Some(schema) = node.as_map_mut() else { return };
    if let Some(reason) = schema.get(REFUSED).cloned() {
        *node = crate::yaml::map([(REFUSED, reason)]);
        return;
    }
    object(schema, location, report);
    let has_type = ["type", "oneOf", "allOf", "$ref", ANY].iter().any(|key| schema.contains_key(*key));
    if !has_type {
        schema.retain(|key, _| siblings::WORDS.contains(&key.as_str()));
        schema.insert(ANY.to_owned(), "the document does not say what it is".into());
    }
    if schema.get("type").and_then(Node::as_text) == Some("array") {
        let any = || crate::yaml::map([(ANY, "the document does not say what the list holds".into())]);
        schema.entry("items".to_owned()).or_insert_with(any);
    }
    // What a schema says of another kind than it is in the end.
    let ty = schema.get("type").and_then(Node::as_text).map(str::to_owned);
    if let Some(ty) = ty {
        let is_kept = |key: &str| {
            key.starts_with("x-") || key == "type" || siblings::WORDS.contains(&key) || keys::fits(&ty, key)
        };
        schema.retain(|key, _| is_kept(key));
    }
    schema.shift_remove("default");
    schema.shift_remove("not");
}

/// A required member without a property is one of any value; an open object keeps what it does not list.
fn object(schema: &mut Map, location: &Location, report: &mut Report) {
    if schema.get("type").and_then(Node::as_text) != Some("object") {
        return;
    }
    let names: Vec<String> = schema
        .get("required")
        .and_then(Node::as_list)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_text)
        .map(str::to_owned)
        .collect();
    if schema.contains_key("properties") {
        let mut lost = Vec::new();
        if let Some(properties) = schema.get("properties").and_then(Node::as_map) {
            lost.extend(names.iter().filter(|name| !properties.contains_key(*name)).cloned());
        }
        if !lost.is_empty() {
            report.note(location, format!("the members {lost:?} are required and not described"));
            let kept = names.iter().filter(|name| !lost.contains(name)).map(|name| name.as_str().into()).collect();
            schema.insert("required".to_owned(), Node::List(kept));
        }
    } else {
        schema.shift_remove("required");
    }
    if schema.get("properties").and_then(Node::as_map).is_some_and(Map::is_empty) {
        schema.shift_remove("properties");
        schema.shift_remove("required");
    }
    let is_open = match schema.get("additionalProperties") {
        Some(Node::Bool(open)) => *open,
        Some(Node::Map(_)) => true,
        _ => false,
    };
    if is_open && schema.contains_key("properties") {
        schema.insert("x-open".to_owned(), true.into());
    }
}
