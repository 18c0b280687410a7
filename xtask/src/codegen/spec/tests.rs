//! Documents of others: what is read of those in `testdata/corpus`, and that those in `testdata/refused` are not.
//! `UPDATE_GOLDEN=1 cargo test -p xtask corpus` writes what differs.

use std::path::{Path, PathBuf};

use super::*;

fn testdata(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

fn documents(folder: &str) -> Vec<PathBuf> {
    let mut found = super::super::corpus::documents(&testdata(folder), &[]).unwrap();
    found.sort();
    found
}

fn wishes(spec: &Path) -> Wishes {
    let overlay = spec.with_extension("").with_extension("overlay.yaml");
    Wishes { spec: spec.to_owned(), overlay: overlay.exists().then_some(overlay), skip: true, ..Wishes::default() }
}

#[test]
fn every_document_of_the_corpus_is_read_and_what_is_refused_stands_beside_it() {
    let mut lines = String::new();
    let documents = documents("corpus");
    assert!(documents.len() >= 20, "{} documents", documents.len());
    for path in &documents {
        let name = path.file_name().unwrap().to_str().unwrap();
        let read = read(&wishes(path)).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let written = read.model.all_operations().count();
        assert_eq!(written + read.model.refused.len(), read.operations, "{name}: an operation is lost");
        lines.push_str(&format!("{name}: {written} of {}\n", read.operations));
        for Refusal { operation, construct, .. } in &read.model.refused {
            lines.push_str(&format!("  {operation}: {construct}\n"));
        }
    }
    let expected = testdata("corpus").join("refused.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        file::write_if_changed(&expected, &lines).unwrap();
    }
    assert!(file::read(&expected).unwrap() == lines, "{} is not:\n{lines}", expected.display());
}

#[test]
fn every_document_that_must_be_refused_is_refused_at_least_in_part() {
    for path in documents("refused") {
        if let Ok(read) = read(&wishes(&path)) {
            assert!(!read.model.refused.is_empty(), "{} is taken as it is", path.display());
        }
    }
}

fn tried(name: &str, text: &str) -> anyhow::Result<Read> {
    let folder = tempfile(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("pens.yaml");
    std::fs::write(&path, text).unwrap();
    read(&wishes(&path))
}

fn tempfile(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("xtask-spec-{}-{name}", std::process::id()))
}

fn with_body(schema: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: P, version: '1'}}\npaths:\n  /pens:\n    post: {{operationId: add, \
         requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, responses: {{'204': {{description: D}}}}}}\n"
    )
}

#[test]
fn a_secret_is_written_at_the_top_of_a_body_and_refused_below() {
    let secret = "{type: string, format: password}";
    let top = format!("{{type: object, properties: {{pin: {secret}}}}}");
    let listed = format!("{{type: object, properties: {{pins: {{type: array, items: {secret}}}}}}}");
    let within = format!("{{type: object, properties: {{lid: {{type: object, properties: {{lock: {top}}}}}}}}}");
    let refused = |name: &str, schema: &str| tried(name, &with_body(schema)).unwrap().model.refused.len();
    assert_eq!(refused("top", &top), 0);
    assert_eq!(refused("listed", &listed), 1);
    assert_eq!(refused("within", &within), 1);
    for name in ["top", "listed", "within"] {
        std::fs::remove_dir_all(tempfile(name)).unwrap();
    }
}

#[test]
fn a_crate_without_operations_is_not_written() {
    let text = with_body("{type: array, items: {type: string}}");
    let model = tried("none", &text).unwrap().model;
    std::fs::remove_dir_all(tempfile("none")).unwrap();
    let error = files(Path::new("."), &wishes(Path::new("pens.yaml")), &model).unwrap_err().to_string();
    assert!(error.contains("no operation is left") && error.contains("a body that is no object"), "{error}");
}
