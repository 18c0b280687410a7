//! One renewal for all who want it. It belongs to no one: a caller that gives up does not stop it.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tracing::Instrument as _;
use zeyos_core::{Error, MaybeSend};

use super::state::{RefreshReason, Snapshot};
use super::turn::Turn;
use super::{Manager, TokenEndpoint, store_failed};
use crate::auth::limits::{CALLBACK, EARLY, PATIENCE};
use crate::event::Event;
use crate::observe::{self, Begun};
use crate::runtime::interrupted;
use crate::store::{Standing, TokenRecord};

type Ending = Option<Result<Snapshot, Error>>;

/// How long a caller waits for the renewal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    /// So long, else as long as the client is set to, else until it ends.
    For(Option<Duration>),
    /// As his token still works, no longer than a second after the renewal has begun, and not at all where the one before has
    /// failed.
    Briefly(Option<Duration>),
}

/// The renewal under way: whoever holds a copy hears how it ends.
#[derive(Clone)]
pub(super) struct SingleFlight {
    ending: watch::Receiver<Ending>,
    /// When it began, by the clock that never runs back.
    begun: Duration,
}

/// Where the renewal under way is found.
#[derive(Default)]
pub(super) struct FlightSlot(Mutex<Option<SingleFlight>>);

/// Looks at the store without its lock. Those who come while someone looks share the look after that one.
#[derive(Default)]
pub(super) struct UnlockedReads {
    /// How many have come.
    asked: AtomicU64,
    /// How many had come when the last look began, and what it found.
    last: tokio::sync::Mutex<(u64, Option<TokenRecord>)>,
}

impl FlightSlot {
    fn flight(&self) -> MutexGuard<'_, Option<SingleFlight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SingleFlight {
    /// Whether it goes on: neither has it ended, nor is its task gone without a word.
    fn is_running(&self) -> bool {
        self.ending.borrow().is_none() && self.ending.has_changed().is_ok()
    }

    async fn ending(mut self) -> Result<Snapshot, Error> {
        let ended = self.ending.wait_for(Option::is_some).await;
        let ending = ended.ok().and_then(|ending| ending.clone());
        ending.unwrap_or_else(|| Err(interrupted()))
    }
}

impl Manager {
    /// Tokens newer than those of the given generation: found in the store, or got from the server and stored. Callers that
    /// come while one renewal is under way share what it brings, be it a failure. It goes on without those who have no time.
    pub(crate) async fn newer_than(
        self: &Arc<Self>,
        generation: u64,
        reason: RefreshReason,
        endpoint: Arc<dyn TokenEndpoint>,
        wait: Wait,
    ) -> Result<Snapshot, Error> {
        if let Some(newer) = self.newer(generation) {
            return Ok(newer);
        }
        let throttled = self.state().throttled(generation, reason, self.moment(), &self.limits);
        if let Some(error) = throttled {
            let (Wait::For(limit) | Wait::Briefly(limit)) = wait;
            return self.changed(generation, limit).await?.ok_or(error);
        }
        let has_failed = self.state().has_failed(generation);
        let flight = self.join(generation, reason, endpoint)?;
        let limit = match wait {
            Wait::For(limit) => limit.or(self.timeout),
            Wait::Briefly(_) if has_failed => Some(Duration::ZERO),
            Wait::Briefly(limit) => {
                let left = EARLY.saturating_sub(self.clock.monotonic().saturating_sub(flight.begun));
                Some(limit.or(self.timeout).map_or(left, |limit| limit.min(left)))
            }
        };
        match limit {
            // A renewal ends by itself, as far as its callers are concerned.
            None => flight.ending().await,
            Some(limit) => {
                let late = || Error::timeout("the call has no time left for the refresh, which goes on without it");
                self.runtime.deadlines().within(limit, flight.ending()).await.unwrap_or_else(|| Err(late()))
            }
        }
    }

    pub(super) fn newer(&self, generation: u64) -> Option<Snapshot> {
        self.known().filter(|current| current.generation > generation)
    }

    /// Whether someone else has changed the store: a look without the lock, and without a word to the server.
    pub(crate) async fn changed(
        self: &Arc<Self>,
        generation: u64,
        limit: Option<Duration>,
    ) -> Result<Option<Snapshot>, Error> {
        let this = Arc::clone(self);
        self.runtime.outcome(self.patience(limit), async move { this.adopted(generation).await }).await
    }

    async fn adopted(self: &Arc<Self>, generation: u64) -> Result<Option<Snapshot>, Error> {
        let Some(record) = self.read_unlocked().await else { return Ok(None) };
        if !self.is_later(&record) {
            return Ok(None);
        }
        let turn = self.turn().await?;
        if let Some(newer) = self.newer(generation) {
            return Ok(Some(newer));
        }
        // It must be newer for every call of this program, whatever the store counts.
        let generation = record.generation.max(generation.saturating_add(1));
        let snapshot = self.publish(&TokenRecord { generation, ..record });
        let told = snapshot.clone();
        self.run_exchange(turn, async move { (Ok(told), vec![Event::Adopted { generation }]) }).await.map(Some)
    }

