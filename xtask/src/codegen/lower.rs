//! From a document to the model. Here every name is given and every order decided; what is not understood stops the run.

mod enums;
pub mod names;
mod operations;
mod place;
mod resources;
mod scope;
mod security;
mod types;
mod unions;
mod words;

use anyhow::{Context as _, ensure};
use openapiv3::OpenAPI;
use serde_json::Value;

use super::model::Document;
use place::Place;
use scope::Scope;
use types::{Lowering, Types};

/// Lowers one document.
pub fn lower(stem: &str, document: &OpenAPI) -> anyhow::Result<Document> {
    let place = Place::root(stem);
    let mut scope = Scope::new(stem, document);
    let all = operations::all(&scope)?;
    let verbs = resources::collect(&scope, &all)?;
    for (wire, verbs) in &verbs {
        let record = resources::record_name(&scope, wire, verbs)?;
        scope.records.insert(wire.clone(), record);
    }
    let service = document.extensions.get("x-service").with_context(|| format!("{place}: no x-service"))?;
    let body = operations::body_format(service, &place.child("x-service"))?;

    let mut types = Types::default();
    let mut lowering = Lowering { scope: &scope, types: &mut types };
    let mut lowered = Vec::new();
    for (wire, verbs) in &verbs {
        lowered.push(resources::lower(&mut lowering, wire, verbs)?);
    }
    lowered.sort_by(|left, right| left.name.cmp(&right.name));
    let mut plain = Vec::new();
    for found in all.iter().filter(|found| !found.source.extensions.contains_key("x-verb")) {
        plain.push(operations::plain(&mut lowering, found, body)?);
    }
    plain.sort_by(|left, right| left.id.cmp(&right.id));

    let word = |key: &str| word(service, key, &place.child("x-service"));
    Ok(Document {
        stem: stem.to_owned(),
        module: word("module")?.split('/').map(str::to_owned).collect(),
        accessor: word("accessor")?,
        service: word("type")?,
        description: document.info.description.clone().with_context(|| format!("{place}/info: no description"))?,
        path: service_path(document, &place)?,
        cookie: security::cookie(&scope),
        body,
        resources: lowered,
        operations: plain,
        types: types.into_list(),
    })
}

fn word(service: &Value, key: &str, place: &Place) -> anyhow::Result<String> {
    service.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{place}: no {key}"))
}

/// The fixed end of the server's address: what follows its last variable, or its host.
fn service_path(document: &OpenAPI, place: &Place) -> anyhow::Result<String> {
    let place = place.child("servers");
    let [server] = document.servers.as_slice() else { anyhow::bail!("{place}: exactly one server is expected") };
    let after_variable = server.url.rsplit_once('}').map(|(_, path)| path);
    let after_host = server.url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let path = after_variable.map_or_else(|| format!("/{}", after_host.unwrap_or_default()), str::to_owned);
    let path = path.trim_end_matches('/').to_owned();
    ensure!(path.is_empty() || path.starts_with('/'), "{place}: the path {path:?} of the service is not understood");
    Ok(path)
}
