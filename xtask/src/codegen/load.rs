//! Reads a document as it stands, to see what no model would show, and makes the model of OpenAPI from that. Nothing is
//! skipped in silence.

mod grammar;

use std::path::Path;

use anyhow::{Context as _, ensure};
use openapiv3::OpenAPI;

use super::location::Location;
use crate::openapi_grammar::Kind;
use crate::yaml::Node;
use crate::{file, yaml};

/// A document in both forms.
pub(super) struct Loaded {
    pub stem: String,
    /// Name of the file, for messages.
    pub file: String,
    /// Whether it is a third-party document, which was normalised.
    pub is_foreign: bool,
    pub node: Node,
    pub document: OpenAPI,
}

/// Reads every document of the folder, sorted by name.
pub(super) fn folder(spec: &Path) -> anyhow::Result<Vec<Loaded>> {
    let documents = file::list(spec, "yaml")?;
    ensure!(!documents.is_empty(), "{} holds no document", spec.display());
    documents.iter().map(|document| path(document)).collect()
}

pub(super) fn path(path: &Path) -> anyhow::Result<Loaded> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).context("a document without a name")?;
    text(stem, &file::read(path)?)
}

pub(super) fn text(stem: &str, text: &str) -> anyhow::Result<Loaded> {
    let file = format!("{stem}.yaml");
    let location = Location::root(&file);
    let node: Node = yaml::read(&file, text)?;
    let version =
        node.get("openapi").and_then(Node::as_text).with_context(|| format!("{location}: no openapi version"))?;
    ensure!(
        version.starts_with("3.0."),
        "{}: version {version:?} is not understood; documents are OpenAPI 3.0",
        location.child("openapi")
    );
    grammar::understood(Kind::Document, &node, &location)?;
    modelled(stem, &file, node, &location, false)
}

/// The nodes of a file that anyone may have written.
pub(crate) fn node(path: &Path) -> anyhow::Result<Node> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    yaml::read_foreign(&name, &file::read(path)?)
}

/// A third-party document after it was normalised.
pub(super) fn normalised(stem: &str, file: &str, node: Node) -> anyhow::Result<Loaded> {
    modelled(stem, file, node, &Location::root(file), true)
}

fn modelled(stem: &str, file: &str, node: Node, location: &Location, is_foreign: bool) -> anyhow::Result<Loaded> {
    let document = node.to().or_else(|error| {
        let unplaced = || anyhow::Error::new(error).context(format!("{location} is not a document of OpenAPI 3.0"));
        Err(grammar::misfit(Kind::Document, &node, location)?.unwrap_or_else(unplaced))
    })?;
    Ok(Loaded { stem: stem.to_owned(), file: file.to_owned(), is_foreign, node, document })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(document: &str) -> String {
        format!("{:#}", text("pens", document).err().unwrap())
    }

    #[test]
    fn a_document_that_is_no_yaml_is_named() {
        assert!(refusal("openapi: [").starts_with("pens.yaml is not readable: "));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused() {
        let said = refusal("openapi: \"3.0.3\"\ninfo: {title: Pens}\ninfo: {title: Ink}");
        assert!(said.starts_with("pens.yaml is not readable: ") && said.contains("info"), "{said}");
    }

    #[test]
    fn a_document_without_a_version_is_refused() {
        assert_eq!(refusal("info: {title: Pens}"), "pens.yaml#: no openapi version");
    }

    #[test]
    fn a_list_where_a_map_belongs_is_refused_with_its_place() {
        let document = "openapi: \"3.0.3\"\npaths: [{get: {}}]";
        assert_eq!(refusal(document), "pens.yaml#/paths: a map is expected");
        let document = "openapi: \"3.0.3\"\npaths: {/pens: {get: {operationId: listPens, parameters: {}}}}";
        let location = "pens.yaml#/paths/~1pens/get/parameters (operation listPens)";
        assert_eq!(refusal(document), format!("{location}: a list is expected"));
        let document = "openapi: \"3.0.3\"\npaths: {/pens: nothing}";
        assert_eq!(refusal(document), "pens.yaml#/paths/~1pens: an object is expected");
    }

    #[test]
    fn a_folder_without_documents_is_an_error() {
        let empty = std::env::temp_dir().join(format!("codegen-empty-{}", std::process::id()));
        std::fs::create_dir_all(&empty).unwrap();
        assert!(folder(&empty).err().unwrap().to_string().ends_with("holds no document"));
        std::fs::remove_dir(empty).unwrap();
    }
}
