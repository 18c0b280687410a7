//! The lock of the keyring store, and the operations that need it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;

use super::Inner;
use super::login::Login;
use super::session::KeyringSession;
use super::state_file::try_lock;
use crate::bits::spread;
use crate::clock::Clock as _;
use crate::runtime::Deadlines;
use crate::store::kit::{lock_timeout, needs_runtime, not_writable};
use crate::store::{Asked, Commit, Pending, StoreContents, StoreError, StoreFile, StoreFuture, StoreLock, TokenRecord};

/// Freed by the system when the last copy of the handle is closed: here, or in a call that still hangs. Until then no one can
/// write what that call would overwrite.
struct KeyringLock {
    inner: Arc<Inner>,
    deadlines: Deadlines,
    file: Arc<Mutex<Box<dyn StoreFile>>>,
    /// The id of the exchange whose pending marker this holder has written.
    prepared: Option<String>,
}

/// Waits for the lock.
pub(super) async fn acquire(
    inner: Arc<Inner>,
    deadlines: Deadlines,
    patience: Duration,
) -> Result<Box<dyn StoreLock>, StoreError> {
    if Handle::try_current().is_err() {
        return Err(needs_runtime("keyring"));
    }
    let Some(file) = deadlines.within(patience, poll(&inner, &deadlines)).await else {
        return Err(lock_timeout(format_args!("{}.lock", inner.login.path.display()), patience));
    };
    Ok(Box::new(KeyringLock { inner, deadlines, file: Arc::new(Mutex::new(file?)), prepared: None }))
}

async fn poll(inner: &Inner, deadlines: &Deadlines) -> Result<Box<dyn StoreFile>, StoreError> {
    loop {
        let path = inner.login.path.clone();
        if let Some(file) = inner.worker.run(deadlines, move |_| try_lock(&path)).await? {
            return Ok(file);
        }
        deadlines.sleep(Duration::from_millis(10 + u64::from(spread()) / 8)).await;
    }
}

impl KeyringLock {
    /// Runs a job that keeps the lock until it ends, even if no one waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Login, &mut KeyringSession) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (login, lock_file) = (self.inner.login.clone(), Arc::clone(&self.file));
        self.inner
            .worker
            .run(&self.deadlines, move |session| {
                let outcome = job(&login, session);
                drop(lock_file);
                outcome
            })
            .await
    }
}

impl StoreLock for KeyringLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(async move {
            let mut contents = self.run(Login::read).await?;
            contents.newest = self.inner.newest.seen(contents.newest);
            Ok(contents)
        })
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let marker = pending.clone();
            self.run(move |login, session| login.prepare(session, marker)).await.map_err(not_writable)?;
            self.prepared = Some(pending.request_id.clone());
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        let name = self.prepared.clone();
        Box::pin(self.run(move |login, session| login.write_reply(session, name.as_deref(), Some(&reply))))
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(self.run(Login::quarantine_reply))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        let asked = asked.clone();
        Box::pin(self.run(move |login, _| login.note_question(asked)))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            let next = record.clone();
            let outcome = self.run(move |login, session| login.commit(session, expected, &next)).await?;
            if outcome == Commit::Stored {
                self.inner.newest.seen(record.generation);
                self.prepared = None;
            }
            Ok(outcome)
        })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.run(Login::clear).await?;
            self.prepared = None;
            Ok(())
        })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        drop(self);
        Box::pin(std::future::ready(Ok(())))
    }
}
