//! The documents of further platforms: read as third-party documents, emitted into the same crate as ours, each behind a feature.

use std::path::Path;

use anyhow::{Context as _, ensure};

use super::any_document::{self, EmitOptions};
use super::location::Location;
use super::model::Document;
use super::{load, lower};
use crate::file;
use crate::yaml::Node;

/// The folder of the documents, and the module of the emitted crate that holds theirs.
const FOLDER: &str = "spec/platforms";
const MODULE: &str = "platforms";

/// The feature of the emitted crate that a document is behind.
const FEATURE: &str = "x-feature";

/// The checked models of all platforms, by the names of their documents.
pub(super) fn all(root: &Path) -> anyhow::Result<Vec<Document>> {
    file::list(&root.join(FOLDER), "yaml")?.iter().map(|path| one(path)).collect()
}

fn one(path: &Path) -> anyhow::Result<Document> {
    let any_document::Read { mut model, operations, .. } =
        any_document::read(&EmitOptions { spec: path.to_owned(), ..EmitOptions::default() })?;
    ensure!(model.refused.is_empty(), "{}", any_document::told(&model.refused, operations));
    let location = Location::root(&model.file);
    let feature = load::node(path)?.get(FEATURE).and_then(Node::as_text).map(str::to_owned);
    model.feature = Some(feature.with_context(|| format!("{location}: no {FEATURE} says which feature it is behind"))?);
    model.module = vec![MODULE.to_owned(), lower::snake(&lower::spelled(&model.stem))];
    model.accessor = model.module.join(".");
    model.file = format!("{MODULE}/{}", model.file);
    model.is_crate = false;
    // Whoever uses them chooses the server; one without variables can be named.
    model.servers.retain(|server| server.variables.is_empty() && server.url.contains("://"));
    ensure!(model.own_servers.is_empty(), "{location}: an operation has a server of its own");
    Ok(model)
}
