//! `cargo xtask codegen`: load, lower, check, emit, format, write.

mod check;
mod emit;
mod format;
mod load;
mod lower;
mod model;
mod operations;
mod write;

use std::path::Path;

use crate::file;
use crate::node::Node;
use emit::Emitted;
use load::Loaded;
use model::Document;
use write::Folder;

/// The command that brings everything emitted up to date.
const REPAIR: &str = "cargo xtask codegen";

/// Writes everything that is emitted from `spec/`, or with `only_check` fails if it is not up to date.
pub fn run(root: &Path, only_check: bool) -> anyhow::Result<()> {
    let loaded = load::folder(&root.join("spec"))?;
    let documents = lowered(&loaded)?;
    let folders = folders(root, &loaded, &documents)?;
    if only_check {
        return write::check(&folders, REPAIR);
    }
    let changed = write::write(&folders)?;
    for document in &documents {
        file::print(format_args!("{}: {} operations", document.stem, document.all_operations().count()));
    }
    file::print(format_args!("{changed} files changed"));
    Ok(())
}

/// Prints every operation of `spec/`, as a table or as JSON.
pub fn print_operations(root: &Path, as_json: bool) -> anyhow::Result<()> {
    let documents = lowered(&load::folder(&root.join("spec"))?)?;
    let text = if as_json { operations::as_json(&documents) } else { operations::as_table(&documents) };
    file::print(text);
    Ok(())
}

/// The checked models of all documents.
fn lowered(loaded: &[Loaded]) -> anyhow::Result<Vec<Document>> {
    loaded
        .iter()
        .map(|loaded| {
            let model = lower::lower(&loaded.stem, &loaded.document)?;
            check::document(&model, &loaded.document)?;
            Ok(model)
        })
        .collect()
}

fn folders(root: &Path, loaded: &[Loaded], documents: &[Document]) -> anyhow::Result<Vec<Folder>> {
    let mut generated = emit::crate_files::all(documents);
    for document in documents {
        generated.extend(emit::document(document)?);
    }
    let mut emulator = Vec::new();
    for loaded in loaded.iter().filter(|loaded| loaded.node.get("x-tables").is_some_and(Node::is_true)) {
        emulator.push(Emitted { path: "schema.json".to_owned(), content: emit::emulator::tables(&loaded.node)? });
    }
    Ok(vec![
        Folder { path: root.join("generated"), files: generated },
        Folder { path: root.join("emulator/data"), files: emulator },
        Folder { path: root.join("tests/it/emitted"), files: emit::calls::all(documents)? },
    ])
}
