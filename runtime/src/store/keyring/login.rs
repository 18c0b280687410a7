//! One login in the keyring and the files beside it: reading, repairing, comparing and replacing. All of it blocks.

use std::path::PathBuf;

use super::super::codec::{Kept, Unreadable, decode_record, encode_record, unreadable_pending};
use super::super::kit::{
    self, Leftovers, Reply, State, corrupt, decode_reply, encode_reply, joined, kept_aside, removed,
};
use super::super::{Asked, Commit, Held, Pending, Record, StoreError};
use super::beside::{glimpse, load, save};
use super::desk::Desk;

/// Whose entries, and which files.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub service: String,
    pub user: String,
    pub path: PathBuf,
}

/// The names of entries in quarantine: values in the place of others, and replies that nothing could read.
const CORRUPT: &str = "corrupt";
const UNREAD: &str = "unread";

impl Login {
    /// The record for those who hold no lock.
    pub(super) fn peek(&self, desk: &mut Desk) -> Result<Record, StoreError> {
        let newest = || glimpse(&self.path).map_or(0, |state| state.newest);
        match desk.get(&self.service, &self.user)? {
            Some(value) => Ok(decode_record(&value).map_err(|reason| self.refusal(reason))?.into_record(newest())),
            None => match glimpse(&self.path).and_then(|state| state.damage) {
                Some(aside) => Err(corrupt(kept_aside(&aside))),
                None if newest() > 0 || desk.get(&self.service, &self.copy_user())?.is_some() => {
                    Err(corrupt(removed(self.place())))
                }
                None => Ok(Record::default()),
            },
        }
    }

    /// Everything, with what cannot be read moved away, and the copy in the place of a record that is gone.
    pub(super) fn read(&self, desk: &mut Desk) -> Result<Held, StoreError> {
        let (mut state, lost_state) = load(&self.path)?;
        let (record, repaired) = self.record(desk, &mut state)?;
        let (reply, lost_reply) = self.reply(desk)?;
        // A record that is newer than the marker was committed after it: only the cleaning up is missing.
        let pending = state.pending.filter(|pending| pending.generation >= record.generation);
        let named = pending.as_ref().map(|pending| &pending.request_id);
        let reply = reply.filter(|(name, _)| name.as_ref() == named).and_then(|(_, reply)| reply);
        let pending = pending.or_else(|| lost_state.as_ref().map(|_| unreadable_pending(&record)));
        let lost_record = state.damage.filter(|_| record.generation == 0).map(|aside| kept_aside(&aside));
        let damage = joined([lost_record, repaired, lost_state, lost_reply].into_iter().flatten());
        let newest = state.newest.max(record.generation);
        Ok(Held { record, pending, reply, newest, damage, asked: state.asked })
    }

    /// Proves that keyring and folder can be written, then leaves the mark.
    pub(super) fn prepare(&self, desk: &mut Desk, pending: Pending) -> Result<(), StoreError> {
        self.write_reply(desk, Some(&pending.request_id), None)?;
        let (state, _) = load(&self.path)?;
        save(&State { pending: Some(pending), ..state }, &self.path)
    }

    /// The reply goes into an entry of its own.
    pub(super) fn write_reply(
        &self,
        desk: &mut Desk,
        name: Option<&str>,
        reply: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let text = encode_reply(name, reply);
        desk.set(&self.service, &self.reply_user(), &text)
    }

    /// Keeps the reply a second time, in an entry that no commit of a loss drops.
    pub(super) fn quarantine_reply(&self, desk: &mut Desk) -> Result<(), StoreError> {
        match desk.get(&self.service, &self.reply_user())? {
            Some(value) => self.copy(desk, UNREAD, &value).map(drop),
            None => Ok(()),
        }
    }

    pub(super) fn note_question(&self, asked: Asked) -> Result<(), StoreError> {
        let (state, _) = load(&self.path)?;
        save(&State { asked: Some(asked), ..state }, &self.path)
    }

    /// Replaces the record if its generation is the expected one. Once the record is stored, the marker is older than it and
    /// counts no more, so failing to clean up is no failure.
    pub(super) fn commit(&self, desk: &mut Desk, expected: u64, record: &Record) -> Result<Commit, StoreError> {
        let text = encode_record(record);
        let newest = load(&self.path).map_or(0, |(state, _)| state.newest);
        let kept = desk.get(&self.service, &self.user)?;
        let mut before = None;
        // An earlier try of this very commit came through, and its caller had given up.
        if kept.as_ref().is_none_or(|kept| kept[..] != text[..]) {
            let current = kept.map_or_else(|| Ok(Kept::Record(Box::default())), |kept| decode_record(&kept));
            let current = current.map_err(|reason| self.refusal(reason))?.into_record(newest);
            if current.generation != expected {
                return Ok(Commit::Conflict(Box::new(current)));
            }
            desk.set(&self.service, &self.user, &text)?;
            before = Some(current);
        }
        self.finish(desk, before.as_ref(), record, &text, newest);
        Ok(Commit::Stored)
    }

