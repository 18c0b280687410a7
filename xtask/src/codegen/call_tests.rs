//! What emitted crates send and read: each document of `testdata/called` becomes a crate, and the Rust file beside it calls it over a
//! server that keeps what it was sent. All of them are built and run together, and with them a document of [`random`] schemas: that of
//! `ZEYOS_SCHEMAS_SEED`, else always the same.

mod random;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::any_document::{self, EmitOptions};
use super::emit::Emitted;
use super::write::{self, Folder};
use crate::file;

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/called")
}

/// The manifest of the package that holds the tests.
fn manifest(root: &Path, crates: &[String]) -> String {
    let (core, runtime) = (root.join("core"), root.join("runtime"));
    let lines: String = crates
        .iter()
        .map(|name| {
            format!("called-{name} = {{ path = {:?}, features = [\"validate\"] }}\n", format!("../called-{name}"))
        })
        .collect();
    format!(
        "[package]\nname = \"called\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n[dependencies]\n\
         bytes = \"1\"\nfutures-core = {{ version = \"0.3\", default-features = false }}\nhttp = \"1\"\nserde_json = \"1\"\nzeyos-core = {{ path = {core:?} }}\n\
         zeyos-runtime = {{ path = {runtime:?} }}\n\n\
         [dev-dependencies]\n{lines}\n[workspace]\n"
    )
}

fn emitted(path: impl Into<String>, content: String) -> Emitted {
    Emitted { path: path.into(), content }
}

#[test]
fn emitted_crates_send_and_read_what_their_documents_say() {
    let root = file::root();
    // Beside the tests' own output, so that what the core depends on is built once for all of them.
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned();
    let lock = || emitted("Cargo.lock", file::read(&root.join("Cargo.lock")).unwrap());
    let (mut folders, mut names) = (Vec::new(), Vec::new());
    let mut tests = vec![lock(), emitted("src/lib.rs", file::read(&testdata().join("support.rs")).unwrap())];
    for document in file::list(&testdata(), "yaml").unwrap() {
        let name = document.file_stem().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".overlay") {
            continue;
        }
        let overlay = Some(document.with_extension("overlay.yaml")).filter(|overlay| overlay.exists());
        let options = EmitOptions {
            spec: document.clone(),
            overlay,
            name: Some(format!("called-{name}")),
            ..EmitOptions::default()
        };
        let read = any_document::read(&options).unwrap();
        assert!(read.model.refused.is_empty(), "{name}: {:?}", read.model.refused);
        let files = any_document::files(&root, &options, &read.model).unwrap();
        folders.push(Folder { path: target.join("called").join(format!("called-{name}")), files });
        tests.push(emitted(format!("tests/{name}.rs"), file::read(&document.with_extension("rs")).unwrap()));
        names.push(name);
    }
    assert!(!names.is_empty());
    let seed = std::env::var("ZEYOS_SCHEMAS_SEED").map_or(12, |seed| seed.parse().unwrap());
    let (document, test) = random::made(seed);
    let spec = target.join("called/random.json");
    std::fs::create_dir_all(spec.parent().unwrap()).unwrap();
    std::fs::write(&spec, document).unwrap();
    let options = EmitOptions { spec, name: Some("called-random".to_owned()), ..EmitOptions::default() };
    let read = any_document::read(&options).unwrap();
    assert!(read.model.refused.is_empty(), "seed {seed}: {:?}", read.model.refused);
    let files = any_document::files(&root, &options, &read.model).unwrap();
    folders.push(Folder { path: target.join("called/called-random"), files });
    tests.push(emitted("tests/random.rs", test));
    names.push("random".to_owned());
    tests.push(emitted("Cargo.toml", manifest(&root, &names)));
    folders.push(Folder { path: target.join("called/tests"), files: tests });
    write::write(&folders).unwrap();

    let cargo = crate::toolchain::cargo();
    let mut run = Command::new(cargo);
    run.args(["test", "--quiet", "--offline", "--tests", "--target-dir"]).arg(&target);
    let output = run.env("RUSTFLAGS", "").current_dir(target.join("called/tests")).output().unwrap();
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{}", told.join("\n"));
}
