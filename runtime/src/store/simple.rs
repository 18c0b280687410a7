//! The simple side of a shared store, by its shared side.

use std::time::Duration;

use super::{Commit, Held, Lineage, Record, SharedTokenStore, StoreError, StoreLock, following};
use crate::TokenSet;

/// How long a simple write waits for a refresh under way.
#[cfg(any(feature = "redis", feature = "keyring"))]
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// How often another writer may be faster. With the lock held, hardly once.
const TRIES: u32 = 3;

/// Puts these tokens in place of whatever is there.
pub(super) async fn set(
    store: &dyn SharedTokenStore,
    tokens: Option<&TokenSet>,
    patience: Duration,
) -> Result<(), StoreError> {
    let next = |record: Record| {
        let lineage = tokens.map(Lineage::first).or_else(|| record.origin());
        Record { tokens: tokens.cloned(), owner: record.owner, lineage, ..Record::default() }
    };
    write(store, patience, next).await
}

/// Forgets the login and whose it was.
pub(super) async fn forget(store: &dyn SharedTokenStore, patience: Duration) -> Result<(), StoreError> {
    write(store, patience, |record| Record { lineage: record.origin(), ..Record::default() }).await
}

async fn write(
    store: &dyn SharedTokenStore,
    patience: Duration,
    next: impl Fn(Record) -> Record,
) -> Result<(), StoreError> {
    let mut lock = store.lock(patience).await?;
    let written = replace(lock.as_mut(), next).await;
    // What was written is written, and a lock that is not given back ends with its holder.
    let _ = lock.release().await;
    written
}

async fn replace(lock: &mut dyn StoreLock, next: impl Fn(Record) -> Record) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let Held { record, newest, .. } = lock.read().await?;
        let (expected, generation) = (record.generation, following(newest.max(record.generation))?);
        let next = Record { generation, ..next(record) };
        if lock.commit(expected, &next).await? == Commit::Stored {
            return Ok(());
        }
    }
    Err(StoreError::contended())
}

/// Anything that keeps the pending marker from being written means that the store cannot be written, and nothing may be sent.
#[cfg(any(feature = "keyring", feature = "redis"))]
pub(super) fn not_writable(error: StoreError) -> StoreError {
    use super::StoreErrorKind;
    match error.kind() {
        StoreErrorKind::Other | StoreErrorKind::Unavailable => error.of_kind(StoreErrorKind::NotWritable),
        _ => error,
    }
}
