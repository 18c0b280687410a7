//! The lock of the file store: acquiring it, waiting for it, and proving that locks work in this folder.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::io::StoreIo;
use super::locked::LockedFile;
use super::paths::{failed, unwritable};
use super::system::{Access, StoreFile};
use crate::Clock;
use crate::store::{StoreError, StoreErrorKind, kit};

/// Held by the writer. Two files are locked, so that a clean-up job that removes the lock file does not let a second writer in.
pub(super) struct LockPair {
    /// Also stores the newest generation.
    pub lock_file: Box<dyn StoreFile>,
    /// Also stores the pending marker.
    pub pending_file: Box<dyn StoreFile>,
}

enum Attempt {
    Held(LockPair),
    Busy,
    /// A file that was locked is no longer the one at its path.
    Moved,
}

/// Between two attempts, at most.
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// A file system that gives a file a new identity each time it is looked at cannot be locked.
const MOST_MOVES: u32 = 1000;

impl StoreIo {
    /// Waits for the lock. It stops early if the waiter was abandoned.
    pub(super) fn acquire(
        &self,
        patience: Duration,
        is_abandoned: &AtomicBool,
        clock: &dyn Clock,
    ) -> Result<LockPair, StoreError> {
        self.prove()?;
        let (start, mut pause, mut moves) = (clock.monotonic(), Duration::from_millis(1), 0);
        loop {
            match self.try_acquire()? {
                Attempt::Held(lock) => return Ok(lock),
                Attempt::Moved if moves < MOST_MOVES => {
                    moves += 1;
                    continue;
                }
                Attempt::Moved => return Err(self.unsupported("is another file each time it is looked at")),
                Attempt::Busy => {}
            }
            let left = patience.saturating_sub(clock.monotonic().saturating_sub(start));
            if left.is_zero() || is_abandoned.load(Ordering::Relaxed) {
                return Err(self.timeout(patience));
            }
            thread::sleep(jittered(pause).min(left));
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn try_acquire(&self) -> Result<Attempt, StoreError> {
        let (first, second) = (&self.paths.lock, &self.paths.pending);
        let Some(lock) = self.locked(first)? else { return Ok(Attempt::Busy) };
        if !self.is_at(lock.as_ref(), first)? {
            return Ok(Attempt::Moved);
        }
        let Some(pending) = self.locked(second)? else { return Ok(Attempt::Busy) };
        // Both at once: the first one may have been removed before the second one was free.
        if !self.is_at(lock.as_ref(), first)? || !self.is_at(pending.as_ref(), second)? {
            return Ok(Attempt::Moved);
        }
        Ok(Attempt::Held(LockPair { lock_file: lock, pending_file: pending }))
    }

    pub(super) fn locked(&self, path: &Path) -> Result<Option<Box<dyn StoreFile>>, StoreError> {
        let mut file = self.writable(path)?;
        match file.try_lock() {
            Ok(is_locked) => Ok(is_locked.then(|| Box::new(LockedFile::new(file)) as Box<dyn StoreFile>)),
            Err(error) => Err(failed(CANNOT_LOCK, path, error).of_kind(StoreErrorKind::LockUnsupported)),
        }
    }

    /// Whether this path still leads to this file.
    pub(super) fn is_at(&self, file: &dyn StoreFile, path: &Path) -> Result<bool, StoreError> {
        let held = file.facts().map_err(|error| failed("cannot be looked at", path, error))?;
        // Where files have no numbers, a file that is open cannot be removed either.
        Ok(held.id.is_none() || self.system.facts(path).is_ok_and(|there| there.id == held.id))
    }

    /// Whether the lock still keeps others out: one of its two files is enough.
    pub(super) fn still_holds(&self, lock: &LockPair) -> Result<bool, StoreError> {
        Ok(self.holds_pending(lock)? || self.is_at(lock.lock_file.as_ref(), &self.paths.lock)?)
    }

    /// Whether the pending marker is where the next holder of the lock looks for it.
    pub(super) fn holds_pending(&self, lock: &LockPair) -> Result<bool, StoreError> {
        self.is_at(lock.pending_file.as_ref(), &self.paths.pending)
    }

    /// Proves once that two handles exclude each other in this folder, with a file that no other process has. A folder that
    /// cannot be written proves nothing, and nothing in it can be renewed; that is found out later.
    pub(super) fn prove(&self) -> Result<(), StoreError> {
        if self.proven.get().is_some() {
            return Ok(());
        }
        let path = self.paths.probe()?;
        let first = self.system.open(&path, Access::Create);
        let first = first.map_err(|error| unwritable("cannot be created", &path, error))?;
        let user = first.facts().ok().and_then(|facts| facts.owner);
        let outcome = self.excludes(&path, first);
        self.remove(&path)?;
        outcome?;
        let _ = self.proven.set(user);
        Ok(())
    }

    fn excludes(&self, path: &Path, mut first: Box<dyn StoreFile>) -> Result<(), StoreError> {
        let broken = |error| failed(CANNOT_LOCK, path, error).of_kind(StoreErrorKind::LockUnsupported);
        let mut second =
            self.system.open(path, Access::Write).map_err(|error| unwritable("cannot be opened", path, error))?;
        let is_first = first.try_lock().map_err(broken)?;
        let is_second = second.try_lock().map_err(broken)?;
        first.unlock().map_err(broken)?;
        let is_freed = second.try_lock().map_err(broken)?;
        // A child process that is being started briefly has a copy of every open file, and with it of the lock.
        second.unlock().map_err(broken)?;
        match (is_first, is_second, is_freed) {
            (true, false, true) => Ok(()),
            _ => Err(self.unsupported("is in a folder whose locks do not exclude")),
        }
    }

    fn unsupported(&self, why: &str) -> StoreError {
        let path = self.paths.record.display();
        StoreError::message(format!("{path} {why}; keep the tokens on a local disk"))
            .of_kind(StoreErrorKind::LockUnsupported)
    }

    fn timeout(&self, patience: Duration) -> StoreError {
        kit::lock_timeout(self.paths.lock.display(), patience)
    }
}

const CANNOT_LOCK: &str = "cannot be locked; keep the tokens on a local disk";

/// Between half of the pause and all of it, so that waiters do not retry at the same time.
fn jittered(pause: Duration) -> Duration {
    let part = getrandom::u32().unwrap_or(0) % 1024;
    pause / 2 + pause * part / 2048
}
