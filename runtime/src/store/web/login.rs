//! One login in the storage of a page: reading, repairing, comparing and replacing.

#[cfg(test)]
mod tests;

use std::str;

use zeroize::Zeroizing;

use super::area::Area;
use super::notes::Notes;
use crate::store::codec::{StoredValue, Unreadable, decode_record, encode_record, unreadable_pending};
use crate::store::kit::{
    Leftovers, Newest, Reply, State, corrupt, decode_reply, encode_reply, joined, not_writable, quarantined, refusal,
    removed,
};
use crate::store::{Asked, Commit, Pending, StoreContents, StoreError, TokenRecord};

/// What an exchange may need: the longest reply of a token endpoint, 64 KiB in base64, and a record with what it brings.
const ROOM: usize = (88 + 72) * 1024;
/// What is left of it for the record once the reply is there.
const ROOM_OF_RECORD: usize = 72 * 1024;

/// Where a login is.
pub(super) struct Login {
    /// The name of its record, and the beginning of all its other names.
    pub key: String,
    /// What people call the storage.
    pub place: &'static str,
}

/// The storage of a login, and the notes for copies of that storage, if a browser can duplicate it.
#[derive(Clone, Copy)]
pub(super) struct LoginStorage<'a> {
    pub area: &'a dyn Area,
    pub notes: Option<Notes<'a>>,
}

/// The names of quarantined values: corrupt values, and answers that could not be parsed.
const CORRUPT: &str = "corrupt";
const UNREAD: &str = "unread";

/// A bare set of tokens has the generation after that of the state, and nothing else: the state changes under the lock alone, so
/// whoever has read the set can still name it when it is replaced. What this page has seen may grow in between.
impl Login {
    /// The login under this key of a storage.
    ///
    /// # Errors
    /// When the names of two logins could be the same: what belongs to one is named after its key and a colon.
    pub(super) fn under(key: &str, place: &'static str) -> Result<Self, StoreError> {
        if key.is_empty() || key.contains(':') {
            return Err(StoreError::message(
                "the key of a login in the storage of a page must not be empty and must not contain a colon",
            ));
        }
        Ok(Login { key: key.to_owned(), place })
    }

    /// Reads the record without the lock.
    pub(super) fn read_unlocked(&self, storage: LoginStorage<'_>, newest: &Newest) -> Result<TokenRecord, StoreError> {
        let state = self.state_unlocked(storage)?;
        match storage.area.get(&self.key)? {
            Some(text) => {
                let kept = decode_record(text.as_bytes()).map_err(|reason| refusal(reason, self.shown()))?;
                Ok(kept.into_record(state.newest))
            }
            None => match state.damage {
                Some(aside) => Err(corrupt(quarantined(&aside))),
                None if newest.seen(0).max(state.newest) > 0 => Err(corrupt(removed(self.shown()))),
                None => Ok(TokenRecord::default()),
            },
        }
    }

    /// The generation of the record; 0 where there is none that can be read.
    pub(super) fn generation(&self, storage: LoginStorage<'_>) -> u64 {
        self.kept(storage).map_or(0, |record| record.generation)
    }

    /// The record, if this store has written it and it can be read.
    fn kept(&self, storage: LoginStorage<'_>) -> Option<TokenRecord> {
        match decode_record(storage.area.get(&self.key).ok()??.as_bytes()) {
            Ok(StoredValue::Record(record)) => Some(*record),
            _ => None,
        }
    }

    /// The record, whoever has written it, if it can be read.
    fn standing(&self, storage: LoginStorage<'_>, state: &State) -> Option<TokenRecord> {
        let text = storage.area.get(&self.key).ok()??;
        Some(decode_record(text.as_bytes()).ok()?.into_record(state.newest))
    }

