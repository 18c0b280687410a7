//! `cargo xtask bench compile`: how long the emitted crate takes to build, beside a yardstick that it writes itself. `--spec FILE` does the
//! same for a third-party document. `cargo xtask bench codegen --spec FILE` shows how codegen grows with its document.

mod linear;
mod measure;
mod program;
mod yardstick;

pub(crate) use linear::run as codegen;
pub(crate) use program::{build, size};

use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::codegen::any_document::{self, EmitOptions};
use crate::file;
use measure::{Figures, Mode, Target};

/// What the emitted crate may cost at most, as a part of the yardstick.
const BOUNDS: [(Mode, f64); 3] = [(Mode::Check, 0.70), (Mode::Debug, 0.80), (Mode::Release, 0.95)];

/// Largest memory of one rustc, in MiB.
const PEAK: u64 = 400;

/// How often each build is repeated; the median counts.
const RUNS: usize = 5;

/// Builds the emitted crate and the yardstick in turn and prints the ratios.
pub(crate) fn compile(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/bench-compile");
    let sources = file::tree(&root.join("generated/src/zeyos/rest"))?;
    let yardstick = yardstick(&folder, &sources)?;
    let emitted = Target {
        manifest: root.join("Cargo.toml"),
        package: "zeyos-generated".to_owned(),
        entry: root.join("generated/src/lib.rs"),
    };
    let counted = [root.join("generated/src"), folder.join("yardstick/src")];
    let mut failed = Vec::new();
    beside(&emitted, &yardstick, &counted, &folder, |mode, ratio, ours| failed.extend(verdict(mode, ratio, ours)))?;
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

/// The same for the crate of a third-party document, without bounds: each document has its own ratio.
pub(crate) fn compile_spec(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let options = EmitOptions::read(arguments)?;
    options.are_without("bench compile", &["--out"])?;
    let (name, folder) = (options.crate_name()?, root.join("target/bench-compile"));
    let read = any_document::read(&options)?;
    let left = read.model.refused.len();
    ensure!(left == 0 || options.skip, "{left} operations are not understood; --skip leaves them out");
    let out = folder.join("emitted").join(&name);
    for emitted in any_document::files(root, &options, &read.model)? {
        file::write_if_changed(&out.join(&emitted.path), &emitted.content)?;
    }
    file::write_if_changed(&out.join("Cargo.lock"), &file::read(&root.join("Cargo.lock"))?)?;
    let yardstick = yardstick(&folder, &[out.join("src/api/types.rs")])?;
    let emitted = Target { manifest: out.join("Cargo.toml"), package: name, entry: out.join("src/lib.rs") };
    file::print(format_args!("operations: {}", read.model.all_operations().count()));
    let counted = [out.join("src"), folder.join("yardstick/src")];
    beside(&emitted, &yardstick, &counted, &folder, |_, _, _| {})
}

/// The yardstick of these emitted files.
fn yardstick(folder: &Path, sources: &[PathBuf]) -> anyhow::Result<Target> {
    let folder = folder.join("yardstick");
    yardstick::write(sources, &folder)?;
    Ok(Target {
        manifest: folder.join("Cargo.toml"),
        package: "yardstick".to_owned(),
        entry: folder.join("src/lib.rs"),
    })
}

/// Builds both in turn and prints the ratios.
fn beside(
    emitted: &Target,
    yardstick: &Target,
    counted: &[PathBuf; 2],
    folder: &Path,
    mut judge: impl FnMut(Mode, f64, &Figures),
) -> anyhow::Result<()> {
    file::print(format_args!("lines: emitted {}, yardstick {}", lines(&counted[0])?, lines(&counted[1])?));
    file::print("mode     emitted  yardstick  ratio  peak MiB");
    for (mode, _) in BOUNDS {
        let [ours, theirs] = measure::in_turn(&[emitted, yardstick], mode, RUNS, &folder.join("target"))?;
        let ratio = ours.seconds / theirs.seconds;
        file::print(format_args!(
            "{:8} {:6.2} s  {:7.2} s   {ratio:.2}   {} / {}",
            mode.name(),
            ours.seconds,
            theirs.seconds,
            ours.peak_mib,
            theirs.peak_mib
        ));
        judge(mode, ratio, &ours);
    }
    Ok(())
}

fn verdict(mode: Mode, ratio: f64, ours: &Figures) -> Vec<String> {
    let mut failed = Vec::new();
    let bound = BOUNDS.iter().find(|(known, _)| *known == mode).map_or(f64::INFINITY, |(_, bound)| *bound);
    if ratio > bound {
        failed.push(format!("{}: the ratio {ratio:.2} is above {bound:.2}", mode.name()));
    }
    if ours.peak_mib > PEAK {
        failed.push(format!("{}: rustc took {} MiB, above {PEAK}", mode.name(), ours.peak_mib));
    }
    failed
}

fn lines(folder: &Path) -> anyhow::Result<usize> {
    let mut total = 0;
    for path in file::tree(folder)? {
        total += file::read(&path)?.lines().count();
    }
    Ok(total)
}
