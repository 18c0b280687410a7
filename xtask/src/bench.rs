//! `cargo xtask bench compile`: how long the emitted crate takes to build, beside a yardstick that it writes itself.

mod measure;
mod yardstick;

use std::path::Path;

use anyhow::ensure;

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
    yardstick::write(root, &folder.join("yardstick"))?;
    let emitted = Target {
        manifest: root.join("Cargo.toml"),
        package: "zeyos-generated",
        entry: root.join("generated/src/lib.rs"),
    };
    let yardstick = Target {
        manifest: folder.join("yardstick/Cargo.toml"),
        package: "yardstick",
        entry: folder.join("yardstick/src/lib.rs"),
    };
    file::print(format_args!(
        "lines: emitted {}, yardstick {}",
        lines(&root.join("generated/src"))?,
        lines(&folder.join("yardstick/src"))?
    ));
    file::print("mode     emitted  yardstick  ratio  bound  peak MiB");
    let mut failed = Vec::new();
    for (mode, bound) in BOUNDS {
        let [ours, theirs] = measure::in_turn(&[&emitted, &yardstick], mode, RUNS, &folder.join("target"))?;
        let ratio = ours.seconds / theirs.seconds;
        file::print(format_args!(
            "{:8} {:6.2} s  {:7.2} s   {ratio:.2}   {bound:.2}   {} / {}",
            mode.name(),
            ours.seconds,
            theirs.seconds,
            ours.peak_mib,
            theirs.peak_mib
        ));
        failed.extend(verdict(mode, bound, ratio, &ours));
    }
    ensure!(failed.is_empty(), "{}", failed.join("; "));
    Ok(())
}

fn verdict(mode: Mode, bound: f64, ratio: f64, ours: &Figures) -> Vec<String> {
    let mut failed = Vec::new();
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