    /// Everything, with what cannot be read moved away.
    pub(super) fn read(&self, storage: LoginStorage<'_>, newest: &Newest) -> Result<StoreContents, StoreError> {
        let (mut state, lost_state) = self.state(storage)?;
        let kept = self.record(storage, &mut state)?;
        let written = if let Some(StoredValue::Record(record)) = &kept { record.generation } else { 0 };
        let seen = newest.seen(state.newest.max(written));
        let is_gone = kept.is_none() && seen > 0 && state.damage.is_none();
        let record = kept.unwrap_or_else(|| StoredValue::Record(Box::default())).into_record(state.newest);
        let newest = newest.seen(self.noted_generation(storage, &record));
        let (reply, lost_reply) = self.reply(storage)?;
        // A record that is newer than the marker was committed after it: only the cleaning up is missing.
        let pending = state.pending.filter(|pending| pending.generation >= record.generation);
        let named = pending.as_ref().map(|pending| &pending.request_id);
        let reply = reply.filter(|(name, _)| name.as_ref() == named).and_then(|(_, reply)| reply);
        let pending = pending.or_else(|| lost_state.as_ref().map(|_| unreadable_pending(&record)));
        let lost_record = state.damage.filter(|_| record.generation == 0).map(|aside| quarantined(&aside));
        let gone = is_gone.then(|| removed(self.shown()));
        let damage = joined([lost_record, gone, lost_state, lost_reply].into_iter().flatten());
        Ok(StoreContents { newest: newest.max(record.generation), record, pending, reply, damage, asked: state.asked })
    }

    /// Reserves room for an answer, then writes the pending marker. A full storage fails before anything is sent.
    pub(super) fn prepare(&self, storage: LoginStorage<'_>, pending: &Pending) -> Result<(), StoreError> {
        let prepared = self.write_marker(storage, pending).map_err(not_writable);
        if prepared.is_err() {
            let _ = storage.area.remove(&self.name("room"));
        }
        prepared
    }

    fn write_marker(&self, storage: LoginStorage<'_>, pending: &Pending) -> Result<(), StoreError> {
        self.hold_room(storage, ROOM)?;
        let (state, _) = self.state(storage)?;
        if let Some(record) = self.standing(storage, &state).filter(|_| pending.refresh_token_hash.is_some()) {
            self.note_generation(storage, &record, pending.generation.saturating_add(1))?;
        }
        self.save(storage, &State { pending: Some(pending.clone()), ..state })?;
        storage.area.remove(&self.name("reply"))
    }

    fn hold_room(&self, storage: LoginStorage<'_>, size: usize) -> Result<(), StoreError> {
        storage.area.set(&self.name("room"), &" ".repeat(size))
    }

    /// Keeps the answer in the room that was held for it.
    pub(super) fn journal(
        &self,
        storage: LoginStorage<'_>,
        exchange: Option<&str>,
        reply: &[u8],
    ) -> Result<(), StoreError> {
        let text = encode_reply(exchange, Some(reply));
        storage.area.remove(&self.name("room"))?;
        storage.area.set(&self.name("reply"), shown(&text))?;
        if exchange.is_some() {
            // The record may still find room without it.
            let _ = self.hold_room(storage, ROOM_OF_RECORD);
        }
        Ok(())
    }

    /// Keeps the reply a second time, where no commit of a loss drops it.
    pub(super) fn quarantine_reply(&self, storage: LoginStorage<'_>) -> Result<(), StoreError> {
        match storage.area.get(&self.name("reply"))? {
            Some(text) => self.copy(storage, UNREAD, &text).map(drop),
            None => Ok(()),
        }
    }

    pub(super) fn note_question(&self, storage: LoginStorage<'_>, asked: &Asked) -> Result<(), StoreError> {
        let (state, _) = self.state(storage)?;
        self.save(storage, &State { asked: Some(asked.clone()), ..state })
    }

