//! A small file with a lock file beside it, for stores that keep their tokens elsewhere. As safe as the files of the file store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::io::StoreIo;
use super::paths::Paths;
use super::system::{StoreFile, SystemFiles};
use crate::store::StoreError;
use crate::store::codec::Text;

pub(in crate::store) struct Sidecar(StoreIo);

impl Sidecar {
    pub(in crate::store) fn at(path: &Path) -> Result<Self, StoreError> {
        Ok(Sidecar(StoreIo { system: Arc::new(SystemFiles), paths: Paths::of(path)?, proven: OnceLock::new() }))
    }

    /// Refuses a folder that others may write. One that is not there shows when it is needed.
    pub(in crate::store) fn check_folder(&self) -> Result<(), StoreError> {
        if !self.0.paths.folder.is_dir() {
            return Ok(());
        }
        self.0.check_folder()?;
        // A file that is created tells who the user of this process is; where none can be, nothing is known of him.
        let _ = self.0.prove();
        self.0.check_folder()
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.0.paths.record
    }

    /// What is in it; `None` where there is no file.
    pub(in crate::store) fn read(&self) -> Result<Option<Text>, StoreError> {
        self.0.bytes(self.path())
    }

    /// Replaces it, so that a crash leaves the old file or the new one. The caller holds the lock.
    pub(in crate::store) fn replace(&self, bytes: &[u8]) -> Result<(), StoreError> {
        let fresh = &self.0.paths.fresh;
        self.0.remove(fresh)?;
        self.0.write(fresh, bytes)?;
        self.0.replace()
    }

    /// Quarantines the file and returns its new path.
    pub(in crate::store) fn quarantine(&self) -> Result<PathBuf, StoreError> {
        self.0.quarantine()
    }

    /// Takes the lock if it is free. The lock file is never removed, since a lock on a removed file locks nothing.
    pub(in crate::store) fn try_lock(&self) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
        let path = &self.0.paths.lock;
        let Some(file) = self.0.locked(path)? else { return Ok(None) };
        // Removed by a cleaner in between, it is not the file that the next one locks.
        Ok(self.0.is_at(file.as_ref(), path)?.then_some(file))
    }
}
