//! One renewal for all who want it. It belongs to nobody: a caller that gives up does not stop it.

use std::sync::{Arc, PoisonError};

use tokio::sync::watch;
use zeyos_core::{Error, TokenError};

use super::super::task::{caught, detach};
use super::state::{Snapshot, Why};
use super::{Manager, TokenEndpoint, store_failed};
use crate::event::Event;
use crate::store::{Record, Standing};

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
        let unreachable = self.state().unreachable(generation).filter(|_| why == Why::Due);
        let flight = self.board(generation, why, endpoint)?;
        match unreachable {
            // The old token is good, so nobody waits for a server that could not be reached before.
            Some(error) => Err(error),
            None => flight.ending().await,
        }
    }

    pub(super) fn newer(&self, generation: u64) -> Option<Snapshot> {
        self.known().filter(|current| current.generation > generation)
    }

    /// Whether somebody else has changed the store: a look without the lock, and without a word to the server.
    async fn changed(&self, generation: u64) -> Result<Option<Snapshot>, Error> {
        let read = async { self.shared().read().await.map_err(store_failed) };
        let Ok(record) = caught(read).await else { return Ok(None) };
        if !self.is_later(&record) {
            return Ok(None);
        }
        let _exchange = self.exchange.lock().await;
        if let Some(newer) = self.newer(generation) {
            return Ok(Some(newer));
        }
        // It must be newer for every call of this program, whatever the store counts.
        let generation = record.generation.max(generation.saturating_add(1));
        let snapshot = self.publish(&Record { generation, ..record });
        self.events.emit(&Event::Adopted { generation: snapshot.generation });
        Ok(Some(snapshot))
    }

    /// Whether a record has tokens that come after those of this program, or take the place of dead ones.
    fn is_later(&self, record: &Record) -> bool {
        let Some(known) = self.state().known.clone() else { return false };
        let standing = known.standing_of(record);
        let is_later = standing == Standing::Later || (standing == Standing::Unclear && known.lost.is_some());
        is_later && record.tokens.is_some() && record.lost.is_none() && self.check_owner(record).is_ok()
    }

    /// Joins the renewal under way, or begins one.
    fn board(self: &Arc<Self>, generation: u64, why: Why, endpoint: Arc<dyn TokenEndpoint>) -> Result<Flight, Error> {
        let mut slot = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = slot.as_ref().filter(|flight| !flight.is_dead() && flight.0.borrow().is_none()) {
            return Ok(flight.clone());
        }
        let (sender, receiver) = watch::channel(None);
        let this = Arc::clone(self);
        detach(async move {
            let (ending, events) = this.fly(generation, why, endpoint).await;
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
        why: Why,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> (Result<Snapshot, Error>, Vec<Event>) {
        let _exchange = self.exchange.lock().await;
        if let Some(newer) = self.newer(generation) {
            return (Ok(newer), Vec::new());
        }
        let mut events = Vec::new();
        let ending = self.renew(generation, why, endpoint, &mut events).await;
        if let Err(error) = &ending {
            let now = self.moment();
            self.state_mut().fail(generation, now, error.clone());
        }
        (ending, events)
    }
}
