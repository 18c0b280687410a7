//! What a store keeps beside the record, where one value holds all of it. None of it is a token.

use serde_json::{Map, Value, json};

use crate::store::codec::{self, Text, Unreadable, asked_of, asked_value, optional, text};
use crate::store::{Asked, Pending};

/// The newest generation, the pending marker of an exchange, the last question to the server, and where a record went that
/// could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) struct State {
    pub newest: u64,
    pub pending: Option<Pending>,
    pub asked: Option<Asked>,
    pub damage: Option<String>,
}

impl State {
    /// As it is kept.
    pub(in crate::store) fn encode(&self) -> Text {
        codec::seal(&json!({
            "format": codec::FORMAT,
            "newest": self.newest,
            "pending": self.pending.as_ref().map(codec::pending_value),
            "asked": asked_value(self.asked.as_ref()),
            "damage": self.damage,
        }))
    }

    /// Reads what [`encode`](State::encode) wrote.
    pub(in crate::store) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
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
}
