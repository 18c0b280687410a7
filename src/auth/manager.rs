//! The one owner of the tokens: read once, renewed by one task at a time, stored before they are used.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::{Mutex, MutexGuard};
use zeyos_core::{Error, Timestamp, TokenError};

use super::clock::Clock;
use crate::event::{Event, Events};
use crate::store::TokenStore;
use crate::{MemoryTokenStore, TokenSet};

/// The tokens in use, with a number that grows with every change: a request remembers which ones it was sent with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    pub generation: u64,
    pub tokens: Option<Arc<TokenSet>>,
}

/// Owns the tokens of one client.
pub(crate) struct Manager {
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    events: Events,
    state: RwLock<State>,
    /// Held while tokens are read from the store, exchanged or written.
    exchange: Mutex<Desk>,
    /// How many renewals have failed.
    failures: AtomicU64,
    /// Used and stored if the store turns out to be empty.
    initial: Option<TokenSet>,
}

#[derive(Default)]
struct State {
    /// `None` until the store was read.
    current: Option<Snapshot>,
    /// What the server has issued but the store has not taken. The tokens before it are dead, so it is kept until the store
    /// takes it; nobody uses it before.
    unstored: Option<(TokenSet, Event)>,
}

/// What only the holder of the lock sees.
#[derive(Default)]
struct Desk {
    /// What happened while the lock was held; told when it is free again, so that a listener may use the client.
    events: Vec<Event>,
    /// How the last renewal failed, and the generation that it was to renew.
    failure: Option<(u64, Error)>,
}

impl Desk {
    /// How the renewal of this generation failed, if the caller waited for it, or if trying again is of no use: a grant that the
    /// server calls used up stays used up.
    fn failure_of(&self, generation: u64, is_shared: bool) -> Option<Error> {
        let (_, error) = self.failure.as_ref().filter(|(failed, _)| *failed == generation)?;
        let is_dead = error.token_error().is_some_and(TokenError::is_invalid_grant);
        (is_shared || is_dead).then(|| error.clone())
    }
}

