//! Single flight: callers that need the same refresh wait for one. It runs in a task of its own, so a caller that gives up does not
//! stop it.

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
use crate::event::ClientEvent;
use crate::observe::{self, Begun};
use crate::runtime::interrupted;
use crate::store::{Standing, TokenRecord};

type Ending = Option<Result<Snapshot, Error>>;

/// How long a caller waits for the refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    /// At most this long, else as long as the client is configured to, else until it ends.
    For(Option<Duration>),
    /// At most until a second after the refresh has begun, since the token still works; not at all if the previous refresh failed.
    Briefly(Option<Duration>),
}

/// A refresh in progress; every clone receives its result.
#[derive(Clone)]
pub(super) struct SingleFlight {
    ending: watch::Receiver<Ending>,
    /// When it began, by the clock that never runs back.
    begun: Duration,
}

/// The slot of the refresh in progress.
#[derive(Default)]
pub(super) struct FlightSlot(Mutex<Option<SingleFlight>>);

/// Reads of the store without its lock. Callers that arrive during a read share the next one.
#[derive(Default)]
pub(super) struct UnlockedReads {
    /// How many reads were requested.
    asked: AtomicU64,
    /// How many had been requested when the last read began, and its result.
    last: tokio::sync::Mutex<(u64, Option<TokenRecord>)>,
}

impl FlightSlot {
    fn flight(&self) -> MutexGuard<'_, Option<SingleFlight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SingleFlight {
    /// Whether it is still running: it has no result yet, and its task still exists.
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
    /// Returns tokens newer than the given generation, read from the store or refreshed and stored. Callers that arrive during a refresh
    /// share its result, also a failure. It continues without callers whose time is over.
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
            // A refresh has a limit of its own.
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

    /// Whether another process has changed the store: a read without the lock, and without a request to the server.
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
        self.run_exchange(turn, async move { (Ok(told), vec![ClientEvent::Adopted { generation }]) }).await.map(Some)
    }

    /// Whether a record has tokens that come after those of this program, or take the place of dead ones.
    fn is_later(&self, record: &TokenRecord) -> bool {
        let Some(known) = self.state().known.clone() else { return false };
        let standing = known.standing_of(record);
        let is_later = standing == Standing::Later || (standing == Standing::Unknown && known.lost.is_some());
        is_later && record.tokens.is_some() && record.lost.is_none() && self.check_login_id(record).is_ok()
    }

    /// Reads the store without its lock.
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

    /// Joins the refresh in progress, or starts one.
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
            let failure =
                ending.as_ref().err().filter(|_| sender.receiver_count() < 2).map(ClientEvent::refresh_failed);
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

    /// Waits for the refresh in progress, if there is one.
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

    /// Runs an exchange, then emits its events after the turn was given back, since a listener may use the client. A listener that does
    /// not return delays the result only briefly.
    pub(super) async fn run_exchange<T: MaybeSend + 'static>(
        self: &Arc<Self>,
        turn: Turn,
        exchange: impl Future<Output = (Result<T, Error>, Vec<ClientEvent>)> + MaybeSend + 'static,
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

    /// Emits events, unless the listener has not returned from an earlier one.
    fn emit_all(&self, events: &[ClientEvent]) {
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
