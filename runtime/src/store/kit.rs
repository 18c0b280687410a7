//! What the stores in files, in a keyring and in Redis have in common.

mod failures;
mod leftovers;
#[cfg(any(feature = "keyring", feature = "redis"))]
mod newest;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::{Commit, Lineage, SharedTokenStore, StoreContents, StoreError, StoreLock, TokenRecord, following};
use crate::runtime::Deadlines;
use crate::{SystemClock, TokenSet};

#[cfg(any(feature = "keyring", feature = "redis"))]
pub(super) use failures::{corrupt, joined, kept_aside, needs_runtime, not_writable, refusal, removed};
pub(super) use failures::{lock_timeout, newer_version};
pub(super) use leftovers::Leftovers;
#[cfg(any(feature = "keyring", feature = "redis"))]
pub(super) use newest::Newest;

/// The simple side of a store, [`TokenStore`](super::TokenStore), by its shared side. A write waits as long for a
/// refresh under way as the function says.
macro_rules! simple_side {
    ($store:ty, $patience:expr) => {
        impl super::TokenStore for $store {
            fn get(&self) -> super::StoreFuture<'_, Option<crate::TokenSet>> {
                Box::pin(async move { Ok(super::SharedTokenStore::read(self).await?.tokens) })
            }

            fn set<'a>(&'a self, tokens: Option<&'a crate::TokenSet>) -> super::StoreFuture<'a, ()> {
                Box::pin(super::kit::set(self, tokens, ($patience)(self)))
            }

            fn forget(&self) -> super::StoreFuture<'_, ()> {
                Box::pin(super::kit::forget(self, ($patience)(self)))
            }

            fn shared(&self) -> Option<&dyn super::SharedTokenStore> {
                Some(self)
            }
        }
    };
}

pub(super) use simple_side;

/// How long a simple write waits for a refresh under way, where the store has no limit of its own.
#[cfg(any(feature = "keyring", feature = "redis"))]
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Those of all stores whose clock is that of the system: they share one timer.
pub(super) fn system_deadlines() -> Deadlines {
    static SHARED: LazyLock<Deadlines> = LazyLock::new(|| Deadlines::new(Arc::new(SystemClock)));
    SHARED.clone()
}

/// How often another writer may be faster. With the lock held, hardly once.
const TRIES: u32 = 3;

/// Puts these tokens in place of whatever is there.
pub(super) async fn set(
    store: &dyn SharedTokenStore,
    tokens: Option<&TokenSet>,
    patience: Duration,
) -> Result<(), StoreError> {
    let next = |record: TokenRecord| {
        let lineage = tokens.map(Lineage::first).or_else(|| record.origin());
        TokenRecord { tokens: tokens.cloned(), owner: record.owner, lineage, ..TokenRecord::default() }
    };
    write(store, patience, next).await
}

/// Forgets the login and whose it was.
pub(super) async fn forget(store: &dyn SharedTokenStore, patience: Duration) -> Result<(), StoreError> {
    write(store, patience, |record| TokenRecord { lineage: record.origin(), ..TokenRecord::default() }).await
}

async fn write(
    store: &dyn SharedTokenStore,
    patience: Duration,
    next: impl Fn(TokenRecord) -> TokenRecord,
) -> Result<(), StoreError> {
    let mut lock = store.lock(patience).await?;
    let written = replace(lock.as_mut(), next).await;
    // What was written is written, and a lock that is not given back ends with its holder.
    let _ = lock.release().await;
    written
}

async fn replace(lock: &mut dyn StoreLock, next: impl Fn(TokenRecord) -> TokenRecord) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let StoreContents { record, newest, .. } = lock.read().await?;
        let (expected, generation) = (record.generation, following(newest.max(record.generation))?);
        let next = TokenRecord { generation, ..next(record) };
        if lock.commit(expected, &next).await? == Commit::Stored {
            return Ok(());
        }
    }
    Err(StoreError::contended())
}
