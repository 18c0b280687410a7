//! The paths of the files of one store, and which files and folders are trusted.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::system::{FileFacts, FileKind};
use crate::bits::random_name;
use crate::store::{StoreError, StoreErrorKind};

/// The paths of one store.
#[derive(Debug)]
pub(super) struct Paths {
    pub folder: PathBuf,
    pub record: PathBuf,
    /// The record a second time, so that one damaged file costs nothing.
    pub copy: PathBuf,
    /// The record before the last change, as earlier versions kept it.
    pub previous: PathBuf,
    /// The next record, until it takes the place of the record.
    pub fresh: PathBuf,
    /// The pending marker. It is emptied, never removed: it is locked, too.
    pub pending: PathBuf,
    /// The reply of an exchange. Emptied, never removed.
    pub journal: PathBuf,
    /// Locked by the writer. Never removed: two processes could then hold the lock of two files of one name.
    pub lock: PathBuf,
}

impl Paths {
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        // Absolute, so that a program that changes its folder later still finds its tokens.
        let record = std::path::absolute(path).map_err(|error| failed("is not a path", path, error))?;
        let (Some(folder), Some(_)) = (record.parent().map(Path::to_owned), record.file_name()) else {
            return Err(StoreError::message(format!("{} names no file; name one in it", record.display())));
        };
        let place = |suffix: &str| folder.join(beside(&record, suffix));
        Ok(Paths {
            copy: place(".copy"),
            previous: place(".previous"),
            fresh: place(".new"),
            pending: place(".pending"),
            journal: place(".journal"),
            lock: place(".lock"),
            folder,
            record,
        })
    }

    /// The files that hold something, the record first.
    pub(super) fn all(&self) -> [&Path; 7] {
        [&self.record, &self.copy, &self.previous, &self.fresh, &self.pending, &self.journal, &self.lock]
    }

    /// A unique path.
    pub(super) fn probe(&self) -> Result<PathBuf, StoreError> {
        let name = random_name::<8>().map_err(StoreError::new)?;
        Ok(self.folder.join(beside(&self.record, &format!(".probe-{name}"))))
    }

    /// Where the quarantined file number n of this kind is kept.
    pub(super) fn quarantined(&self, kind: Quarantine, number: u64) -> PathBuf {
        self.folder.join(beside(&self.record, &format!("{}{number}", kind.suffix())))
    }

    /// The number of a quarantined file, if this is the name of one of this kind.
    pub(super) fn quarantine_number(&self, kind: Quarantine, name: &OsStr) -> Option<u64> {
        let prefix = beside(&self.record, kind.suffix());
        name.to_str()?.strip_prefix(prefix.to_str()?)?.parse().ok()
    }
}

/// What is quarantined because it could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quarantine {
    /// A corrupt record.
    Record,
    /// An answer of a token endpoint that could not be parsed.
    Reply,
}

impl Quarantine {
    fn suffix(self) -> &'static str {
        match self {
            Quarantine::Record => ".corrupt-",
            Quarantine::Reply => ".unread-",
        }
    }
}

fn beside(record: &Path, suffix: &str) -> OsString {
    let mut name = record.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    name
}

/// Refuses a file that others may read or put there.
pub(super) fn trusted(path: &Path, facts: &FileFacts, user: Option<u32>) -> Result<(), StoreError> {
    let shown = path.display();
    let refused = |why: String| Err(StoreError::message(format!("{shown} {why}")));
    match facts {
        FileFacts { kind: FileKind::Link, .. } => refused("is a symbolic link; name the file that it leads to".into()),
        FileFacts { kind: FileKind::Folder | FileKind::Other, .. } => {
            refused("is not a regular file; name another path".into())
        }
        FileFacts { owner: Some(owner), .. } if user.is_some_and(|user| user != *owner) => {
            refused(format!("belongs to user {owner}, not to the user of this program; use a file of its own"))
        }
        FileFacts { mode: Some(mode), .. } if mode & 0o077 != 0 => refused(format!(
            "can be used by others (mode {:03o}); run `chmod 600 {shown}`, and sign in again if others may have read it",
            mode & 0o777
        )),
        _ => Ok(()),
    }
}

/// Whether others may write into a folder, and whether the system keeps them from what is not theirs there.
const WRITABLE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// The user who may do everything anyway.
const ROOT: u32 = 0;

/// Refuses a folder in which others may remove the files of the store, or put their own there.
pub(super) fn trusted_folder(path: &Path, facts: &FileFacts, user: Option<u32>) -> Result<(), StoreError> {
    let shown = path.display();
    match facts {
        FileFacts { kind: FileKind::Folder, owner: Some(owner), .. }
            if user.is_some_and(|user| user != *owner) && *owner != ROOT =>
        {
            Err(StoreError::message(format!(
                "{shown} belongs to user {owner}, who may remove the tokens in it; use a folder of its own"
            )))
        }
        FileFacts { kind: FileKind::Folder, mode: Some(mode), .. } if mode & WRITABLE != 0 && mode & STICKY == 0 => {
            Err(StoreError::message(format!(
                "{shown} can be written by others (mode {:03o}), who may remove the tokens in it; run `chmod go-w {shown}`, or use \
                 a folder of its own",
                mode & 0o7777
            )))
        }
        _ => Ok(()),
    }
}

pub(super) fn failed(what: &str, path: &Path, error: std::io::Error) -> StoreError {
    StoreError::at(format!("{} {what}", path.display()), error)
}

/// A failure to write, whatever the reason: no new tokens may be asked for.
pub(super) fn unwritable(what: &str, path: &Path, error: std::io::Error) -> StoreError {
    let remedy = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; make room on the disk",
        ErrorKind::ReadOnlyFilesystem => "; use a path on a file system that can be written",
        ErrorKind::PermissionDenied => "; let the user of this program write the file and its folder",
        _ => "",
    };
    StoreError::at(format!("{} {what}{remedy}", path.display()), error).of_kind(StoreErrorKind::NotWritable)
}
