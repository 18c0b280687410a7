//! `cargo xtask bench codegen --spec FILE`: codegen grows with its document, and not faster. The same document is read once, three and
//! ten times over, each copy under names of its own; instructions (as cachegrind counts them) and peak memory are judged as ratios.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use crate::codegen::any_document::EmitOptions;
use crate::codegen::load;
use crate::file;
use crate::yaml::{Map, Node};

/// How often the document stands in the one that is read.
const COPIES: [usize; 3] = [1, 3, 10];

/// How much more than the number of copies a figure may grow: the program itself, which costs the same each time, makes it less.
const SLACK: f64 = 1.1;

/// Runs this program over the copies and judges the ratios. It is to be built in release.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let options = EmitOptions::read(arguments)?;
    options.are_without("bench codegen", &["--out", "--runtime", "--name", "--skip", "--overlay", "--only"])?;
    let document = load::node(&options.spec)?;
    let folder = root.join("target/bench-codegen");
    let mut figures = Vec::new();
    file::print("copies  operations  instructions  ratio  peak KiB  ratio");
    for copies in COPIES {
        let spec = folder.join(format!("copies-{copies}.json"));
        let repeated = repeated(&document, copies);
        file::write_if_changed(&spec, &Value::from(&repeated).to_string())?;
        let measured = measured(&spec, &folder.join("out"))?;
        figures.push(measured);
        let (first, Measured { instructions, peak }) = (&figures[0], &figures[figures.len() - 1]);
        let by = |one: &u64, other: &u64| *one as f64 / *other as f64;
        file::print(format_args!(
            "{copies:6}  {:10}  {instructions:12}  {:5.2}  {peak:8}  {:5.2}",
            operations(&repeated),
            by(instructions, &first.instructions),
            by(peak, &first.peak)
        ));
    }
    let failed = COPIES.iter().zip(&figures).filter_map(|(copies, measured)| figures[0].verdict(*copies, measured));
    let failed: Vec<String> = failed.collect();
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// What one run took.
struct Measured {
    instructions: u64,
    /// Largest resident memory, in KiB.
    peak: u64,
}

impl Measured {
    /// What of a run over so many copies has grown faster than they.
    fn verdict(&self, copies: usize, measured: &Measured) -> Option<String> {
        let grown = |one: u64, other: u64| other as f64 / one as f64 > copies as f64 * SLACK;
        let rows = [("instructions", self.instructions, measured.instructions), ("memory", self.peak, measured.peak)];
        let failed: Vec<&str> =
            rows.iter().filter(|(_, one, other)| grown(*one, *other)).map(|(name, ..)| *name).collect();
        (!failed.is_empty())
            .then(|| format!("{} grow faster than the document at {copies} copies", failed.join(" and ")))
    }
}

fn measured(spec: &Path, out: &Path) -> anyhow::Result<Measured> {
    let program = std::env::current_exe().context("the program has no path")?;
    let arguments = |command: &mut Command| {
        command.args(["codegen", "--skip", "--spec"]).arg(spec).arg("--out").arg(out);
    };
    // The files are written anew in both runs.
    std::fs::remove_dir_all(out).or_else(|error| if out.exists() { Err(error) } else { Ok(()) })?;
    let mut counted = Command::new("valgrind");
    counted.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]).arg(&program);
    arguments(&mut counted);
    let told = finished(&mut counted)?;
    let line = told.lines().find(|line| line.contains("I   refs:") || line.contains("I refs:"));
    let line = line.and_then(|line| line.rsplit_once(':')).context("valgrind has counted nothing")?;
    let digits = line.1.trim().replace(',', "");
    std::fs::remove_dir_all(out)?;
    let mut sized = Command::new("/bin/sh");
    // The kernel's count of the largest resident memory, read until the program has ended.
    let script = "\"$@\" >/dev/null & pid=$!; peak=0; while now=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$pid/status \
                  2>/dev/null) && [ -n \"$now\" ]; do peak=$now; sleep 0.005; done; wait $pid || exit 1; echo \"peak $peak\" >&2";
    sized.args(["-c", script, "sh"]).arg(&program);
    arguments(&mut sized);
    let told = finished(&mut sized)?;
    let peak =
        told.lines().find_map(|line| line.strip_prefix("peak ")).context("the memory of the program is not known")?;
    Ok(Measured { instructions: digits.parse()?, peak: peak.trim().parse()? })
}

