//! The import: published JSON in, `spec/*.yaml` out. Facts are renewed, our words and extensions stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use super::report::Report;
use super::tables::Tables;
use super::{check, derive, merge};
use crate::yaml::Node;
use crate::{file, yaml};

/// We write the last edition of OpenAPI 3.0; the published documents name an earlier one of the same grammar.
const EDITION: &str = "3.0.3";

/// The published table reference.
const TABLES: &str = "tables.json";

/// One of our documents; its `x-origin` names the published file that it is made from.
struct Source {
    path: PathBuf,
    ours: Node,
    published: String,
}

/// Renews `spec` from the folder `from` and prints what there is to know.
pub(crate) fn import(spec: &Path, from: &Path) -> anyhow::Result<()> {
    let (documents, report) = renewed(spec, from)?;
    for (path, text) in documents {
        let changed = file::write_if_changed(&path, &text)?;
        file::print(format_args!("{} {}", if changed { "renewed  " } else { "unchanged" }, path.display()));
    }
    report.print();
    Ok(())
}

/// The documents as they should be, with their paths. Nothing is written, so that an error leaves everything as it was.
pub(super) fn renewed(spec: &Path, from: &Path) -> anyhow::Result<(Vec<(PathBuf, String)>, Report)> {
    let mut tables: Option<Tables> = Some(read_json(&from.join(TABLES))?);
    let mut report = Report::default();
    let sources = sources(spec)?;
    all_claimed(from, &sources)?;
    let mut documents = Vec::new();
    for Source { path, ours, published } in sources {
        let facts = with_edition(read_json(&from.join(&published))?).with_context(|| published.clone())?;
        let mut document = merge::document(&facts, &ours, &mut report).with_context(|| published.clone())?;
        if document.get("x-tables").is_some_and(Node::is_true) {
            let tables = tables.take().context("two documents claim the tables (x-tables: true)")?;
            derive::tables(&mut document, &tables, &mut report).context(TABLES)?;
        }
        report.lacking.extend(check::findings(&path, &document));
        documents.push((path, yaml::write(&document)?));
    }
    ensure!(tables.is_none(), "no document claims the tables (x-tables: true)");
    Ok((documents, report))
}

fn sources(spec: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in file::list(spec, "yaml")? {
        let ours: Node = yaml::read(&path.display().to_string(), &file::read(&path)?)?;
        let Some(published) = ours.get("x-origin").and_then(Node::as_text).map(str::to_owned) else { continue };
        sources.push(Source { path, ours, published });
    }
    ensure!(!sources.is_empty(), "{} holds no document with x-origin", spec.display());
    Ok(sources)
}

/// A published file that no one claims would be lost in silence.
fn all_claimed(from: &Path, sources: &[Source]) -> anyhow::Result<()> {
    let mut claimed: BTreeSet<&str> = sources.iter().map(|source| source.published.as_str()).collect();
    claimed.insert(TABLES);
    for path in file::list(from, "json")? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ensure!(claimed.contains(name), "{}: no document in spec/ has x-origin: {name}", path.display());
    }
    Ok(())
}

fn with_edition(mut published: Node) -> anyhow::Result<Node> {
    let document = published.as_map_mut().context("an object is expected")?;
    let named = document.insert("openapi".to_owned(), EDITION.into());
    let named = named.as_ref().and_then(Node::as_text).unwrap_or_default();
    ensure!(named.starts_with("3.0."), "/openapi: version {named:?} is not understood; documents are OpenAPI 3.0");
    Ok(published)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&file::read(path)?).with_context(|| format!("{} is not readable", path.display()))
}
