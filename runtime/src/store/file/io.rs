//! Input and output of the file store: files are opened, read, written and quarantined, each checked before it is trusted.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use super::format::{self, Notes};
use super::paths::{Paths, Quarantine, failed, trusted, trusted_folder, unwritable};
use super::system::{Access, FileKind, FileSystem, StoreFile};

use crate::store::codec::{StoredValue, Text, Unreadable, decode_record};
use crate::store::{StoreError, StoreErrorKind, TokenRecord, kit};

/// Longer than any record.
pub(super) const LIMIT: u64 = 1024 * 1024;

/// How often a file may be replaced while it is being opened.
const TRIES: u32 = 100;

/// The files of one store.
pub(super) struct StoreIo {
    pub system: Arc<dyn FileSystem>,
    pub paths: Paths,
    /// The user of this process where there are users: known, as is that locks work here, once a file could be created.
    pub(super) proven: OnceLock<Option<u32>>,
}

/// What is stored at the path of a record.
pub(super) enum Found {
    Missing,
    /// The record, and the bytes that it was read from.
    Good(StoredValue, Text),
    /// Why it is none.
    Bad(&'static str),
}

impl StoreIo {
    fn user(&self) -> Option<u32> {
        self.proven.get().copied().flatten()
    }

    /// Refuses a folder that others may write.
    pub(super) fn check_folder(&self) -> Result<(), StoreError> {
        let folder = &self.paths.folder;
        let facts = self.system.folder(folder).map_err(|error| failed("cannot be looked at", folder, error))?;
        trusted_folder(folder, &facts, self.user())
    }

    /// Refuses files that must not be used. Files with corrupt contents can be opened: the holder of the lock repairs them.
    pub(super) fn inspect(&self) -> Result<(), StoreError> {
        self.check_folder()?;
        for path in self.paths.all() {
            match self.system.facts(path) {
                Ok(facts) => trusted(path, &facts, self.user())?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(failed("cannot be looked at", path, error)),
            }
        }
        Ok(())
    }

    /// Creates the folder of the store if its parent exists.
    pub(super) fn make_folder(&self) -> Result<(), StoreError> {
        let folder = &self.paths.folder;
        match self.system.facts(folder) {
            Ok(facts) if facts.kind == FileKind::File => {
                Err(StoreError::message(format!("{} is a file, not a folder; use another path", folder.display())))
            }
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => match self.system.create_folder(folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    Err(unwritable("cannot be created as the folder of the tokens", folder, error))
                }
                _ => Ok(()),
            },
            Err(error) => Err(failed("cannot be looked at", folder, error)),
        }
    }

