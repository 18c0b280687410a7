//! One login in the keyring and the files beside it: reading, repairing, comparing and replacing. All of it blocks.

use std::path::PathBuf;

use super::session::KeyringSession;
use super::state_file::{load, load_unlocked, save};
use crate::store::codec::{StoredValue, Unreadable, decode_record, encode_record, unreadable_pending};
use crate::store::kit::{
    self, Leftovers, Reply, State, corrupt, decode_reply, encode_reply, joined, quarantined, removed,
};
use crate::store::{Asked, Commit, Pending, StoreContents, StoreError, TokenRecord};

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
    /// Reads the record without the lock.
    pub(super) fn read_unlocked(&self, session: &mut KeyringSession) -> Result<TokenRecord, StoreError> {
        let newest = || load_unlocked(&self.path).map_or(0, |state| state.newest);
        match session.get(&self.service, &self.user)? {
            Some(value) => Ok(decode_record(&value).map_err(|reason| self.refusal(reason))?.into_record(newest())),
            None => match load_unlocked(&self.path).and_then(|state| state.damage) {
                Some(aside) => Err(corrupt(quarantined(&aside))),
                None if newest() > 0 || session.get(&self.service, &self.copy_user())?.is_some() => {
                    Err(corrupt(removed(self.place())))
                }
                None => Ok(TokenRecord::default()),
            },
        }
    }

    /// Everything, with what cannot be read moved away, and the copy in the place of a record that is gone.
    pub(super) fn read(&self, session: &mut KeyringSession) -> Result<StoreContents, StoreError> {
        let (mut state, lost_state) = load(&self.path)?;
        let (record, repaired) = self.record(session, &mut state)?;
        let (reply, lost_reply) = self.reply(session)?;
        // A record that is newer than the marker was committed after it: only the cleaning up is missing.
        let pending = state.pending.filter(|pending| pending.generation >= record.generation);
        let named = pending.as_ref().map(|pending| &pending.request_id);
        let reply = reply.filter(|(name, _)| name.as_ref() == named).and_then(|(_, reply)| reply);
        let pending = pending.or_else(|| lost_state.as_ref().map(|_| unreadable_pending(&record)));
        let lost_record = state.damage.filter(|_| record.generation == 0).map(|aside| quarantined(&aside));
        let damage = joined([lost_record, repaired, lost_state, lost_reply].into_iter().flatten());
        let newest = state.newest.max(record.generation);
        Ok(StoreContents { record, pending, reply, newest, damage, asked: state.asked })
    }

    /// Proves that the keyring and the folder can be written, then writes the pending marker.
    pub(super) fn prepare(&self, session: &mut KeyringSession, pending: Pending) -> Result<(), StoreError> {
        self.write_reply(session, Some(&pending.request_id), None)?;
        let (state, _) = load(&self.path)?;
        save(&State { pending: Some(pending), ..state }, &self.path)
    }

    /// The reply goes into an entry of its own.
    pub(super) fn write_reply(
        &self,
        session: &mut KeyringSession,
        name: Option<&str>,
        reply: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let text = encode_reply(name, reply);
        session.set(&self.service, &self.reply_user(), &text)
    }

    /// Keeps the reply a second time, in an entry that no commit of a loss drops.
    pub(super) fn quarantine_reply(&self, session: &mut KeyringSession) -> Result<(), StoreError> {
        match session.get(&self.service, &self.reply_user())? {
            Some(value) => self.copy(session, UNREAD, &value).map(drop),
            None => Ok(()),
        }
    }

    pub(super) fn note_question(&self, asked: Asked) -> Result<(), StoreError> {
        let (state, _) = load(&self.path)?;
        save(&State { asked: Some(asked), ..state }, &self.path)
    }

    /// Replaces the record if its generation is the expected one. Once the record is stored, the marker is older than it and
    /// outdated, so a failure to clean up is not an error.
    pub(super) fn commit(
        &self,
        session: &mut KeyringSession,
        expected: u64,
        record: &TokenRecord,
    ) -> Result<Commit, StoreError> {
        let text = encode_record(record);
        let newest = load(&self.path).map_or(0, |(state, _)| state.newest);
        let kept = session.get(&self.service, &self.user)?;
        let mut before = None;
        // An earlier try of this very commit came through, and its caller had given up.
        if kept.as_ref().is_none_or(|kept| kept[..] != text[..]) {
            let current = kept.map_or_else(|| Ok(StoredValue::Record(Box::default())), |kept| decode_record(&kept));
            let current = current.map_err(|reason| self.refusal(reason))?.into_record(newest);
            if current.generation != expected {
                return Ok(Commit::Conflict(Box::new(current)));
            }
            session.set(&self.service, &self.user, &text)?;
            before = Some(current);
        }
        self.finish(session, before.as_ref(), record, &text, newest);
        Ok(Commit::Stored)
    }

    /// Cleans up; failures are logged.
    fn finish(
        &self,
        session: &mut KeyringSession,
        before: Option<&TokenRecord>,
        record: &TokenRecord,
        text: &[u8],
        newest: u64,
    ) {
        let gone = Leftovers::of(before, record);
        let done = [
            session.set(&self.service, &self.copy_user(), text),
            save(&State { newest: newest.max(record.generation), ..State::default() }, &self.path),
            session.remove(&self.service, &self.reply_user()),
            if gone.records { self.empty(session, CORRUPT) } else { Ok(()) },
            if gone.replies { self.empty(session, UNREAD) } else { Ok(()) },
        ];
        for error in done.into_iter().filter_map(Result::err) {
            tracing::warn!(target: "zeyos", %error, "something of the last tokens is left in the keyring");
        }
    }

    /// Removes the entries in quarantine.
    fn empty(&self, session: &mut KeyringSession, kind: &str) -> Result<(), StoreError> {
        let mut number = 1;
        loop {
            let user = format!("{}#{kind}-{number}", self.user);
            if session.get(&self.service, &user)?.is_none() {
                return Ok(());
            }
            session.remove(&self.service, &user)?;
            number += 1;
        }
    }

    pub(super) fn clear(&self, session: &mut KeyringSession) -> Result<(), StoreError> {
        let (state, _) = load(&self.path)?;
        save(&State { pending: None, ..state }, &self.path)?;
        session.remove(&self.service, &self.reply_user())
    }

    /// The record that counts, and what was repaired to get at it.
    fn record(
        &self,
        session: &mut KeyringSession,
        state: &mut State,
    ) -> Result<(TokenRecord, Option<String>), StoreError> {
        let copy = self.kept_copy(session)?;
        let what = match session.get(&self.service, &self.user)? {
            Some(value) => match (decode_record(&value), &copy) {
                (Ok(StoredValue::Record(record)), Some((there, _))) if there.generation > record.generation => {
                    "was older than its copy"
                }
                (Ok(kept), _) => return Ok((kept.into_record(state.newest), None)),
                (Err(Unreadable::Newer), _) => return Err(self.refusal(Unreadable::Newer)),
                (Err(Unreadable::Corrupt(_)), _) => {
                    state.damage = Some(self.copy(session, CORRUPT, &value)?);
                    // Noted before it is removed, or the keyring would look as if it had never held one.
                    save(state, &self.path)?;
                    session.remove(&self.service, &self.user)?;
                    "could not be read"
                }
            },
            None => "was removed",
        };
        match copy {
            Some((record, bytes)) => {
                session.set(&self.service, &self.user, &bytes)?;
                state.damage = None;
                Ok((record, Some(format!("the record in the keyring {what}; its copy is used"))))
            }
            None if state.newest > 0 && state.damage.is_none() => {
                Ok((TokenRecord::default(), Some(removed(self.place()))))
            }
            None => Ok((TokenRecord::default(), None)),
        }
    }

    /// The record a second time, if it is there.
    fn kept_copy(&self, session: &mut KeyringSession) -> Result<Option<(TokenRecord, Vec<u8>)>, StoreError> {
        let Some(bytes) = session.get(&self.service, &self.copy_user())? else { return Ok(None) };
        match decode_record(&bytes) {
            Ok(StoredValue::Record(record)) => Ok(Some((*record, bytes))),
            _ => Ok(None),
        }
    }

    fn reply(&self, session: &mut KeyringSession) -> Result<(Option<Reply>, Option<String>), StoreError> {
        let Some(value) = session.get(&self.service, &self.reply_user())? else { return Ok((None, None)) };
        if let Some(reply) = decode_reply(&value) {
            return Ok((Some(reply), None));
        }
        let aside = self.copy(session, CORRUPT, &value)?;
        session.remove(&self.service, &self.reply_user())?;
        Ok((None, Some(format!("the reply to an exchange could not be read and is kept as {aside}"))))
    }

    /// Copies a value into the first entry of this kind that is free.
    fn copy(&self, session: &mut KeyringSession, kind: &str, value: &[u8]) -> Result<String, StoreError> {
        let mut number = 1;
        loop {
            let user = format!("{}#{kind}-{number}", self.user);
            match session.get(&self.service, &user)? {
                None => session.set(&self.service, &user, value)?,
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