    /// Replaces the record if its generation is the expected one. Once it is stored, the marker is older than it and counts no more,
    /// so failing to clean up is no failure.
    pub(super) fn commit(
        &self,
        storage: LoginStorage<'_>,
        newest: &Newest,
        expected: u64,
        record: &TokenRecord,
    ) -> Result<Commit, StoreError> {
        let text = encode_record(record);
        let numbered = self.state_unlocked(storage)?.newest;
        let kept = storage.area.get(&self.key)?;
        let mut before = None;
        // An earlier try of this very commit came through, and its caller had given up.
        if kept.as_ref().is_none_or(|kept| kept.as_bytes() != &text[..]) {
            let current =
                kept.map_or_else(|| Ok(StoredValue::Record(Box::default())), |kept| decode_record(kept.as_bytes()));
            let current = current.map_err(|reason| refusal(reason, self.shown()))?.into_record(numbered);
            if current.generation != expected {
                return Ok(Commit::Conflict(Box::new(current)));
            }
            storage.area.remove(&self.name("room"))?;
            storage.area.set(&self.key, shown(&text))?;
            before = Some(current);
        }
        self.finish(storage, before.as_ref(), record, newest.seen(numbered.max(record.generation)));
        Ok(Commit::Stored)
    }

    /// Cleans up; failures are logged.
    fn finish(&self, storage: LoginStorage<'_>, before: Option<&TokenRecord>, record: &TokenRecord, newest: u64) {
        let gone = Leftovers::of(before, record);
        let done = [
            self.save(storage, &State { newest, ..State::default() }),
            storage.area.remove(&self.name("reply")),
            storage.area.remove(&self.name("room")),
            if gone.records { self.empty(storage, CORRUPT) } else { Ok(()) },
            if gone.replies { self.empty(storage, UNREAD) } else { Ok(()) },
            self.outdate_copies(storage, before, record),
            self.note_generation(storage, record, record.generation),
            storage.notes.map_or(Ok(()), |notes| notes.drop_old(&self.name(""))),
        ];
        for error in done.into_iter().filter_map(Result::err) {
            tracing::warn!(target: "zeyos", %error, "something of the last tokens is left in the storage of the page");
        }
    }

    /// Drops the pending marker and what belongs to it.
    pub(super) fn clear(&self, storage: LoginStorage<'_>) -> Result<(), StoreError> {
        // The reply goes first: without its pending marker it would belong to no exchange.
        storage.area.remove(&self.name("reply"))?;
        let (state, _) = self.state(storage)?;
        let record = self.standing(storage, &state);
        self.save(storage, &State { pending: None, ..state })?;
        if let Some(record) = record {
            self.withdraw_note(storage, &record)?;
        }
        storage.area.remove(&self.name("room"))
    }

    /// The record, unless there is none or it cannot be read, in which case it is moved away.
    fn record(&self, storage: LoginStorage<'_>, state: &mut State) -> Result<Option<StoredValue>, StoreError> {
        let Some(text) = storage.area.get(&self.key)? else { return Ok(None) };
        match decode_record(text.as_bytes()) {
            Ok(kept) => Ok(Some(kept)),
            Err(Unreadable::Newer) => Err(refusal(Unreadable::Newer, self.shown())),
            Err(Unreadable::Corrupt(_)) => {
                state.damage = Some(self.copy(storage, CORRUPT, &text)?);
                // Noted before it is removed, or the storage would look as if it had never held one.
                self.save(storage, state)?;
                storage.area.remove(&self.key)?;
                Ok(None)
            }
        }
    }

    fn reply(&self, storage: LoginStorage<'_>) -> Result<(Option<Reply>, Option<String>), StoreError> {
        let Some(text) = storage.area.get(&self.name("reply"))? else { return Ok((None, None)) };
        if let Some(reply) = decode_reply(text.as_bytes()) {
            return Ok((Some(reply), None));
        }
        let aside = self.copy(storage, CORRUPT, &text)?;
        storage.area.remove(&self.name("reply"))?;
        Ok((None, Some(format!("the reply to an exchange could not be read and is kept as {aside}"))))
    }

    /// Reads the state; one that cannot be read is moved away, and the second value says where to.
    fn state(&self, storage: LoginStorage<'_>) -> Result<(State, Option<String>), StoreError> {
        let Some(text) = storage.area.get(&self.name("state"))? else { return Ok((State::default(), None)) };
        match State::decode(text.as_bytes()) {
            Ok(state) => Ok((state, None)),
            Err(Unreadable::Newer) => Err(refusal(Unreadable::Newer, self.shown())),
            Err(Unreadable::Corrupt(_)) => {
                let aside = self.copy(storage, CORRUPT, &text)?;
                storage.area.remove(&self.name("state"))?;
                Ok((
                    State::default(),
                    Some(format!("the state of an exchange could not be read and is kept as {aside}")),
                ))
            }
        }
    }

