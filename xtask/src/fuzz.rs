//! `cargo xtask fuzz`: runs the targets of `fuzz/` one after the other on the stable toolchain, each for a while.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::file;

/// The targets, as `fuzz/Cargo.toml` names them.
const TARGETS: [&str; 9] = [
    "token_reply",
    "store_file",
    "callback_url",
    "retry_after",
    "headers",
    "path",
    "www_authenticate",
    "error_body",
    "document",
];

/// What a run is told.
struct FuzzOptions<'a> {
    seconds: u32,
    targets: Vec<&'a str>,
}

/// Runs the targets and prints how many inputs each has executed. A crash ends the run.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let options = read(arguments)?;
    provide()?;
    let build = cargo(root).args(["fuzz", "build", "--sanitizer", "none"]).status()?;
    ensure!(build.success(), "the targets cannot be built; run `cargo fuzz build --sanitizer none`");
    let mut rows = Vec::new();
    for target in options.targets {
        file::print(format_args!("== {target}, {} s", options.seconds));
        rows.push((target, executed(root, target, options.seconds)?));
    }
    file::print("target              executions");
    for (target, executions) in rows {
        file::print(format_args!("{target:18} {executions:>11}"));
    }
    Ok(())
}

fn read<'a>(arguments: &[&'a str]) -> anyhow::Result<FuzzOptions<'a>> {
    let mut options = FuzzOptions { seconds: 60, targets: TARGETS.to_vec() };
    for pair in arguments.chunks(2) {
        match pair {
            ["--seconds", number] => options.seconds = number.parse().context("--seconds takes a number")?,
            ["--target", name] if TARGETS.contains(name) => options.targets = vec![name],
            ["--target", name] => bail!("there is no target {name}; there are {}", TARGETS.join(", ")),
            _ => bail!("usage: cargo xtask fuzz [--seconds N] [--target NAME]"),
        }
    }
    Ok(options)
}

/// The build goes with the toolchain of this program; the fuzzer's own settings need none of its environment.
fn cargo(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command
}

/// Installs cargo-fuzz if it is missing.
fn provide() -> anyhow::Result<()> {
    let mut version = Command::new("cargo");
    version.args(["fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if version.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    file::print("== cargo-fuzz is missing: cargo install cargo-fuzz --locked");
    let installed = Command::new("cargo").args(["install", "cargo-fuzz", "--locked"]).status()?;
    ensure!(installed.success(), "cargo-fuzz cannot be installed; run `cargo install cargo-fuzz --locked`");
    Ok(())
}

/// Runs one target. New inputs go below `fuzz/target`, so that the seeds in the repository stay as they are.
fn executed(root: &Path, target: &str, seconds: u32) -> anyhow::Result<u64> {
    let (found, seeds) = (root.join("fuzz/target/corpus").join(target), root.join("fuzz/corpus").join(target));
    std::fs::create_dir_all(&found)?;
    let mut command = cargo(root);
    command.args(["fuzz", "run", "--sanitizer", "none", target]).arg(&found).arg(&seeds);
    command.args(["--", &format!("-max_total_time={seconds}"), "-print_final_stats=1", "-timeout=10"]);
    let output = command.stdout(Stdio::inherit()).stderr(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{said}");
        bail!("{target} has found an input that it does not pass; it is named above");
    }
    let count = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    count.and_then(|count| count.trim().parse().ok()).with_context(|| format!("{target} does not say what it did"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_those_of_the_manifest_and_each_has_seeds() {
        let root = file::root();
        let manifest = std::fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for target in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(std::fs::read_dir(root.join("fuzz/corpus").join(target)).unwrap().count() > 0, "{target}");
        }
    }

    #[test]
    fn an_unknown_target_is_refused() {
        assert!(read(&["--target", "nothing"]).is_err() && read(&["--seconds"]).is_err());
        assert_eq!(read(&["--seconds", "5", "--target", "path"]).unwrap().targets, ["path"]);
    }
}
