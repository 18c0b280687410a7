//! A store with get and set alone, seen as one that can be shared: pending marker and journal are in the memory of this process,
//! and so is the generation. Nothing outside this process is kept from writing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::store::{
    Asked, Commit, Pending, SharedTokenStore, StoreContents, StoreError, StoreFuture, StoreLock, TokenRecord,
    TokenStore, following,
};

#[derive(Clone)]
pub(super) struct Plain(Arc<Inner>);

struct Inner {
    store: Arc<dyn TokenStore>,
    held: Mutex<StoreContents>,
}

impl Plain {
    /// A store that is known to hold this record.
    pub(super) fn holding(store: Arc<dyn TokenStore>, record: TokenRecord) -> Self {
        let held = StoreContents { newest: record.generation, record, ..StoreContents::default() };
        Plain(Arc::new(Inner { store, held: Mutex::new(held) }))
    }

    fn held(&self) -> MutexGuard<'_, StoreContents> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the store holds now; a set that differs from the last one seen gets the next generation.
    async fn look(&self) -> Result<StoreContents, StoreError> {
        let tokens = self.0.store.get().await?;
        let mut held = self.held();
        if held.record.tokens != tokens {
            let generation = following(held.newest)?;
            // Without a generation of its own, a store that is empty has lost its tokens: a logout of this program is known here.
            held.record = match tokens {
                Some(_) => TokenRecord { generation, tokens, ..TokenRecord::default() },
                None => TokenRecord::default(),
            };
            held.newest = held.newest.max(held.record.generation);
        }
        Ok(held.clone())
    }
}

impl SharedTokenStore for Plain {
    fn read(&self) -> StoreFuture<'_, TokenRecord> {
        Box::pin(async { Ok(self.look().await?.record) })
    }

    fn lock(&self, _patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn StoreLock>) })
    }
}

impl StoreLock for Plain {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(self.look())
    }

    /// Writes the current set back, which proves that the next one can be written.
    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let tokens = self.held().record.tokens.clone();
            self.0.store.set(tokens.as_ref()).await?;
            let mut held = self.held();
            (held.pending, held.reply) = (Some(pending.clone()), None);
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        self.held().reply = Some(reply);
        Box::pin(std::future::ready(Ok(())))
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        self.held().asked = Some(asked.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            let now = self.look().await?.record;
            if now.generation != expected {
                return Ok(Commit::Conflict(Box::new(now)));
            }
            // A loss is known to this process alone: the tokens stay as they are.
            if record.tokens != now.tokens {
                self.0.store.set(record.tokens.as_ref()).await?;
            }
            *self.held() =
                StoreContents { record: record.clone(), newest: record.generation, ..StoreContents::default() };
            Ok(Commit::Stored)
        })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        let mut held = self.held();
        (held.pending, held.reply) = (None, None);
        drop(held);
        Box::pin(std::future::ready(Ok(())))
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}
