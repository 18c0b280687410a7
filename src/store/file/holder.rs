//! What the holder of the lock does to the files. It blocks.

use std::sync::Arc;

use bytes::Bytes;

use super::files::{Files, Found, LIMIT, put};
use super::format::{self, Text};
use super::guard::Guard;
use super::places::failed;
use super::system::Access;
use crate::store::{Commit, Held, Pending, Record, StoreError, StoreErrorKind};

/// Room for the longest reply of a token endpoint, 64 KiB, and for the record or the line before it.
const ROOM: usize = 72 * 1024;

pub(super) struct Holder {
    pub files: Arc<Files>,
    pub guard: Guard,
    /// Whose reply a journal would be.
    pub exchange: Option<Pending>,
    /// Whether the new file was made by this holder, with room for a record.
    pub has_room: bool,
}

impl Holder {
    pub(super) fn read(&mut self) -> Result<Held, StoreError> {
        let (record, damage) = self.current()?;
        let newest = self.newest()?;
        self.settle(newest, record.generation);
        let path = &self.files.places.pending;
        let mark = self.guard.pending.read(LIMIT).map_err(|error| failed("cannot be read", path, error))?;
        // What belongs to an older generation is left of an exchange that was committed.
        let is_open = |generation: u64| generation >= record.generation;
        let pending = format::read_pending(&mark, &record).filter(|pending| is_open(pending.generation));
        let journal = self.files.bytes(&self.files.places.journal)?;
        let reply = journal.and_then(|bytes| format::read_journal(&bytes));
        let reply = reply.filter(|(generation, _)| generation.is_none_or(is_open)).map(|(_, reply)| reply);
        self.exchange.clone_from(&pending);
        Ok(Held { newest: newest.max(record.generation), record, pending, reply, damage })
    }

    /// The record that counts, and what had to be set aside to get at it.
    fn current(&mut self) -> Result<(Record, Option<String>), StoreError> {
        let files = Arc::clone(&self.files);
        match files.look(&files.places.record)? {
            Found::Good(record, _) => Ok((*record, None)),
            Found::Bad(why) => {
                let aside = files.quarantine()?;
                self.without_record(&format!("could not be read ({why}) and is kept as {}", aside.display()))
            }
            Found::Missing => match files.set_aside()?.last() {
                Some(number) => {
                    let aside = files.places.corrupt(*number);
                    self.without_record(&format!("could not be read before and is kept as {}", aside.display()))
                }
                None => Ok((Record { generation: self.newest()?, ..Record::default() }, None)),
            },
        }
    }

    /// The copy before the last change, else nothing; never nothing without a word.
    fn without_record(&mut self, what: &str) -> Result<(Record, Option<String>), StoreError> {
        let files = Arc::clone(&self.files);
        let path = files.places.record.display();
        if let Ok(Found::Good(record, bytes)) = files.look(&files.places.previous) {
            // For those who read without the lock. The holder of the lock has the copy anyway.
            let _ = self.replace(&bytes);
            return Ok((*record, Some(format!("{path} {what}; the copy before the last change is used"))));
        }
        let damage = format!("{path} {what}; put a good copy in its place, or sign in again");
        Ok((Record { generation: self.newest()?, ..Record::default() }, Some(damage)))
    }

    fn newest(&mut self) -> Result<u64, StoreError> {
        let path = &self.files.places.lock;
        let bytes = self.guard.lock.read(LIMIT).map_err(|error| failed("cannot be read", path, error))?;
        Ok(format::read_newest(&bytes))
    }

    /// Whoever stored a record that the lock file has not heard of did not live to finish, and a power cut could still undo the
    /// rename. Its journal must not be written over before that is past.
    fn settle(&mut self, newest: u64, generation: u64) {
        if newest < generation && self.files.sync_folder().is_ok() {
            self.remember(generation);
        }
    }

    /// Not worth a failure: without it, only a restored copy is found out later.
    fn remember(&mut self, generation: u64) {
        if self.newest().is_ok_and(|newest| newest < generation) {
            let _ = put(self.guard.lock.as_mut(), &self.files.places.lock, &format::write_newest(generation));
        }
    }