/// What a command has said of itself.
fn finished(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{:?} failed: {told}", command.get_program());
    }
    Ok(told)
}

fn operations(document: &Node) -> usize {
    let paths = document.get("paths").and_then(Node::as_map).into_iter().flatten();
    paths
        .map(|(_, item)| item.as_map().into_iter().flatten().filter(|(_, one)| one.get("responses").is_some()).count())
        .sum()
}

/// The document with all of its paths and components so many times. Copies refer to their own; security schemes are shared.
fn repeated(document: &Node, copies: usize) -> Node {
    let mut whole = document.clone();
    for copy in 1..copies {
        let mut one = document.clone();
        renamed(&mut one, copy);
        let paths = one.get("paths").and_then(Node::as_map).cloned().unwrap_or_default();
        extend(&mut whole, &["paths"], paths.into_iter().map(|(path, item)| (format!("/copy{copy}{path}"), item)));
        let groups = one.get("components").and_then(Node::as_map).cloned().unwrap_or_default();
        for (group, members) in groups.into_iter().filter(|(group, _)| group != "securitySchemes") {
            let members = members.as_map().cloned().unwrap_or_default();
            let members = members.into_iter().map(|(name, member)| (format!("{name}Copy{copy}"), member));
            extend(&mut whole, &["components", &group], members);
        }
    }
    whole
}

fn extend(whole: &mut Node, path: &[&str], more: impl Iterator<Item = (String, Node)>) {
    let mut at = whole;
    for key in path {
        let Some(map) = at.as_map_mut() else { return };
        at = map.entry((*key).to_owned()).or_insert_with(|| Node::Map(Map::new()));
    }
    if let Some(map) = at.as_map_mut() {
        map.extend(more);
    }
}

/// Operation ids and references of a copy.
fn renamed(node: &mut Node, copy: usize) {
    match node {
        Node::List(list) => list.iter_mut().for_each(|node| renamed(node, copy)),
        Node::Map(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("operationId" | "$ref", Node::Text(text)) => {
                        let is_own = key != "$ref" || text.starts_with("#/components/");
                        let is_scheme = text.starts_with("#/components/securitySchemes/");
                        if is_own && !is_scheme {
                            *text = of_copy(text, copy);
                        }
                    }
                    ("mapping", Node::Map(names)) => {
                        names.values_mut().filter_map(text_mut).for_each(|text| *text = of_copy(text, copy));
                    }
                    (_, value) => renamed(value, copy),
                }
            }
        }
        _ => {}
    }
}

fn text_mut(node: &mut Node) -> Option<&mut String> {
    if let Node::Text(text) = node { Some(text) } else { None }
}

/// The name of a component or an operation in a copy; what follows the name of a component in a reference stays.
fn of_copy(text: &str, copy: usize) -> String {
    let mut parts: Vec<String> = text.split('/').map(str::to_owned).collect();
    let name = if text.starts_with("#/components/") { 3 } else { parts.len() - 1 };
    if let Some(part) = parts.get_mut(name) {
        part.push_str(&format!("Copy{copy}"));
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::any_document;

    #[test]
    fn copies_stand_beside_each_other_and_are_understood_as_the_document_is() {
        let kennel = file::root().join("examples/kennel/kennel.yaml");
        let document = load::node(&kennel).unwrap();
        let three = repeated(&document, 3);
        assert_eq!(operations(&three), 3 * operations(&document));
        let files = any_document::emitted(&Value::from(&three).to_string()).unwrap();
        let types = files.iter().find(|file| file.path == "src/api/types.rs").unwrap();
        for name in ["pub struct Dog ", "pub struct DogCopy1 ", "pub struct DogCopy2 "] {
            assert!(types.content.contains(name), "{name}");
        }
    }

    #[test]
    fn what_grows_faster_than_the_document_is_told() {
        let one = Measured { instructions: 100, peak: 50 };
        assert_eq!(one.verdict(3, &Measured { instructions: 310, peak: 150 }), None);
        let told = one.verdict(3, &Measured { instructions: 400, peak: 170 }).unwrap();
        assert_eq!(told, "instructions and memory grow faster than the document at 3 copies");
    }
}
