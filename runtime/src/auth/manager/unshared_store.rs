//! The adapter for stores with `get` and `set` only: pending marker, journal and generation are kept in memory. Other processes are not
//! prevented from writing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::store::{
    Asked, Commit, Pending, SharedTokenStore, StoreContents, StoreError, StoreFuture, StoreLock, TokenRecord,
    TokenStore, following,
};

#[derive(Clone)]
pub(super) struct UnsharedStore(Arc<Inner>);

struct Inner {
    store: Arc<dyn TokenStore>,
    known: Mutex<Known>,
}

/// What the store holds. Most of many users never need the adapter: until one does, it keeps no copy of the record.
struct Known {
    first: Option<Arc<TokenRecord>>,
    contents: Option<Box<StoreContents>>,
}

impl Known {
    fn contents(&mut self) -> &mut StoreContents {
        let first = self.first.take();
        self.contents.get_or_insert_with(|| {
            let record = first.map(Arc::unwrap_or_clone).unwrap_or_default();
            Box::new(StoreContents { newest: record.generation, record, ..StoreContents::default() })
        })
    }
}

impl UnsharedStore {
    /// An adapter for a store, and the record that it is known to hold.
    pub(super) fn holding(store: Arc<dyn TokenStore>, record: Option<Arc<TokenRecord>>) -> Self {
        let known = Known { first: record, contents: None };
        UnsharedStore(Arc::new(Inner { store, known: Mutex::new(known) }))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the store; a token set that differs from the last one gets the next generation.
    async fn observed(&self) -> Result<StoreContents, StoreError> {
        let tokens = self.0.store.get().await?;
        let mut known = self.known();
        let contents = known.contents();
        if contents.record.tokens != tokens {
            let generation = following(contents.newest)?;
            // Without a generation of its own, a store that is empty has lost its tokens: a logout of this program is known here.
            contents.record = match tokens {
                Some(_) => TokenRecord { generation, tokens, ..TokenRecord::default() },
                None => TokenRecord::default(),
            };
            contents.newest = contents.newest.max(contents.record.generation);
        }
        Ok(contents.clone())
    }
}

impl SharedTokenStore for UnsharedStore {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async { Ok(self.observed().await?.record) })
    }

    fn lock(&self, _patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn StoreLock>) })
    }
}

impl StoreLock for UnsharedStore {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(self.observed())
    }

    /// Writes the current set back, which proves that the next one can be written.
    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let tokens = self.known().contents().record.tokens.clone();
            self.0.store.set(tokens.as_ref()).await?;
            let mut known = self.known();
            let contents = known.contents();
            (contents.pending, contents.reply) = (Some(pending.clone()), None);
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        self.known().contents().reply = Some(reply);
        Box::pin(std::future::ready(Ok(())))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        self.known().contents().asked = Some(asked.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            let now = self.observed().await?.record;
            if now.generation != expected {
                return Ok(Commit::Conflict(Box::new(now)));
            }
            // A loss is known to this process alone: the tokens stay as they are.
            if record.tokens != now.tokens {
                self.0.store.set(record.tokens.as_ref()).await?;
            }
            *self.known().contents() =
                StoreContents { record: record.clone(), newest: record.generation, ..StoreContents::default() };
            Ok(Commit::Stored)
        })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        let mut known = self.known();
        let contents = known.contents();
        (contents.pending, contents.reply) = (None, None);
        drop(known);
        Box::pin(std::future::ready(Ok(())))
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
