//! `cargo xtask codegen`: load, lower, check, emit, format, write.

pub(crate) mod any_document;
#[cfg(test)]
mod call_tests;
mod check;
pub(crate) mod corpus;
pub(crate) mod custom_fields;
mod emit;
mod format;
#[cfg(test)]
mod golden;
pub(crate) mod load;
mod location;
mod lower;
mod media;
mod model;
mod normalise;
mod operations;
mod overlay;
mod platforms;
mod reader;
mod reserved;
pub(crate) mod servers;
#[cfg(test)]
mod spec_tests;
mod styles;
mod write;

use std::path::Path;

use crate::file;
use emit::Emitted;
use load::Loaded;
use model::Document;
use write::Folder;

/// The command that brings everything emitted up to date.
const REPAIR: &str = "cargo xtask codegen";

/// Writes everything that is emitted from `spec/`, or with `only_check` fails if it is not up to date.
pub(crate) fn run(root: &Path, only_check: bool) -> anyhow::Result<()> {
    let loaded = load::folder(&root.join("spec"))?;
    let documents = lowered(&loaded)?;
    let platforms = platforms(root, &documents)?;
    let mut folders = folders(root, &documents, &platforms)?;
    folders.push(any_document::example(root)?);
    if only_check {
        return write::check(&folders, REPAIR);
    }
    let changed = write::write(&folders)?;
    for document in documents.iter().chain(&platforms) {
        file::print(format_args!("{}: {} operations", document.stem, document.all_operations().count()));
    }
    file::print(format_args!("{changed} files changed"));
    Ok(())
}

/// Prints every operation of `spec/`, as a table or as JSON.
pub(crate) fn print_operations(root: &Path, as_json: bool) -> anyhow::Result<()> {
    let documents = lowered(&load::folder(&root.join("spec"))?)?;
    let text = if as_json { operations::as_json(&documents) } else { operations::as_table(&documents) };
    file::print(text);
    Ok(())
}

/// Fails with the first thing in `spec/` that is not understood, or speaks of what is not there.
pub(crate) fn understands(root: &Path) -> anyhow::Result<()> {
    platforms(root, &lowered(&load::folder(&root.join("spec"))?)?)?;
    file::print("every mark is understood and speaks of what is there");
    Ok(())
}

/// The checked models of all documents.
fn lowered(loaded: &[Loaded]) -> anyhow::Result<Vec<Document>> {
    let mut documents = Vec::new();
    for loaded in loaded {
        let model = lower::lower(loaded)?;
        check::document(&model, &loaded.document)?;
        documents.push(model);
    }
    check::all(&documents.iter().collect::<Vec<_>>())?;
    Ok(documents)
}

/// The checked models of further platforms. Nothing is shared with the documents of ours.
fn platforms(root: &Path, documents: &[Document]) -> anyhow::Result<Vec<Document>> {
    let platforms = platforms::all(root)?;
    check::all(&documents.iter().chain(&platforms).collect::<Vec<_>>())?;
    Ok(platforms)
}

fn folders(root: &Path, documents: &[Document], platforms: &[Document]) -> anyhow::Result<Vec<Folder>> {
    let emitted: Vec<&Document> = documents.iter().chain(platforms).collect();
    let mut generated = emit::crate_files::all(&emitted)?;
    for document in emitted {
        generated.extend(emit::document(document)?);
    }
    Ok(vec![
        Folder { path: root.join("generated"), files: generated },
        Folder { path: root.join("emulator/data"), files: data(documents)? },
        Folder { path: root.join("tests/it/emitted"), files: emit::calls::all(documents)? },
    ])
}

/// What the emulator needs, for documents that describe tables.
fn data(documents: &[Document]) -> anyhow::Result<Vec<Emitted>> {
    let with_tables = documents.iter().filter(|document| !document.tables.is_empty());
    let emitted = with_tables.map(|document| {
        Ok(Emitted { path: "schema.json".to_owned(), content: emit::emulator::tables(&document.tables)? })
    });
    emitted.collect()
}