    /// Opens a file that exists and that no one else can read or own.
    pub(super) fn existing(&self, path: &Path, access: Access) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
        let wrong = |error: io::Error| match access {
            Access::Read => failed("cannot be read", path, error),
            Access::Write | Access::Create => unwritable("cannot be opened for writing", path, error),
        };
        for _ in 0..TRIES {
            match self.system.open(path, access) {
                Ok(file) => {
                    trusted(path, &file.facts().map_err(wrong)?, self.user())?;
                    return Ok(Some(file));
                }
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                // Another process has just replaced it.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    if let Ok(facts) = self.system.facts(path) {
                        trusted(path, &facts, self.user())?;
                    }
                    return Err(wrong(error));
                }
            }
        }
        Err(StoreError::message(format!("{} is replaced all the time; see what else writes it", path.display())))
    }

    /// Opens a file for writing, creating it if need be.
    pub(super) fn writable(&self, path: &Path) -> Result<Box<dyn StoreFile>, StoreError> {
        for _ in 0..TRIES {
            if let Some(file) = self.existing(path, Access::Write)? {
                return Ok(file);
            }
            match self.system.open(path, Access::Create) {
                Ok(file) => return Ok(file),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(unwritable("cannot be created", path, error)),
            }
        }
        Err(StoreError::message(format!("{} comes and goes; see what else writes it", path.display())))
    }

    /// Writes a file in place and syncs it.
    pub(super) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        let mut file = self.writable(path)?;
        put(file.as_mut(), path, bytes)
    }

    /// Reads a small file; `None` where there is none.
    pub(super) fn bytes(&self, path: &Path) -> Result<Option<Text>, StoreError> {
        let Some(mut file) = self.existing(path, Access::Read)? else { return Ok(None) };
        let bytes = file.read(LIMIT + 1).map_err(|error| failed("cannot be read", path, error))?;
        // Reserved space without contents needs no wiping.
        Ok(Some(Zeroizing::new(if format::is_blank(&bytes) { Vec::new() } else { bytes })))
    }

    /// Reads a record.
    pub(super) fn look(&self, path: &Path) -> Result<Found, StoreError> {
        match self.system.facts(path) {
            Ok(facts) if facts.kind != FileKind::File => return Ok(Found::Bad("it is not a regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Missing),
            _ => {}
        }
        let Some(bytes) = self.bytes(path)? else { return Ok(Found::Missing) };
        if bytes.len() as u64 > LIMIT {
            return Ok(Found::Bad("it is too long"));
        }
        match decode_record(&bytes) {
            Ok(kept) => Ok(Found::Good(kept, bytes)),
            Err(Unreadable::Corrupt(why)) => Ok(Found::Bad(why)),
            Err(Unreadable::Newer) => Err(kit::newer_version(path.display())),
        }
    }

    /// Reads the record without the lock. Nothing is repaired.
    pub(super) fn read(&self) -> Result<TokenRecord, StoreError> {
        let path = &self.paths.record;
        let corrupt = |what: String| {
            let text = format!("{} {what}; put a good copy in its place, or sign in again", path.display());
            Err(StoreError::message(text).of_kind(StoreErrorKind::Corrupt))
        };
        match self.look(path)? {
            Found::Good(kept @ StoredValue::Bare(_), _) => Ok(kept.into_record(self.unlocked_notes().newest)),
            Found::Good(kept, _) => Ok(kept.into_record(0)),
            Found::Bad(why) => corrupt(format!("holds no tokens that can be used: {why}")),
            Found::Missing => match self.loss_of_record(self.unlocked_notes().newest)? {
                Some(what) => corrupt(what),
                None => Ok(TokenRecord::default()),
            },
        }
    }

    /// Why the record is missing, if there was one.
    pub(super) fn loss_of_record(&self, newest: u64) -> Result<Option<String>, StoreError> {
        if let Some(number) = self.quarantined(Quarantine::Record)?.last() {
            let aside = self.paths.quarantined(Quarantine::Record, *number);
            return Ok(Some(format!("could not be read and is kept as {}", aside.display())));
        }
        let has_copy = [&self.paths.copy, &self.paths.previous].iter().any(|path| self.system.facts(path).is_ok());
        Ok((newest > 0 || has_copy).then(|| "was removed".to_owned()))
    }

    /// The notes in the lock file, read without the lock.
    fn unlocked_notes(&self) -> Notes {
        let bytes = self.bytes(&self.paths.lock).ok().flatten();
        bytes.map_or_else(Notes::default, |bytes| format::read_notes(&bytes))
    }

    /// The numbers of the files in quarantine, in order.
    pub(super) fn quarantined(&self, kind: Quarantine) -> Result<Vec<u64>, StoreError> {
        let folder = &self.paths.folder;
        let names = self.system.names(folder).map_err(|error| failed("cannot be listed", folder, error))?;
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| self.paths.quarantine_number(kind, name)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// A path in quarantine that is free.
    fn free_quarantine(&self, kind: Quarantine) -> Result<PathBuf, StoreError> {
        let number = self.quarantined(kind)?.last().map_or(1, |last| last.saturating_add(1));
        Ok(self.paths.quarantined(kind, number))
    }

    /// Quarantines whatever is stored at the path of the record.
    pub(super) fn quarantine(&self) -> Result<PathBuf, StoreError> {
        let (record, aside) = (&self.paths.record, self.free_quarantine(Quarantine::Record)?);
        self.system
            .rename(record, &aside)
            .map_err(|error| unwritable("cannot be read, and cannot be moved away", record, error))?;
        self.sync_folder()?;
        Ok(aside)
    }

    /// Quarantines an answer that could not be parsed.
    pub(super) fn quarantine_reply(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.free_quarantine(Quarantine::Reply)?;
        self.write(&path, bytes)?;
        self.sync_folder()
    }

    /// Removes what is in quarantine.
    pub(super) fn empty_quarantine(&self, kind: Quarantine) -> Result<(), StoreError> {
        for number in self.quarantined(kind)? {
            self.wipe(&self.paths.quarantined(kind, number))?;
        }
        Ok(())
    }

    /// Overwrites a file that need not exist, then removes it.
    pub(super) fn wipe(&self, path: &Path) -> Result<(), StoreError> {
        if let Ok(Some(mut file)) = self.existing(path, Access::Write)
            && let Ok(bytes) = file.read(LIMIT)
        {
            // Best effort: where a file system writes elsewhere, the old content stays on the disk for a while.
            let _ = put(file.as_mut(), path, &vec![0; bytes.len()]);
        }
        self.remove(path)
    }

    /// Puts the finished new file in the place of the record.
    pub(super) fn replace(&self) -> Result<(), StoreError> {
        let (fresh, record) = (&self.paths.fresh, &self.paths.record);
        self.system.rename(fresh, record).map_err(|error| unwritable("cannot be replaced", record, error))?;
        self.sync_folder()
    }

    pub(super) fn sync_folder(&self) -> Result<(), StoreError> {
        let folder = &self.paths.folder;
        self.system.sync_folder(folder).map_err(|error| unwritable("cannot be synced", folder, error))
    }

    /// Removes a file that need not exist.
    pub(super) fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.system.remove(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable("cannot be removed", path, error)),
            _ => Ok(()),
        }
    }
}

/// Writes an open file and syncs it.
pub(super) fn put(file: &mut dyn StoreFile, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    file.write(bytes).and_then(|()| file.sync()).map_err(|error| unwritable("cannot be written", path, error))
}