    /// What need not succeed.
    fn finish(&self, desk: &mut Desk, before: Option<&Record>, record: &Record, text: &[u8], newest: u64) {
        let gone = Leftovers::of(before, record);
        let done = [
            desk.set(&self.service, &self.copy_user(), text),
            save(&State { newest: newest.max(record.generation), ..State::default() }, &self.path),
            desk.remove(&self.service, &self.reply_user()),
            if gone.records { self.empty(desk, CORRUPT) } else { Ok(()) },
            if gone.replies { self.empty(desk, UNREAD) } else { Ok(()) },
        ];
        for error in done.into_iter().filter_map(Result::err) {
            tracing::warn!(target: "zeyos", %error, "something of the last tokens is left in the keyring");
        }
    }

    /// Removes the entries in quarantine.
    fn empty(&self, desk: &mut Desk, kind: &str) -> Result<(), StoreError> {
        let mut number = 1;
        loop {
            let user = format!("{}#{kind}-{number}", self.user);
            if desk.get(&self.service, &user)?.is_none() {
                return Ok(());
            }
            desk.remove(&self.service, &user)?;
            number += 1;
        }
    }

    pub(super) fn clear(&self, desk: &mut Desk) -> Result<(), StoreError> {
        let (state, _) = load(&self.path)?;
        save(&State { pending: None, ..state }, &self.path)?;
        desk.remove(&self.service, &self.reply_user())
    }

    /// The record that counts, and what was repaired to get at it.
    fn record(&self, desk: &mut Desk, state: &mut State) -> Result<(Record, Option<String>), StoreError> {
        let copy = self.kept_copy(desk)?;
        let what = match desk.get(&self.service, &self.user)? {
            Some(value) => match (decode_record(&value), &copy) {
                (Ok(Kept::Record(record)), Some((there, _))) if there.generation > record.generation => {
                    "was older than its copy"
                }
                (Ok(kept), _) => return Ok((kept.into_record(state.newest), None)),
                (Err(Unreadable::Newer), _) => return Err(self.refusal(Unreadable::Newer)),
                (Err(Unreadable::Corrupt(_)), _) => {
                    state.damage = Some(self.copy(desk, CORRUPT, &value)?);
                    // Noted before it is removed, or the keyring would look as if it had never held one.
                    save(state, &self.path)?;
                    desk.remove(&self.service, &self.user)?;
                    "could not be read"
                }
            },
            None => "was removed",
        };
        match copy {
            Some((record, bytes)) => {
                desk.set(&self.service, &self.user, &bytes)?;
                state.damage = None;
                Ok((record, Some(format!("the record in the keyring {what}; its copy is used"))))
            }
            None if state.newest > 0 && state.damage.is_none() => Ok((Record::default(), Some(removed(self.place())))),
            None => Ok((Record::default(), None)),
        }
    }

    /// The record a second time, if it is there.
    fn kept_copy(&self, desk: &mut Desk) -> Result<Option<(Record, Vec<u8>)>, StoreError> {
        let Some(bytes) = desk.get(&self.service, &self.copy_user())? else { return Ok(None) };
        match decode_record(&bytes) {
            Ok(Kept::Record(record)) => Ok(Some((*record, bytes))),
            _ => Ok(None),
        }
    }

    fn reply(&self, desk: &mut Desk) -> Result<(Option<Reply>, Option<String>), StoreError> {
        let Some(value) = desk.get(&self.service, &self.reply_user())? else { return Ok((None, None)) };
        if let Some(reply) = decode_reply(&value) {
            return Ok((Some(reply), None));
        }
        let aside = self.copy(desk, CORRUPT, &value)?;
        desk.remove(&self.service, &self.reply_user())?;
        Ok((None, Some(format!("the reply to an exchange could not be read and is kept as {aside}"))))
    }

    /// Copies a value into the first entry of this kind that is free.
    fn copy(&self, desk: &mut Desk, kind: &str, value: &[u8]) -> Result<String, StoreError> {
        let mut number = 1;
        loop {
            let user = format!("{}#{kind}-{number}", self.user);
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

    fn copy_user(&self) -> String {
        format!("{}#copy", self.user)
    }

    fn reply_user(&self) -> String {
        format!("{}#reply", self.user)
    }

    fn refusal(&self, reason: Unreadable) -> StoreError {
        kit::refusal(reason, self.place())
    }

    /// Where the record is, for people.
    fn place(&self) -> String {
        format!("the entry {} of {} in the keyring", self.user, self.service)
    }
}
