//! The operations on the files that need the lock. They block.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use super::format::{self, Notes};
use super::io::{Found, LIMIT, StoreIo, put};
use super::lock::LockPair;
use super::paths::{Quarantine, failed};
use super::system::Access;
use crate::store::codec::{StoredValue, Text, encode_record};
use crate::store::kit::Leftovers;
use crate::store::{Asked, Commit, Pending, StoreContents, StoreError, StoreErrorKind, TokenRecord};

/// Room for the longest reply of a token endpoint, 64 KiB, and for the record or the line before it.
const ROOM: usize = 72 * 1024;

/// How often another program may write while a record is stored.
const TRIES: u32 = 8;

/// The current record, and what had to be repaired.
struct Repaired {
    kept: StoredValue,
    damage: Option<String>,
}

pub(super) struct LockedStore {
    pub io: Arc<StoreIo>,
    pub lock: LockPair,
    /// Whose reply a journal would be.
    pub exchange: Option<Pending>,
    /// Whether the new file was made by this holder, with room for a record.
    pub has_room: bool,
}

impl LockedStore {
    pub(super) fn read(&mut self) -> Result<StoreContents, StoreError> {
        let notes = self.notes()?;
        let Repaired { kept, damage } = self.repaired(notes.newest)?;
        let record = kept.into_record(notes.newest);
        let path = &self.io.paths.pending;
        let marker = self.lock.pending_file.read(LIMIT).map_err(|error| failed("cannot be read", path, error))?;
        // What has an older generation is left over from an exchange that was committed.
        let is_open = |generation: u64| generation >= record.generation;
        let pending = format::read_pending(&marker, &record).filter(|pending| is_open(pending.generation));
        let journal = self.io.bytes(&self.io.paths.journal)?;
        let reply = journal.and_then(|bytes| format::read_journal(&bytes));
        let reply = reply.filter(|(generation, _)| generation.is_none_or(is_open)).map(|(_, reply)| reply);
        self.exchange.clone_from(&pending);
        Ok(StoreContents {
            newest: notes.newest.max(record.generation),
            record,
            pending,
            reply,
            damage,
            asked: notes.asked,
        })
    }

    /// Reads the current record and repairs it where needed.
    fn repaired(&mut self, newest: u64) -> Result<Repaired, StoreError> {
        let io = Arc::clone(&self.io);
        match self.look()? {
            Found::Good(StoredValue::Record(record), _) => self.newer_of(record),
            Found::Good(kept @ StoredValue::Bare(_), _) => Ok(Repaired { kept, damage: None }),
            Found::Bad(why) => {
                let aside = io.quarantine()?;
                self.restored_from_copy(Some(format!("could not be read ({why}) and is kept as {}", aside.display())))
            }
            Found::Missing => {
                let what = io.loss_of_record(newest)?;
                self.restored_from_copy(what)
            }
        }
    }

    /// What is at the place of the record. What cannot be read there may be half of what another program is just writing.
    fn look(&self) -> Result<Found, StoreError> {
        let (io, mut pause) = (&self.io, Duration::from_millis(1));
        let mut left = io.system.writing_time();
        loop {
            let found = io.look(&io.paths.record)?;
            if left.is_zero() || !matches!(found, Found::Bad(_)) {
                return Ok(found);
            }
            thread::sleep(pause.min(left));
            left = left.saturating_sub(pause);
            pause *= 2;
        }
    }

    /// The record, unless its copy is newer: then only the one file was set back.
    fn newer_of(&mut self, record: Box<TokenRecord>) -> Result<Repaired, StoreError> {
        let io = Arc::clone(&self.io);
        match io.look(&io.paths.copy) {
            Ok(Found::Good(StoredValue::Record(copy), bytes)) if copy.generation > record.generation => {
                self.replace(&bytes)?;
                let damage = format!("{} was older than its copy, which is used", io.paths.record.display());
                Ok(Repaired { kept: StoredValue::Record(copy), damage: Some(damage) })
            }
            _ => {
                self.complete(record.generation);
                Ok(Repaired { kept: StoredValue::Record(record), damage: None })
            }
        }
    }

