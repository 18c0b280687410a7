//! From a document to the model. Here every name is given and every order decided; what is not understood stops the run.

mod answers;
mod bodies;
mod bounds;
mod boxes;
mod choices;
mod discovery;
mod enums;
mod errors;
mod extension;
mod finite;
mod flows;
mod foreign;
mod issuers;
mod method_docs;
mod names;
mod operations;
mod pages;
mod pairs;
mod properties;
mod refusal;
mod request_types;
mod resources;
mod result_types;
mod roles;
mod rules;
mod schemas;
mod scope;
mod secrets;
mod security;
mod servers;
mod service_operations;
mod tables;
mod texts;
mod types;
mod unions;
mod verbs;
mod views;

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use openapiv3::{Components, OpenAPI};
use serde_json::Value;

pub(super) use bounds::BEGIN as BOUNDS;
pub(super) use names::{camel, free, is_identifier, is_keyword, is_type, shared_constant, shouty, snake, spelled};
pub(super) use request_types::used as used_types;
pub(super) use security::{goes_as_header, goes_as_key};

use super::load::Loaded;
use super::location::Location;
use super::model::{BodyFormat, CallShape, Document, NamedType, Operation, Refusal};
use operations::SourceOperation;
use refusal::Refused;
use schemas::Lowering;
use scope::Scope;
use types::Types;

/// Lowers one document.
pub(super) fn lower(loaded: &Loaded) -> anyhow::Result<Document> {
    let (document, location) = (&loaded.document, Location::root(&loaded.file));
    let none = Components::default();
    let service = document.extensions.get("x-service").with_context(|| format!("{location}: no x-service"))?;
    let service_at = location.child("x-service");
    let body = body_format(service, &service_at)?;
    let mut scope = Scope::new(loaded, document.components.as_ref().unwrap_or(&none), body);
    let all = operations::all(&scope)?;
    let resources = resources::collect(&scope, &all)?;
    for (wire, verbs) in &resources {
        let record = resources::record_name(&scope, wire, verbs)?;
        scope.records.insert(wire.clone(), record);
    }

    let mut types = Types::default();
    types.reserve(&word(service, "type", &service_at)?);
    if loaded.is_foreign {
        ["Client", "ClientBuilder"].iter().for_each(|name| types.reserve(name));
    }
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
    let targets = pairs::targets(&scope, lowering.types, &lowered)?;
    let (mut plain, mut refused) = plain_operations(&mut lowering, &all)?;
    let mut types = types.into_list();
    let holders = secrets::holders(&types);
    secrets::mark(&mut types, &mut plain, &holders);
    if scope.is_foreign() {
        without_lost_secrets(&mut plain, &types, &holders, &mut refused);
        request_types::apply(&mut types, &plain);
        needed(&mut types, &plain);
        boxes::apply(&mut types);
        finite::apply(&mut types);
    }
    let schemes = security::schemes(&scope)?;
    let issuers = issuers::all(&scope, &schemes, &plain)?;
    let description = document.info.description.clone();
    let servers = servers::listed(&scope)?;
    Ok(Document {
        flows: flows::all(&scope, &schemes, &issuers)?,
        own_servers: servers::own(&plain, &servers, &location)?,
        servers,
        issuers,
        schemes,
        stem: loaded.stem.clone(),
        file: loaded.file.clone(),
        module: word(service, "module", &service_at)?.split('/').map(str::to_owned).collect(),
        accessor: word(service, "accessor", &service_at)?,
        service: word(service, "type", &service_at)?,
        description: description.with_context(|| format!("{}: no description", location.child("info")))?,
        path: service_path(document, &location)?,
        texts: texts::all(&scope, &lowered)?,
        targets,
        resources: lowered,
        tables: stored,
        operations: plain,
        types,
        three_states: loaded.is_foreign,
        is_crate: loaded.is_foreign,
        feature: None,
        refused,
    })
}

