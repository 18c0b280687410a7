//! `cargo xtask targets`: the client for Windows, on a machine that has none: compiled, and the tests of its stores run under Wine.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::file;
use crate::prerequisites::{self, Prerequisite, Remedy};
use crate::toolchain::{CLIENT, Toolchain};

const WINDOWS: &str = "x86_64-pc-windows-gnu";

/// The compiler of C, which also links.
const GCC: &str = "x86_64-w64-mingw32-gcc";

const PREREQUISITES: [Prerequisite; 2] = [
    Prerequisite {
        name: "a C compiler for Windows",
        probe: &[GCC, "--version"],
        remedy: Remedy::Apt("gcc-mingw-w64-x86-64-win32"),
    },
    Prerequisite { name: "wine", probe: &["wine", "--version"], remedy: Remedy::Apt("wine") },
];

/// What is checked: with everything, and with nothing.
const FEATURES: [&str; 2] = ["--all-features", "--no-default-features"];

pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    prerequisites::provide(&PREREQUISITES)?;
    let toolchain = Toolchain::found(root, WINDOWS)?;
    for features in FEATURES {
        file::timed(&format!("{WINDOWS} {features}"), || check(root, &toolchain, features))?;
    }
    file::timed("the stores under Wine", || test(root, &toolchain))
}

fn check(root: &Path, toolchain: &Toolchain, features: &str) -> anyhow::Result<()> {
    let mut command = toolchain.cargo("check");
    command.args(["--locked", features]).args(CLIENT.iter().flat_map(|package| ["--package", package]));
    let status = command.current_dir(root).status().context("cargo cannot be started")?;
    ensure!(status.success(), "the client does not compile for {WINDOWS} with {features}; run `cargo xtask targets`");
    Ok(())
}

/// The unit tests of the stores, that of files first of all: its locks, its renames, who may read it.
fn test(root: &Path, toolchain: &Toolchain) -> anyhow::Result<()> {
    let folder = root.join("target/wine");
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let library = random_bytes(root, &folder)?;
    let mut command = toolchain.cargo("test");
    command.args(["--locked", "--package", "zeyos-runtime", "--lib", "store::"]).current_dir(root);
    command.env(toolchain.variable("RUNNER"), "wine").env("WINEPATH", library);
    // A folder of its own, so that nothing of the user's is touched; no messages about what is not needed, and no backtraces of what is.
    command.env("WINEPREFIX", folder.join("prefix")).env("WINEDLLOVERRIDES", "mscoree,mshtml=");
    command.env("WINEDEBUG", "-all").env("RUST_BACKTRACE", "0");
    let status = command.status().context("cargo cannot be started")?;
    ensure!(status.success(), "a test of the stores fails under Wine; run `cargo xtask targets`");
    Ok(())
}

/// Builds the library that Wine lacks before version 9; answers its folder in the words of Windows.
fn random_bytes(root: &Path, folder: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(GCC);
    command.arg("-shared").arg(root.join("xtask/src/targets/bcryptprimitives.c"));
    command.args(["-ladvapi32", "-o"]).arg(folder.join("bcryptprimitives.dll"));
    let status = command.status().with_context(|| format!("{GCC} cannot be started"))?;
    ensure!(status.success(), "the library of random bytes could not be built");
    Ok(format!("Z:{}", folder.display().to_string().replace('/', "\\")))
}
