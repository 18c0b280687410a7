//! The file store: tokens in a file that only its owner can read, shared by processes through a lock.

mod format;
mod io;
mod lock;
mod locked;
mod locked_store;
mod paths;
#[cfg(feature = "keyring")]
mod sidecar;
mod system;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::kit::{simple_side, system_deadlines};
use super::{
    Asked, Commit, Pending, SharedTokenStore, StoreContents, StoreError, StoreErrorKind, StoreFuture, StoreLock,
    TokenRecord,
};
use crate::Clock;
use crate::runtime::{self, Deadlines, Unfinished};
use io::StoreIo;
use lock::LockPair;
use locked_store::LockedStore;
use paths::Paths;

#[cfg(feature = "keyring")]
pub(super) use sidecar::Sidecar;
pub use system::{Access, FileFacts, FileKind, FileSystem, StoreFile, SystemFiles};

/// Stores tokens in a JSON file that only its owner can read. Any number of stores in any number of processes of one machine can share a
/// path: a lock makes them take turns, and a write that is based on an outdated state is refused.
///
/// A crash or a power cut at any moment leaves the old tokens or the new ones, never half of either, together with the pending marker
/// of an interrupted exchange and its journalled answer, if one arrived. The record is stored twice: one that cannot be read, or was
/// removed, is replaced by its copy, and what could not be read is quarantined.
///
/// Beside `tokens.json` lie `tokens.json.copy`, `.lock`, `.pending`, `.journal` and `.new`, and in quarantine `.corrupt-1` and
/// `.unread-1` and so on. Removing files is damage, not a logout: a running program writes its tokens back. A
/// [logout](crate::Auth::logout) ends the tokens; [`forget`](crate::TokenStore::forget) removes all of them, and what is in quarantine,
/// from the disk.
///
/// The folder must be on a local disk: where locks do not work, as on some network drives, the store refuses to be opened.
///
/// ```
/// use zeyos::{Client, FileTokenStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("zeyos-file-store-example-{}", std::process::id()));
/// let store = FileTokenStore::open(folder.join("tokens.json"))?;
/// let client = Client::builder("https://cloud.zeyos.com/demo").token_store(store).build()?;
/// # drop(client);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FileTokenStore {
    io: Arc<StoreIo>,
    deadlines: Deadlines,
}

