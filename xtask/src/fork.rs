//! `cargo xtask fork`: builds and runs the package of `tests/fork/`, which forks without `exec` while tokens are refreshed.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

use crate::file;

/// Where there is no `fork`, it says so and is done.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    if !cfg!(unix) {
        file::print("there is no fork on this system");
        return Ok(());
    }
    let mut command = Command::new(crate::toolchain::cargo());
    // One folder with the workspace, so that what both need is built once.
    command.args(["run", "--quiet", "--locked", "--manifest-path", "tests/fork/Cargo.toml", "--target-dir", "target"]);
    let status = command.current_dir(root).status()?;
    ensure!(status.success(), "a fork in the middle of a refresh has done harm");
    Ok(())
}
