//! The files that make the emitted modules a crate.

use std::collections::BTreeMap;

use super::{Emitted, header};
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
pub fn all(documents: &[Document]) -> Vec<Emitted> {
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
    files.extend(children.into_iter().map(|(parent, mut list)| {
        list.sort();
        module_file(&parent, &list)
    }));
    files
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
        content.push_str(&format!("\n/// {words}\n{skip}pub mod {name};\n"));
    }
    let path = if is_root { "src/lib.rs".to_owned() } else { format!("src/{parent}.rs") };
    Emitted { path, content }
}
