//! Where tokens are kept between requests and between runs.

#[cfg(any(
    not(target_family = "wasm"),
    all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))
))]
mod codec;
#[cfg(not(target_family = "wasm"))]
mod file;
#[cfg(feature = "keyring")]
mod keyring;
#[cfg(any(
    not(target_family = "wasm"),
    all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))
))]
mod kit;
mod lineage;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod shared;
#[cfg(any(test, all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))))]
mod web;

use std::error::Error as StdError;
use std::fmt;

use zeyos_core::{MaybeSend, MaybeSync, ScopedFuture};

use crate::TokenSet;

#[cfg(not(target_family = "wasm"))]
pub use file::FileTokenStore;
/// What the file store touches files through: for simulations of broken disks, and not for users.
#[cfg(not(target_family = "wasm"))]
#[doc(hidden)]
pub use file::{Access, FileFacts, FileKind, FileSystem, StoreFile, SystemFiles};
#[cfg(feature = "keyring")]
pub use keyring::KeyringTokenStore;
pub use lineage::Lineage;
pub(crate) use lineage::Standing;
pub use memory::MemoryTokenStore;
#[cfg(feature = "redis")]
pub use redis::{RedisOptions, RedisTokenStore};
pub use shared::{Asked, Commit, IntrospectionCheck, Pending, SharedTokenStore, StoreContents, StoreLock, TokenRecord};
pub(crate) use shared::{LAST_GENERATION, following};
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use web::WebStorageTokenStore;

/// What a store answers, later.
pub type StoreFuture<'a, T> = ScopedFuture<'a, Result<T, StoreError>>;

/// Stores one token set. The client reads it once and before every refresh, and stores every new set before using it. A set that could
/// not be stored is used from memory, and saving it is retried. The client calls its store while it holds the lock of the refresh, so a
/// store must not call the client.
///
/// ```
/// use zeyos::store::{StoreFuture, TokenStore};
/// use zeyos::{StoreError, TokenSet};
///
/// struct Table;
/// # async fn select() -> std::io::Result<Option<String>> { Ok(None) }
/// # async fn upsert(_: Option<String>) -> std::io::Result<()> { Ok(()) }
///
/// impl TokenStore for Table {
///     fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
///         Box::pin(async {
///             let Some(text) = select().await.map_err(StoreError::new)? else { return Ok(None) };
///             let json = serde_json::from_str(&text).map_err(StoreError::new)?;
///             Ok(TokenSet::from_json(&json))
///         })
///     }
///
///     fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
///         let text = tokens.map(|tokens| tokens.to_json_exposing_secrets().to_string());
///         Box::pin(async { upsert(text).await.map_err(StoreError::new) })
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a store of tokens",
    label = "no store",
    note = "`FileTokenStore::open(path)?` opens one in a file (`?` takes it out of the `Result`); `MemoryTokenStore` keeps them in memory"
)]
pub trait TokenStore: MaybeSend + MaybeSync + 'static {
    /// The stored tokens, if any.
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>>;

    /// Stores these tokens; `None` removes them. When the future completes, the tokens must be as durable as the store promises.
    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()>;

    /// Forgets the login, whoever's it is: its tokens and every copy of them. The server is not told, so they stay alive there;
    /// a [logout](crate::Auth::logout) ends them. See what [ends a login](crate::Auth#ending-a-login).
    fn forget(&self) -> StoreFuture<'_, ()> {
        self.set(None)
    }

    /// The shared interface of this store, if it has one. Without it, each process keeps the pending marker and the journal of an exchange
    /// in memory: a crash during a refresh then loses the login.
    fn shared(&self) -> Option<&dyn SharedTokenStore> {
        None
    }
}

/// What kind of failure of a store it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Any other.
    #[default]
    Other,
    /// The stored value cannot be read as tokens. It is left unchanged.
    Corrupt,
    /// The store cannot be written: no space, no permission, read-only.
    NotWritable,
    /// Another process held the lock for longer than this one would wait.
    LockTimeout,
    /// The backend does not answer, or must be unlocked first.
    Unavailable,
    /// Locks are unsupported where the store is, so it cannot be shared.
    LockUnsupported,
}

/// A store could not be read or written. No tokens in it were lost.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    /// In our words; without them the source speaks for itself.
    context: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl StoreError {
    /// A failure of what lies below the store.
    pub fn new(source: impl StdError + Send + Sync + 'static) -> Self {
        StoreError { kind: StoreErrorKind::Other, context: None, source: Some(Box::new(source)) }
    }

    /// A failure in words: what was wrong, where, and what to do. Never put a secret in it.
    pub fn message(context: impl Into<String>) -> Self {
        StoreError { kind: StoreErrorKind::Other, context: Some(context.into()), source: None }
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn at(context: impl Into<String>, source: impl StdError + Send + Sync + 'static) -> Self {
        StoreError { kind: StoreErrorKind::Other, context: Some(context.into()), source: Some(Box::new(source)) }
    }

    /// A compare-and-swap has met a newer record each time.
    pub(crate) fn contended() -> Self {
        StoreError::message("other programs kept writing to the store; try again")
    }

    /// Says what kind of failure it is.
    #[must_use]
    pub fn of_kind(mut self, kind: StoreErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.context, &self.source) {
            (Some(context), _) => f.write_str(context),
            (None, Some(source)) => source.fmt(f),
            (None, None) => Ok(()),
        }
    }
}

impl StdError for StoreError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        if self.context.is_some() { Some(source) } else { source.source() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_told_once() {
        let full = || std::io::Error::other("disk full");
        let bare = StoreError::new(full());
        assert_eq!((bare.to_string().as_str(), bare.source().is_none()), ("disk full", true));
        let worded = StoreError::at("/x cannot be written", full());
        assert_eq!(
            (worded.to_string(), worded.source().unwrap().to_string()),
            ("/x cannot be written".into(), "disk full".into())
        );
    }
}
