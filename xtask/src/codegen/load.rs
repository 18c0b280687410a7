//! Reads a document twice: as it stands, to see what no model would show, and as OpenAPI. Nothing is skipped in silence.

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use openapiv3::OpenAPI;

use crate::node::Node;
use crate::shape::{Kind, Rule};
use crate::{file, yaml};

/// A document in both forms.
pub struct Loaded {
    pub stem: String,
    pub node: Node,
    pub document: OpenAPI,
}

/// Reads every document of the folder, sorted by name.
pub fn folder(spec: &Path) -> anyhow::Result<Vec<Loaded>> {
    let documents = file::list(spec, "yaml")?;
    ensure!(!documents.is_empty(), "{} holds no document", spec.display());
    documents.iter().map(|document| path(document)).collect()
}

fn path(path: &Path) -> anyhow::Result<Loaded> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).context("a document without a name")?;
    text(stem, &file::read(path)?)
}

pub fn text(stem: &str, text: &str) -> anyhow::Result<Loaded> {
    let name = format!("{stem}.yaml");
    let node: Node = yaml::read(&name, text)?;
    let version = node.get("openapi").and_then(Node::as_text).unwrap_or_default();
    ensure!(
        version.starts_with("3.0."),
        "{name}#/openapi: version {version:?} is not understood; documents are OpenAPI 3.0"
    );
    understood(&name, Kind::Document, &node, "#", None)?;
    let document = yaml::read(&name, text)?;
    Ok(Loaded { stem: stem.to_owned(), node, document })
}

/// Every key must be one of the grammar; readers of OpenAPI pass over those they do not know.
fn understood(name: &str, kind: Kind, node: &Node, at: &str, operation: Option<&str>) -> anyhow::Result<()> {
    let operation = operation.or_else(|| node.get("operationId").and_then(Node::as_text));
    let place = || format!("{name}{at}{}", operation.map(|id| format!(" (operation {id})")).unwrap_or_default());
    let members = node.as_map().with_context(|| format!("{}: an object is expected", place()))?;
    if members.contains_key("$ref") {
        ensure!(members.len() == 1, "{}: keys beside $ref have no meaning in OpenAPI 3.0", place());
        return Ok(());
    }
    for (key, value) in members.iter().filter(|(key, _)| !key.starts_with("x-")) {
        let inner_at = format!("{at}/{}", escaped(key));
        match kind.rule(key) {
            None => bail!("{}: the key {key:?} is not understood in {kind:?}", place()),
            Some(Rule::Fact | Rule::Words | Rule::Sample) => {}
            Some(Rule::One(inner)) => understood(name, inner, value, &inner_at, operation)?,
            Some(Rule::Named(inner)) => {
                let map = value.as_map().with_context(|| format!("{name}{inner_at}: a map is expected"))?;
                for (member, value) in map {
                    understood(name, inner, value, &format!("{inner_at}/{}", escaped(member)), operation)?;
                }
            }
            Some(Rule::Listed(inner)) => {
                let list = value.as_list().with_context(|| format!("{name}{inner_at}: a list is expected"))?;
                for (index, value) in list.iter().enumerate() {
                    understood(name, inner, value, &format!("{inner_at}/{index}"), operation)?;
                }
            }
        }
    }
    Ok(())
}

/// A name inside a JSON pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
