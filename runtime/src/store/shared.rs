//! The richer side of a store: one login that several processes use, renewed by one of them at a time.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{MaybeSend, MaybeSync, SessionLoss, Timestamp};

use super::lineage::Lineage;
use super::{StoreError, StoreFuture};
use crate::TokenSet;

/// A store with a lock and a compare-and-swap, so that processes and hosts may share one login, and with room for what a crash
/// must not take with it.
///
/// [`TokenStore::shared`](super::TokenStore::shared) offers it to the client, which then calls nothing else. Writing needs the
/// lock, so the writing half is [`StoreLock`].
pub trait SharedTokenStore: MaybeSend + MaybeSync {
    /// What is kept, without waiting for a lock: the old record or the new one, never half of either. A store that holds
    /// nothing answers the empty record.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`](super::StoreErrorKind::Corrupt) where what is there cannot be read; it is left as it is.
    fn read(&self) -> StoreFuture<'_, TokenRecord>;

    /// Waits for the lock, at most this long. No one else gets it before it is released or its holder has died.
    ///
    /// # Errors
    /// [`LockTimeout`](super::StoreErrorKind::LockTimeout) or [`LockUnsupported`](super::StoreErrorKind::LockUnsupported).
    fn lock(&self, patience: Duration) -> StoreFuture<'_, Box<dyn StoreLock>>;
}

/// The lock of a [`SharedTokenStore`], and what only its holder may do. A lock that is dropped is free again, at the latest
/// when its lease ends.
pub trait StoreLock: MaybeSend {
    /// Everything kept, repaired as far as it can be: what cannot be read is set aside, never removed.
    fn read(&mut self) -> StoreFuture<'_, StoreContents>;

    /// Proves that the store can be written, and leaves the mark of an exchange that is about to be sent, in place of an earlier
    /// mark and its journal. It survives a crash.
    ///
    /// # Errors
    /// [`NotWritable`](super::StoreErrorKind::NotWritable): nothing may be sent then.
    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()>;

    /// Keeps the answer of the token endpoint as it came in, before anything has read it. It survives a crash.
    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()>;

    /// Keeps the journalled answer apart, where the commit of a loss does not drop it: nothing could read tokens in it, and they
    /// may be in it all the same. It stays until the next sign-in or logout. A store without this drops the answer with the loss.
    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Notes that the server is about to be asked whether a token is alive, so that programs that share the store ask once
    /// between them while it gives no answer. A store without this leaves each of them to ask for itself.
    fn note_question<'a>(&'a mut self, _asked: &'a Asked) -> StoreFuture<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Replaces the record if its generation is still `expected`, and drops mark and journal. It survives a crash.
    ///
    /// A lock that is a lease can end before its holder does. Such a store refuses a record that says that the tokens are
    /// [lost](TokenRecord::lost) while it keeps an answer that this holder has neither read nor written: the tokens may be in it. It
    /// then answers [`Commit::Conflict`] with the record that is there.
    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit>;

    /// Drops mark and journal: what was about to be sent was not sent, or changed nothing. The record stays as it is.
    fn clear(&mut self) -> StoreFuture<'_, ()>;

    /// Lets the next one in.
    fn release(self: Box<Self>) -> StoreFuture<'static, ()>;
}

/// What a shared store keeps of one login. It may get further members: begin with [`TokenRecord::default`] and set what is known.
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
    /// Grows by one with every change. 0 means that nothing was ever kept.
    pub generation: u64,
    /// The tokens; none after a logout.
    pub tokens: Option<TokenSet>,
    /// Why the refresh token is of no more use, if that is known. The tokens stay for inspection.
    pub lost: Option<SessionLoss>,
    /// Whose login it is: issuer and client identifier. A client refuses the record of another owner.
    pub owner: Option<String>,
    /// Which tokens of which login these are. A store that keeps none still works: it is derived from the tokens then, and a
    /// login cannot be followed through its renewals.
    pub lineage: Option<Lineage>,
    /// What the server said of tokens of this login when it had just issued them.
    pub introspection: Option<IntrospectionCheck>,
}

/// What introspection (RFC 7662) says of a token that the server has just issued. It is asked once for each login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntrospectionCheck {
    /// Active, as it should.
    Confirmed,
    /// Inactive: its "inactive" counts as no answer from then on.
    Contradicted,
}

/// The question whether a refresh token is alive, as it was last put to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// SHA-256 of the refresh token, in hexadecimal.
    pub refresh_token_hash: String,
    /// When it was asked.
    pub at: Timestamp,
}

/// The mark that an exchange of tokens leaves before it is sent. Whoever finds it knows that someone died in between.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pending {
    /// The generation that was to be renewed.
    pub generation: u64,
    /// SHA-256 of the refresh token that was to be sent, in hexadecimal; none for a sign-in.
    pub refresh_token_hash: Option<String>,
    /// When it was to be sent.
    pub since: Timestamp,
    /// A random name for this one exchange, which errors and events carry too.
    pub request_id: String,
}

/// What the holder of the lock finds. It may get further members: begin with [`StoreContents::default`] and set what is known.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreContents {
    /// The record.
    pub record: TokenRecord,
    /// The mark of an exchange whose end no one has written down.
    pub pending: Option<Pending>,
    /// The answer of that exchange, if it came in.
    pub reply: Option<Bytes>,
    /// The newest generation that this store is known to have held. A record with an older one is a restored copy.
    pub newest: u64,
    /// What was set aside because it could not be read, and where it is now.
    pub damage: Option<String>,
    /// The last question to the server about a token, while nothing has been stored since.
    pub asked: Option<Asked>,
}

impl Asked {
    /// The question about the refresh token with this hash, at this time.
    pub fn new(refresh_token_hash: impl Into<String>, at: Timestamp) -> Self {
        Asked { refresh_token_hash: refresh_token_hash.into(), at }
    }
}

impl Pending {
    /// The mark of the exchange of this name: of which generation, when. A sign-in, unless the hash of a refresh token is set.
    pub fn new(generation: u64, since: Timestamp, request_id: impl Into<String>) -> Self {
        Pending { generation, refresh_token_hash: None, since, request_id: request_id.into() }
    }
}

/// What became of a compare-and-swap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commit {
    /// The record is stored.
    Stored,
    /// Someone was faster: this is what they stored. Nothing was written.
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

/// Beyond this, a number is not exact for everything that reads JSON, the scripts of Redis among them.
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