    /// The second copy, else nothing; never nothing without a word where there was something.
    fn restored_from_copy(&mut self, what: Option<String>) -> Result<Repaired, StoreError> {
        let io = Arc::clone(&self.io);
        let nothing = || StoredValue::Record(Box::default());
        let Some(what) = what else { return Ok(Repaired { kept: nothing(), damage: None }) };
        let path = io.paths.record.display();
        for copy in [&io.paths.copy, &io.paths.previous] {
            if let Ok(Found::Good(kept, bytes)) = io.look(copy) {
                // For those who read without the lock. The holder of the lock has the copy anyway.
                let _ = self.replace(&bytes);
                return Ok(Repaired { kept, damage: Some(format!("{path} {what}; its copy is used")) });
            }
        }
        let damage = format!("{path} {what}; put a good copy in its place, or sign in again");
        Ok(Repaired { kept: nothing(), damage: Some(damage) })
    }

    fn notes(&mut self) -> Result<Notes, StoreError> {
        let path = &self.io.paths.lock;
        let bytes = self.lock.lock_file.read(LIMIT).map_err(|error| failed("cannot be read", path, error))?;
        Ok(format::read_notes(&bytes))
    }

    /// A process that stored a record which the lock file does not know crashed before it was done, and a power cut could still
    /// undo the rename. Its journal must not be written over before that is past.
    fn complete(&mut self, generation: u64) {
        if self.notes().is_ok_and(|notes| notes.newest < generation) && self.io.sync_folder().is_ok() {
            self.remember(generation);
        }
    }

    /// Best effort: without it, a restored copy is detected later.
    fn remember(&mut self, newest: u64) {
        if self.notes().is_ok_and(|notes| notes.newest < newest || notes.asked.is_some()) {
            let newest = newest.max(self.notes().map_or(0, |notes| notes.newest));
            let _ = self.write_notes(&Notes { newest, asked: None });
        }
    }

    fn write_notes(&mut self, notes: &Notes) -> Result<(), StoreError> {
        put(self.lock.lock_file.as_mut(), &self.io.paths.lock, &format::write_notes(notes))
    }

    pub(super) fn note_question(&mut self, asked: &Asked) -> Result<(), StoreError> {
        let notes = self.notes()?;
        self.write_notes(&Notes { asked: Some(asked.clone()), ..notes })
    }

    pub(super) fn prepare(&mut self, pending: &Pending) -> Result<(), StoreError> {
        self.prove_writable(pending).map_err(|error| {
            // Nothing is sent, so no later process should ask the server about it.
            let _ = self.lock.pending_file.write(b"");
            error.of_kind(StoreErrorKind::NotWritable)
        })?;
        self.exchange = Some(pending.clone());
        self.has_room = true;
        Ok(())
    }

    fn prove_writable(&mut self, pending: &Pending) -> Result<(), StoreError> {
        let io = &self.io;
        let paths = &io.paths;
        let room = vec![0; ROOM];
        self.keep_copy()?;
        io.remove(&paths.fresh)?;
        io.write(&paths.fresh, &room)?;
        io.write(&paths.journal, &room)?;
        put(self.lock.pending_file.as_mut(), &paths.pending, &format::write_pending(pending))?;
        io.sync_folder()?;
        if !io.holds_pending(&self.lock)? {
            let path = paths.pending.display();
            return Err(StoreError::message(format!(
                "{path} was removed by another program; let it keep off, and try again"
            )));
        }
        Ok(())
    }

    /// Writes the record a second time, unless it is there.
    fn keep_copy(&self) -> Result<(), StoreError> {
        let paths = &self.io.paths;
        let Found::Good(_, bytes) = self.io.look(&paths.record)? else { return Ok(()) };
        let same = |there: &Text| **there == *bytes;
        match self.io.bytes(&paths.copy) {
            Ok(Some(there)) if same(&there) => Ok(()),
            _ => self.io.write(&paths.copy, &bytes),
        }
    }

    pub(super) fn journal(&mut self, reply: &Bytes) -> Result<(), StoreError> {
        let text = format::write_journal(self.exchange.as_ref(), reply);
        self.io.write(&self.io.paths.journal, &text)
    }

    /// Quarantines the journalled answer.
    pub(super) fn quarantine_reply(&mut self) -> Result<(), StoreError> {
        match self.io.bytes(&self.io.paths.journal)? {
            Some(bytes) if !format::is_blank(&bytes) => self.io.quarantine_reply(&bytes),
            _ => Ok(()),
        }
    }