impl FileTokenStore {
    /// A store at this path. The file need not exist; nor need its folder, if the folder above it does. A folder that the store
    /// creates is for its owner alone.
    ///
    /// A file with corrupt contents can be opened: [`get`](crate::TokenStore::get) reports it, and the next write quarantines it.
    ///
    /// # Errors
    /// When the file can be used by others, belongs to another user or is a symbolic link; when others may write its folder (unless
    /// that is sticky, as `/tmp` is) or it belongs to another user than this one or root; and when locks do not work in its
    /// folder ([`StoreErrorKind::LockUnsupported`]). All is left as it is.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        FileTokenStore::with_file_system(path, SystemFiles)
    }

    /// As [`open`](FileTokenStore::open), on another file system than that of the machine: for simulations.
    ///
    /// # Errors
    /// As [`open`](FileTokenStore::open).
    #[doc(hidden)]
    pub fn with_file_system(path: impl Into<PathBuf>, system: impl FileSystem) -> Result<Self, StoreError> {
        let paths = Paths::of(&path.into())?;
        let io = StoreIo { system: Arc::new(system), paths, proven: OnceLock::new() };
        io.make_folder()?;
        // Before anything is written there; once more below, when the user of this process is known.
        io.check_folder()?;
        match io.prove() {
            // What cannot be written may still be read until its tokens end.
            Err(error) if error.kind() != StoreErrorKind::NotWritable => return Err(error),
            _ => {}
        }
        io.inspect()?;
        Ok(FileTokenStore { io: Arc::new(io), deadlines: system_deadlines() })
    }

    /// By another clock than that of the system, which says how long the lock and the file system were waited for.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.deadlines = Deadlines::new(Arc::new(clock));
        self
    }

    fn patience(&self) -> Duration {
        self.io.system.patience()
    }

    async fn locked(&self, patience: Duration) -> Result<FileLock, StoreError> {
        if let Some(lock) = self.locked_at_once()? {
            return Ok(lock);
        }
        let (this, waiting) = (self.clone(), Waiting::default());
        let is_abandoned = Arc::clone(&waiting.is_abandoned);
        let wait = move || Ok(this.lock_of(this.io.acquire(patience, &is_abandoned, &this.deadlines)?));
        if Handle::try_current().is_err() {
            return wait();
        }
        let limit = patience.saturating_add(self.patience());
        worded(runtime::elsewhere(&self.deadlines, limit, wait).await, limit)
    }

    /// A lock that is free is taken right here, where that may block. To wait for one takes a thread that can be left behind.
    fn locked_at_once(&self) -> Result<Option<FileLock>, StoreError> {
        if !runtime::may_block() {
            return Ok(None);
        }
        match self.io.acquire(Duration::ZERO, &AtomicBool::new(false), &self.deadlines) {
            Ok(lock) => Ok(Some(self.lock_of(lock))),
            Err(error) if error.kind() == StoreErrorKind::LockTimeout => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock_of(&self, lock: LockPair) -> FileLock {
        let io = Arc::clone(&self.io);
        let store = LockedStore { io, lock, exchange: None, has_room: false };
        FileLock { store: Arc::new(Mutex::new(store)), patience: self.patience(), deadlines: self.deadlines.clone() }
    }
}

/// Tells the thread that waits for a lock when no one wants it any more, so that no runtime waits for that thread.
#[derive(Default)]
struct Waiting {
    is_abandoned: Arc<AtomicBool>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

simple_side!(FileTokenStore, FileTokenStore::patience);

impl SharedTokenStore for FileTokenStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        let io = Arc::clone(&self.io);
        Box::pin(off_thread(&self.deadlines, self.patience(), move || io.read()))
    }

    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(async move { Ok(Box::new(self.locked(patience).await?) as Box<dyn StoreLock>) })
    }
}

/// The lock of the store. File operations that have started continue if the caller is dropped, and keep the lock until they end.
struct FileLock {
    store: Arc<Mutex<LockedStore>>,
    patience: Duration,
    deadlines: Deadlines,
}

impl FileLock {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut LockedStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let work = move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner));
        off_thread(&self.deadlines, self.patience, work).await
    }
}

impl StoreLock for FileLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(self.run(LockedStore::read))
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        let pending = pending.clone();
        Box::pin(self.run(move |store| store.prepare(&pending)))
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(self.run(move |store| store.journal(&reply)))
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(self.run(LockedStore::quarantine_reply))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        let asked = asked.clone();
        Box::pin(self.run(move |store| store.note_question(&asked)))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        let record = record.clone();
        Box::pin(self.run(move |store| store.commit(expected, &record)))
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(self.run(LockedStore::clear))
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        let (deadlines, patience) = (self.deadlines.clone(), self.patience);
        let free = move || {
            drop(self);
            Ok(())
        };
        Box::pin(async move { off_thread(&deadlines, patience, free).await })
    }
}

/// File operations block, so they run on a thread that may block; without tokio, on the thread of the caller.
async fn off_thread<T: Send + 'static>(
    deadlines: &Deadlines,
    limit: Duration,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    if runtime::may_block() || Handle::try_current().is_err() {
        return work();
    }
    worded(runtime::elsewhere(deadlines, limit, work).await, limit)
}

fn worded<T>(outcome: Result<Result<T, StoreError>, Unfinished>, limit: Duration) -> Result<T, StoreError> {
    match outcome {
        Ok(outcome) => outcome,
        Err(Unfinished::TooLate) => {
            let waited = limit.as_secs_f64();
            Err(StoreError::message(format!("the file system did not answer within {waited:.1} s"))
                .of_kind(StoreErrorKind::Unavailable))
        }
        Err(Unfinished::Panicked) => Err(StoreError::message("the work on the files of the store panicked")),
    }
}

impl fmt::Debug for FileTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileTokenStore").field("path", &self.io.paths.record).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
