//! What the stores in files, keyrings, Redis and browsers have in common.

mod failures;
mod leftovers;
#[cfg(any(test, feature = "keyring", feature = "redis", target_family = "wasm"))]
mod newest;
#[cfg(any(test, feature = "keyring", target_family = "wasm"))]
mod reply;
#[cfg(any(test, feature = "keyring", target_family = "wasm"))]
mod state;

use std::sync::Arc;
#[cfg(not(target_family = "wasm"))]
use std::sync::LazyLock;
use std::time::Duration;

use super::{Commit, Lineage, SharedTokenStore, StoreContents, StoreError, StoreLock, TokenRecord, following};
use crate::runtime::Deadlines;
use crate::{SystemClock, TokenSet};

pub(super) use failures::lock_timeout;
#[cfg(any(feature = "keyring", feature = "redis"))]
pub(super) use failures::needs_runtime;
#[cfg(not(target_family = "wasm"))]
pub(super) use failures::newer_version;
#[cfg(any(test, feature = "keyring", feature = "redis", target_family = "wasm"))]
pub(super) use failures::{corrupt, joined, not_writable, quarantined, refusal, removed};
pub(super) use leftovers::Leftovers;
#[cfg(any(test, feature = "keyring", feature = "redis", target_family = "wasm"))]
pub(super) use newest::Newest;
#[cfg(any(test, feature = "keyring", target_family = "wasm"))]
pub(super) use reply::{Reply, decode_reply, encode_reply};
#[cfg(any(test, feature = "keyring", target_family = "wasm"))]
pub(super) use state::State;

/// The simple side of a store, [`TokenStore`](super::TokenStore), by its shared side. A write waits as long for a
/// refresh under way as the function says.
macro_rules! simple_side {
    ($store:ty, $patience:expr) => {
        impl crate::store::TokenStore for $store {
            fn get(&self) -> crate::store::StoreFuture<'_, Option<crate::TokenSet>> {
                Box::pin(async move { Ok(crate::store::SharedTokenStore::read(self).await?.tokens) })
            }

            fn set<'a>(&'a self, tokens: Option<&'a crate::TokenSet>) -> crate::store::StoreFuture<'a, ()> {
                Box::pin(crate::store::kit::set(self, tokens, ($patience)(self)))
            }

            fn forget(&self) -> crate::store::StoreFuture<'_, ()> {
                Box::pin(crate::store::kit::forget(self, ($patience)(self)))
            }

            fn shared(&self) -> Option<&dyn crate::store::SharedTokenStore> {
                Some(self)
            }
        }
    };
}

pub(super) use simple_side;

/// How long a simple write waits for a refresh under way, where the store has no limit of its own.
#[cfg(any(feature = "keyring", feature = "redis", target_family = "wasm"))]
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Those of all stores whose clock is that of the system: they share one timer.
#[cfg(not(target_family = "wasm"))]
pub(super) fn system_deadlines() -> Deadlines {
    static SHARED: LazyLock<Deadlines> = LazyLock::new(|| Deadlines::new(Arc::new(SystemClock)));
    SHARED.clone()
}

/// Those of a page: each wait has a timer of its own.
#[cfg(target_family = "wasm")]
pub(super) fn system_deadlines() -> Deadlines {
    Deadlines::new(Arc::new(SystemClock))
}

/// How many conflicts are tolerated. With the lock held there is hardly ever one.
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
