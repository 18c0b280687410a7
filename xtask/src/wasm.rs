//! `cargo xtask wasm`: the client for a browser, a target without threads, sockets and files.

mod bindgen;
mod pages;
mod size;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::file;
use crate::prerequisites::{self, Prerequisite, Remedy};
use crate::toolchain::{self, Toolchain};
use pages::{BOARD, Page, Profile, TESTED};

const TARGET: &str = "wasm32-unknown-unknown";

/// What the tests in a browser are driven with.
const PREREQUISITES: [Prerequisite; 3] = [
    Prerequisite { name: "chromium", probe: &["chromium", "--version"], remedy: Remedy::Apt("chromium") },
    Prerequisite {
        name: "chromedriver",
        probe: &["chromedriver", "--version"],
        remedy: Remedy::Apt("chromium-driver"),
    },
    Prerequisite {
        name: "cargo-nextest",
        probe: &["cargo", "nextest", "--version"],
        remedy: Remedy::Cargo("cargo-nextest"),
    },
];

/// The tests that drive a browser; ordinary runs leave them out, as their pages are built by this command.
const TESTS: &str = "package(zeyos) & binary(it) & test(/^browser::wasm::/)";

/// Where the board is served.
const PORT: &str = "8080";

pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    match arguments {
        [] => build(root),
        ["--check"] => check(root, &Toolchain::found(root, TARGET)?),
        ["--check", "--unpacked"] => check(root, &Toolchain::unpacked(root, TARGET)?),
        ["--test"] => test(root, false),
        ["--test", "--long"] => test(root, true),
        ["--serve"] => serve(root),
        ["--size"] => size::run(root),
        _ => bail!(
            "cargo xtask wasm takes one of --check, --check --unpacked, --test, --test --long, --serve, --size, or nothing"
        ),
    }
}

/// Checks that the client compiles, without a warning.
fn check(root: &Path, toolchain: &Toolchain) -> anyhow::Result<()> {
    let mut command = toolchain.cargo("check");
    command.args(["--locked", "--no-default-features"]);
    command.args(toolchain::CLIENT.iter().flat_map(|package| ["--package", package])).current_dir(root);
    succeed(&mut command, "the client does not compile for a browser; run `cargo xtask wasm --check`")
}

/// Lints the pages, of which the workspace knows nothing.
fn lint(root: &Path, toolchain: &Toolchain) -> anyhow::Result<()> {
    for folder in ["examples/browser", "tests/browser"] {
        let mut command = toolchain.cargo("clippy");
        command.args(["--locked", "--workspace", "--all-targets"]);
        command.arg("--manifest-path").arg(root.join(folder).join("Cargo.toml")).args(["--", "-D", "warnings"]);
        succeed(&mut command, "clippy has found something in a page; run `cargo xtask wasm --test`")?;
    }
    Ok(())
}

/// Builds the board as one would ship it.
fn build(root: &Path) -> anyhow::Result<()> {
    let folder = pages::build(root, &BOARD, Profile::Release)?;
    for path in file::tree(&folder)? {
        let bytes = std::fs::metadata(&path)?.len();
        file::print(format_args!("{bytes:>10} {}", path.strip_prefix(root).unwrap_or(&path).display()));
    }
    Ok(())
}

/// Checks the client, builds the pages of the tests, then lets a headless Chromium open them beside an emulator.
fn test(root: &Path, is_long: bool) -> anyhow::Result<()> {
    prerequisites::provide(&PREREQUISITES)?;
    let toolchain = Toolchain::found(root, TARGET)?;
    // What no page uses has to compile too.
    file::timed("the client for a browser", || check(root, &toolchain))?;
    if toolchain.has_clippy() {
        file::timed("clippy of the pages", || lint(root, &toolchain))?;
    }
    for page in [&BOARD, &TESTED] {
        file::timed(&format!("the page of {}", page.folder), || pages::build(root, page, Profile::Dev).map(drop))?;
    }
    file::timed("the tests in a browser", || drive(root, is_long))
}

fn drive(root: &Path, is_long: bool) -> anyhow::Result<()> {
    let mut command = Command::new(toolchain::cargo());
    // As ci builds the workspace for its other tests, so that this builds nothing anew.
    command.args([
        "nextest",
        "run",
        "--workspace",
        "--all-features",
        "--locked",
        "--no-fail-fast",
        "--run-ignored",
        "only",
    ]);
    command.args(["--test-threads", "2", "--filterset", TESTS]).current_dir(root);
    if is_long {
        command.env("ZEYOS_BROWSER_EXPIRIES", "1000").env("ZEYOS_BROWSER_KILLS", "200").env("ZEYOS_AXE", axe(root)?);
    }
    succeed(&mut command, "a test in the browser has failed; run `cargo xtask wasm --test`")
}

/// The rules of accessibility, which npm installs below the target folder.
fn axe(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/wasm/axe");
    let mut install = Command::new("npm");
    install.args(["install", "--silent", "--no-save", "--prefix"]).arg(&folder).arg("axe-core@4");
    succeed(&mut install, "npm could not install axe-core")?;
    Ok(folder.join("node_modules/axe-core/axe.min.js"))
}

/// Serves the board beside an emulator, until it is stopped.
fn serve(root: &Path) -> anyhow::Result<()> {
    let Page { name, .. } = BOARD;
    let folder = pages::build(root, &BOARD, Profile::Dev)?;
    let origin = format!("http://127.0.0.1:{PORT}");
    file::print(format_args!("sign in at {origin}/demo/ as demo, password demo; then open {origin}/{name}/"));
    let mut command = Command::new(toolchain::cargo());
    command.args(["run", "--quiet", "--locked", "--package", "zeyos-emulator", "--", "--port", PORT, "--pages"]);
    command.arg(folder.parent().unwrap_or(&folder)).current_dir(root);
    succeed(&mut command, "the emulator has ended")
}

fn succeed(command: &mut Command, otherwise: &'static str) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    ensure!(status.success(), otherwise);
    Ok(())
}