    /// Whether a record has tokens that come after those of this program, or take the place of dead ones.
    fn is_later(&self, record: &TokenRecord) -> bool {
        let Some(known) = self.state().known.clone() else { return false };
        let standing = known.standing_of(record);
        let is_later = standing == Standing::Later || (standing == Standing::Unknown && known.lost.is_some());
        is_later && record.tokens.is_some() && record.lost.is_none() && self.check_login_id(record).is_ok()
    }

    /// What is in the store now.
    async fn read_unlocked(self: &Arc<Self>) -> Option<TokenRecord> {
        let reads = self.unlocked_reads.get();
        let number = reads.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut last = self.runtime.deadlines().within(PATIENCE, reads.last.lock()).await?;
        if last.0 < number {
            let (begun, this) = (reads.asked.load(Ordering::SeqCst), Arc::clone(self));
            let read = async move { this.shared().read().await.map_err(store_failed) };
            *last = (begun, self.runtime.carry_out(read).await.ok());
        }
        last.1.clone()
    }

    /// Joins the renewal under way, or begins one.
    pub(super) fn join(
        self: &Arc<Self>,
        generation: u64,
        reason: RefreshReason,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> Result<SingleFlight, Error> {
        let slot = self.flight.get();
        let mut slot = slot.flight();
        if let Some(flight) = slot.as_ref().filter(|flight| flight.is_running()) {
            return Ok(flight.clone());
        }
        // One may have ended since the caller looked: its failure is the caller's too.
        if let Some(error) = self.state().throttled(generation, reason, self.moment(), &self.limits) {
            return Err(error);
        }
        let (sender, receiver) = watch::channel(None);
        // The caller is counted before the renewal begins: it may end before the next line here is run.
        let joined = SingleFlight { ending: receiver.clone(), begun: self.clock.monotonic() };
        let this = Arc::clone(self);
        let operation = self.issuers.renewing().map(|issuer| issuer.renewal().id);
        let told = Begun { operation, reason: reason.name(), id: endpoint.id() };
        let span = observe::renewal(told);
        self.runtime.begin(async move {
            let flight = this.run(generation, reason, endpoint);
            let ending = this.runtime.deadlines().within(PATIENCE, flight.instrument(span.clone())).await;
            let ending = ending.unwrap_or_else(|| Err(unending()));
            observe::renewed(span, told, &ending);
            // One receiver is in the slot. Callers who wait for the end tell of a failure themselves.
            let failure = ending.as_ref().err().filter(|_| sender.receiver_count() < 2).map(Event::refresh_failed);
            sender.send_replace(Some(ending));
            if let Some(failure) = failure {
                let teller = Arc::clone(&this);
                let told = async move {
                    teller.emit_all(&[failure]);
                    Ok(())
                };
                let _ = this.runtime.carry_out(told).await;
            }
        })?;
        *slot = Some(SingleFlight { ending: receiver, begun: joined.begun });
        Ok(joined)
    }

    /// The end of the renewal under way, if there is one.
    pub(super) async fn flight_ended(&self) {
        let flight = self.flight.get().flight().clone();
        if let Some(flight) = flight {
            let _ = flight.ending().await;
        }
    }

    async fn run(
        self: &Arc<Self>,
        generation: u64,
        reason: RefreshReason,
        endpoint: Arc<dyn TokenEndpoint>,
    ) -> Result<Snapshot, Error> {
        let turn = self.turn().await?;
        if let Some(newer) = self.newer(generation) {
            return Ok(newer);
        }
        let this = Arc::clone(self);
        let renewal = async move {
            let mut events = Vec::new();
            let ending = this.renew(generation, reason, endpoint, &mut events).await;
            if let Err(error) = &ending {
                let now = this.moment();
                this.change(|state| state.fail(generation, now, error.clone()));
            }
            (ending, events)
        };
        self.run_exchange(turn, renewal).await
    }

    /// Carries out an exchange, then tells of it with the turn given back: a listener may use the client. One that does not
    /// come back keeps no one from the outcome for long.
    pub(super) async fn run_exchange<T: MaybeSend + 'static>(
        self: &Arc<Self>,
        turn: Turn,
        exchange: impl Future<Output = (Result<T, Error>, Vec<Event>)> + MaybeSend + 'static,
    ) -> Result<T, Error> {
        let (sender, outcome) = oneshot::channel();
        let this = Arc::clone(self);
        let told = self.runtime.carry_out(async move {
            let (ending, events) = exchange.await;
            drop(turn);
            let _ = sender.send(ending);
            this.emit_all(&events);
            Ok(())
        });
        let outcome = outcome.await.unwrap_or_else(|_| Err(interrupted()));
        if self.runtime.deadlines().within(CALLBACK, told).await.is_none() {
            self.is_listener_stuck.store(true, Ordering::SeqCst);
        }
        outcome
    }

    /// Tells the listener, unless it has not come back from what it was told before.
    fn emit_all(&self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        if self.is_listener_stuck.load(Ordering::SeqCst) {
            tracing::error!(target: "zeyos", ?events, "the listener of events has not come back; it is not told");
            return;
        }
        events.iter().for_each(|event| self.events.emit(event));
        self.is_listener_stuck.store(false, Ordering::SeqCst);
    }
}

fn unending() -> Error {
    let waited = PATIENCE.as_secs();
    Error::timeout(format!(
        "the refresh has not ended within {waited} s; it goes on without the calls that wait for it"
    ))
}
