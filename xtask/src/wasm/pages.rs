//! Pages of packages that are compiled to WebAssembly: what cargo builds, the module that wasm-bindgen writes around it, and the files that
//! lie beside its sources.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::{TARGET, bindgen, succeed};
use crate::toolchain::Toolchain;

/// A package that is a page.
pub(super) struct Page {
    /// That of its library, and of the folder that it is served from.
    pub name: &'static str,
    /// Where it is, from the root of the workspace.
    pub folder: &'static str,
}

/// The example.
pub(super) const BOARD: Page = Page { name: "board", folder: "examples/browser" };

/// What the tests call.
pub(super) const TESTED: Page = Page { name: "tested", folder: "tests/browser/tested" };

/// Three calls with the client, and the same by hand.
pub(super) const THREE_CALLS: Page = Page { name: "three_calls", folder: "tests/browser/three_calls" };
pub(super) const BY_HAND: Page = Page { name: "by_hand", folder: "tests/browser/by_hand" };

#[cfg(test)]
pub(super) const ALL: [Page; 4] = [BOARD, TESTED, THREE_CALLS, BY_HAND];

#[derive(Clone, Copy)]
pub(super) enum Profile {
    Dev,
    Release,
}

/// Builds a page; answers the folder with its files.
pub(super) fn build(root: &Path, page: &Page, profile: Profile) -> anyhow::Result<PathBuf> {
    let package = root.join(page.folder);
    let wasm = compile(root, page, profile)?;
    let out = root.join("target/wasm/pages").join(page.name);
    // What an earlier build left there would be served.
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    let mut command = Command::new(bindgen::command(root, &bindgen::version(&package)?)?);
    command.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&out).arg(wasm);
    succeed(&mut command, "wasm-bindgen has failed")?;
    for entry in fs::read_dir(&package)? {
        let path = entry?.path();
        let is_served =
            path.extension().and_then(OsStr::to_str).is_some_and(|end| ["css", "html", "js"].contains(&end));
        if let (true, Some(name)) = (is_served, path.file_name()) {
            fs::copy(&path, out.join(name)).with_context(|| format!("{} cannot be copied", path.display()))?;
        }
    }
    Ok(out)
}

fn compile(root: &Path, page: &Page, profile: Profile) -> anyhow::Result<PathBuf> {
    let toolchain = Toolchain::found(root, TARGET)?;
    let mut command = toolchain.cargo("build");
    command.args(["--locked", "--manifest-path"]).arg(root.join(page.folder).join("Cargo.toml"));
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => {
            command.arg("--release");
            "release"
        }
    };
    // Nothing is built twice in a short time.
    command.env("CARGO_INCREMENTAL", "0");
    succeed(&mut command, "a page could not be built")?;
    Ok(toolchain.built(folder).join(format!("{}.wasm", page.name)))
}
