//! The files that make the emitted modules a crate.

use std::collections::{BTreeMap, BTreeSet};

use super::{Emitted, docs, header, schemes};
use crate::codegen::format;
use crate::codegen::model::Document;

const MANIFEST: &str = r#"[package]
name = "zeyos-generated"
description = "The emitted part of the zeyos client: one typed, security-tagged method for every operation"
version.workspace = true
edition.workspace = true
rust-version.workspace = true
license.workspace = true
repository.workspace = true
categories.workspace = true

[dependencies]
zeyos-core = { path = "../core", version = "0.1.0" }

[lints]
workspace = true
"#;

/// The words of a module of several documents.
const SHARED: &str = "Services of one platform.";

/// What a module is there for, and the features that it is behind: any one of them is enough, and none is needed where a document
/// has none.
struct Child {
    words: String,
    features: Option<BTreeSet<String>>,
}

/// The modules of each module.
type Children = BTreeMap<String, BTreeMap<String, Child>>;

/// Manifest and module files.
pub(crate) fn all(documents: &[&Document]) -> anyhow::Result<Vec<Emitted>> {
    let mut files = vec![manifest(documents)];
    let mut children = Children::new();
    documents.iter().for_each(|document| modules_of(document, &mut children));
    if let Some(shared) = schemes::shared(documents)? {
        let words = "Credentials that several documents share.".to_owned();
        children.entry(String::new()).or_default().insert("credentials".to_owned(), Child { words, features: None });
        files.push(shared);
    }
    files.extend(children.iter().map(|(parent, modules)| module_file(parent, modules)));
    Ok(files)
}

fn manifest(documents: &[&Document]) -> Emitted {
    let features: BTreeSet<&String> = documents.iter().filter_map(|document| document.feature.as_ref()).collect();
    let lines: Vec<String> = features.iter().map(|feature| format!("{feature} = []\n")).collect();
    let section = if lines.is_empty() { String::new() } else { format!("[features]\n{}\n", lines.concat()) };
    let content = MANIFEST.replacen("[dependencies]", &format!("{section}[dependencies]"), 1);
    Emitted { path: "Cargo.toml".to_owned(), content: format!("{}\n\n{content}", header("spec/").replace("//", "#")) }
}

fn modules_of(document: &Document, children: &mut Children) {
    for depth in 0..document.module.len() {
        let parent = document.module[..depth].join("/");
        let is_leaf = depth + 1 == document.module.len();
        let words = if is_leaf { document.description.clone() } else { SHARED.to_owned() };
        let modules = children.entry(parent).or_default();
        let of = document.feature.clone();
        match modules.get_mut(&document.module[depth]) {
            None => {
                let features = of.map(|feature| BTreeSet::from([feature]));
                modules.insert(document.module[depth].clone(), Child { words, features });
            }
            Some(child) => match (&mut child.features, of) {
                (Some(features), Some(feature)) => drop(features.insert(feature)),
                (features, _) => *features = None,
            },
        }
    }
}

/// The attribute of a module that is behind features.
fn condition(features: &BTreeSet<String>) -> String {
    let named: Vec<String> = features.iter().map(|feature| format!("feature = {feature:?}")).collect();
    match named.as_slice() {
        [one] => format!("#[cfg({one})]\n"),
        several => format!("#[cfg(any({}))]\n", several.join(", ")),
    }
}

fn module_file(parent: &str, children: &BTreeMap<String, Child>) -> Emitted {
    let is_root = parent.is_empty();
    let title = if is_root {
        "Emitted from the documents in `spec/`. Users reach all of it through `zeyos`.".to_owned()
    } else {
        "Services of one platform, one module a document.".to_owned()
    };
    let mut content = format!("{}\n\n//! {title}\n", header("spec/"));
    if is_root {
        // The types say what the documents say, however long that is.
        content.push_str("\n#![allow(clippy::type_complexity, clippy::large_enum_variant)]\n");
    }
    for (name, child) in children {
        let skip = if is_root { "#[rustfmt::skip]\n" } else { "" };
        let comment = format::comment("///", &child.words, docs::WIDTH);
        let condition = child.features.as_ref().map(condition).unwrap_or_default();
        content.push_str(&format!("\n{comment}{condition}{skip}pub mod {name};\n"));
    }
    let path = if is_root { "src/lib.rs".to_owned() } else { format!("src/{parent}.rs") };
    Emitted { path, content }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::golden::model;

    #[test]
    fn services_of_one_platform_share_a_module_and_words_stay_comments() {
        let (_, first) = model("basic-of-client-and-user");
        let (_, mut second) = model("notes-of-a-method");
        second.module = vec!["shared".to_owned(), "vault".to_owned()];
        let files = all(&[&second, &first]).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["Cargo.toml", "src/lib.rs", "src/shared.rs"]);
        let root = "\n/// Services of one platform.\n#[rustfmt::skip]\npub mod shared;\n";
        assert!(files[1].content.ends_with(root), "{}", files[1].content);
        assert_eq!(files[1].content.matches("pub mod").count(), 1);
        let shared = "\n/// Hands out keys.\npub mod keys;\n\
             \n/// A vault for pens; \"precious\" ones only. It has a \\ in its name.\npub mod vault;\n";
        assert!(files[2].content.ends_with(shared), "{}", files[2].content);
    }
    #[test]
    fn a_module_is_behind_the_features_of_its_documents() {
        let (_, mut first) = model("basic-of-client-and-user");
        let (_, mut second) = model("notes-of-a-method");
        for (document, feature) in [(&mut first, "keys"), (&mut second, "vault")] {
            document.module.insert(0, "platforms".to_owned());
            document.feature = Some(feature.to_owned());
        }
        let files = all(&[&first, &second]).unwrap();
        assert!(
            files[0].content.contains("\n[features]\nkeys = []\nvault = []\n\n[dependencies]\n"),
            "{}",
            files[0].content
        );
        let root = "#[cfg(any(feature = \"keys\", feature = \"vault\"))]\n#[rustfmt::skip]\npub mod platforms;\n";
        assert!(files[1].content.ends_with(root), "{}", files[1].content);
        assert!(files[2].content.contains("#[cfg(feature = \"keys\")]\npub mod "), "{}", files[2].content);
        // One of them that is always there makes the module of both so.
        second.feature = None;
        assert!(!all(&[&first, &second]).unwrap()[1].content.contains("cfg"));
    }
}
