//! The error messages of all stores.

use std::fmt::Display;
use std::time::Duration;

use crate::store::{StoreError, StoreErrorKind};

/// Another process held the lock for too long.
pub(in crate::store) fn lock_timeout(place: impl Display, waited: Duration) -> StoreError {
    let waited = waited.as_secs_f64();
    StoreError::message(format!(
        "{place} was locked by another process for {waited:.1} s; wait for that process, or end it if it hangs"
    ))
    .of_kind(StoreErrorKind::LockTimeout)
}

pub(in crate::store) fn newer_version(place: impl Display) -> StoreError {
    StoreError::message(format!("{place} was written by a later version of this library; update this program"))
}

#[cfg(any(feature = "keyring", feature = "redis"))]
pub(in crate::store) use remote::needs_runtime;
#[cfg(any(test, feature = "keyring", feature = "redis", target_family = "wasm"))]
pub(in crate::store) use remote::{corrupt, joined, not_writable, quarantined, refusal, removed};

#[cfg(any(test, feature = "keyring", feature = "redis", target_family = "wasm"))]
mod remote {
    use std::fmt::Display;

    use super::newer_version;
    use crate::store::codec::Unreadable;
    use crate::store::{StoreError, StoreErrorKind};

    pub(in crate::store) fn corrupt(text: impl Into<String>) -> StoreError {
        StoreError::message(text).of_kind(StoreErrorKind::Corrupt)
    }

    /// For a value that is left in place.
    pub(in crate::store) fn refusal(reason: Unreadable, place: impl Display) -> StoreError {
        match reason {
            Unreadable::Corrupt(why) => {
                corrupt(format!("{place} holds no record of tokens: {why}; put it back or sign in again"))
            }
            Unreadable::Newer => newer_version(format_args!("the record at {place}")),
        }
    }

    /// For a record that was quarantined.
    pub(in crate::store) fn quarantined(aside: &str) -> String {
        format!("the record could not be read and is kept as {aside}; put it back or sign in again")
    }

    /// For a record that was removed.
    pub(in crate::store) fn removed(place: impl Display) -> String {
        format!("the record at {place} was removed; put it back or sign in again")
    }

    /// Everything that was found damaged, if anything was.
    pub(in crate::store) fn joined(damage: impl IntoIterator<Item = String>) -> Option<String> {
        let damage: Vec<String> = damage.into_iter().collect();
        (!damage.is_empty()).then(|| damage.join("; "))
    }

    #[cfg(any(feature = "keyring", feature = "redis"))]
    pub(in crate::store) fn needs_runtime(store: &str) -> StoreError {
        StoreError::message(format!("the {store} store needs a tokio runtime"))
    }

    /// Anything that keeps the pending marker from being written means that the store cannot be written, and nothing may be sent.
    pub(in crate::store) fn not_writable(error: StoreError) -> StoreError {
        match error.kind() {
            StoreErrorKind::Other | StoreErrorKind::Unavailable => error.of_kind(StoreErrorKind::NotWritable),
            _ => error,
        }
    }
}
