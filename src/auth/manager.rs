//! The one owner of the tokens of a login: read once, renewed by one task at a time, stored before they are used.

mod current;
mod flight;
mod keep;
mod plain;
mod records;
mod shell;
mod sign_in;
mod state;
mod status;

use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeyos_core::{BoxFuture, Error, Secret, Timestamp};

use super::clock::Clock;
use super::expiry::Moment;
use super::limits::RefreshLimits;
use super::rotation::{Probe, StoreFailure};
use super::task::caught;
use crate::event::{Event, Events};
use crate::store::{Record, SharedTokenStore, StoreError, StoreErrorKind, TokenStore};
use crate::{MemoryTokenStore, TokenSet};

use current::Current;
use flight::Flight;
use plain::Plain;
use state::State;

pub(crate) use shell::SentAt;
pub(crate) use sign_in::{SignIn, SignedIn};
pub(crate) use state::{Snapshot, Why};
pub use status::AuthStatus;

/// What the manager needs of the service that issues tokens.
pub(crate) trait TokenEndpoint: Send + Sync {
    /// Sends a refresh token, once.
    fn refresh(&self, refresh_token: Secret) -> BoxFuture<Posted>;

    /// Asks whether a token is alive.
    fn introspect(&self, token: Secret) -> BoxFuture<Probe>;

    /// Takes secrets out of what an error repeats of the answer.
    fn cleaned(&self, error: Error) -> Error;

    /// Gets tokens from what is configured, where that can be done.
    fn issue(&self) -> Option<BoxFuture<Posted>>;
}

/// What became of a token request.
pub(crate) enum Posted {
    /// It certainly did not go out.
    NotSent(Error),
    /// The whole answer.
    Answered(http::Response<bytes::Bytes>),
    /// It went out, and the answer did not come in whole.
    Broken(bytes::Bytes, Error),
}

/// Owns the tokens of one client.
pub(crate) struct Manager {
    store: Arc<dyn TokenStore>,
    plain: Plain,
    clock: Arc<dyn Clock>,
    events: Events,
    limits: RefreshLimits,
    /// Whose tokens these are: issuer and client identifier.
    owner: String,
    /// What the state holds too.
    current: Arc<Current>,
    state: RwLock<State>,
    /// The renewal under way.
    flight: Mutex<Option<Flight>>,
    /// Held while tokens are read from the store, exchanged or written.
    exchange: tokio::sync::Mutex<()>,
    /// Used and stored if the store turns out to be empty.
    initial: Option<TokenSet>,
}

/// What a manager is made of.
pub(crate) struct Parts {
    /// Without one tokens are kept in memory.
    pub store: Option<Arc<dyn TokenStore>>,
    pub initial: Option<TokenSet>,
    pub owner: String,
    pub clock: Arc<dyn Clock>,
    pub limits: RefreshLimits,
    pub events: Events,
}

impl Manager {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { store, initial, owner, clock, limits, events } = parts;
        let is_known_empty = store.is_none() && initial.is_none();
        let store = store.unwrap_or_else(|| Arc::new(MemoryTokenStore::default()));
        let plain = Plain::new(Arc::clone(&store));
        let state = State::default();
        let (current, state) = (Arc::clone(&state.current), RwLock::new(state));
        let (flight, exchange) = (Mutex::default(), tokio::sync::Mutex::default());
        let manager = Manager { store, plain, clock, events, limits, owner, current, state, flight, exchange, initial };
        if is_known_empty {
            manager.publish(&Record::default());
        }
        manager
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The store as one that can be shared, whether it can or not.
    fn shared(&self) -> &dyn SharedTokenStore {
        self.store.shared().unwrap_or(&self.plain)
    }

    /// The tokens in use; the first caller reads the store.
    pub(crate) async fn current(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.known() {
            self.warn_of_the_end(&snapshot);
            return Ok(snapshot);
        }
        let _exchange = self.exchange.lock().await;
        caught(self.load()).await
    }

    /// The tokens in use, unless the store is still to be read.
    fn known(&self) -> Option<Snapshot> {
        self.current.get()
    }

    /// The tokens as far as they are known without reading the store; `None` if they are not.
    pub(super) fn peek(&self) -> Option<Option<Arc<TokenSet>>> {
        match self.known() {
            Some(snapshot) => Some(snapshot.tokens),
            None => self.initial.clone().map(|tokens| Some(Arc::new(tokens))),
        }
    }

    /// The name of the login in use: another one has been made where it changes.
    pub(crate) fn login(&self) -> Option<String> {
        self.state().known.as_ref()?.origin().map(|origin| origin.login)
    }

    /// The last tokens that are no longer in use.
    pub(crate) fn former(&self) -> Vec<Secret> {
        self.state().former.clone()
    }

    /// Whether the tokens should be renewed before they are used.
    pub(crate) fn is_due(&self, snapshot: &Snapshot) -> bool {
        let now = self.moment();
        snapshot.is_due(now) && self.state().may_renew(snapshot, now, &self.limits)
    }

    /// The newest tokens known: these, or those that have come since.
    pub(crate) fn newest(&self, snapshot: &Snapshot) -> Snapshot {
        self.newer(snapshot.generation).unwrap_or_else(|| snapshot.clone())
    }

    /// The server has refused tokens of this generation although they had just come.
    pub(crate) fn reject(&self, generation: u64) {
        let now = self.moment();
        self.state_mut().reject(generation, now);
    }

    /// Makes a record the one in use.
    fn publish(&self, record: &Record) -> Snapshot {
        let snapshot = Snapshot::new(record, self.moment(), &self.limits);
        self.state_mut().take(snapshot.clone(), record.clone());
        snapshot
    }

    /// Tells once that the refresh token is about to end: a login that nobody uses for long dies in silence otherwise.
    fn warn_of_the_end(&self, snapshot: &Snapshot) {
        const WEEK: i64 = 7 * 86_400;
        let end = snapshot.tokens.as_deref().and_then(TokenSet::refresh_token_end);
        let Some(at) = end.filter(|_| snapshot.tell_end) else { return };
        if at.as_unix().saturating_sub(self.now().as_unix()) > WEEK {
            return;
        }
        let is_news = self.state_mut().tell_end();
        if is_news {
            self.events.emit(&Event::RefreshTokenEnds { at });
        }
    }
}

/// The failure of a store under the name that callers decide on.
fn store_failed(error: StoreError) -> Error {
    use zeyos_core::TokenError;
    match error.kind() {
        StoreErrorKind::LockTimeout => Error::token(TokenError::LockTimeout),
        StoreErrorKind::LockUnsupported => Error::token(TokenError::LockUnsupported { reason: error.to_string() }),
        StoreErrorKind::NotWritable => Error::token(TokenError::StoreNotWritable { reason: error.to_string() }),
        _ => Error::store(error),
    }
}

/// The failure of a store in the middle of an exchange: what keeps it from being written keeps anything from being sent.
fn failure(error: &StoreError) -> StoreFailure {
    use zeyos_core::TokenError;
    let reason = error.to_string();
    let error = match error.kind() {
        StoreErrorKind::LockTimeout => TokenError::LockTimeout,
        StoreErrorKind::LockUnsupported => TokenError::LockUnsupported { reason: reason.clone() },
        _ => TokenError::StoreNotWritable { reason: reason.clone() },
    };
    StoreFailure { error, reason }
}
