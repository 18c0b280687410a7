//! From a document to the model. Here every name is given and every order decided; what is not understood stops the run.

mod answers;
mod enums;
mod extension;
mod names;
mod operations;
mod plain;
mod properties;
mod resources;
mod schemas;
mod scope;
mod security;
mod tables;
mod types;
mod unions;
mod verbs;
mod words;

use anyhow::{Context as _, bail, ensure};
use openapiv3::{Components, OpenAPI};
use serde_json::Value;

pub use names::{is_identifier, shouty};

use super::load::Loaded;
use super::model::{BodyFormat, Document};
use super::place::Place;
use schemas::Lowering;
use scope::Scope;
use types::Types;

/// Lowers one document.
pub fn lower(loaded: &Loaded) -> anyhow::Result<Document> {
    let (document, place) = (&loaded.document, Place::root(&loaded.stem));
    let none = Components::default();
    let service = document.extensions.get("x-service").with_context(|| format!("{place}: no x-service"))?;
    let service_at = place.child("x-service");
    let body = body_format(service, &service_at)?;
    let mut scope = Scope::new(loaded, document.components.as_ref().unwrap_or(&none), body);
    let all = operations::all(&scope)?;
    let resources = resources::collect(&scope, &all)?;
    for (wire, verbs) in &resources {
        let record = resources::record_name(&scope, wire, verbs)?;
        scope.records.insert(wire.clone(), record);
    }

    let mut types = Types::default();
    let mut lowering = Lowering { scope: &scope, types: &mut types };
    let (mut lowered, mut stored) = (Vec::new(), Vec::new());
    for (wire, verbs) in &resources {
        let resource = resources::lower(&mut lowering, wire, verbs)?;
        if tables::has_tables(&scope) {
            stored.push(tables::lower(&scope, verbs, &resource)?);
        }
        lowered.push(resource);
    }
    lowered.sort_by(|left, right| left.name.cmp(&right.name));
    let mut plain = Vec::new();
    for found in all.iter().filter(|found| !resources::is_verb(found)) {
        plain.push(plain::lower(&mut lowering, found)?);
    }
    plain.sort_by(|left, right| left.id.cmp(&right.id));

    let schemes = security::schemes(&scope)?;
    let description = document.info.description.clone();
    Ok(Document {
        schemes,
        stem: loaded.stem.clone(),
        module: word(service, "module", &service_at)?.split('/').map(str::to_owned).collect(),
        accessor: word(service, "accessor", &service_at)?,
        service: word(service, "type", &service_at)?,
        description: description.with_context(|| format!("{}: no description", place.child("info")))?,
        path: service_path(document, &place)?,
        body,
        resources: lowered,
        tables: stored,
        operations: plain,
        types: types.into_list(),
    })
}

/// How the document wants bodies written.
fn body_format(service: &Value, place: &Place) -> anyhow::Result<BodyFormat> {
    match word(service, "body", place)?.as_str() {
        "json" => Ok(BodyFormat::Json),
        "form" => Ok(BodyFormat::Form),
        other => bail!("{}: the format {other:?} is not understood", place.child("body")),
    }
}

fn word(service: &Value, key: &str, place: &Place) -> anyhow::Result<String> {
    service.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{place}: no {key}"))
}

/// The fixed end of the server's address: what follows its last variable, or its host.
fn service_path(document: &OpenAPI, place: &Place) -> anyhow::Result<String> {
    let [server] = document.servers.as_slice() else { bail!("{place}: exactly one server is expected (servers)") };
    let place = place.at(&["servers", "0", "url"]);
    let after_variable = server.url.rsplit_once('}').map(|(_, path)| path);
    let after_host = server.url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let path = after_variable.map_or_else(|| format!("/{}", after_host.unwrap_or_default()), str::to_owned);
    let path = path.trim_end_matches('/').to_owned();
    ensure!(path.is_empty() || path.starts_with('/'), "{place}: the path {path:?} of the service is not understood");
    Ok(path)
}
