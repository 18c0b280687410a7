//! Reading and writing files of the workspace, with the path in every error.

use std::fmt::Display;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

/// The folder of the workspace. `XTASK_ROOT` names another one, so that tests can run a command on a folder of their own.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::var_os("XTASK_ROOT").map_or_else(|| here.parent().unwrap_or(here).to_owned(), PathBuf::from)
}

pub(crate) fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Writes only what differs, so that build tools see no change where there is none. Says whether it wrote.
pub(crate) fn write_if_changed(path: &Path, content: &str) -> anyhow::Result<bool> {
    if fs::read_to_string(path).is_ok_and(|current| current == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(true)
}

/// The files of a folder with this extension, sorted by name.
pub(crate) fn list(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// All files below a folder, sorted by path; none if there is no such folder.
pub(crate) fn tree(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(tree(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Prints a line. A reader that has seen enough (`| head`) must not stop a command halfway.
pub(crate) fn print(line: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Runs a part of a command, and prints what it is and how long it took.
pub(crate) fn timed(what: &str, run: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let start = Instant::now();
    print(format_args!("== {what}"));
    run()?;
    print(format_args!("== {what}: {} s", start.elapsed().as_secs()));
    Ok(())
}
