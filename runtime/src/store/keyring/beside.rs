//! What a keyring cannot do, in two files beside it: a lock, and the state of an exchange. Neither holds a token.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::codec::{self, Unreadable, asked_of, asked_value, optional, text};
use super::super::file::SideFile;
use super::super::kit::newer_version;
use super::super::{Asked, Pending, StoreError, StoreFile};

/// The newest generation, the pending marker of an exchange, the last question to the server, and where a record went that
/// could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct State {
    pub newest: u64,
    pub pending: Option<Pending>,
    pub asked: Option<Asked>,
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
            Err(Unreadable::Newer) => Err(newer_version(shown)),
            Err(Unreadable::Corrupt(_)) => {
                let aside = file.quarantine()?;
                let note = format!("{shown} could not be read and is kept as {}", aside.display());
                Ok((State::default(), Some(note)))
            }
        }
    }

    /// The state for those who hold no lock and may move nothing.
    pub(super) fn glimpse(path: &Path) -> Option<State> {
        parse(&SideFile::at(path).ok()?.read().ok()??).ok()
    }

    /// Replaces the file, so that a crash leaves the old state or the new one.
    pub(super) fn save(&self, path: &Path) -> Result<(), StoreError> {
        let value = json!({
            "format": codec::FORMAT,
            "newest": self.newest,
            "pending": self.pending.as_ref().map(codec::pending_value),
            "asked": asked_value(self.asked.as_ref()),
            "damage": self.damage,
        });
        SideFile::at(path)?.replace(&codec::seal(&value))
    }
}

fn parse(bytes: &[u8]) -> Result<State, Unreadable> {
    let changed = Unreadable::Corrupt("it was changed or cut");
    let members: Map<String, Value> = codec::known(&codec::unsealed(bytes).ok_or(changed)?)?;
    let pending = match members.get("pending") {
        Some(Value::Object(pending)) => Some(codec::pending_of(pending).ok_or(changed)?),
        Some(Value::Null) => None,
        _ => return Err(changed),
    };
    Ok(State {
        newest: members.get("newest").and_then(Value::as_u64).ok_or(changed)?,
        pending,
        asked: members.get("asked").and_then(asked_of),
        damage: optional(&members, "damage", text).ok_or(changed)?,
    })
}

/// Takes the lock of a store, if it is free.
pub(super) fn try_lock(path: &Path) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
    SideFile::at(path)?.try_lock()
}
