//! Golden documents: `testdata/codegen/NAME.yaml` shows one feature or one refusal, and beside it stands what the generator
//! makes of it: `NAME.rs`, everything emitted, or `NAME.error`, the text of the refusal.
//!
//! `UPDATE_GOLDEN=1 cargo test -p xtask golden` writes what differs; read the difference before you commit it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::any_document::{self, EmitOptions};
use super::emit::{self, Emitted};
use super::load::{self, Loaded};
use super::model::Document;
use super::write::{self, Folder};
use super::{check, data, lowered};
use crate::yaml::Node;
use crate::{file, yaml};

/// The variable that makes the test write instead of compare.
const UPDATE: &str = "UPDATE_GOLDEN";

/// A crate of its own beside the workspace.
const MANIFEST: &str = r#"[package]
name = "zeyos-golden"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
zeyos-core = { path = 'CORE' }

[workspace]
"#;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/codegen")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// The golden documents with what each is expected to give: `rs` or `error`.
fn documents() -> Vec<PathBuf> {
    file::list(&folder(), "yaml").unwrap()
}

/// The document of this name, as read and lowered.
pub(super) fn model(name: &str) -> (Loaded, Document) {
    model_at(&folder().join(name).with_extension("yaml")).unwrap()
}

fn model_at(path: &Path) -> anyhow::Result<(Loaded, Document)> {
    let loaded = load::path(path)?;
    let mut documents = lowered(std::slice::from_ref(&loaded))?;
    Ok((loaded, documents.remove(0)))
}

/// Everything that is written for the document alone, each file below a line that names it.
fn everything(path: &Path) -> anyhow::Result<String> {
    let (_, document) = model_at(path)?;
    let mut text = String::new();
    for Emitted { path, content } in
        emit::document(&document)?.into_iter().chain(data(std::slice::from_ref(&document))?)
    {
        text.push_str(&format!("// ==== {path}\n\n{content}\n"));
    }
    Ok(format!("{}\n", text.trim_end()))
}

/// The extension of the expected text, and the text.
fn outcome(path: &Path) -> (&'static str, String) {
    match everything(path) {
        Ok(text) => ("rs", text),
        Err(error) => ("error", format!("{error:#}\n")),
    }
}

