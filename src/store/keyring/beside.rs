//! What a keyring cannot do, in two files beside it: a lock, and the state of an exchange. Neither holds a token.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::file::SideFile;
use super::super::wire::{FORMAT, Unreadable, encode_pending, object, optional, pending_of, text};
use super::super::{Pending, StoreError, StoreFile};

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
        let file = SideFile::at(path)?;
        let Some(bytes) = file.read()? else { return Ok((State::default(), None)) };
        let shown = file.path().display();
        match parse(&bytes) {
            Ok(state) => Ok((state, None)),
            Err(Unreadable::Newer) => Err(StoreError::message(format!(
                "{shown} was written by a later version of this library; update this program"
            ))),
            Err(Unreadable::Corrupt) => {
                let aside = file.set_aside()?;
                let note = format!("{shown} could not be read and is kept as {}", aside.display());
                Ok((State::default(), Some(note)))
            }
        }
    }

    /// Where the record went, for those who hold no lock and may move nothing.
    pub(super) fn damage_at(path: &Path) -> Option<String> {
        parse(&SideFile::at(path).ok()?.read().ok()??).ok()?.damage
    }

    /// Replaces the file, so that a crash leaves the old state or the new one.
    pub(super) fn save(&self, path: &Path) -> Result<(), StoreError> {
        let pending = self.pending.as_ref().map(|pending| encode_pending(pending, ""));
        let value = json!({"format": FORMAT, "newest": self.newest, "pending": pending, "damage": self.damage});
        SideFile::at(path)?.replace(value.to_string().as_bytes())
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

/// Takes the lock of a store, if it is free.
pub(super) fn try_lock(path: &Path) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
    SideFile::at(path)?.try_lock()
}
