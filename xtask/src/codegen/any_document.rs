//! `cargo xtask codegen --spec FILE`: a crate of its own for any OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, bail, ensure};

use super::emit::{self, Emitted};
use super::load::{self, Loaded};
use super::location::Location;
use super::model::{Document, Refusal};
use super::normalise::{self, Report};
use super::write::{self, Folder};
use super::{check, lower, operations, overlay};
use crate::file;
use crate::yaml::{Map, Node};

#[cfg(test)]
mod tests;

/// Crates that emitted code names, and those that cargo makes none of.
const CRATES: [&str; 7] = ["alloc", "core", "proc_macro", "std", "test", "zeyos_core", "zeyos_runtime"];

/// What the command was asked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct EmitOptions {
    pub spec: PathBuf,
    pub overlay: Option<PathBuf>,
    /// Tags and ids of operations; all where it is empty.
    pub only: Vec<String>,
    pub name: Option<String>,
    pub runtime: Option<String>,
    /// Leave out operations that are not understood.
    pub skip: bool,
    pub out: Option<PathBuf>,
}

impl EmitOptions {
    /// Reads the arguments after `codegen`.
    pub(crate) fn read(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut options = EmitOptions::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
            match *argument {
                "--spec" => options.spec = value()?.into(),
                "--overlay" => options.overlay = Some(value()?.into()),
                "--only" => options.only.push((*value()?).to_owned()),
                "--name" => options.name = Some((*value()?).to_owned()),
                "--runtime" => options.runtime = Some((*value()?).to_owned()),
                "--out" => options.out = Some(value()?.into()),
                "--skip" => options.skip = true,
                other => bail!("{other:?} is not an option of `codegen --spec`"),
            }
        }
        ensure!(!options.spec.as_os_str().is_empty(), "--spec FILE names the document");
        Ok(options)
    }

    /// Refuses options that only say how a crate is written.
    fn are_of_reading(&self, command: &str) -> anyhow::Result<()> {
        self.are_without(command, &["--out", "--runtime", "--name", "--skip"])
    }

    /// Refuses options that a command does not heed.
    pub(crate) fn are_without(&self, command: &str, options: &[&str]) -> anyhow::Result<()> {
        let given = [
            ("--out", self.out.is_some()),
            ("--runtime", self.runtime.is_some()),
            ("--name", self.name.is_some()),
            ("--skip", self.skip),
            ("--overlay", self.overlay.is_some()),
            ("--only", !self.only.is_empty()),
        ];
        match given.iter().find(|(option, is_given)| *is_given && options.contains(option)) {
            Some((option, _)) => bail!("{option} is not an option of `{command}`"),
            None => Ok(()),
        }
    }

    fn file_name(&self) -> String {
        self.spec.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of the crate: as asked for, else that of the file.
    pub(crate) fn crate_name(&self) -> anyhow::Result<String> {
        let stem = self.spec.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let name = self.name.clone().unwrap_or_else(|| {
            let name = lower::snake(&lower::spelled(&stem)).replace('_', "-");
            if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("api-{name}") }
        });
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let starts = name.starts_with(|first: char| first.is_ascii_alphabetic());
        ensure!(
            !CRATES.contains(&name.replace('-', "_").as_str()) && !lower::is_keyword(&name),
            "{name:?} is the name of a keyword or of a crate that the emitted one needs; choose another with --name"
        );
        ensure!(starts && name.chars().all(is_name), "{name:?} cannot be the name of a crate; choose one with --name");
        Ok(name)
    }
}

/// A third-party document, as far as it is understood.
pub(crate) struct Read {
    pub model: Document,
    pub report: Report,
    /// Operations of the document that were asked for.
    pub operations: usize,
}

/// Schemas stand within one another as deep as the reader of the text allows, and each rule follows them by calling itself. The
/// stack of a thread is 2 MiB unless it is told otherwise, and that of a main thread 1 MiB on some systems.
const STACK: usize = 16 << 20;

