//! The simple side of a shared store, by its shared side.

use std::time::Duration;

use super::{Commit, Held, Record, SharedTokenStore, StoreError, StoreErrorKind, StoreLock};
use crate::TokenSet;

/// How long a plain write waits for whoever is renewing the tokens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts these tokens in place of whatever is there.
pub(super) async fn set(store: &dyn SharedTokenStore, tokens: Option<&TokenSet>) -> Result<(), StoreError> {
    let mut lock = store.lock(PATIENCE).await?;
    let written = replace(lock.as_mut(), tokens).await;
    // What was written is written, and a lock that is not given back ends with its holder.
    let _ = lock.release().await;
    written
}

/// Somebody may be faster once; with the lock held, hardly three times.
async fn replace(lock: &mut dyn StoreLock, tokens: Option<&TokenSet>) -> Result<(), StoreError> {
    for _ in 0..3 {
        let Held { record, newest, .. } = lock.read().await?;
        let generation = newest.max(record.generation).saturating_add(1);
        let next = Record { generation, tokens: tokens.cloned(), lost: None, owner: record.owner };
        if lock.commit(record.generation, &next).await? == Commit::Stored {
            return Ok(());
        }
    }
    Err(StoreError::message("others kept writing to the store; try again").of_kind(StoreErrorKind::LockTimeout))
}

/// Anything that keeps the mark from being written means that the store cannot be written, and nothing may be sent.
pub(super) fn not_writable(error: StoreError) -> StoreError {
    match error.kind() {
        StoreErrorKind::Other | StoreErrorKind::Unavailable => error.of_kind(StoreErrorKind::NotWritable),
        _ => error,
    }
}
