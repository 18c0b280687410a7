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

/// What the compiler says of the crate at this path, with this build of zeyos and those of further crates.
fn compiled(root: &Path, library: &Path, further: &[(&str, &Path)]) -> (bool, Vec<Json>) {
    let out = Folder::new("wrong");
    let beside = std::env::var_os("CARGO").map(|cargo| Path::new(&cargo).with_file_name("rustc"));
    let rustc = beside.filter(|path| path.exists()).unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--error-format", "json"]);
    command.arg("--extern").arg(format!("zeyos={}", library.display())).arg("--out-dir").arg(out.path());
    for (name, library) in further {
        command.arg("--extern").arg(format!("{name}={}", library.display()));
    }
    command.arg("-L").arg(format!("dependency={}", library.parent().unwrap().display())).arg(root);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The builds of a crate beside the test binary, the newest first.
fn builds(name: &str) -> impl Iterator<Item = PathBuf> {
    let deps = std::env::current_exe().unwrap().parent().unwrap().to_owned();
    let start = format!("lib{name}-");
    let mut found: Vec<_> = std::fs::read_dir(&deps)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            let name = entry.file_name().into_string().unwrap();
            name.starts_with(&start) && name.ends_with(".rlib")
        })
        .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, path)| path)
}

/// The build of zeyos that the tests are linked with: the newest one with which a right program compiles.
fn library() -> PathBuf {
    let right = folder().with_file_name("it").join("wrong/right.rs");
    builds("zeyos").find(|path| compiled(&right, path, &[]).0).expect("the test binary has a library beside it")
}

/// The build of the core that this one stands on.
fn core_of(library: &Path) -> PathBuf {
    let same = folder().with_file_name("it").join("wrong/same.rs");
    let mut builds = builds("zeyos_core");
    builds.find(|path| compiled(&same, library, &[("zeyos_core", path)]).0).expect("zeyos stands on a core")
}

/// An example of the documentation that must not compile: where it stands, the error that it names, and its text.
struct Example {
    place: String,
    error: String,
    text: String,
}

/// Platforms are there with their features alone.
const HAS_PLATFORMS: bool = cfg!(all(feature = "cozy", feature = "auth-agent", feature = "access-tokens"));

fn examples(folder: &Path, found: &mut Vec<Example>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && (HAS_PLATFORMS || !path.ends_with("platforms")) {
            examples(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            examples_of(&path, found);
        }
    }
}

fn examples_of(path: &Path, found: &mut Vec<Example>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = (1..).zip(text.lines().map(|line| line.trim_start().trim_start_matches(['/', '!'])));
    while let Some((line, words)) = lines.next() {
        let Some(error) = words.trim().strip_prefix("```compile_fail") else { continue };
        let body = lines.by_ref().map(|(_, line)| line.trim_start()).take_while(|line| *line != "```");
        let shown = body.map(|line| line.strip_prefix("# ").unwrap_or(line));
        let text = format!("#![allow(unused)]\nfn example() {{\n{}\n}}\n", shown.collect::<Vec<_>>().join("\n"));
        let place = format!("{}:{line}", path.display());
        found.push(Example { place, error: error.trim_start_matches(',').to_owned(), text });
    }
}

/// rustdoc holds an example against the error that it names on nightly alone; elsewhere any error will do, that of a name that is gone
/// too, and nothing would be shown by it any more.
#[test]
fn each_example_that_must_not_compile_has_the_error_that_it_names_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut examples = Vec::new();
    ["src", "core/src", "runtime/src"].iter().for_each(|folder| self::examples(&root.join(folder), &mut examples));
    assert!(examples.len() >= 13, "{}", examples.len());
    let library = library();
    let core = core_of(&library);
    let out = Folder::new("examples");
    let mut wrong = String::new();
    for (number, Example { place, error, text }) in examples.iter().enumerate() {
        let path = out.path().join(format!("example_{number}.rs"));
        std::fs::write(&path, text).unwrap();
        let (_, messages) = compiled(&path, &library, &[("zeyos_core", &core)]);
        let errors = messages.iter().filter(|message| message["level"] == "error");
        let codes: Vec<&str> = errors.filter_map(|message| message["code"]["code"].as_str()).collect();
        if error.is_empty() || codes.is_empty() || codes.iter().any(|code| code != error) {
            wrong.push_str(&format!("{place}: wanted {error:?}, got {codes:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn each_message_about_a_wrong_program_names_the_right_way() {
    let programs = programs();
    assert!(programs.len() >= 60, "{}", programs.len());
    let (is_right, messages) = compiled(&folder().join("programs.rs"), &library(), &[]);
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