/// Reads and lowers the document; what is not understood is listed in the model.
pub(crate) fn read(options: &EmitOptions) -> anyhow::Result<Read> {
    with_stack(|| lowered(options, node(options)?))
}

/// The files of the crate of a text, as a document in a folder of its own.
pub(crate) fn emitted(text: &str) -> anyhow::Result<Vec<Emitted>> {
    let options = EmitOptions { spec: "/nowhere/document.yaml".into(), skip: true, ..EmitOptions::default() };
    let read = with_stack(|| lowered(&options, crate::yaml::read_foreign(&options.file_name(), text)?))?;
    files(Path::new("/nowhere"), &options, &read.model)
}

fn with_stack<T: Send>(read: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    thread::scope(|scope| {
        let reading = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read)?;
        reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn lowered(options: &EmitOptions, root: Node) -> anyhow::Result<Read> {
    let (loaded, report) = normalised(options, root)?;
    let operations = loaded.document.operations().count();
    let model = lower::lower(&loaded)?;
    check::document(&model, &loaded.document)?;
    check::all(&[&model])?;
    Ok(Read { model, report, operations })
}

/// The document in our dialect, with the operations that were asked for.
fn normalised(options: &EmitOptions, root: Node) -> anyhow::Result<(Loaded, Report)> {
    let (file_name, crate_name) = (options.file_name(), options.crate_name()?);
    let location = Location::root(&file_name);
    let (mut document, report) = normalise::document(root, &options.spec, &location, &crate_name)?;
    only(&mut document, &options.only, &location)?;
    Ok((load::normalised(&crate_name, &file_name, document)?, report))
}

/// The document as it was written, with what an overlay corrects.
fn node(options: &EmitOptions) -> anyhow::Result<Node> {
    let mut root = load::node(&options.spec)?;
    if let Some(corrections) = &options.overlay {
        let before = root.clone();
        overlay::apply(&mut root, &load::node(corrections)?, &corrections.display().to_string())?;
        say_whose_safety(&mut root, &before);
    }
    Ok(root)
}

/// Marks operations whose safety the overlay has said.
fn say_whose_safety(document: &mut Node, before: &Node) {
    let paths = document.as_map_mut().and_then(|root| root.get_mut("paths")).and_then(Node::as_map_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_map_mut().into_iter().flatten() {
            let earlier = before.at(&["paths", path, method, "x-safety"]);
            let is_new = operation.get("x-safety").is_some_and(|safety| Some(safety) != earlier);
            if let (true, Some(operation)) = (is_new, operation.as_map_mut()) {
                operation.insert(normalise::SAFETY_FROM.to_owned(), "overlay".into());
            }
        }
    }
}

/// Leaves out operations that were not asked for.
fn only(document: &mut Node, wanted: &[String], location: &Location) -> anyhow::Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let mut met: Vec<&String> = Vec::new();
    let paths = document.as_map_mut().and_then(|root| root.get_mut("paths")).and_then(Node::as_map_mut);
    for item in paths.into_iter().flat_map(Map::values_mut).filter_map(Node::as_map_mut) {
        item.retain(|_, operation| {
            let tags = operation.get("tags").and_then(Node::as_list).unwrap_or_default().iter();
            let names: Vec<&str> = tags.chain(operation.get("operationId")).filter_map(Node::as_text).collect();
            let found: Vec<&String> = wanted.iter().filter(|name| names.contains(&name.as_str())).collect();
            let is_wanted = !found.is_empty();
            met.extend(found);
            is_wanted
        });
    }
    let missing: Vec<&String> = wanted.iter().filter(|name| !met.contains(name)).collect();
    ensure!(missing.is_empty(), "{location}: no tag and no operation is called {missing:?} (--only)");
    Ok(())
}

/// Writes the crate. Fails with everything that is not understood, unless that may be left out.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let options = EmitOptions::read(arguments)?;
    let out = options.out.clone().context("--out DIR names the folder of the crate")?;
    let Read { model, report, operations } = read(&options)?;
    for line in report.lines() {
        file::print(format_args!("note: {line}"));
    }
    if !model.refused.is_empty() && !options.skip {
        bail!("{}", told(&model.refused, operations));
    }
    let changed = write::write_beside(&Folder { path: out, files: files(root, &options, &model)? })?;
    let written = model.all_operations().count();
    file::print(format_args!("{written} of {operations} operations, {changed} files changed"));
    Ok(())
}

