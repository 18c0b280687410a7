//! `cargo xtask wasm`: the client for a browser, a target without threads, sockets and files.

mod debian;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::file;

const TARGET: &str = "wasm32-unknown-unknown";

/// The packages that must compile for it, and nothing of the default features of `zeyos`.
const PACKAGES: [&str; 4] = ["zeyos-core", "zeyos-generated", "zeyos-runtime", "zeyos"];

/// A compiler for the target.
enum Toolchain {
    /// The one in use, which has the target or was given it.
    Rustup,
    /// Debian's, unpacked into a folder.
    Debian(debian::Compiler),
}

/// Checks that the client compiles, without a warning.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/wasm");
    let toolchain = Toolchain::found(&folder)?;
    let mut command = toolchain.cargo("check");
    command.args(["--locked", "--no-default-features"]);
    command.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    command.env("RUSTFLAGS", "-D warnings").current_dir(root);
    let status = command.status().context("cargo cannot be started")?;
    ensure!(status.success(), "the client does not compile for {TARGET}; run `cargo xtask wasm --check`");
    Ok(())
}

impl Toolchain {
    /// The one in use if it has the target or rustup can add it, else Debian's.
    fn found(folder: &Path) -> anyhow::Result<Self> {
        let add = ["target", "add", TARGET];
        let is_there = has_target() || succeeds(Command::new("rustup").args(add)) && has_target();
        if is_there {
            return Ok(Toolchain::Rustup);
        }
        file::print(format_args!("== rustup has no {TARGET}: Debian's compiler is unpacked into {}", folder.display()));
        debian::Compiler::unpacked(folder).map(Toolchain::Debian)
    }

    /// A cargo command for the target.
    fn cargo(&self, task: &str) -> Command {
        let mut command = Command::new(cargo());
        command.args([task, "--target", TARGET]);
        if let Toolchain::Debian(compiler) = self {
            compiler.set(&mut command);
        }
        command
    }
}

fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether the compiler in use has the standard library of the target.
fn has_target() -> bool {
    let printed = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    printed.is_ok_and(|printed| {
        let folder = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
        printed.status.success() && Path::new(&folder).is_dir()
    })
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