/// The operations that are not a verb of a resource, and what those need that are not understood.
fn plain_operations<'a>(
    lowering: &mut Lowering<'a>,
    all: &[SourceOperation<'a>],
) -> anyhow::Result<(Vec<Operation>, Vec<Refusal>)> {
    let mut plain = Vec::new();
    let mut refused = Vec::new();
    for found in all.iter().filter(|found| !resources::is_verb(found)) {
        let mark = lowering.types.mark();
        match service_operations::lower(lowering, found) {
            Ok(operation) => plain.push(operation),
            // All that is not understood in a third-party document is told at once.
            Err(error) if lowering.scope.is_foreign() => {
                lowering.types.take_back(mark);
                let Refused { construct, location } = Refused::of(&error, &found.location(lowering.scope));
                refused.push(Refusal { operation: found.id.to_owned(), construct, location });
            }
            Err(error) => return Err(error),
        }
    }
    plain.sort_by(|left, right| left.id.cmp(&right.id));
    result_types::name_methods(&mut plain);
    result_types::name_tables(&mut plain);
    Ok((plain, refused))
}

/// Leaves out operations whose calls would lose a secret.
fn without_lost_secrets(
    operations: &mut Vec<Operation>,
    types: &[NamedType],
    holders: &BTreeSet<String>,
    refused: &mut Vec<Refusal>,
) {
    operations.retain(|operation| {
        let Some(Refused { construct, location }) = secrets::refused(operation, types, holders) else { return true };
        refused.push(Refusal { operation: operation.id.clone(), construct, location });
        false
    });
}

/// Leaves out types that no operation needs: those of operations that were refused.
fn needed(types: &mut Vec<NamedType>, operations: &[Operation]) {
    let (mut needed, mut next) = (BTreeSet::new(), Vec::new());
    for operation in operations {
        let CallShape::Plain { parameters, query, body, answer } = &operation.call else { continue };
        parameters.iter().for_each(|parameter| request_types::names(&parameter.ty, &mut next));
        next.extend(query.iter().cloned());
        body.iter().for_each(|taken| request_types::taken(taken, &mut next));
        let pages = operation.pages.iter().map(|pages| &pages.item);
        let further = operation.events.iter().map(|events| &events.ty).chain(&operation.errors).chain(pages);
        answer.types().iter().chain(further).for_each(|ty| request_types::names(ty, &mut next));
    }
    while let Some(name) = next.pop() {
        if needed.insert(name.clone()) {
            types.iter().filter(|ty| ty.name == name).for_each(|ty| request_types::used(&ty.shape, &mut next));
        }
    }
    types.retain(|ty| needed.contains(&ty.name));
}

/// How bodies are written where the document offers several ways.
fn body_format(service: &Value, location: &Location) -> anyhow::Result<BodyFormat> {
    match word(service, "body", location)?.as_str() {
        "json" => Ok(BodyFormat::Json),
        "form" => Ok(BodyFormat::Form),
        other => bail!("{}: the format {other:?} is not understood", location.child("body")),
    }
}

fn word(service: &Value, key: &str, location: &Location) -> anyhow::Result<String> {
    service.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| format!("{location}: no {key}"))
}

/// The fixed end of the server's address: what follows its last variable, or its host.
fn service_path(document: &OpenAPI, location: &Location) -> anyhow::Result<String> {
    let [server] = document.servers.as_slice() else { bail!("{location}: exactly one server is expected (servers)") };
    let location = location.at(&["servers", "0", "url"]);
    let after_variable = server.url.rsplit_once('}').map(|(_, path)| path);
    let is_relative = server.url.starts_with('/');
    let after_host = server.url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let after_host = if is_relative { server.url.strip_prefix('/') } else { after_host };
    let path = after_variable.map_or_else(|| format!("/{}", after_host.unwrap_or_default()), str::to_owned);
    let path = path.trim_end_matches('/').to_owned();
    ensure!(path.is_empty() || path.starts_with('/'), "{location}: the path {path:?} of the service is not understood");
    Ok(path)
}