    /// Reads the state without the lock; nothing is quarantined.
    fn state_unlocked(&self, storage: LoginStorage<'_>) -> Result<State, StoreError> {
        let text = storage.area.get(&self.name("state"))?;
        Ok(text.and_then(|text| State::decode(text.as_bytes()).ok()).unwrap_or_default())
    }

    fn save(&self, storage: LoginStorage<'_>, state: &State) -> Result<(), StoreError> {
        storage.area.set(&self.name("state"), shown(&state.encode()))
    }

    /// Copies a value to the first name of this kind that is free.
    fn copy(&self, storage: LoginStorage<'_>, kind: &str, text: &str) -> Result<String, StoreError> {
        let mut number = 1;
        loop {
            let name = self.name(&format!("{kind}:{number}"));
            match storage.area.get(&name)? {
                None => storage.area.set(&name, text)?,
                Some(there) if *there == text => {}
                Some(_) => {
                    number += 1;
                    continue;
                }
            }
            return Ok(format!("{name} in {}", self.place));
        }
    }

    /// Removes quarantined values of this kind.
    fn empty(&self, storage: LoginStorage<'_>, kind: &str) -> Result<(), StoreError> {
        let mut number = 1;
        loop {
            let name = self.name(&format!("{kind}:{number}"));
            if storage.area.get(&name)?.is_none() {
                return Ok(());
            }
            storage.area.remove(&name)?;
            number += 1;
        }
    }

    /// The newest generation of this login that any copy of the storage has had.
    fn noted_generation(&self, storage: LoginStorage<'_>, record: &TokenRecord) -> u64 {
        let Some((notes, login)) = storage.notes.zip(record.origin().map(|origin| origin.login)) else { return 0 };
        notes.newest(&self.name(&login))
    }

    /// Tells copies of the storage that the tokens before this generation are spent, or about to be. The names are fingerprints.
    fn note_generation(
        &self,
        storage: LoginStorage<'_>,
        record: &TokenRecord,
        generation: u64,
    ) -> Result<(), StoreError> {
        match storage.notes.zip(record.origin()) {
            Some((notes, origin)) if record.tokens.is_some() => notes.raise(&self.name(&origin.login), generation),
            _ => Ok(()),
        }
    }

    /// Takes back that tokens are about to be spent: they were not sent. What was told of later ones stays.
    fn withdraw_note(&self, storage: LoginStorage<'_>, record: &TokenRecord) -> Result<(), StoreError> {
        match storage.notes.zip(record.origin()) {
            Some((notes, origin)) if self.noted_generation(storage, record) == record.generation.saturating_add(1) => {
                notes.set(&self.name(&origin.login), record.generation)
            }
            _ => Ok(()),
        }
    }

    /// Tells copies of a login that has ended, or was followed by another one, that their tokens may be worth nothing any more. They
    /// ask before they send them: whether the server was told of the end is not known here.
    fn outdate_copies(
        &self,
        storage: LoginStorage<'_>,
        before: Option<&TokenRecord>,
        record: &TokenRecord,
    ) -> Result<(), StoreError> {
        match storage.notes.zip(before.and_then(TokenRecord::origin)) {
            Some((notes, origin)) => {
                let goes_on = record.tokens.is_some() && record.origin().is_some_and(|now| now.login == origin.login);
                if goes_on {
                    return Ok(());
                }
                notes.raise(&self.name(&origin.login), record.generation)
            }
            None => Ok(()),
        }
    }

    fn name(&self, what: &str) -> String {
        format!("{}:{what}", self.key)
    }

    /// Where the record is, for people.
    fn shown(&self) -> String {
        format!("{} in {}", self.key, self.place)
    }
}

/// What was made of JSON is text.
fn shown(text: &Zeroizing<Vec<u8>>) -> &str {
    str::from_utf8(text).unwrap_or_default()
}