    pub(super) fn prepare(&mut self, pending: &Pending) -> Result<(), StoreError> {
        self.prove_writable(pending).map_err(|error| {
            // Nothing is sent, so nobody should ask about it later.
            let _ = self.guard.pending.write(b"");
            error.of_kind(StoreErrorKind::NotWritable)
        })?;
        self.exchange = Some(pending.clone());
        self.has_room = true;
        Ok(())
    }

    fn prove_writable(&mut self, pending: &Pending) -> Result<(), StoreError> {
        let files = &self.files;
        let places = &files.places;
        let room = vec![0; ROOM];
        self.keep_previous()?;
        files.remove(&places.fresh)?;
        files.write(&places.fresh, &room)?;
        files.write(&places.journal, &room)?;
        put(self.guard.pending.as_mut(), &places.pending, &format::write_pending(pending))?;
        files.sync_folder()?;
        if !files.holds_pending(&self.guard)? {
            let path = places.pending.display();
            return Err(StoreError::message(format!(
                "{path} was removed by another program; let it keep off, and try again"
            )));
        }
        Ok(())
    }

    /// Copies the record aside, unless the copy is there.
    fn keep_previous(&self) -> Result<(), StoreError> {
        let places = &self.files.places;
        let Found::Good(record, bytes) = self.files.look(&places.record)? else { return Ok(()) };
        // A set that was signed out must not live on in a copy.
        if record.tokens.is_none() {
            return Ok(());
        }
        let same = |there: &Text| **there == *bytes;
        match self.files.bytes(&places.previous) {
            Ok(Some(there)) if same(&there) => Ok(()),
            _ => self.files.write(&places.previous, &bytes),
        }
    }

    pub(super) fn journal(&mut self, reply: &Bytes) -> Result<(), StoreError> {
        let text = format::write_journal(self.exchange.as_ref(), reply);
        self.files.write(&self.files.places.journal, &text)
    }

    pub(super) fn commit(&mut self, expected: u64, record: &Record) -> Result<Commit, StoreError> {
        let (current, _) = self.current()?;
        if current.generation != expected {
            // The same one again: the first time it got to its place, but not surely for good.
            if current != *record {
                return Ok(Commit::Conflict(Box::new(current)));
            }
            self.files.sync_folder()?;
        } else {
            self.check(expected, record)?;
            self.store(record)?;
        }
        self.finish(record);
        Ok(Commit::Stored)
    }

    fn check(&self, expected: u64, record: &Record) -> Result<(), StoreError> {
        let (path, generation) = (self.files.places.record.display(), record.generation);
        if generation <= expected {
            return Err(StoreError::message(format!(
                "{path} holds generation {expected}, so generation {generation} cannot follow; take one above the newest"
            )));
        }
        if !self.files.still_holds(&self.guard)? {
            return Err(StoreError::message(format!("the lock of {path} was removed by another program; try again"))
                .of_kind(StoreErrorKind::NotWritable));
        }
        Ok(())
    }

    fn store(&mut self, record: &Record) -> Result<(), StoreError> {
        // The new tokens are worth more than a copy of the old ones.
        let _ = self.keep_previous();
        self.replace(&format::write_record(record))
    }

    /// Puts these bytes in the place of the record.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let fresh = &self.files.places.fresh;
        // What a crash left there may be the record itself under a second name: it must not be written over.
        if !self.has_room {
            self.files.remove(fresh)?;
        }
        self.files.write(fresh, bytes)?;
        self.files.replace()?;
        self.has_room = false;
        Ok(())
    }

    /// What need not succeed: all of it is told from what counts by its generation.
    fn finish(&mut self, record: &Record) {
        let places = &self.files.places;
        if record.tokens.is_none() {
            let _ = self.files.remove(&places.previous);
        }
        let _ = self.guard.pending.write(b"");
        let _ = self.empty_journal();
        self.remember(record.generation);
        self.exchange = None;
    }

    fn empty_journal(&self) -> Result<(), StoreError> {
        let path = &self.files.places.journal;
        match self.files.existing(path, Access::Write)? {
            Some(mut file) => put(file.as_mut(), path, b""),
            None => Ok(()),
        }
    }

    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        let places = &self.files.places;
        // The reply goes first: without its mark it would be the reply of nobody.
        self.empty_journal()?;
        put(self.guard.pending.as_mut(), &places.pending, b"")?;
        let _ = self.files.remove(&places.fresh);
        (self.exchange, self.has_room) = (None, false);
        Ok(())
    }
}
