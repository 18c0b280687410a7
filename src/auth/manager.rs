//! The one owner of the tokens: read once, renewed by one task at a time, stored before they are used.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;
use zeyos_core::{Error, Timestamp};

use super::clock::Clock;
use crate::event::{Event, Events};
use crate::store::TokenStore;
use crate::{StoreError, TokenSet};

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
    /// `None` until the store was read.
    current: RwLock<Option<Snapshot>>,
    /// Held while tokens are read from the store, exchanged or written.
    exchange: Mutex<()>,
    /// Used and stored if the store turns out to be empty.
    initial: Option<TokenSet>,
}

impl Manager {
    pub(crate) fn new(
        store: Arc<dyn TokenStore>,
        initial: Option<TokenSet>,
        clock: Arc<dyn Clock>,
        events: Events,
    ) -> Self {
        Manager { store, clock, events, current: RwLock::new(None), exchange: Mutex::new(()), initial }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The tokens in use; the first caller reads the store.
    pub(crate) async fn current(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.known() {
            return Ok(snapshot);
        }
        let _exchange = self.exchange.lock().await;
        self.loaded().await
    }

    /// The tokens as far as they are known without reading the store.
    pub(super) fn peek(&self) -> Option<Arc<TokenSet>> {
        match self.known() {
            Some(snapshot) => snapshot.tokens,
            None => self.initial.clone().map(Arc::new),
        }
    }

    fn known(&self) -> Option<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn publish(&self, tokens: Option<TokenSet>) -> Snapshot {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let generation = current.as_ref().map_or(0, |snapshot| snapshot.generation) + 1;
        let snapshot = Snapshot { generation, tokens: tokens.map(Arc::new) };
        *current = Some(snapshot.clone());
        snapshot
    }

    /// The tokens in use. The lock must be held.
    async fn loaded(&self) -> Result<Snapshot, Error> {
        if let Some(snapshot) = self.known() {
            return Ok(snapshot);
        }
        let stored = self.store.get().await.map_err(Error::store)?;
        if stored.is_none() && self.initial.is_some() {
            self.store.set(self.initial.as_ref()).await.map_err(Error::store)?;
            return Ok(self.publish(self.initial.clone()));
        }
        Ok(self.publish(stored))
    }

    /// Tokens newer than those of the given generation: found in the store, or made by `exchange` and stored. Callers that come
    /// while one exchange is under way share what it brings.
    pub(crate) async fn newer_than<F>(
        &self,
        generation: u64,
        exchange: impl FnOnce(Arc<TokenSet>) -> F,
    ) -> Result<Snapshot, Error>
    where
        F: Future<Output = Result<TokenSet, Error>>,
    {
        let _exchange = self.exchange.lock().await;
        let snapshot = self.loaded().await?;
        if snapshot.generation > generation {
            return Ok(snapshot);
        }
        if let Some(adopted) = self.adopt(&snapshot).await? {
            return Ok(adopted);
        }
        let Some(tokens) = snapshot.tokens else { return Ok(snapshot) };
        let renewed = with_old_refresh_token(exchange(Arc::clone(&tokens)).await?, &tokens);
        self.store(&renewed).await?;
        self.events.emit(&Event::Refreshed);
        Ok(self.publish(Some(renewed)))
    }

    /// Takes over what another process has put into the store since.
    async fn adopt(&self, snapshot: &Snapshot) -> Result<Option<Snapshot>, Error> {
        let Some(stored) = self.store.get().await.map_err(Error::store)? else { return Ok(None) };
        if snapshot.tokens.as_deref().is_some_and(|tokens| tokens.access_token == stored.access_token) {
            return Ok(None);
        }
        self.events.emit(&Event::Adopted);
        Ok(Some(self.publish(Some(stored))))
    }

    /// Runs an exchange that brings tokens of a sign-in, under the same lock as a refresh. Tokens are stored before anybody uses
    /// them; `None` leaves everything as it is.
    pub(crate) async fn sign_in<T, F>(&self, operation: &'static str, exchange: F) -> Result<T, Error>
    where
        F: Future<Output = Result<(T, Option<TokenSet>), Error>>,
    {
        let _exchange = self.exchange.lock().await;
        let (answer, tokens) = exchange.await?;
        if let Some(tokens) = tokens {
            self.store(&tokens).await?;
            self.publish(Some(tokens));
            self.events.emit(&Event::Received { operation });
        }
        Ok(answer)
    }

    /// Replaces the tokens by the caller's.
    pub(crate) async fn replace(&self, tokens: Option<TokenSet>) -> Result<(), Error> {
        let _exchange = self.exchange.lock().await;
        self.store.set(tokens.as_ref()).await.map_err(Error::store)?;
        self.publish(tokens);
        Ok(())
    }

    async fn store(&self, tokens: &TokenSet) -> Result<(), Error> {
        self.store.set(Some(tokens)).await.map_err(|error: StoreError| Error::store(error))
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

    #[tokio::test]
    async fn a_failed_exchange_changes_nothing() {
        let manager = manager(MemoryTokenStore::new(pair(0)), None);
        let before = manager.current().await.unwrap();
        manager.newer_than(before.generation, |_| async { Err(Error::request("no")) }).await.unwrap_err();
        let after = manager.current().await.unwrap();
        assert_eq!((after.generation, after.tokens), (before.generation, before.tokens));
    }
}