#[test]
fn every_golden_document_gives_what_stands_beside_it() {
    let mut differing = Vec::new();
    for path in documents() {
        let (extension, text) = outcome(&path);
        let other = path.with_extension(if extension == "rs" { "error" } else { "rs" });
        let expected = path.with_extension(extension);
        if std::env::var_os(UPDATE).is_some() {
            file::write_if_changed(&expected, &text).unwrap();
            let _ = fs::remove_file(other);
        } else if fs::read_to_string(&expected).unwrap_or_default() != text || other.exists() {
            differing.push(format!("{} is not:\n{text}", expected.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nset {UPDATE}=1 to write what differs", differing.join("\n"));
}

#[test]
fn golden_documents_are_short_and_none_is_missing() {
    if std::env::var_os(UPDATE).is_some() {
        return;
    }
    let stems = |extension: &str| -> BTreeSet<String> {
        file::list(&folder(), extension).unwrap().iter().map(|path| stem(path)).collect()
    };
    let (read, good, refused) = (stems("yaml"), stems("rs"), stems("error"));
    assert!(good.len() >= 25 && refused.len() >= 90, "{} good ones, {} refusals", good.len(), refused.len());
    assert_eq!(
        read,
        good.union(&refused).cloned().collect(),
        "each document has one expected text and each text one document"
    );
    for path in documents() {
        let lines = file::read(&path).unwrap().lines().count();
        assert!((10..=40).contains(&lines), "{} has {lines} lines; 10 to 40 show one thing", path.display());
    }
}

/// The names of a file stand in it, so that a reader need not know what else there is, and none that the core gets later hides one.
#[test]
fn no_emitted_file_imports_everything_of_another() {
    let root = file::root();
    let emitted = ["generated/src", "tests/it/emitted", "examples/kennel/client", "xtask/testdata/codegen"];
    let files = emitted.iter().flat_map(|folder| file::tree(&root.join(folder)).unwrap());
    let texts = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let mut texts: Vec<(PathBuf, String)> = texts.map(|path| (path.clone(), file::read(&path).unwrap())).collect();
    for spec in super::corpus::documents(&root.join("xtask/testdata/corpus"), &[]).unwrap() {
        let options = EmitOptions { spec, skip: true, ..EmitOptions::default() };
        let model = any_document::read(&options).unwrap().model;
        let files = any_document::files(&root, &options, &model).unwrap();
        texts.extend(files.into_iter().map(|emitted| (options.spec.join(emitted.path), emitted.content)));
    }
    assert!(texts.len() > 350, "{}", texts.len());
    for (path, text) in texts {
        let is_glob = |line: &&str| line.contains("::*") && !line.trim_start().starts_with("//");
        assert_eq!(text.lines().find(is_glob), None, "{}", path.display());
    }
}

/// Places of a document that no operation leads to.
const OF_NO_OPERATION: [&str; 6] = ["#/info", "#/openapi", "#/servers", "#/x-service", "#/x-issuers", "#/x-texts"];

#[test]
fn every_refusal_names_the_document_a_place_in_it_and_the_operation() {
    for path in documents() {
        let ("error", text) = outcome(&path) else { continue };
        let node: Node = yaml::read("golden", &file::read(&path).unwrap()).unwrap();
        let (location, message) = text.split_once(": ").unwrap();
        let (location, operation) = location.split_once(" (operation ").unwrap_or((location, ""));
        let pointer = location.strip_prefix(&format!("{}.yaml", stem(&path))).unwrap_or_else(|| panic!("{text}"));
        assert!(node.pointer(pointer).is_some(), "{text} points to nothing");
        let of_document = OF_NO_OPERATION.iter().any(|start| pointer.starts_with(start)) || pointer == "#";
        let named = operation.strip_suffix(')').is_some_and(|id| has_operation(&node, id));
        let has_none = ["(operationId)", "session cookie"].iter().any(|words| message.contains(words));
        assert!(named || of_document || has_none, "{text} names no operation of the document");
    }
}

fn has_operation(document: &Node, id: &str) -> bool {
    let items = document.get("paths").and_then(Node::as_map).unwrap().values().filter_map(Node::as_map);
    let mut operations = items.flat_map(|item| item.values());
    operations.any(|operation| operation.get("operationId").and_then(Node::as_text) == Some(id))
}

/// One crate with the modules of all good documents, as `codegen` would write it, is built without a warning.
#[test]
fn everything_emitted_for_golden_documents_compiles() {
    let good: Vec<Document> =
        documents().iter().filter_map(|path| model_at(path).ok()).map(|(_, model)| model).collect();
    let all: Vec<&Document> = good.iter().collect();
    check::all(&all).unwrap();
    let root = file::root();
    // Beside the tests' own output, so that what the core depends on is built once for all of them.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let folder = target.join("golden-crate");
    let mut files = emit::crate_files::all(&all).unwrap();
    files.extend(good.iter().flat_map(|document| emit::document(document).unwrap()));
    for emitted in &mut files {
        match emitted.path.as_str() {
            "Cargo.toml" => emitted.content = MANIFEST.replace("CORE", root.join("core").to_str().unwrap()),
            "src/lib.rs" => emitted.content.insert_str(0, "#![deny(warnings, missing_docs)]\n"),
            _ => {}
        }
    }
    // The versions of the workspace: nothing is resolved anew, nothing comes from the net.
    files.push(Emitted { path: "Cargo.lock".to_owned(), content: file::read(&root.join("Cargo.lock")).unwrap() });
    write::write(&[Folder { path: folder.clone(), files }]).unwrap();

    let cargo = crate::toolchain::cargo();
    let mut check = Command::new(cargo);
    check.args(["check", "--quiet", "--offline", "--target-dir"]).arg(&target).current_dir(&folder);
    let output = check.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
