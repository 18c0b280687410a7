//! The files that make the emitted modules a crate.

use std::collections::BTreeMap;

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

/// Manifest and module files.
pub(crate) fn all(documents: &[Document]) -> anyhow::Result<Vec<Emitted>> {
    let mut files = vec![Emitted {
        path: "Cargo.toml".to_owned(),
        content: format!("{}\n\n{MANIFEST}", header("spec/").replace("//", "#")),
    }];
    let mut children: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for document in documents {
        for depth in 0..document.module.len() {
            let parent = document.module[..depth].join("/");
            let is_leaf = depth + 1 == document.module.len();
            let words = if is_leaf { document.description.clone() } else { "Services of one platform.".to_owned() };
            let entry = (document.module[depth].clone(), words);
            let list = children.entry(parent).or_default();
            if !list.iter().any(|(name, _)| *name == entry.0) {
                list.push(entry);
            }
        }
    }
    if let Some(shared) = schemes::shared(documents)? {
        let words = "Credentials that several documents share.".to_owned();
        children.entry(String::new()).or_default().push(("credentials".to_owned(), words));
        files.push(shared);
    }
    files.extend(children.into_iter().map(|(parent, mut list)| {
        list.sort();
        module_file(&parent, &list)
    }));
    Ok(files)
}

fn module_file(parent: &str, children: &[(String, String)]) -> Emitted {
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
    for (name, words) in children {
        let skip = if is_root { "#[rustfmt::skip]\n" } else { "" };
        let comment = format::comment("///", words, docs::WIDTH);
        content.push_str(&format!("\n{comment}{skip}pub mod {name};\n"));
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
        let files = all(&[second, first]).unwrap();
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["Cargo.toml", "src/lib.rs", "src/shared.rs"]);
        let root = "\n/// Services of one platform.\n#[rustfmt::skip]\npub mod shared;\n";
        assert!(files[1].content.ends_with(root), "{}", files[1].content);
        assert_eq!(files[1].content.matches("pub mod").count(), 1);
        let shared = "\n/// Hands out keys.\npub mod keys;\n\
             \n/// A vault for pens; \"precious\" ones only. It has a \\ in its name.\npub mod vault;\n";
        assert!(files[2].content.ends_with(shared), "{}", files[2].content);
    }
}
