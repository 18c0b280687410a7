//! What a keyring cannot do, in two files beside it: a lock, and the state of an exchange. Neither holds a token.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::wire::{FORMAT, Unreadable, encode_pending, object, optional, pending_of, text};
use super::super::{Pending, StoreError, StoreErrorKind};

/// The newest generation, the mark of an exchange, and where a record went that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub newest: u64,
    pub pending: Option<Pending>,
    pub damage: Option<String>,
}

impl State {
    /// Reads the file; what cannot be read is moved aside, and the second value says where to.
    pub(super) fn load(path: &Path) -> Result<(Self, Option<String>), StoreError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok((State::default(), None)),
            Err(error) => return Err(failed("cannot be read", path, error)),
        };
        match parse(&bytes) {
            Ok(state) => Ok((state, None)),
            Err(Unreadable::Newer) => Err(StoreError::message(format!(
                "{} was written by a later version of this library; update this program",
                path.display()
            ))),
            Err(Unreadable::Corrupt) => {
                let aside = set_aside(path)?;
                let note = format!("{} could not be read and is kept as {}", path.display(), aside.display());
                Ok((State::default(), Some(note)))
            }
        }
    }

    /// Where the record went, for those who hold no lock and may move nothing.
    pub(super) fn damage_at(path: &Path) -> Option<String> {
        parse(&fs::read(path).ok()?).ok()?.damage
    }

    /// Replaces the file, so that a crash leaves the old state or the new one.
    pub(super) fn save(&self, path: &Path) -> Result<(), StoreError> {
        let pending = self.pending.as_ref().map(|pending| encode_pending(pending, ""));
        let value = json!({"format": FORMAT, "newest": self.newest, "pending": pending, "damage": self.damage});
        let new = with_ending(path, ".new");
        write(&new, value.to_string().as_bytes()).map_err(|error| failed("cannot be written", &new, error))?;
        fs::rename(&new, path).map_err(|error| failed("cannot be replaced", path, error))?;
        sync_folder(path).map_err(|error| failed("cannot be synced", path, error))
    }
}

fn parse(bytes: &[u8]) -> Result<State, Unreadable> {
    let members: Map<String, Value> = object(bytes)?;
    let newest = members.get("newest").and_then(Value::as_u64).ok_or(Unreadable::Corrupt)?;
    let pending = match members.get("pending") {
        Some(Value::Object(mark)) => Some(pending_of(mark)?),
        Some(Value::Null) => None,
        _ => return Err(Unreadable::Corrupt),
    };
    Ok(State { newest, pending, damage: optional(&members, "damage", text)? })
}

fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let free = (1..).map(|number: u32| with_ending(path, &format!(".corrupt-{number}"))).find(|path| !path.exists());
    let aside = free.unwrap_or_else(|| with_ending(path, ".corrupt"));
    fs::rename(path, &aside).map_err(|error| failed("cannot be moved aside", path, error))?;
    Ok(aside)
}

/// Takes the lock of a store, if it is free. The file stays for ever: a lock on a file that somebody may remove is none.
pub(super) fn try_lock(path: &Path) -> Result<Option<File>, StoreError> {
    let path = with_ending(path, ".lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    private(&mut options);
    let file = options.open(&path).map_err(|error| failed("cannot be opened", &path, error))?;
    match file.try_lock() {
        // Removed by a cleaner in between, it is not the file that the next one locks.
        Ok(()) => Ok(is_at(&file, &path).then_some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(failed("cannot be locked", &path, error).of_kind(StoreErrorKind::LockUnsupported))
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let same = |one: fs::Metadata, two: fs::Metadata| one.ino() == two.ino() && one.dev() == two.dev();
    file.metadata().and_then(|one| Ok(same(one, fs::metadata(path)?))).unwrap_or(false)
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Left by a crash: whoever writes has the lock, so nobody else is at it.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

fn failed(what: &str, path: &Path, error: io::Error) -> StoreError {
    use ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let unwritable = matches!(error.kind(), PermissionDenied | QuotaExceeded | ReadOnlyFilesystem | StorageFull);
    let failure = StoreError::at(format!("{} {what}", path.display()), error);
    if unwritable { failure.of_kind(StoreErrorKind::NotWritable) } else { failure }
}