/// The crate of the example, which is emitted along with everything else.
pub(crate) fn example(root: &Path) -> anyhow::Result<Folder> {
    let folder = root.join("examples/kennel");
    let options = EmitOptions {
        spec: folder.join("kennel.yaml"),
        runtime: Some("path:../../../runtime".to_owned()),
        ..EmitOptions::default()
    };
    let Read { model, .. } = read(&options)?;
    ensure!(model.refused.is_empty(), "{}", told(&model.refused, model.refused.len()));
    Ok(Folder { path: folder.join("client"), files: files(root, &options, &model)? })
}

/// Prints the operations of the document, as a table or as JSON. Those that are not understood stand below.
pub(crate) fn print_operations(arguments: &[&str]) -> anyhow::Result<()> {
    let as_json = arguments.contains(&"--json");
    let rest: Vec<&str> = arguments.iter().filter(|argument| **argument != "--json").copied().collect();
    let options = EmitOptions::read(&rest)?;
    options.are_of_reading("operations --spec")?;
    let Read { model, .. } = read(&options)?;
    let documents = std::slice::from_ref(&model);
    let text = if as_json { operations::as_json(documents) } else { operations::as_table(documents) };
    file::print(text);
    for Refusal { operation, construct, .. } in &model.refused {
        eprintln!("note: {operation} is left out: {construct}");
    }
    Ok(())
}

/// The files of the crate. A service without operations makes none.
pub(crate) fn files(root: &Path, options: &EmitOptions, model: &Document) -> anyhow::Result<Vec<Emitted>> {
    if model.all_operations().next().is_none() {
        let location = Location::root(&model.file);
        let left: BTreeSet<&str> = model.refused.iter().map(|refusal| refusal.construct.as_str()).collect();
        ensure!(!left.is_empty(), "{location}: the document has no operation");
        bail!(
            "{location}: no operation is left; what they need is not understood: {}",
            Vec::from_iter(left).join(", ")
        );
    }
    emit::whole_crate(model, &options.crate_name()?, &dependency(root, options.runtime.as_deref())?)
}

/// The line of the manifest that names the runtime.
fn dependency(root: &Path, runtime: Option<&str>) -> anyhow::Result<String> {
    let runtime = runtime.map_or_else(|| format!("path:{}", root.join(emit::RUNTIME_FOLDER).display()), str::to_owned);
    match runtime.split_once(':') {
        Some(("path", folder)) => Ok(format!("{{ path = {folder:?} }}")),
        Some(("version", version)) => Ok(format!("{version:?}")),
        _ => bail!("--runtime is path:DIR or version:X, not {runtime:?}"),
    }
}

/// Everything that is not understood: each construct with how often it stands and where first.
pub(super) fn told(refused: &[Refusal], operations: usize) -> String {
    let mut constructs: BTreeMap<&str, Vec<&Refusal>> = BTreeMap::new();
    for refusal in refused {
        constructs.entry(&refusal.construct).or_default().push(refusal);
    }
    let mut rows: Vec<(&str, Vec<&Refusal>)> = constructs.into_iter().collect();
    rows.sort_by_key(|(_, refusals)| std::cmp::Reverse(refusals.len()));
    let lines = rows.iter().map(|(construct, refusals)| {
        let (count, first) = (refusals.len(), refusals[0]);
        format!("  {construct}: {count}, first at {} (operation {})", first.location.whole(), first.operation)
    });
    let lines: Vec<String> = lines.collect();
    let (left, many) = (refused.len(), rows.len());
    format!(
        "{left} of {operations} operations need {many} things that are not understood (--skip leaves them out):\n{}",
        lines.join("\n")
    )
}
