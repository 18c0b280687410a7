//! The two files beside a keyring: a lock, and the state of an exchange. Neither contains a token.

use std::path::Path;

use crate::store::codec::Unreadable;
use crate::store::file::Sidecar;
use crate::store::kit::{State, newer_version};
use crate::store::{StoreError, StoreFile};

/// Reads the file; what cannot be read is moved aside, and the second value says where to.
pub(super) fn load(path: &Path) -> Result<(State, Option<String>), StoreError> {
    let file = Sidecar::at(path)?;
    let Some(bytes) = file.read()? else { return Ok((State::default(), None)) };
    let shown = file.path().display();
    match State::decode(&bytes) {
        Ok(state) => Ok((state, None)),
        Err(Unreadable::Newer) => Err(newer_version(shown)),
        Err(Unreadable::Corrupt(_)) => {
            let aside = file.quarantine()?;
            let note = format!("{shown} could not be read and is kept as {}", aside.display());
            Ok((State::default(), Some(note)))
        }
    }
}

/// Reads the state without the lock; nothing is quarantined.
pub(super) fn load_unlocked(path: &Path) -> Option<State> {
    State::decode(&Sidecar::at(path).ok()?.read().ok()??).ok()
}

/// Replaces the file, so that a crash leaves the old state or the new one.
pub(super) fn save(state: &State, path: &Path) -> Result<(), StoreError> {
    Sidecar::at(path)?.replace(&state.encode())
}

/// Takes the lock of a store, if it is free.
pub(super) fn try_lock(path: &Path) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
    Sidecar::at(path)?.try_lock()
}
