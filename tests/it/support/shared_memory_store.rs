//! A store in memory that several clients share as processes share one: what a client leaves in it outlives the client.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crate::support::changed;
use bytes::Bytes;
use zeyos::store::{Commit, Pending, SharedTokenStore, StoreContents, StoreFuture, StoreLock, TokenRecord, TokenStore};
use zeyos::{StoreError, StoreErrorKind, TokenSet};

#[derive(Clone, Default)]
pub(crate) struct SharedMemoryStore {
    contents: Arc<Mutex<StoreContents>>,
    fails: Arc<Mutex<Fails>>,
    lock: Arc<tokio::sync::Mutex<()>>,
    commits: Arc<std::sync::atomic::AtomicUsize>,
}

/// What does not work.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fails {
    pub read: bool,
    pub prepare: bool,
    pub journal: bool,
    pub commit: bool,
    pub lock: Option<StoreErrorKind>,
    /// Nothing can be read, with the lock and without.
    pub contents: Option<StoreErrorKind>,
    /// Every commit meets another record.
    pub conflicts: bool,
    /// The holder of the lock panics when it prepares.
    pub panics: bool,
    /// Whatever is asked of it, it panics.
    pub always_panics: bool,
}

impl Fails {
    fn check_contents(self) -> Result<(), StoreError> {
        let refuse = |kind| StoreError::message("the store holds nothing that can be read").of_kind(kind);
        self.contents.map_or(Ok(()), |kind| Err(refuse(kind)))
    }
}

impl SharedMemoryStore {
    pub(crate) fn holding(tokens: TokenSet) -> Self {
        let store = SharedMemoryStore::default();
        store.put(1, Some(tokens));
        store
    }

    /// Writes behind the back of everyone.
    pub(crate) fn put(&self, generation: u64, tokens: Option<TokenSet>) {
        let mut contents = self.contents();
        contents.record = changed(TokenRecord::default(), |record| {
            record.generation = generation;
            record.tokens = tokens;
        });
        contents.newest = contents.newest.max(generation);
    }

    /// The record is that of another login.
    pub(crate) fn put_owner(&self, owner: &str) {
        self.contents().record.owner = Some(owner.to_owned());
    }

    /// How often a commit was tried.
    pub(crate) fn commits(&self) -> usize {
        self.commits.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// A copy of everything kept.
    pub(crate) fn kept(&self) -> StoreContents {
        self.contents().clone()
    }

    fn contents(&self) -> MutexGuard<'_, StoreContents> {
        self.contents.lock().unwrap()
    }

    pub(crate) fn access_token(&self) -> Option<String> {
        self.contents().record.tokens.as_ref()?.access_token.as_ref().map(|token| token.expose().to_owned())
    }

    pub(crate) fn fail(&self, change: impl FnOnce(&mut Fails)) {
        change(&mut self.fails.lock().unwrap());
    }

    fn fails(&self) -> Fails {
        let fails = *self.fails.lock().unwrap();
        assert!(!fails.always_panics, "as told");
        fails
    }
}

fn check(fails: bool, what: &str) -> Result<(), StoreError> {
    let refuse = || StoreError::message(format!("the store cannot {what}")).of_kind(StoreErrorKind::NotWritable);
    if fails { Err(refuse()) } else { Ok(()) }
}

impl TokenStore for SharedMemoryStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        Box::pin(async { Ok(self.contents().record.tokens.clone()) })
    }

    fn set<'a>(&'a self, _: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        Box::pin(async { panic!("a shared store is written under its lock") })
    }

    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        Some(self)
    }
}

impl SharedTokenStore for SharedMemoryStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async {
            check(self.fails().read, "be read")?;
            self.fails().check_contents()?;
            Ok(self.contents().record.clone())
        })
    }

    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(async move {
            if let Some(kind) = self.fails().lock {
                return Err(StoreError::message("no lock").of_kind(kind));
            }
            let lock = tokio::time::timeout(patience, Arc::clone(&self.lock).lock_owned()).await;
            let late = || StoreError::message("the store is locked").of_kind(StoreErrorKind::LockTimeout);
            Ok(Box::new(MemoryLock { store: self.clone(), _lock: lock.map_err(|_| late())? }) as Box<dyn StoreLock>)
        })
    }
}

struct MemoryLock {
    store: SharedMemoryStore,
    _lock: tokio::sync::OwnedMutexGuard<()>,
}

impl StoreLock for MemoryLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(async {
            check(self.store.fails().read, "be read")?;
            self.store.fails().check_contents()?;
            Ok(self.store.contents().clone())
        })
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            assert!(!self.store.fails().panics, "as told");
            check(self.store.fails().prepare, "be written")?;
            self.store.contents().pending = Some(pending.clone());
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            check(self.store.fails().journal, "keep a journal")?;
            self.store.contents().reply = Some(reply);
            Ok(())
        })
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            check(self.store.fails().commit, "be written")?;
            let tries = self.store.commits.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut contents = self.store.contents();
            if self.store.fails().conflicts {
                // What others write is always less than what is to be written.
                let generation = contents.record.generation.max(expected) + 1 + tries as u64;
                contents.record = changed(contents.record.clone(), |record| {
                    record.generation = generation;
                    record.lost = Some(zeyos::SessionLoss::Revoked);
                });
                return Ok(Commit::Conflict(Box::new(contents.record.clone())));
            }
            if contents.record.generation != expected {
                return Ok(Commit::Conflict(Box::new(contents.record.clone())));
            }
            assert!(record.generation > contents.record.generation, "generations grow");
            let newest = contents.newest.max(record.generation);
            *contents = changed(StoreContents::default(), |contents| {
                contents.record = record.clone();
                contents.newest = newest;
            });
            Ok(Commit::Stored)
        })
    }

    fn note_question<'a>(&'a mut self, asked: &'a zeyos::store::Asked) -> StoreFuture<'a, ()> {
        self.store.contents().asked = Some(asked.clone());
        Box::pin(async { Ok(()) })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async {
            let mut contents = self.store.contents();
            (contents.pending, contents.reply) = (None, None);
            Ok(())
        })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async { Ok(()) })
    }
}