impl Manager {
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        initial: Option<TokenSet>,
        clock: Arc<dyn Clock>,
        events: Events,
    ) -> Self {
        let (state, exchange, failures) = (RwLock::default(), Mutex::default(), AtomicU64::new(0));
        Manager { store, clock, events, state, exchange, failures, initial }
    }

    /// With a store in memory, which needs no reading to be known.
    pub(crate) fn in_memory(tokens: Option<TokenSet>, clock: Arc<dyn Clock>, events: Events) -> Self {
        let manager = Manager::new(Arc::new(MemoryTokenStore::new(tokens.clone())), None, clock, events);
        manager.publish(tokens);
        manager
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.wall()
    }

    /// The tokens in use; the first caller reads the store.
    pub(crate) async fn current(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.ready() {
            return Ok(snapshot);
        }
        let mut desk = self.exchange.lock().await;
        let outcome = self.loaded(&mut desk).await;
        self.leave(desk);
        outcome
    }

    /// The tokens as far as they are known without reading the store; `None` if they are not.
    pub(super) fn peek(&self) -> Option<Option<Arc<TokenSet>>> {
        match &self.state.read().unwrap_or_else(PoisonError::into_inner).current {
            Some(snapshot) => Some(snapshot.tokens.clone()),
            None => self.initial.clone().map(|tokens| Some(Arc::new(tokens))),
        }
    }

    /// The tokens in use, if nothing must be read or written first.
    fn ready(&self) -> Option<Snapshot> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.current.clone().filter(|_| state.unstored.is_none())
    }

    fn publish(&self, tokens: Option<TokenSet>) -> Snapshot {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let generation = state.current.as_ref().map_or(0, |snapshot| snapshot.generation) + 1;
        let snapshot = Snapshot { generation, tokens: tokens.map(Arc::new) };
        *state = State { current: Some(snapshot.clone()), unstored: None };
        snapshot
    }

    /// Frees the lock, then tells what happened.
    fn leave(&self, mut desk: MutexGuard<'_, Desk>) {
        let events = std::mem::take(&mut desk.events);
        drop(desk);
        events.iter().for_each(|event| self.events.emit(event));
    }

    /// The tokens in use, read or stored before if need be.
    async fn loaded(&self, desk: &mut Desk) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.settled(desk).await? {
            return Ok(snapshot);
        }
        if let Some(snapshot) = self.ready() {
            return Ok(snapshot);
        }
        let stored = self.store.get().await.map_err(Error::store)?;
        if stored.is_none() && self.initial.is_some() {
            self.store.set(self.initial.as_ref()).await.map_err(Error::store)?;
            return Ok(self.publish(self.initial.clone()));
        }
        Ok(self.publish(stored))
    }

    /// Stores what the store has not taken yet; from then on it is in use.
    async fn settled(&self, desk: &mut Desk) -> Result<Option<Snapshot>, Error> {
        let unstored = self.state.read().unwrap_or_else(PoisonError::into_inner).unstored.clone();
        let Some((tokens, event)) = unstored else { return Ok(None) };
        self.store.set(Some(&tokens)).await.map_err(Error::store)?;
        desk.events.push(event);
        Ok(Some(self.publish(Some(tokens))))
    }

    /// Takes tokens that the server has just issued: the old ones are dead, so these must not get lost, whatever the store does.
    async fn take(&self, desk: &mut Desk, tokens: TokenSet, event: Event) -> Result<Snapshot, Error> {
        self.state.write().unwrap_or_else(PoisonError::into_inner).unstored = Some((tokens, event));
        self.loaded(desk).await
    }

    /// Tokens newer than those of the given generation: found in the store, or made by `exchange` and stored. Callers that come
    /// while one exchange is under way share what it brings, be it a failure.
    pub(crate) async fn newer_than<F>(
        &self,
        generation: u64,
        exchange: impl FnOnce(Arc<TokenSet>) -> F,
    ) -> Result<Snapshot, Error>
    where
        F: Future<Output = Result<TokenSet, Error>>,
    {
        let failures = self.failures.load(Ordering::Acquire);
        let mut desk = self.exchange.lock().await;
        let outcome = self.renewed(&mut desk, generation, failures, exchange).await;
        self.leave(desk);
        outcome
    }

    async fn renewed<F>(
        &self,
        desk: &mut Desk,
        generation: u64,
        failures: u64,
        exchange: impl FnOnce(Arc<TokenSet>) -> F,
    ) -> Result<Snapshot, Error>
    where
        F: Future<Output = Result<TokenSet, Error>>,
    {
        let snapshot = self.loaded(desk).await?;
        if snapshot.generation > generation {
            return Ok(snapshot);
        }
        if let Some(adopted) = self.adopted(desk, &snapshot).await? {
            return Ok(adopted);
        }
        let is_shared = self.failures.load(Ordering::Acquire) > failures;
        if let Some(error) = desk.failure_of(generation, is_shared) {
            return Err(error);
        }
        let Some(tokens) = snapshot.tokens else { return Ok(snapshot) };
        match exchange(Arc::clone(&tokens)).await {
            Ok(renewed) => self.take(desk, with_old_refresh_token(renewed, &tokens), Event::Refreshed).await,
            Err(error) => {
                desk.failure = Some((generation, error.clone()));
                self.failures.fetch_add(1, Ordering::Release);
                Err(error)
            }
        }
    }

    /// Takes over what another process has put into the store since.
    async fn adopted(&self, desk: &mut Desk, snapshot: &Snapshot) -> Result<Option<Snapshot>, Error> {
        let Some(stored) = self.store.get().await.map_err(Error::store)? else { return Ok(None) };
        if snapshot.tokens.as_deref().is_some_and(|tokens| tokens.access_token == stored.access_token) {
            return Ok(None);
        }
        desk.events.push(Event::Adopted);
        Ok(Some(self.publish(Some(stored))))
    }

    /// Runs an exchange that brings tokens of a sign-in, under the same lock as a refresh. Tokens are stored before anybody uses
    /// them; `None` leaves everything as it is.
    pub(crate) async fn sign_in<T, F>(&self, operation: &'static str, exchange: F) -> Result<T, Error>
    where
        F: Future<Output = Result<(T, Option<TokenSet>), Error>>,
    {
        let mut desk = self.exchange.lock().await;
        let outcome = self.signed_in(&mut desk, operation, exchange).await;
        self.leave(desk);
        outcome
    }

    async fn signed_in<T, F>(&self, desk: &mut Desk, operation: &'static str, exchange: F) -> Result<T, Error>
    where
        F: Future<Output = Result<(T, Option<TokenSet>), Error>>,
    {
        let (answer, tokens) = exchange.await?;
        if let Some(tokens) = tokens {
            self.take(desk, tokens, Event::Received { operation }).await?;
        }
        Ok(answer)
    }

    /// Replaces the tokens by the caller's.
    pub(crate) async fn replace(&self, tokens: Option<TokenSet>) -> Result<(), Error> {
        let _desk = self.exchange.lock().await;
        self.store.set(tokens.as_ref()).await.map_err(Error::store)?;
        self.publish(tokens);
        Ok(())
    }
}

/// A server that sends no new refresh token means that the old one stays good (RFC 6749, section 6).
fn with_old_refresh_token(mut renewed: TokenSet, old: &TokenSet) -> TokenSet {
    if renewed.refresh_token.is_none() {
        renewed.refresh_token.clone_from(&old.refresh_token);
        renewed.refresh_token_expires_in = old.refresh_token_expires_in;
        renewed.refresh_token_expires_at = old.refresh_token_expires_at;
    }
    renewed
}
#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::MemoryTokenStore;
    use crate::auth::SystemClock;

    fn manager(store: MemoryTokenStore, initial: Option<TokenSet>) -> Arc<Manager> {
        Arc::new(Manager::new(Arc::new(store), initial, Arc::new(SystemClock), Events::default()))
    }

    fn pair(number: usize) -> TokenSet {
        TokenSet::bearer(format!("a{number}")).with_refresh_token(format!("r{number}"))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_crowd_with_the_same_generation_shares_one_exchange() {
        let manager = manager(MemoryTokenStore::new(pair(0)), None);
        let generation = manager.current().await.unwrap().generation;
        let exchanges = Arc::new(AtomicUsize::new(0));
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let (manager, exchanges) = (Arc::clone(&manager), Arc::clone(&exchanges));
                tokio::spawn(async move {
                    let exchange = |_| async move {
                        tokio::task::yield_now().await;
                        Ok(pair(exchanges.fetch_add(1, Ordering::SeqCst) + 1))
                    };
                    manager.newer_than(generation, exchange).await.unwrap().tokens.unwrap().access_token.clone()
                })
            })
            .collect();
        for member in crowd {
            assert_eq!(member.await.unwrap(), Some("a1".into()));
        }
        assert_eq!(exchanges.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_another_process_stored_is_adopted_without_an_exchange() {
        let store = Arc::new(MemoryTokenStore::new(pair(0)));
        let manager =
            Manager::new(Arc::clone(&store) as Arc<dyn TokenStore>, None, Arc::new(SystemClock), Events::default());
        let generation = manager.current().await.unwrap().generation;
        store.set(Some(&pair(7))).await.unwrap();
        let exchange = |_| async { Err(Error::request("no exchange may happen")) };
        let snapshot = manager.newer_than(generation, exchange).await.unwrap();
        assert_eq!(snapshot.tokens.as_deref(), Some(&pair(7)));
    }

    #[tokio::test]
    async fn the_old_refresh_token_stays_when_no_new_one_comes() {
        let manager = manager(MemoryTokenStore::new(pair(0)), None);
        let generation = manager.current().await.unwrap().generation;
        let snapshot = manager.newer_than(generation, |_| async { Ok(TokenSet::bearer("a1")) }).await.unwrap();
        assert_eq!(snapshot.tokens.unwrap().refresh_token, Some("r0".into()));
    }

    #[tokio::test]
    async fn an_empty_store_gets_the_configured_tokens_and_a_full_one_keeps_its_own() {
        let empty = manager(MemoryTokenStore::default(), Some(pair(1)));
        assert_eq!(empty.current().await.unwrap().tokens.as_deref(), Some(&pair(1)));
        assert_eq!(empty.store.get().await.unwrap(), Some(pair(1)));
        let full = manager(MemoryTokenStore::new(pair(2)), Some(pair(1)));
        assert_eq!(full.current().await.unwrap().tokens.as_deref(), Some(&pair(2)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_crowd_shares_a_failure_too() {
        let manager = manager(MemoryTokenStore::new(pair(0)), None);
        let generation = manager.current().await.unwrap().generation;
        let (exchanges, barrier) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Barrier::new(2)));
        let first = {
            let (manager, exchanges, barrier) = (Arc::clone(&manager), Arc::clone(&exchanges), Arc::clone(&barrier));
            tokio::spawn(async move {
                let exchange = |_| async move {
                    exchanges.fetch_add(1, Ordering::SeqCst);
                    barrier.wait().await;
                    barrier.wait().await;
                    Err(Error::connect("no network"))
                };
                manager.newer_than(generation, exchange).await
            })
        };
        barrier.wait().await;
        let exchange = |_| async {
            exchanges.fetch_add(1, Ordering::SeqCst);
            Ok(pair(1))
        };
        let mut second = Box::pin(manager.newer_than(generation, exchange));
        let waits = std::future::poll_fn(|context| std::task::Poll::Ready(second.as_mut().poll(context).is_pending()));
        assert!(waits.await);
        barrier.wait().await;
        assert!(first.await.unwrap().unwrap_err().is_connect() && second.await.unwrap_err().is_connect());
        assert_eq!(exchanges.load(Ordering::SeqCst), 1);
        let exchange = |_| async { Ok(pair(2)) };
        let later = manager.newer_than(generation, exchange).await.unwrap();
        assert_eq!(later.tokens.as_deref(), Some(&pair(2)), "who comes later tries again");
    }

    #[tokio::test]
    async fn a_used_up_grant_is_not_sent_again() {
        let store = Arc::new(MemoryTokenStore::new(pair(0)));
        let manager =
            Manager::new(Arc::clone(&store) as Arc<dyn TokenStore>, None, Arc::new(SystemClock), Events::default());
        let generation = manager.current().await.unwrap().generation;
        let dead = || {
            let (code, status) = ("invalid_grant".to_owned(), http::StatusCode::FORBIDDEN);
            Error::token(TokenError::Refused { code, description: None, status })
        };
        manager.newer_than(generation, |_| async { Err(dead()) }).await.unwrap_err();
        let exchange = |_| async { Err(Error::request("no exchange may happen")) };
        let again = manager.newer_than(generation, exchange).await.unwrap_err();
        assert!(again.token_error().is_some_and(TokenError::is_invalid_grant));
        store.set(Some(&pair(1))).await.unwrap();
        let exchange = |_| async { Err(Error::request("no exchange may happen")) };
        let adopted = manager.newer_than(generation, exchange).await.unwrap();
        assert_eq!(adopted.tokens.as_deref(), Some(&pair(1)), "until the store changes");
    }

    #[tokio::test]
    async fn a_failed_exchange_changes_nothing() {
        let manager = manager(MemoryTokenStore::new(pair(0)), None);
        let before = manager.current().await.unwrap();
        manager.newer_than(before.generation, |_| async { Err(Error::request("no")) }).await.unwrap_err();
        let after = manager.current().await.unwrap();
        assert_eq!((after.generation, after.tokens), (before.generation, before.tokens));
    }
}
