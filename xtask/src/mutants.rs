//! `cargo xtask mutants`: changes the auth core in small ways, one at a time, and runs its unit tests against each.
//! `docs/mutants.md` keeps what survived.

use std::path::Path;
use std::process::Command;

use anyhow::{bail, ensure};

use crate::file;

/// What is changed.
const FILES: [&str; 7] = [
    "runtime/src/auth/rotation*.rs",
    "runtime/src/auth/rotation/*.rs",
    "runtime/src/auth/reply*.rs",
    "runtime/src/auth/reply/*.rs",
    "runtime/src/auth/select.rs",
    "runtime/src/auth/manager*.rs",
    "runtime/src/auth/manager/*.rs",
];

/// Runs one shard, counted from 0. Without `--explorer` the walks of the explorer are left out, which take a minute for each
/// mutant: first without them, then with them what has survived.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let (mut shard, mut tests) = ("0/1", vec!["auth::", "--skip", "explore"]);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match (*argument, arguments.as_slice().first()) {
            ("--shard", Some(given)) => (shard, _) = (*given, arguments.next()),
            ("--explorer", _) => tests = vec!["auth::"],
            _ => bail!("`cargo xtask mutants` knows --shard K/N and --explorer, not {argument}"),
        }
    }
    let output = root.join("target/mutants").join(shard.replace('/', "-of-"));
    std::fs::create_dir_all(&output)?;
    let mut command = Command::new(crate::toolchain::cargo());
    command.current_dir(root).args(["mutants", "--package", "zeyos-runtime", "--exclude", "**/tests.rs"]);
    command.args(FILES.iter().flat_map(|files| ["--file", *files]));
    // A shard is a fair sample of all files, so that some of them say something about the rest.
    command.args(["--shard", shard, "--sharding", "round-robin", "--no-shuffle", "--timeout", "300", "--output"]);
    // Only the unit tests are built.
    let status = command.arg(output).args(["--cargo-arg=--lib", "--", "--"]).args(tests).status()?;
    file::print("docs/mutants.md says what becomes of survivors");
    ensure!(
        matches!(status.code(), Some(0 | 2 | 3)),
        "is cargo-mutants installed? `cargo install cargo-mutants --locked`"
    );
    Ok(())
}
