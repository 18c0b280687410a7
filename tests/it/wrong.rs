//! Wrong programs do not compile, and each message names the right way. All of `tests/wrong` is compiled at once, by the compiler alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::support::folder::Folder;

/// A program, and what its message must say.
struct Program {
    file: String,
    name: String,
    /// From its first expectation to the one of the next program.
    lines: std::ops::Range<u64>,
    wanted: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wrong")
}

fn programs() -> Vec<Program> {
    std::fs::read_dir(folder()).unwrap().flat_map(|entry| programs_of(&entry.unwrap().path())).collect()
}

fn programs_of(path: &Path) -> Vec<Program> {
    let file = path.file_name().unwrap().to_str().unwrap();
    let (mut programs, mut wanted) = (Vec::<Program>::new(), Vec::new());
    for (line, text) in (1..).zip(std::fs::read_to_string(path).unwrap().lines()) {
        if let Some(expected) = text.trim_start().strip_prefix("//~ ") {
            wanted.push(expected.to_owned());
        } else if !wanted.is_empty() {
            if let Some(previous) = programs.last_mut() {
                previous.lines.end = line - wanted.len() as u64;
            }
            let (file, name, lines) = (file.to_owned(), text.trim().to_owned(), line..u64::MAX);
            programs.push(Program { file, name, lines, wanted: std::mem::take(&mut wanted) });
        }
    }
    programs
}

/// What the compiler says of the crate at this path, with this build of zeyos.
fn compiled(root: &Path, library: &Path) -> (bool, Vec<Json>) {
    let out = Folder::new("wrong");
    let beside = std::env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    let rustc = beside.filter(|path| path.exists()).unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--error-format", "json"]);
    command.arg("--extern").arg(format!("zeyos={}", library.display())).arg("--out-dir").arg(out.path());
    command.arg("-L").arg(format!("dependency={}", library.parent().unwrap().display())).arg(root);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The build of zeyos that the tests are linked with: the newest one with which a right program compiles.
fn library() -> PathBuf {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let mut found: Vec<_> = std::fs::read_dir(&deps)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            name.starts_with("libzeyos-") && name.ends_with(".rlib")
        })
        .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
        .collect();
    found.sort();
    let right = folder().with_file_name("it").join("wrong/right.rs");
    let mut newest_first = found.into_iter().rev().map(|(_, path)| path);
    newest_first.find(|path| compiled(&right, path).0).expect("the test binary has a library beside it")
}

#[test]
fn each_message_about_a_wrong_program_names_the_right_way() {
    let programs = programs();
    assert!(programs.len() >= 60, "{}", programs.len());
    let (is_right, messages) = compiled(&folder().join("programs.rs"), &library());
    assert!(!is_right);
    let mut said: BTreeMap<(String, u64), String> = BTreeMap::new();
    for message in messages.iter().filter(|message| message["level"] == "error") {
        let Some(span) = message["spans"].as_array().unwrap().iter().find(|span| span["is_primary"] == true) else {
            continue;
        };
        let span = outermost(span);
        let file = Path::new(span["file_name"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned();
        let text = said.entry((file, span["line_start"].as_u64().unwrap())).or_default();
        text.push_str(&without_modules(message["rendered"].as_str().unwrap()));
    }
    let mut missing = String::new();
    for program in &programs {
        let of_it = said.iter().filter(|((file, line), _)| *file == program.file && program.lines.contains(line));
        let text: String = of_it.map(|(_, text)| text.as_str()).collect();
        for wanted in program.wanted.iter().filter(|wanted| !text.contains(*wanted)) {
            missing.push_str(&format!("{}: {}: wanted {wanted:?}\n{text}\n", program.file, program.name));
        }
    }
    assert!(missing.is_empty(), "{missing}");
}

/// Types without the modules that the compiler writes before them where several have the same last name.
fn without_modules(message: &str) -> String {
    let modules = regex_lite::Regex::new(r"\b(?:[a-z0-9_]+::)+([A-Z][a-z])").unwrap();
    modules.replace_all(message, "$1").into_owned()
}

/// Where a macro was called, if the place is inside of one.
fn outermost(span: &Json) -> &Json {
    match span["expansion"]["span"].as_object() {
        Some(_) => outermost(&span["expansion"]["span"]),
        None => span,
    }
}