    pub(super) fn commit(&mut self, expected: u64, record: &TokenRecord) -> Result<Commit, StoreError> {
        for _ in 0..TRIES {
            if let Some(commit) = self.try_commit(expected, record)? {
                return Ok(commit);
            }
        }
        let path = self.io.paths.record.display();
        Err(StoreError::message(format!("{path} is written all the time; see what else writes it")))
    }

    /// Nothing where another program has written in the meantime.
    fn try_commit(&mut self, expected: u64, record: &TokenRecord) -> Result<Option<Commit>, StoreError> {
        let (seen, newest) = (self.contents(), self.notes()?.newest);
        let current = self.repaired(newest)?.kept.into_record(newest);
        if current.generation != expected {
            // The same one again: the first time it got to its place, but not surely for good.
            if current != *record {
                return Ok(Some(Commit::Conflict(Box::new(current))));
            }
            self.io.sync_folder()?;
        } else {
            self.check(expected, record)?;
            self.write_fresh(&encode_record(record))?;
            // Writing takes time, and programs that are not ours know no lock.
            if self.contents() != seen {
                return Ok(None);
            }
            self.put_fresh()?;
        }
        self.finish(&current, record);
        Ok(Some(Commit::Stored))
    }

    /// What is at the place of the record, as far as it can be read.
    fn contents(&self) -> Option<Text> {
        self.io.bytes(&self.io.paths.record).ok().flatten()
    }

    fn check(&self, expected: u64, record: &TokenRecord) -> Result<(), StoreError> {
        let (path, generation) = (self.io.paths.record.display(), record.generation);
        if generation <= expected {
            return Err(StoreError::message(format!(
                "{path} holds generation {expected}, so generation {generation} cannot follow; take one above the newest"
            )));
        }
        if !self.io.still_holds(&self.lock)? {
            return Err(StoreError::message(format!("the lock of {path} was removed by another program; try again"))
                .of_kind(StoreErrorKind::NotWritable));
        }
        Ok(())
    }

    /// Puts these bytes in the place of the record.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_fresh(bytes)?;
        self.put_fresh()
    }

    fn write_fresh(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let fresh = &self.io.paths.fresh;
        // What a crash left there may be the record itself under a second name: it must not be written over.
        if !self.has_room {
            self.io.remove(fresh)?;
        }
        self.io.write(fresh, bytes)?;
        self.has_room = true;
        Ok(())
    }

    fn put_fresh(&mut self) -> Result<(), StoreError> {
        self.io.replace()?;
        self.has_room = false;
        Ok(())
    }

    /// Cleans up. Failures are harmless: the record is stored, and leftovers of its exchange are outdated by their generation.
    fn finish(&mut self, before: &TokenRecord, record: &TokenRecord) {
        let done = [
            self.keep_copy(),
            // Earlier versions kept the record before this one.
            self.io.wipe(&self.io.paths.previous),
            self.empty_quarantines(before, record),
            self.empty_journal(),
        ];
        for error in done.into_iter().filter_map(Result::err) {
            tracing::warn!(target: "zeyos", %error, "something of the last tokens is left beside the store");
        }
        let _ = self.lock.pending_file.write(b"");
        self.remember(record.generation);
        self.exchange = None;
    }

    fn empty_quarantines(&self, before: &TokenRecord, record: &TokenRecord) -> Result<(), StoreError> {
        let gone = Leftovers::of(Some(before), record);
        if gone.records {
            self.io.empty_quarantine(Quarantine::Record)?;
        }
        if gone.replies {
            self.io.empty_quarantine(Quarantine::Reply)?;
        }
        Ok(())
    }

    fn empty_journal(&self) -> Result<(), StoreError> {
        let path = &self.io.paths.journal;
        match self.io.existing(path, Access::Write)? {
            Some(mut file) => put(file.as_mut(), path, b""),
            None => Ok(()),
        }
    }

    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        let paths = &self.io.paths;
        // The reply goes first: without its pending marker it would belong to no exchange.
        self.empty_journal()?;
        put(self.lock.pending_file.as_mut(), &paths.pending, b"")?;
        let _ = self.io.remove(&paths.fresh);
        (self.exchange, self.has_room) = (None, false);
        Ok(())
    }
}
