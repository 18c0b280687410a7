//! The token manager owns the tokens of a login: it reads them once, refreshes them in one task at a time and stores them before use.

mod bounded;
mod driver;
mod persist;
mod records;
mod sign_in;
mod single_flight;
mod state;
mod status;
mod token_cell;
mod turn;
mod unshared_store;

use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use zeyos_core::{BoxFuture, Error, Issuer, MaybeSend, MaybeSync, RequestId, Secret, Timestamp};

use super::expiry::Moment;
use super::issuers::Issuers;
use super::limits::RefreshLimits;
use super::rotation::{Probe, StoreFailure};
use crate::clock::Clock;
use crate::event::{ClientEvent, Events};
use crate::runtime::{ExchangeRuntime, OfProcess, Place};
use crate::store::{Lineage, StoreError, StoreErrorKind, TokenRecord, TokenStore};
use crate::{MemoryTokenStore, TokenSet};

use bounded::{Bounded, Limit};
use single_flight::{FlightSlot, UnlockedReads};
use state::{State, on_hold};
use token_cell::TokenCell;
use turn::Apart;
use unshared_store::UnsharedStore;

pub(crate) use driver::SentAt;
pub(crate) use sign_in::{SignIn, SignedIn};
pub(crate) use single_flight::Wait;
pub(crate) use state::{RefreshReason, Snapshot};
pub use status::AuthStatus;

/// The token endpoint, as the manager uses it.
pub(crate) trait TokenEndpoint: MaybeSend + MaybeSync {
    /// The request id of what is sent.
    fn id(&self) -> RequestId;

    /// Sends a refresh token, once.
    fn refresh(&self, refresh_token: Secret) -> BoxFuture<SendOutcome>;

    /// Introspects a token.
    fn introspect(&self, token: Secret) -> BoxFuture<Probe>;

    /// Takes secrets out of what an error repeats of the answer.
    fn cleaned(&self, error: Error) -> Error;

    /// Gets tokens from what is configured, where that can be done.
    fn issue(&self) -> Option<BoxFuture<SendOutcome>>;
}

/// The outcome of sending a token request.
pub(crate) enum SendOutcome {
    /// The request was certainly not sent.
    NotSent(Error),
    /// The whole answer.
    Answered(http::Response<bytes::Bytes>),
    /// The request was sent, and the answer is incomplete.
    Incomplete(bytes::Bytes, Error),
}

/// Owns the tokens of one client.
pub(crate) struct Manager {
    store: Arc<dyn TokenStore>,
    unshared: UnsharedStore,
    clock: Arc<dyn Clock>,
    events: Events,
    limits: Arc<RefreshLimits>,
    /// The login id: base URL, client identifier and issuer.
    login_id: Arc<str>,
    /// Where tokens come from.
    pub(super) issuers: Issuers,
    /// The snapshot that requests read; the state holds it, too.
    cell: Arc<TokenCell>,
    /// Read without a lock: in a forked child process, a lock that was held at the fork would never be released.
    state: ArcSwap<State>,
    /// Held while the state is changed.
    change: OfProcess<Mutex<()>>,
    /// Where exchanges run.
    runtime: ExchangeRuntime,
    /// How long a caller without a limit of its own waits.
    timeout: Option<Duration>,
    /// The refresh in progress.
    flight: OfProcess<FlightSlot>,
    /// The last read of the store without its lock.
    unlocked_reads: OfProcess<UnlockedReads>,
    /// Held while tokens are read from the store, exchanged or written.
    exchange: OfProcess<tokio::sync::Mutex<()>>,
    /// Held while a logout is under way.
    logout: OfProcess<tokio::sync::Mutex<()>>,
    /// Limits the number of detached sign-ins.
    apart: OfProcess<Apart>,
    /// Notifies waiters that new tokens are in use.
    published: OfProcess<Notify>,
    /// Whether the event listener has not returned from an event of an exchange.
    is_listener_stuck: AtomicBool,
    /// Used and stored if the store turns out to be empty.
    initial: Option<TokenSet>,
}

/// The parts of a manager.
pub(crate) struct Parts {
    /// Without one tokens are kept in memory.
    pub store: Option<Arc<dyn TokenStore>>,
    pub initial: Option<TokenSet>,
    pub login_id: String,
    pub issuers: Issuers,
    pub clock: Arc<dyn Clock>,
    pub limits: RefreshLimits,
    pub events: Events,
    /// How long a caller without a limit of its own waits.
    pub timeout: Option<Duration>,
    /// Where exchanges run.
    pub place: Place,
}

/// The parts that the managers of all users of a client share.
struct Common {
    login_id: Arc<str>,
    issuers: Issuers,
    clock: Arc<dyn Clock>,
    limits: Arc<RefreshLimits>,
    events: Events,
    timeout: Option<Duration>,
}

