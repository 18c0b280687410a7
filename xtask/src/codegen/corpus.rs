//! `cargo xtask corpus DIR`: the generator over a folder of documents, one line each, and a summary.

mod prism;
mod wire;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use super::any_document::{self, EmitOptions};
use super::model::{BodyArgument, CallShape, Document, Shape, Type};
use super::reader::Verdict;
use super::write::{self, Folder};
use crate::file;

/// What became of one document.
struct Row {
    operations: usize,
    accepted: usize,
    untyped: usize,
    seconds: f64,
    compiled: Option<bool>,
    /// What its calls put on the wire, and how many operations are not called.
    wire: Option<(Verdict, usize)>,
    error: Option<String>,
}

/// What is done beside the reading.
#[derive(Debug, Default, Clone, Copy)]
struct Asked {
    compile: bool,
    why: bool,
    wire: bool,
    prism: bool,
}

/// Runs over the documents of a folder; `--check` compiles what was emitted, `--why` tells what was refused, `--wire` calls every
/// operation and holds what goes on the wire against the document, `--prism` calls every operation against Prism.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let (mut folder, mut asked, mut names) = (None, Asked::default(), Vec::new());
    for argument in arguments {
        match *argument {
            "--check" => asked.compile = true,
            "--why" => asked.why = true,
            "--wire" => asked.wire = true,
            "--prism" => asked.prism = true,
            name if folder.is_some() => names.push(name.to_owned()),
            path => folder = Some(PathBuf::from(path)),
        }
    }
    let folder = folder.context("corpus DIR names the folder of the documents")?;
    if asked.prism && names.is_empty() {
        names.extend(prism::DOCUMENTS.map(str::to_owned));
    }
    let documents = documents(&folder, &names)?;
    let target = root.join("target/corpus");
    file::print(format_args!(
        "{:30} {:>6} {:>8} {:>8} {:>8} {:>8}  check",
        "document", "ops", "accepted", "skipped", "untyped", "seconds"
    ));
    let mut rows = Vec::new();
    for document in &documents {
        let row = one(root, document, &target, asked);
        print(document, &row);
        rows.push(row);
    }
    summary(&rows)
}

/// Files that are OpenAPI documents, without overlays and parts.
pub(crate) fn documents(folder: &Path, names: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for extension in ["json", "yaml", "yml"] {
        found.extend(file::list(folder, extension)?);
    }
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        !name.contains(".overlay.")
            && (names.is_empty() || names.iter().any(|wanted| name.starts_with(wanted.as_str())))
    });
    found.sort();
    if found.is_empty() {
        bail!("{} holds no document", folder.display());
    }
    Ok(found)
}

fn one(root: &Path, document: &Path, target: &Path, asked: Asked) -> Row {
    let begin = Instant::now();
    let mut row = Row { operations: 0, accepted: 0, untyped: 0, seconds: 0.0, compiled: None, wire: None, error: None };
    let overlay = document.with_extension("").with_extension("overlay.yaml");
    let options = EmitOptions {
        spec: document.to_owned(),
        overlay: overlay.exists().then_some(overlay),
        skip: true,
        ..EmitOptions::default()
    };
    match emitted(root, &options, target, asked, &mut row) {
        Ok(out) => {
            row.seconds = begin.elapsed().as_secs_f64();
            if asked.compile {
                row.compiled = Some(checked(&out, target));
            }
            if asked.wire || asked.prism {
                let judge = if asked.prism { prism::judged } else { wire::judged };
                match judge(&options, &out, target) {
                    Ok(verdict) => row.wire = row.wire.map(|(_, left)| (verdict, left)),
                    Err(error) => row.error = Some(format!("{error:#}")),
                }
            }
        }
        Err(error) => row.error = Some(format!("{error:#}")),
    }
    row
}

fn emitted(root: &Path, options: &EmitOptions, target: &Path, asked: Asked, row: &mut Row) -> anyhow::Result<PathBuf> {
    let read = any_document::read(options)?;
    row.operations = read.operations;
    row.accepted = read.model.all_operations().count();
    row.untyped = untyped(&read.model);
    if asked.why {
        for refusal in &read.model.refused {
            file::print(format_args!(
                "    {}: {} ({})",
                refusal.operation,
                refusal.construct,
                refusal.location.whole()
            ));
        }
    }
    let out = target.join(options.crate_name()?);
    let mut files = any_document::files(root, options, &read.model)?;
    // The versions of the workspace: nothing is resolved anew.
    files.push(super::emit::Emitted { path: "Cargo.lock".to_owned(), content: file::read(&root.join("Cargo.lock"))? });
    if asked.wire || asked.prism {
        row.wire = Some((Verdict::default(), wire::add(&read.model, &options.crate_name()?, &mut files)?));
    }
    write::write(&[Folder { path: out.clone(), files }])?;
    Ok(out)
}

