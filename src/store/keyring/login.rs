//! One login in the keyring and the files beside it: reading, repairing, comparing and replacing. All of it blocks.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use zeyos_core::Secret;

use super::super::wire::{FORMAT, Unreadable, decode_record, encode_record, object, optional, text};
use super::super::{Commit, Held, Pending, Record, StoreError, StoreErrorKind};
use super::beside::State;
use super::desk::Desk;

/// Whose entries, and which files.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub service: String,
    pub user: String,
    pub path: PathBuf,
}

/// A reply, and the name of the exchange that it answers.
type Reply = (Option<String>, Option<Bytes>);

impl Login {
    /// The record for those who hold no lock.
    pub(super) fn peek(&self, desk: &mut Desk) -> Result<Record, StoreError> {
        match desk.get(&self.service, &self.user)? {
            Some(value) => decode_record(&value).map_err(|reason| self.refusal(reason)),
            None => match State::damage_at(&self.path) {
                Some(aside) => Err(corrupt(moved(&aside))),
                None => Ok(Record::default()),
            },
        }
    }

    /// Everything, with what cannot be read set aside.
    pub(super) fn read(&self, desk: &mut Desk) -> Result<Held, StoreError> {
        let (mut state, lost_state) = State::load(&self.path)?;
        let record = self.record(desk, &mut state)?;
        let (reply, lost_reply) = self.reply(desk)?;
        // A record that is newer than the mark was committed after it: only the cleaning up is missing.
        let pending = state.pending.filter(|pending| pending.generation >= record.generation);
        let named = pending.as_ref().map(|pending| &pending.request_id);
        let reply = reply.filter(|(name, _)| name.as_ref() == named).and_then(|(_, reply)| reply);
        let lost_record = state.damage.filter(|_| record.generation == 0).map(|aside| moved(&aside));
        let damage: Vec<String> = [lost_record, lost_state, lost_reply].into_iter().flatten().collect();
        let newest = state.newest.max(record.generation);
        Ok(Held { record, pending, reply, newest, damage: (!damage.is_empty()).then(|| damage.join("; ")) })
    }

    /// Proves that keyring and folder can be written, then leaves the mark.
    pub(super) fn prepare(&self, desk: &mut Desk, pending: Pending) -> Result<(), StoreError> {
        self.write_reply(desk, Some(&pending.request_id), None)?;
        let (state, _) = State::load(&self.path)?;
        State { pending: Some(pending), ..state }.save(&self.path)
    }

    /// The reply goes into an entry of its own. It is text, because not every keyring takes anything else.
    pub(super) fn write_reply(
        &self,
        desk: &mut Desk,
        name: Option<&str>,
        reply: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let reply = reply.map(|reply| STANDARD.encode(reply));
        let text = Secret::new(json!({"format": FORMAT, "requestId": name, "reply": reply}).to_string());
        desk.set(&self.service, &self.reply_user(), text.expose().as_bytes())
    }

    /// Replaces the record if its generation is the expected one. Once the record is stored, the mark is older than it and
    /// counts no more, so failing to clean up is no failure.
    pub(super) fn commit(&self, desk: &mut Desk, expected: u64, record: &Record) -> Result<Commit, StoreError> {
        let text = encode_record(record);
        let kept = desk.get(&self.service, &self.user)?;
        // An earlier try of this very commit came through, and nobody waited for it.
        if kept.as_deref() != Some(text.expose().as_bytes()) {
            let current = kept.map_or(Ok(Record::default()), |kept| decode_record(&kept));
            let current = current.map_err(|reason| self.refusal(reason))?;
            if current.generation != expected {
                return Ok(Commit::Conflict(Box::new(current)));
            }
            desk.set(&self.service, &self.user, text.expose().as_bytes())?;
        }
        let newest = State::load(&self.path).map_or(0, |(state, _)| state.newest).max(record.generation);
        let _ = State { newest, ..State::default() }.save(&self.path);
        let _ = desk.remove(&self.service, &self.reply_user());
        Ok(Commit::Stored)
    }

    pub(super) fn clear(&self, desk: &mut Desk) -> Result<(), StoreError> {
        let (state, _) = State::load(&self.path)?;
        State { pending: None, ..state }.save(&self.path)?;
        desk.remove(&self.service, &self.reply_user())
    }

    fn record(&self, desk: &mut Desk, state: &mut State) -> Result<Record, StoreError> {
        let Some(value) = desk.get(&self.service, &self.user)? else { return Ok(Record::default()) };
        match decode_record(&value) {
            Ok(record) => Ok(record),
            Err(Unreadable::Newer) => Err(self.refusal(Unreadable::Newer)),
            Err(Unreadable::Corrupt) => {
                state.damage = Some(self.copy(desk, &value)?);
                // Noted before it is removed, or the keyring would look as if it had never held one.
                state.save(&self.path)?;
                desk.remove(&self.service, &self.user)?;
                Ok(Record::default())
            }
        }
    }

    fn reply(&self, desk: &mut Desk) -> Result<(Option<Reply>, Option<String>), StoreError> {
        let Some(value) = desk.get(&self.service, &self.reply_user())? else { return Ok((None, None)) };
        if let Ok(reply) = parse_reply(&value) {
            return Ok((Some(reply), None));
        }
        let aside = self.copy(desk, &value)?;
        desk.remove(&self.service, &self.reply_user())?;
        Ok((None, Some(format!("the reply to an exchange could not be read and is kept as {aside}"))))
    }

    /// Copies a value into the first entry that is free.
    fn copy(&self, desk: &mut Desk, value: &[u8]) -> Result<String, StoreError> {
        let mut number = 1;
        loop {
            let user = format!("{}#corrupt-{number}", self.user);
            match desk.get(&self.service, &user)? {
                None => desk.set(&self.service, &user, value)?,
                Some(there) if there == value => {}
                Some(_) => {
                    number += 1;
                    continue;
                }
            }
            return Ok(format!("the entry {user} of {}", self.service));
        }
    }

    fn reply_user(&self) -> String {
        format!("{}#reply", self.user)
    }

    fn refusal(&self, reason: Unreadable) -> StoreError {
        let place = format!("the entry {} of {} in the keyring", self.user, self.service);
        match reason {
            Unreadable::Corrupt => corrupt(format!("{place} holds no record of tokens; put it back or sign in again")),
            Unreadable::Newer => StoreError::message(format!(
                "{place} was written by a later version of this library; update this program"
            )),
        }
    }
}

fn parse_reply(bytes: &[u8]) -> Result<Reply, Unreadable> {
    let members = object(bytes)?;
    let decode = |value: &Value| STANDARD.decode(value.as_str()?).ok().map(Bytes::from);
    Ok((optional(&members, "requestId", text)?, optional(&members, "reply", decode)?))
}

fn moved(aside: &str) -> String {
    format!("the record in the keyring could not be read and is kept as {aside}; put it back or sign in again")
}

fn corrupt(text: String) -> StoreError {
    StoreError::message(text).of_kind(StoreErrorKind::Corrupt)
}