impl Manager {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { store, initial, login_id, issuers, clock, limits, events, timeout, place } = parts;
        let runtime = ExchangeRuntime::new(Arc::clone(&clock), place);
        let common = Common { login_id: login_id.into(), issuers, clock, limits: Arc::new(limits), events, timeout };
        Manager::keeping(common, runtime, State::default(), store, initial)
    }

    /// A manager for another user. There may be many of them, so there is one copy of the tokens. The login id differs if that user has a
    /// client application of its own.
    pub(crate) fn of_another(
        &self,
        login_id: Option<String>,
        store: Option<Arc<dyn TokenStore>>,
        initial: Option<TokenSet>,
    ) -> Self {
        let common = self.common();
        let login_id = login_id.map_or_else(|| Arc::clone(&common.login_id), Arc::from);
        Manager::keeping(Common { login_id, ..common }, self.runtime.of_another(), State::of_many(), store, initial)
    }

    /// A manager for another login of the same user, with other issuers and another login id.
    pub(crate) fn beside(
        &self,
        login_id: String,
        issuers: Issuers,
        store: Option<Arc<dyn TokenStore>>,
        initial: Option<TokenSet>,
    ) -> Self {
        let common = Common { login_id: login_id.into(), issuers, ..self.common() };
        Manager::keeping(common, self.runtime.of_another(), State::default(), store, initial)
    }

    fn common(&self) -> Common {
        Common {
            login_id: Arc::clone(&self.login_id),
            issuers: self.issuers.clone(),
            clock: Arc::clone(&self.clock),
            limits: Arc::clone(&self.limits),
            events: self.events.clone(),
            timeout: self.timeout,
        }
    }

    fn keeping(
        common: Common,
        runtime: ExchangeRuntime,
        mut state: State,
        store: Option<Arc<dyn TokenStore>>,
        initial: Option<TokenSet>,
    ) -> Self {
        let Common { login_id, issuers, clock, limits, events, timeout } = common;
        state.waits_for_refusal = issuers.renewing().is_some_and(Issuer::waits_for_refusal);
        let kept = match store {
            Some(_) => None,
            // Tokens in memory are known without reading a store.
            None => Some(Arc::new(TokenRecord {
                generation: u64::from(initial.is_some()),
                tokens: initial.clone(),
                lineage: initial.as_ref().map(Lineage::first),
                owner: initial.is_some().then(|| login_id.to_string()),
                ..TokenRecord::default()
            })),
        };
        let store = store.unwrap_or_else(|| Arc::new(MemoryTokenStore::new(initial.clone())));
        let unshared = UnsharedStore::holding(Arc::clone(&store), kept.clone());
        let manager = Manager {
            cell: Arc::clone(&state.cell),
            state: ArcSwap::from_pointee(state),
            change: OfProcess::default(),
            flight: OfProcess::default(),
            unlocked_reads: OfProcess::default(),
            exchange: OfProcess::default(),
            logout: OfProcess::default(),
            apart: OfProcess::default(),
            published: OfProcess::default(),
            is_listener_stuck: AtomicBool::new(false),
            store,
            unshared,
            clock,
            events,
            limits,
            login_id,
            issuers,
            runtime,
            timeout,
            initial,
        };
        if let Some(kept) = kept {
            manager.publish_shared(kept);
        }
        manager
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    pub(crate) fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }

    fn state(&self) -> arc_swap::Guard<Arc<State>> {
        self.state.load()
    }

    /// Changes the state; changes are serialised.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let turn = self.change.get();
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = State::clone(&self.state.load());
        let answer = change(&mut state);
        let next = state.next.take();
        self.state.store(Arc::new(state));
        if let Some(next) = next {
            // Last, so that whoever finds these tokens finds the previous ones among those that must not be printed.
            self.cell.replace(next);
        }
        answer
    }

    /// The shared interface of the store, or the adapter for a store without one.
    fn shared(&self) -> Bounded<'_> {
        let limit = Limit { deadlines: self.runtime.deadlines().clone(), time: self.limits.store_call };
        Bounded { store: self.store.shared().unwrap_or(&self.unshared), limit }
    }

    /// The tokens in use; the first caller has the store read.
    pub(crate) async fn current(self: &Arc<Self>, limit: Option<Duration>) -> Result<Snapshot, Error> {
        match self.in_use() {
            Some(snapshot) => Ok(snapshot),
            // Boxed, so that the usual way stays small.
            None => Box::pin(self.first(limit)).await,
        }
    }

    /// The tokens in use, unless the store is still to be read.
    #[inline]
    pub(crate) fn in_use(&self) -> Option<Snapshot> {
        let snapshot = self.known()?;
        self.warn_of_the_end(&snapshot);
        Some(snapshot)
    }

    /// The tokens in use, if they are known.
    #[inline]
    fn known(&self) -> Option<Snapshot> {
        self.cell.get()
    }

    /// The tokens as far as they are known without reading the store; `None` if they are not.
    pub(super) fn cached(&self) -> Option<Option<Arc<TokenSet>>> {
        match self.known() {
            Some(snapshot) => Some(snapshot.tokens),
            None => self.initial.clone().map(|tokens| Some(Arc::new(tokens))),
        }
    }

    /// The id of the login in use. It changes with a new sign-in.
    pub(crate) fn login(&self) -> Option<String> {
        self.state().known.as_ref()?.origin().map(|origin| origin.login)
    }

    /// The last tokens that are no longer in use.
    pub(crate) fn previous(&self) -> Vec<Secret> {
        self.state().previous.clone()
    }

    /// Whether the tokens should be renewed before they are used.
    pub(crate) fn is_due(&self, snapshot: &Snapshot) -> bool {
        let now = self.moment();
        snapshot.is_due(now) && self.state().may_renew(snapshot, now, &self.limits)
    }

    /// Whether the server has issued tokens of this generation, or of a later one, to this program.
    pub(crate) fn has_issued(&self, generation: u64) -> bool {
        self.state().has_issued(generation)
    }

    /// The newest tokens known: these, or those that have come since.
    pub(crate) fn newest(&self, snapshot: &Snapshot) -> Snapshot {
        self.newer(snapshot.generation).unwrap_or_else(|| snapshot.clone())
    }

    /// The server has refused tokens of this generation although they had just come. Answers the error that says so.
    pub(crate) fn reject(&self, generation: u64) -> Error {
        let now = self.moment();
        self.change(|state| state.reject(generation, now));
        on_hold(now, self.limits.hold)
    }

    /// Whether the access token is past its end.
    pub(crate) fn has_ended(&self, snapshot: &Snapshot) -> bool {
        snapshot.has_ended(self.moment())
    }

    /// Waits until newer tokens are in use or may be requested. Returns `false` at once if that would take longer than the limit.
    pub(crate) async fn rested(&self, generation: u64, limit: Duration) -> bool {
        let start = self.clock.monotonic();
        let publishing = self.published.get();
        loop {
            // Before the question, so that no change between it and the wait is missed.
            let mut published = pin!(publishing.notified());
            published.as_mut().enable();
            let left = self.state().pause_left(generation, self.moment(), &self.limits);
            let Some(left) = left.filter(|_| self.newer(generation).is_none()) else { return true };
            if left > limit.saturating_sub(self.clock.monotonic().saturating_sub(start)) {
                return false;
            }
            self.runtime.deadlines().within(left, published).await;
        }
    }

    /// Publishes a record as the one in use.
    fn publish(&self, record: &TokenRecord) -> Snapshot {
        self.publish_shared(Arc::new(record.clone()))
    }

    fn publish_shared(&self, record: Arc<TokenRecord>) -> Snapshot {
        let snapshot = Snapshot::new(&record, self.moment(), &self.limits, self.issuers.gives_for_key());
        self.change(|state| state.take(snapshot.clone(), record));
        self.published.get().notify_waiters();
        snapshot
    }

    /// Emits one event when the refresh token is about to expire, since a login that is not used for long would expire silently.
    fn warn_of_the_end(&self, snapshot: &Snapshot) {
        const WEEK: i64 = 7 * 86_400;
        let end = snapshot.tokens.as_deref().and_then(TokenSet::refresh_token_end);
        let Some(at) = end.filter(|_| snapshot.tell_end) else { return };
        if at.as_unix().saturating_sub(self.now().as_unix()) > WEEK {
            return;
        }
        let is_news = self.change(State::tell_end);
        if is_news {
            self.events.emit(&ClientEvent::RefreshTokenEnds { at });
        }
    }
}

/// Maps a failure of the store to the error of a call.
fn store_failed(error: StoreError) -> Error {
    use zeyos_core::TokenError;
    match error.kind() {
        StoreErrorKind::LockTimeout => Error::token(TokenError::LockTimeout),
        StoreErrorKind::LockUnsupported => Error::token(TokenError::LockUnsupported { reason: error.to_string() }),
        StoreErrorKind::NotWritable => Error::token(TokenError::StoreNotWritable { reason: error.to_string() }),
        _ => Error::store(error),
    }
}

/// Maps a failure of the store during an exchange: if the store cannot be written, nothing is sent.
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

#[cfg(test)]
mod tests;
