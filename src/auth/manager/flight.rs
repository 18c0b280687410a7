//! One renewal for all who want it. It belongs to nobody: a caller that gives up does not stop it.

use std::sync::{Arc, PoisonError};

use tokio::sync::watch;
use zeyos_core::{Error, TokenError};

use super::super::task::{caught, detach};
use super::state::{Snapshot, Why};
use super::{Manager, TokenEndpoint, store_failed};
use crate::event::Event;

type Ending = Option<Result<Snapshot, Error>>;

/// The renewal under way: whoever holds a copy hears how it ends.
#[derive(Clone)]
pub(super) struct Flight(watch::Receiver<Ending>);

impl Flight {
    /// Whether its task is gone without a word: its runtime was shut down, or it panicked.
    fn is_dead(&self) -> bool {
        self.0.has_changed().is_err() && self.0.borrow().is_none()
    }

    async fn ending(mut self) -> Result<Snapshot, Error> {
        let ended = self.0.wait_for(Option::is_some).await;
        let ending = ended.ok().and_then(|ending| ending.clone());
        ending.unwrap_or_else(|| Err(Error::token(TokenError::Interrupted)))
    }
}

impl Manager {
    /// Tokens newer than those of the given generation: found in the store, or got from the server and stored. Callers that
    /// come while one renewal is under way share what it brings, be it a failure.
    pub(crate) async fn newer_than(
        self: &Arc<Self>,
        generation: u64,
        why: Why,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> Result<Snapshot, Error> {
        if let Some(newer) = self.newer(generation) {
            return Ok(newer);
        }
        let held = self.state().hold(generation, why, self.moment(), &self.limits);
        if let Some(error) = held {
            return self.changed(generation).await?.ok_or(error);
        }
        self.board(generation, endpoint)?.ending().await
    }

    pub(super) fn newer(&self, generation: u64) -> Option<Snapshot> {
        self.known().filter(|current| current.generation > generation)
    }

    /// Whether somebody else has changed the store: a look without the lock, and without a word to the server.
    async fn changed(&self, generation: u64) -> Result<Option<Snapshot>, Error> {
        let read = async { self.shared().read().await.map_err(store_failed) };
        let Ok(record) = caught(read).await else { return Ok(None) };
        if record.generation <= generation || record.lost.is_some() || self.check_owner(&record).is_err() {
            return Ok(None);
        }
        let _exchange = self.exchange.lock().await;
        if let Some(newer) = self.newer(generation) {
            return Ok(Some(newer));
        }
        let snapshot = self.publish(&record);
        self.events.emit(&Event::Adopted { generation: snapshot.generation });
        Ok(Some(snapshot))
    }

    /// Joins the renewal under way, or begins one.
    fn board(self: &Arc<Self>, generation: u64, endpoint: Arc<dyn TokenEndpoint>) -> Result<Flight, Error> {
        let mut slot = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = slot.as_ref().filter(|flight| !flight.is_dead() && flight.0.borrow().is_none()) {
            return Ok(flight.clone());
        }
        let (sender, receiver) = watch::channel(None);
        let this = Arc::clone(self);
        detach(async move {
            let (ending, events) = this.fly(generation, endpoint).await;
            events.iter().for_each(|event| this.events.emit(event));
            sender.send_replace(Some(ending));
        })?;
        let flight = Flight(receiver);
        *slot = Some(flight.clone());
        Ok(flight)
    }

    /// The renewal under way, if there is one.
    pub(super) async fn landed(&self) {
        let flight = self.flight.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(flight) = flight {
            let _ = flight.ending().await;
        }
    }

    async fn fly(
        self: &Arc<Self>,
        generation: u64,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> (Result<Snapshot, Error>, Vec<Event>) {
        let _exchange = self.exchange.lock().await;
        if let Some(newer) = self.newer(generation) {
            return (Ok(newer), Vec::new());
        }
        let mut events = Vec::new();
        let ending = self.renew(generation, endpoint, &mut events).await;
        if let Err(error) = &ending {
            self.state_mut().failed = Some((generation, self.moment(), error.clone()));
        }
        (ending, events)
    }
}
