//! An independent reader of `spec/*.yaml`: what must be on the wire comes from here. It shares no code with the generator, so
//! that a fault there shows.

mod answer;
mod property;
mod record;
mod request;
pub(crate) mod security;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use yaml_rust2::{Yaml, YamlLoader};

pub(crate) use answer::Extent;
pub(crate) use record::Table;
pub(crate) use security::Configured;

/// One document.
pub(crate) struct Document {
    /// File name without its end, such as `zeyos-rest`.
    pub stem: String,
    root: Yaml,
}

/// One operation of a document.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'d> {
    document: &'d Document,
    pub path: &'d str,
    method: &'d str,
    node: &'d Yaml,
}

impl Document {
    /// Every document of the folder, read once.
    pub(crate) fn all() -> &'static [Document] {
        static ALL: LazyLock<Vec<Document>> = LazyLock::new(Document::read_all);
        &ALL
    }

    fn read_all() -> Vec<Document> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec");
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut documents: Vec<_> =
            paths.filter(|path| path.extension().is_some_and(|end| end == "yaml")).map(|path| read(&path)).collect();
        documents.sort_by(|left, right| left.stem.cmp(&right.stem));
        documents
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut operations = Vec::new();
        for (path, item) in entries(&self.root["paths"]) {
            operations.extend(entries(item).map(|(method, node)| Operation { document: self, path, method, node }));
        }
        operations
    }

    /// Path of the service below the instance.
    fn base(&self) -> &str {
        let url = text(&self.root["servers"][0]["url"]);
        url.split_once("{INSTANCE}").unwrap().1
    }

    /// Whether bodies are forms, not JSON.
    fn sends_forms(&self) -> bool {
        self.root["x-service"]["body"].as_str() == Some("form")
    }

    /// What stands behind a reference, or the node itself.
    fn resolved<'d>(&'d self, node: &'d Yaml) -> &'d Yaml {
        match node["$ref"].as_str() {
            None => node,
            Some(reference) => {
                let path = reference.strip_prefix("#/").unwrap();
                let found = path.split('/').fold(&self.root, |node, key| &node[key]);
                assert!(!found.is_badvalue(), "{reference} leads nowhere");
                self.resolved(found)
            }
        }
    }
}

impl<'d> Operation<'d> {
    pub(crate) fn id(&self) -> &'d str {
        text(&self.node["operationId"])
    }

    /// The id with its document, as the log of calls spells it.
    pub(crate) fn full_id(&self) -> String {
        format!("{}/{}", self.document.stem, self.id())
    }

    /// The verb on a resource, if the operation is one.
    pub(crate) fn verb(&self) -> Option<&'d str> {
        self.node["x-verb"].as_str()
    }

    /// The resource of a verb.
    pub(crate) fn resource(&self) -> &'d str {
        text(&self.node["tags"][0])
    }

    fn parameters(&self) -> impl Iterator<Item = &'d Yaml> {
        let document = self.document;
        list(&self.node["parameters"]).iter().map(|parameter| document.resolved(parameter))
    }

    /// Whether a request with this method and path, below the instance, is this operation.
    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        let template = format!("{}{}", self.document.base(), self.path);
        let (template, path) = (template.split('/').collect::<Vec<_>>(), path.split('/').collect::<Vec<_>>());
        self.method.eq_ignore_ascii_case(method)
            && template.len() == path.len()
            && template.iter().zip(path).all(|(want, have)| *want == have || want.starts_with('{') && !have.is_empty())
    }
}

fn read(path: &Path) -> Document {
    let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut roots = YamlLoader::load_from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(roots.len(), 1, "{stem}");
    Document { stem, root: roots.remove(0) }
}

/// The members of a map; none if there is no map.
fn entries(node: &Yaml) -> impl Iterator<Item = (&str, &Yaml)> {
    node.as_hash().into_iter().flatten().map(|(key, value)| (text(key), value))
}

/// The members of a list; none if there is no list.
fn list(node: &Yaml) -> &[Yaml] {
    node.as_vec().map_or(&[], Vec::as_slice)
}

fn text(node: &Yaml) -> &str {
    node.as_str().unwrap_or_else(|| panic!("{node:?} is not text"))
}

fn is_set(node: &Yaml) -> bool {
    node.as_bool() == Some(true)
}
