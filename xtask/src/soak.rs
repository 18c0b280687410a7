//! `cargo xtask soak`: builds and starts the program of `soak/`, which does the work; with `--load` that of `soak/load/`.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;

/// Starts a run. The arguments are the program's own.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(crate::toolchain::cargo());
    let (program, arguments) = match arguments {
        ["--load", arguments @ ..] => ("load_soak", arguments),
        arguments => ("soak", arguments),
    };
    command.current_dir(root).args(["run", "--quiet", "--package", "zeyos", "--example", program]);
    if arguments.contains(&"redis") {
        command.args(["--features", "redis"]);
    }
    let status = command.arg("--").args(arguments).status()?;
    ensure!(status.success(), "the soak has found something, or could not run");
    Ok(())
}
