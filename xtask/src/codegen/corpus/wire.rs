//! `--wire`: every operation of an emitted crate is called, and what goes out is checked against the document.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::codegen::any_document::{self, EmitOptions};
use crate::codegen::emit::{self, Emitted};
use crate::codegen::model::Document;
use crate::codegen::reader::{self, Verdict};
use crate::codegen::{load, operations, overlay};

/// Adds the program that calls every operation. Answers how many it does not call.
pub(crate) fn add(model: &Document, crate_name: &str, files: &mut Vec<Emitted>) -> anyhow::Result<usize> {
    let (program, left) = emit::wire::files(model, crate_name)?;
    let manifest = files.iter_mut().find(|file| file.path == "Cargo.toml").context("a crate without a manifest")?;
    manifest.content.push_str(emit::wire::MANIFEST);
    files.push(program);
    Ok(left)
}

/// Runs the program, and holds what it prints against the document as it was written.
pub(super) fn judged(options: &EmitOptions, out: &Path, target: &Path) -> anyhow::Result<Verdict> {
    let mut document = load::node(&options.spec)?;
    if let Some(corrections) = &options.overlay {
        overlay::apply(&mut document, &load::node(corrections)?, &corrections.display().to_string())?;
    }
    let mut verdict = reader::judge(&document, &lines(out, target, None)?);
    let read = any_document::read(options)?;
    let rows: Vec<Value> = serde_json::from_str(&operations::as_json(std::slice::from_ref(&read.model)))?;
    let refused: BTreeSet<&str> = read.model.refused.iter().map(|refusal| refusal.operation.as_str()).collect();
    verdict.faults.extend(reader::operation_faults(&document, &rows, &refused));
    Ok(verdict)
}

/// What the program prints, a line for each request, over the server of this address if there is one.
pub(crate) fn lines(out: &Path, target: &Path, server: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let mut run = Command::new(crate::toolchain::cargo());
    run.args(["run", "--quiet", "--offline", "--example", "wire", "--target-dir"]).arg(target.join("target"));
    run.current_dir(out).env("CARGO_INCREMENTAL", "0").env("RUSTFLAGS", "-C debuginfo=0");
    match server {
        Some(url) => run.env("WIRE_SERVER", url),
        None => run.env_remove("WIRE_SERVER"),
    };
    let Output { status, stdout, stderr } = run.output().context("cargo cannot be started")?;
    let (text, told) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    ensure!(status.success(), "the program of {} failed: {told}", out.display());
    text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("a line of the program")
}
