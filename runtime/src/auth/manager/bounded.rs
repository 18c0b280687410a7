//! The store with a timeout on every call: a store that never answers must not block its login forever.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use crate::runtime::Deadlines;
use crate::store::{
    Asked, Commit, Pending, SharedTokenStore, StoreContents, StoreError, StoreErrorKind, StoreFuture, StoreLock,
    TokenRecord,
};

/// How long one call may take, by which clock.
#[derive(Clone)]
pub(super) struct Limit {
    pub deadlines: Deadlines,
    pub time: Duration,
}

/// A store that answers in time.
pub(super) struct Bounded<'a> {
    pub store: &'a dyn SharedTokenStore,
    pub limit: Limit,
}

struct BoundedLock {
    lock: Box<dyn StoreLock>,
    limit: Limit,
}

impl Limit {
    async fn bound<T>(&self, task: &str, call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let late = || self.late(self.time, task).of_kind(StoreErrorKind::Unavailable);
        self.deadlines.within(self.time, call).await.unwrap_or_else(|| Err(late()))
    }

    fn late(&self, time: Duration, task: &str) -> StoreError {
        let waited = time.as_secs_f64();
        StoreError::message(format!("the token store did not {task} within {waited:.1} s"))
    }
}

impl Bounded<'_> {
    pub(super) async fn read(&self) -> Result<TokenRecord, StoreError> {
        self.limit.bound("read its record", self.store.read()).await
    }

    /// Waits for the lock, with the time of one call in addition for the store to report a failure.
    pub(super) async fn lock(&self, patience: Duration) -> Result<Box<dyn StoreLock>, StoreError> {
        let time = patience.saturating_add(self.limit.time);
        match self.limit.deadlines.within(time, self.store.lock(patience)).await {
            Some(lock) => Ok(Box::new(BoundedLock { lock: lock?, limit: self.limit.clone() })),
            None => Err(self.limit.late(time, "get its lock").of_kind(StoreErrorKind::LockTimeout)),
        }
    }
}

impl StoreLock for BoundedLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(self.limit.bound("read its contents", self.lock.read()))
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(self.limit.bound("write the pending marker", self.lock.prepare(pending)))
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(self.limit.bound("journal the answer", self.lock.journal(reply)))
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(self.limit.bound("quarantine the answer", self.lock.quarantine_reply()))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        Box::pin(self.limit.bound("note the question", self.lock.note_question(asked)))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(self.limit.bound("write its record", self.lock.commit(expected, record)))
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(self.limit.bound("drop the pending marker", self.lock.clear()))
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        let BoundedLock { lock, limit } = *self;
        Box::pin(async move { limit.bound("release its lock", lock.release()).await })
    }
}
