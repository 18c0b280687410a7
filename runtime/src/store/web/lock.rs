//! The lock of the browser store, and the operations that need it.

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;

use super::locks::{Hold, Locks, Mode};
use super::web_storage::Inner;
use crate::clock::{Clock as _, SystemClock};
use crate::store::kit::{lock_timeout, system_deadlines};
use crate::store::{Asked, Commit, Pending, StoreContents, StoreError, StoreFuture, StoreLock, TokenRecord};

/// How long a lock that was waited for may have been held by a tab that was killed in between, whose last words are still on their way.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// Longer than a free lock takes.
const AT_ONCE: Duration = Duration::from_millis(10);

struct WebLock {
    inner: Rc<Inner>,
    locks: Locks,
    /// The id of the exchange whose pending marker this holder has written or read.
    exchange: Option<String>,
    _hold: Hold,
}

/// Waits for the lock.
pub(super) async fn acquire(inner: Rc<Inner>, patience: Duration) -> Result<Box<dyn StoreLock>, StoreError> {
    let locks = Locks::of_origin()?;
    let began = SystemClock.monotonic();
    let taken = system_deadlines().within(patience, locks.take(&inner.name, Mode::Exclusive)).await;
    let hold = taken.unwrap_or_else(|| Err(lock_timeout(&inner.name, patience)))?;
    if SystemClock.monotonic().saturating_sub(began) > AT_ONCE {
        SystemClock.sleep(LAST_WORDS).await;
    }
    if let Some(tabs) = &inner.tabs {
        tabs.arrived(&locks, || inner.generation()).await?;
    }
    Ok(Box::new(WebLock { inner, locks, exchange: None, _hold: hold }))
}

impl StoreLock for WebLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(async move {
            let contents = self.inner.with_storage(|login, storage, newest| login.read(storage, newest))?;
            self.exchange = contents.pending.as_ref().map(|pending| pending.request_id.clone());
            Ok(contents)
        })
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.inner.with_storage(|login, storage, _| login.prepare(storage, pending))?;
            self.exchange = Some(pending.request_id.clone());
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        let exchange = self.exchange.as_deref();
        let kept = self.inner.with_storage(|login, storage, _| login.journal(storage, exchange, &reply));
        Box::pin(std::future::ready(kept))
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(std::future::ready(self.inner.with_storage(|login, storage, _| login.quarantine_reply(storage))))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        Box::pin(std::future::ready(self.inner.with_storage(|login, storage, _| login.note_question(storage, asked))))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            let outcome =
                self.inner.with_storage(|login, storage, newest| login.commit(storage, newest, expected, record))?;
            if outcome == Commit::Stored {
                self.exchange = None;
                if let Some(tabs) = &self.inner.tabs {
                    tabs.tell(&self.locks, record.generation).await;
                }
            }
            Ok(outcome)
        })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.inner.with_storage(|login, storage, _| login.clear(storage))?;
            self.exchange = None;
            Ok(())
        })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        drop(self);
        Box::pin(std::future::ready(Ok(())))
    }
}
