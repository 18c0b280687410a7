//! Tests on the documents of this project: what must hold for all 360 operations at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use serde_json::Value;

use super::load::{self, Loaded};
use super::model::{Document, Requirement, Safety};
use super::write::{self, Folder};
use super::{folders, lowered, operations, platforms};
use crate::file;

/// The documents are large; they are read once for all tests.
static DOCUMENTS: LazyLock<(Vec<Loaded>, Vec<Document>)> = LazyLock::new(|| {
    let loaded = load::folder(&file::root().join("spec")).unwrap();
    let documents = lowered(&loaded).unwrap();
    (loaded, documents)
});

fn bytes(folders: &[Folder]) -> Vec<(String, &str)> {
    let files = folders.iter().flat_map(|folder| folder.files.iter().map(move |file| (folder, file)));
    files.map(|(folder, file)| (format!("{}/{}", folder.path.display(), file.path), file.content.as_str())).collect()
}

#[test]
fn equal_documents_give_equal_bytes_and_a_second_run_writes_none() {
    let root = std::env::temp_dir().join(format!("codegen-twice-{}", std::process::id()));
    let (_, documents) = &*DOCUMENTS;
    let first = folders(&root, documents, &platforms(&file::root(), documents).unwrap()).unwrap();
    // Read, lowered and emitted from the start.
    let again = load::folder(&file::root().join("spec")).unwrap();
    let again = lowered(&again).unwrap();
    let second = folders(&root, &again, &platforms(&file::root(), &again).unwrap()).unwrap();
    assert!(bytes(&first) == bytes(&second), "two runs give different bytes");

    let all = first.iter().map(|folder| folder.files.len()).sum::<usize>();
    assert_eq!((write::write(&first).unwrap(), write::write(&second).unwrap()), (all, 0));
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn what_is_committed_is_what_the_documents_say() {
    let (_, documents) = &*DOCUMENTS;
    let platforms = platforms(&file::root(), documents).unwrap();
    let mut folders = folders(&file::root(), documents, &platforms).unwrap();
    folders.push(super::any_document::example(&file::root()).unwrap());
    write::check(&folders, super::REPAIR).unwrap();
}

/// One line for each kind of security in each document.
fn security_counts(documents: &[Document]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents {
        for operation in document.all_operations() {
            let names = |needed: &Vec<Requirement>| needed.iter().map(|needed| needed.scheme.name.clone()).collect();
            let security: Vec<Vec<String>> = operation.security.iter().map(names).collect();
            *counts.entry(format!("{} {security:?}", document.stem)).or_default() += 1;
        }
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}\n")).collect()
}

#[test]
fn the_security_of_all_operations_is_the_one_that_was_counted() {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/security.txt");
    let counts = security_counts(&DOCUMENTS.1);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        file::write_if_changed(&expected, &counts).unwrap();
    }
    assert_eq!(counts, file::read(&expected).unwrap());
}

#[test]
fn operations_are_printed_as_objects_of_eight_members() {
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(&operations::as_json(&DOCUMENTS.1)).unwrap();
    assert_eq!(rows.len(), 360);
    let text = |row: &BTreeMap<String, Value>, key: &str| row[key].as_str().unwrap().to_owned();
    let mut paths = BTreeSet::new();
    for row in &rows {
        let keys: Vec<&str> = row.keys().map(String::as_str).collect();
        assert_eq!(keys, ["document", "id", "method", "path", "rust", "safety", "schemes", "security"]);
        assert!(["zeyos-rest", "zeyos-oauth2", "zeyos-auth"].contains(&text(row, "document").as_str()), "{row:?}");
        assert!(paths.insert(text(row, "rust")), "{row:?} is not the first of its name");
        assert!(["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"].contains(&text(row, "method").as_str()), "{row:?}");
        assert!(text(row, "path").starts_with('/'), "{row:?}");
        assert!(Safety::ALL.iter().any(|(word, _)| *word == text(row, "safety")), "{row:?}");
        for scheme in row["security"].as_array().unwrap().iter().flat_map(|schemes| schemes.as_array().unwrap()) {
            assert!(["bearer", "session", "basic"].contains(&scheme.as_str().unwrap()), "{row:?}");
        }
        let names = |alternative: &Value| alternative.as_array().unwrap().len();
        let lengths = |key: &str| row[key].as_array().unwrap().iter().map(names).collect::<Vec<_>>();
        assert_eq!(lengths("schemes"), lengths("security"), "{row:?}");
    }
    for path in ["api.list_tickets", "oauth2.raw.get_user_info", "legacy_auth.raw.get_user_info"] {
        assert!(paths.contains(path), "{path} is missing");
    }
}

#[test]
fn the_table_of_operations_has_a_header_and_one_line_each() {
    let table = operations::as_table(&DOCUMENTS.1);
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 361);
    assert_eq!(rows[0], ["document", "method", "path", "rust", "security", "safety"]);
    let list = ["zeyos-rest", "POST", "/tickets", "api.list_tickets", "bearer|session", "Read"];
    assert!(rows.iter().any(|row| *row == list), "list_tickets is missing");
    let login = ["zeyos-auth", "POST", "/login", "legacy_auth.raw.login", "none", "TokenExchange"];
    assert!(rows.iter().any(|row| *row == login), "login is missing");
}

/// The strings in a piece of source, those inside macros included.
fn strings(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), found),
            TokenTree::Literal(literal) => {
                if let Ok(syn::Lit::Str(text)) = syn::parse_str::<syn::Lit>(&literal.to_string()) {
                    found.insert(text.value());
                }
            }
            _ => {}
        }
    }
}

/// The same binary serves other services: what it knows of this one comes from the documents.
#[test]
fn the_generator_holds_no_name_of_a_resource() {
    let mut found = BTreeSet::new();
    for path in file::tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/codegen")).unwrap() {
        let source = file::read(&path).unwrap();
        let is_test = ["golden.rs", "spec_tests.rs", "tests.rs"].iter().any(|name| path.ends_with(name));
        let code = if is_test { "" } else { source.split("#[cfg(test)]").next().unwrap() };
        strings(code.parse().unwrap(), &mut found);
    }
    assert!(found.contains("x-verb"), "no string was read");
    // Words of OpenAPI that are names of resources, too.
    let shared = ["components", "items"];
    let resources = DOCUMENTS.1.iter().flat_map(|document| &document.resources);
    for name in resources.flat_map(|resource| [&resource.wire, &resource.name]) {
        assert!(!found.contains(name) || shared.contains(&name.as_str()), "{name:?} stands in the generator");
    }
}
