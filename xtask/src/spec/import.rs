//! The import: published JSON in, `spec/*.yaml` out. Facts are renewed, our words and extensions stay.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use super::{check, derive, merge};
use crate::node::Node;
use crate::{file, yaml};

/// Which published document becomes which of ours: the `x-origin` of our document names the file.
struct Source {
    ours: PathBuf,
    document: Node,
    published: String,
}

/// Renews `spec` from the folder `from`.
pub fn import(spec: &Path, from: &Path) -> anyhow::Result<()> {
    let tables = read_json(&from.join("tables.json"))?;
    let mut tables = Some(tables);
    let mut report = merge::Report::default();
    let sources = sources(spec)?;
    understood(from, &sources)?;
    for source in sources {
        let published: Node = read_json(&from.join(&source.published))?;
        let mut document = merge::document(&with_version(published, &source.document), &source.document, &mut report)
            .with_context(|| source.published.clone())?;
        if document.get("x-tables").is_some_and(Node::is_true) {
            let tables = tables.take().context("two documents claim the tables")?;
            report.contradictions.extend(derive::tables(&mut document, &tables).context("tables.json")?);
        }
        let changed = file::write_if_changed(&source.ours, &yaml::write(&document)?)?;
        file::print(format_args!("{} {}", if changed { "renewed  " } else { "unchanged" }, source.ours.display()));
        check::print_missing(&source.ours, &document);
    }
    ensure!(tables.is_none(), "no document claims the tables (x-tables: true)");
    print("New", &report.new);
    print("Gone, dropped with our words", &report.gone);
    print("Contradictions in the published documents", &report.contradictions);
    Ok(())
}

fn sources(spec: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for ours in file::list(spec, "yaml")? {
        let document: Node = yaml::read(&ours.display().to_string(), &file::read(&ours)?)?;
        let Some(published) = document.get("x-origin").and_then(Node::as_text).map(str::to_owned) else { continue };
        sources.push(Source { ours, document, published });
    }
    if sources.is_empty() {
        bail!("{} holds no document with x-origin", spec.display());
    }
    Ok(sources)
}

/// A published file that nobody claims would be lost in silence.
fn understood(from: &Path, sources: &[Source]) -> anyhow::Result<()> {
    let mut claimed: BTreeSet<&str> = sources.iter().map(|source| source.published.as_str()).collect();
    claimed.insert("tables.json");
    for path in file::list(from, "json")? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ensure!(claimed.contains(name), "{}: no document in spec/ has x-origin: {name}", path.display());
    }
    Ok(())
}

/// We write OpenAPI 3.0.3, the last edition of 3.0; the published documents name an earlier one of the same grammar.
fn with_version(mut published: Node, ours: &Node) -> Node {
    if let (Some(published), Some(version)) = (published.as_map_mut(), ours.get("openapi")) {
        published.insert("openapi".to_owned(), version.clone());
    }
    published
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&file::read(path)?).with_context(|| path.display().to_string())
}

fn print(title: &str, lines: &[String]) {
    if !lines.is_empty() {
        file::print(format_args!("\n{title} ({}):", lines.len()));
        lines.iter().for_each(|line| file::print(format_args!("  {line}")));
    }
}
