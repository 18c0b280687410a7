//! The file of `NAME=value` lines from which shells and containers read the credentials. It is there whole or
//! not at all, so waiting for it is enough.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::{Path, PathBuf};

use super::started::Started;

/// Removes what an earlier run has left, which would be taken for this one's.
pub(crate) fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(named(path, &error)),
        _ => Ok(()),
    }
}

/// Writes it beside its place and moves it there.
pub(crate) fn write(path: &Path, started: &Started) -> Result<()> {
    let beside = beside(path);
    let written = create(&beside).and_then(|mut file| {
        for (name, value) in started.variables() {
            writeln!(file, "{name}={value}")?;
        }
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(|error| {
        // Whatever is there of it is of no use.
        let _ = fs::remove_file(&beside);
        named(path, &error)
    })
}

/// A file of the same folder, so that it can be moved in one step.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    path.with_file_name(name)
}

/// It holds tokens, so no other user may read it.
fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("--env-file {}: {error}", path.display()))
}