/// Fields, bodies and answers that are any JSON.
fn untyped(model: &Document) -> usize {
    let mut count = 0;
    let mut look = |ty: &Type| count += usize::from(is_untyped(ty));
    for ty in model.all_types() {
        match &ty.shape {
            Shape::Object { fields, others, .. } => {
                fields.iter().for_each(|field| look(&field.ty));
                others.iter().filter(|others| !others.is_any()).for_each(|others| look(&others.ty));
            }
            Shape::Request { required, optional, .. } => {
                required.iter().chain(optional).for_each(|field| look(&field.ty))
            }
            Shape::Union(variants) => variants.iter().for_each(|variant| look(&variant.ty)),
            Shape::Wrapper(ty, _) => look(ty),
            _ => {}
        }
    }
    for operation in model.all_operations() {
        let CallShape::Plain { body, answer, .. } = &operation.call else { continue };
        if let Some(BodyArgument::Value(ty) | BodyArgument::Confidential(ty)) = body {
            look(ty);
        }
        answer.types().iter().for_each(&mut look);
    }
    count
}

fn is_untyped(ty: &Type) -> bool {
    match ty {
        Type::Opaque(_) => true,
        Type::List(inner) | Type::Table(inner) | Type::Nullable(inner) | Type::Boxed(inner) => is_untyped(inner),
        _ => false,
    }
}

/// Whether the crate is built without a warning. What the compiler says goes to a file beside it.
fn checked(out: &Path, target: &Path) -> bool {
    let mut check = Command::new(crate::toolchain::cargo());
    check.args(["check", "--quiet", "--offline", "--target-dir"]).arg(target.join("target")).current_dir(out);
    check.env("RUSTFLAGS", "-D warnings");
    let output = check.output();
    let text = output.as_ref().map_or_else(|error| error.to_string().into_bytes(), |output| output.stderr.clone());
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let _ = std::fs::write(target.join(format!("{name}.log")), text);
    output.is_ok_and(|output| output.status.success())
}

fn print(document: &Path, row: &Row) {
    let name = document.file_name().unwrap_or_default().to_string_lossy();
    if let Some(error) = &row.error {
        file::print(format_args!("{name:30} error: {error}"));
        return;
    }
    let check = row.compiled.map_or("-", |compiled| if compiled { "yes" } else { "NO" });
    let Row { operations, accepted, untyped, seconds, .. } = row;
    let skipped = operations - accepted;
    let wire = row.wire.as_ref().map_or_else(String::new, |(verdict, left)| {
        let Verdict { checked, unread, faults } = verdict;
        format!(
            "  wire: {checked} calls, {left} operations not called, {unread} calls not read, {} faults",
            faults.len()
        )
    });
    file::print(format_args!(
        "{name:30} {operations:>6} {accepted:>8} {skipped:>8} {untyped:>8} {seconds:>8.3}  {check}{wire}"
    ));
    for fault in row.wire.iter().flat_map(|(verdict, _)| &verdict.faults) {
        file::print(format_args!("    {fault}"));
    }
}

fn summary(rows: &[Row]) -> anyhow::Result<()> {
    let whole = rows.iter().filter(|row| row.error.is_none() && row.accepted == row.operations).count();
    let compiled = rows.iter().filter(|row| row.compiled == Some(true)).count();
    let (operations, accepted): (usize, usize) =
        rows.iter().fold((0, 0), |(all, some), row| (all + row.operations, some + row.accepted));
    let documents = rows.len();
    file::print(format_args!(
        "{documents} documents: {whole} accepted whole, {compiled} compiled; {accepted} of {operations} operations"
    ));
    if rows.iter().any(|row| row.wire.is_some()) {
        let called: usize = rows.iter().filter_map(|row| row.wire.as_ref()).map(|(verdict, _)| verdict.checked).sum();
        let faults: usize = rows.iter().filter_map(|row| row.wire.as_ref()).map(|(it, _)| it.faults.len()).sum();
        file::print(format_args!("{called} calls checked against their documents, {faults} faults"));
        let is_broken = faults > 0 || rows.iter().any(|row| row.error.is_some());
        return if is_broken { bail!("not every call is what its document says") } else { Ok(()) };
    }
    let failed =
        rows.iter().any(|row| row.error.is_some() || row.accepted < row.operations || row.compiled == Some(false));
    if failed { bail!("not every document is accepted, whole and compiled") } else { Ok(()) }
}
