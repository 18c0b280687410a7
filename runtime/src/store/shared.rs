//! The interface of stores that several processes share: a lock, a pending marker, a journal and compare-and-swap.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{MaybeSend, MaybeSync, SessionLoss, Timestamp};

use super::lineage::Lineage;
use super::{StoreError, StoreFuture};
use crate::TokenSet;

/// A store with a lock and a compare-and-swap, so that several processes and hosts can share one login, and with a pending marker and a
/// journal that survive a crash.
///
/// [`TokenStore::shared`](super::TokenStore::shared) offers it to the client, which then calls nothing else. Writing needs the
/// lock, so the writing half is [`StoreLock`].
pub trait SharedTokenStore: MaybeSend + MaybeSync {
    /// The stored record, read without the lock: the old one or the new one, never half of either. An empty store returns the empty
    /// record.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`](super::StoreErrorKind::Corrupt) when the stored record cannot be read; it is left unchanged.
    fn read(&self) -> StoreFuture<'_, TokenRecord>;

    /// Waits for the lock, at most this long. No one else gets it before it is released or its holder has crashed.
    ///
    /// # Errors
    /// [`LockTimeout`](super::StoreErrorKind::LockTimeout) or [`LockUnsupported`](super::StoreErrorKind::LockUnsupported).
    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>>;
}

/// The lock of a [`SharedTokenStore`], and the operations that only its holder may perform. Dropping it releases it, at the latest
/// when its lease expires.
pub trait StoreLock: MaybeSend {
    /// Reads everything in the store and repairs what can be repaired. What cannot be read is quarantined, never removed.
    fn read(&mut self) -> StoreFuture<'_, StoreContents>;

    /// Proves that the store can be written, and writes the pending marker of an exchange that is about to be sent. It replaces an
    /// earlier marker and its journal, and survives a crash.
    ///
    /// # Errors
    /// [`NotWritable`](super::StoreErrorKind::NotWritable): nothing may be sent then.
    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()>;

    /// Journals the raw answer of the token endpoint before it is parsed. It survives a crash.
    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()>;

    /// Quarantines the journalled answer, so that the commit of a loss does not drop it: no tokens could be parsed from it, but it may
    /// contain some. It stays until the next sign-in or logout. A store without this method drops the answer with the loss.
    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Records that the server did not answer whether a token is active, or that the token is about to be sent once more, so that programs
    /// that share the store ask once between them. Without this method each of them asks for itself.
    fn note_question<'a>(&'a mut self, _asked: &'a Asked) -> StoreFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Replaces the record if its generation is still `expected`, and drops the pending marker and the journal. It survives a crash.
    ///
    /// A lock that is a lease can expire while its holder still runs. Such a store refuses a record that marks the tokens as
    /// [lost](TokenRecord::lost) while it holds an answer that this holder has neither read nor written, since that may contain the
    /// tokens. It then returns [`Commit::Conflict`] with the stored record.
    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit>;

    /// Drops the pending marker and the journal: the exchange was not sent, or changed nothing. The record is left unchanged.
    fn clear(&mut self) -> StoreFuture<'_, ()>;

    /// Releases the lock.
    fn release(self: Box<Self>) -> StoreFuture<'static, ()>;
}

/// The record of one login in a shared store. It may get further members: start from [`TokenRecord::default`] and set what is known.
///
/// ```
/// use zeyos::TokenSet;
/// use zeyos::store::TokenRecord;
///
/// let mut record = TokenRecord::default();
/// (record.generation, record.tokens) = (1, Some(TokenSet::bearer("t0ken")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenRecord {
    /// Incremented with every change. 0 means that nothing was ever stored.
    pub generation: u64,
    /// The tokens; none after a logout.
    pub tokens: Option<TokenSet>,
    /// Why the refresh token can no longer be used, if that is known. The tokens are kept for inspection.
    pub lost: Option<SessionLoss>,
    /// The login id: base URL, client identifier and issuer. A client refuses the record of another owner.
    pub owner: Option<String>,
    /// Which tokens of which login these are. A store that does not keep it still works: it is then derived from the tokens, and a
    /// login cannot be followed through its refreshes.
    pub lineage: Option<Lineage>,
    /// The result of introspecting a token of this login right after it was issued.
    pub introspection: Option<IntrospectionCheck>,
}

/// What introspection (RFC 7662) answers about a token that the server has just issued. It is asked once per login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntrospectionCheck {
    /// Active, as expected.
    Confirmed,
    /// Inactive: from then on, an "inactive" of this server is treated as no answer.
    Contradicted,
}

/// The last refresh token that the server was asked about without an answer, or that was sent once more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// SHA-256 of the refresh token, in hexadecimal.
    pub refresh_token_hash: String,
    /// When it was asked.
    pub at: Timestamp,
}

/// The pending marker, which is written before an exchange of tokens is sent. If it is found later, a process crashed between the
/// marker and the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// The generation that was to be refreshed.
    pub generation: u64,
    /// SHA-256 of the refresh token that was to be sent, in hexadecimal; none for a sign-in.
    pub refresh_token_hash: Option<String>,
    /// When it was to be sent.
    pub since: Timestamp,
    /// The random id of this exchange, which is also in errors and events.
    pub request_id: String,
}

/// Everything that the holder of the lock reads. It may get further members: start from [`StoreContents::default`] and set what is
/// known.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreContents {
    /// The record.
    pub record: TokenRecord,
    /// The pending marker of an exchange that was not committed.
    pub pending: Option<Pending>,
    /// The journalled answer of that exchange, if one arrived.
    pub reply: Option<Bytes>,
    /// The newest generation that this store is known to have held. A record with an older generation is a restored copy.
    pub newest: u64,
    /// What was quarantined because it could not be read, and where it is now.
    pub damage: Option<String>,
    /// The last introspection without an answer, until the next commit.
    pub asked: Option<Asked>,
}

impl Asked {
    /// The question about the refresh token with this hash, at this time.
    pub fn new(refresh_token_hash: impl Into<String>, at: Timestamp) -> Self {
        Asked { refresh_token_hash: refresh_token_hash.into(), at }
    }
}

impl Pending {
    /// The pending marker of an exchange with this generation, time and id: of a sign-in, unless the hash of a refresh token is set.
    pub fn new(generation: u64, since: Timestamp, request_id: impl Into<String>) -> Self {
        Pending { generation, refresh_token_hash: None, since, request_id: request_id.into() }
    }
}

/// The result of a compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// The record is stored.
    Stored,
    /// Another process committed first: this is its record. Nothing was written.
    Conflict(Box<TokenRecord>),
}

impl fmt::Debug for StoreContents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreContents")
            .field("record", &self.record)
            .field("pending", &self.pending)
            .field("reply", &self.reply.as_ref().map(|_| "[redacted]"))
            .field("newest", &self.newest)
            .field("damage", &self.damage)
            .field("asked", &self.asked)
            .finish()
    }
}

/// Larger numbers are not exact in every JSON reader, for example in Redis scripts.
pub(crate) const LAST_GENERATION: u64 = (1 << 53) - 1;

/// The generation after this one.
///
/// # Errors
/// When there is none. No login gets there by renewals.
pub(crate) fn following(generation: u64) -> Result<u64, StoreError> {
    generation.checked_add(1).filter(|next| *next <= LAST_GENERATION).ok_or_else(|| {
        StoreError::message(format!(
            "the store is at generation {generation}, after which there is none; `forget()` the login and sign in again"
        ))
    })
}
