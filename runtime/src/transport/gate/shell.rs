//! The gates of a client: who waits, for how long, and who is woken. Decisions are the machine's.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Poll;
use std::time::Duration;

use http::StatusCode;
use tokio::sync::Notify;
use zeyos_core::{Error, RetryAfter, Throttled, Timestamp};

use super::machine::{Ceilings, Decision, Machine, Outcome};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::runtime::OfProcess;

/// What is said to a call that has waited in vain for others to come back.
const LEAST: Duration = Duration::from_secs(1);

/// Holds requests back for as long as their server asks to wait.
#[derive(Debug)]
pub(crate) struct Gate {
    ceilings: Ceilings,
    waiting: OfProcess<Waiting>,
    chance: Chance,
}

/// Who waits for which server in this process.
#[derive(Debug, Default)]
struct Waiting {
    /// A client has few, so they are looked through.
    origins: Mutex<Origins>,
    changed: Notify,
    /// How many listen for changes: most of the time no one does.
    listeners: AtomicUsize,
}

type Origins = Vec<(String, Machine)>;

/// Someone who listens for changes, until he is dropped.
struct Listener<'a>(&'a AtomicUsize);

impl<'a> Listener<'a> {
    fn begin(waiting: &'a Waiting) -> Self {
        waiting.listeners.fetch_add(1, Ordering::SeqCst);
        Listener(&waiting.listeners)
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gate {
    /// Gates that stay closed no longer than this.
    pub(crate) fn new(ceilings: Ceilings, chance: Chance) -> Self {
        Gate { ceilings, waiting: OfProcess::default(), chance }
    }

    /// Lets a request to this origin go, now or when the gate opens. Waits no longer than `patience`.
    ///
    /// # Errors
    /// When that is not long enough; nothing may be sent then.
    pub(crate) async fn admit<'a>(
        &'a self,
        origin: &'a str,
        clock: &'a dyn Clock,
        patience: Duration,
    ) -> Result<Pass<'a>, Error> {
        let start = clock.monotonic();
        let waiting = self.waiting.get();
        // Most go at once, without listening for what others bring.
        let decision = self.machine(&mut waiting.origins(), origin).ask(start);
        if let Decision::Go(epoch) = decision {
            return Ok(Pass { gate: self, waiting, clock, origin, epoch, is_told: false });
        }
        // Boxed, so that the usual way stays small.
        let epoch = Box::pin(self.admitted_later(&waiting, origin, clock, start, patience)).await?;
        Ok(Pass { gate: self, waiting, clock, origin, epoch, is_told: false })
    }

    /// Waits for the turn of a request. Answers the epoch in which it goes.
    async fn admitted_later(
        &self,
        waiting: &Waiting,
        origin: &str,
        clock: &dyn Clock,
        start: Duration,
        patience: Duration,
    ) -> Result<u32, Error> {
        let _listener = Listener::begin(waiting);
        loop {
            // Before the question, so that no change between it and the wait is missed.
            let mut changed = pin!(waiting.changed.notified());
            changed.as_mut().enable();
            let now = clock.monotonic();
            let left = patience.saturating_sub(now.saturating_sub(start));
            let decision = self.machine(&mut waiting.origins(), origin).ask(now);
            let wait = match decision {
                Decision::Go(epoch) => return Ok(epoch),
                Decision::At(moment) => moment.saturating_sub(now),
                Decision::WhenOthersAreBack(moment) => moment.saturating_sub(now).min(left),
            };
            if wait > left || left.is_zero() {
                return Err(held(clock, if wait.is_zero() { LEAST } else { wait }));
            }
            first(clock.sleep(wait), changed).await;
        }
    }

    fn machine<'a>(&self, origins: &'a mut Origins, origin: &str) -> &'a mut Machine {
        let place = origins.iter().position(|(known, _)| known == origin).unwrap_or_else(|| {
            origins.push((origin.to_owned(), Machine::new(self.ceilings)));
            origins.len() - 1
        });
        &mut origins[place].1
    }

    fn tell(&self, pass: &Pass<'_>, outcome: Outcome) {
        // The system is asked for random bytes only where someone may have to wait.
        let chance = if matches!(outcome, Outcome::Fine) { 0.0 } else { self.chance.draw() };
        let now = pass.clock.monotonic();
        let told = |mut origins: MutexGuard<'_, Origins>| {
            self.machine(&mut origins, pass.origin).tell(pass.epoch, outcome, now, chance)
        };
        // Which process this is, is asked of the system where a lock that a parent has left could be waited for, and only there.
        match pass.waiting.origins.try_lock() {
            Ok(origins) => told(origins),
            Err(TryLockError::Poisoned(poisoned)) => told(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => told(self.waiting.get().origins()),
        }
        if pass.waiting.listeners.load(Ordering::SeqCst) > 0 {
            self.waiting.get().changed.notify_waiters();
        }
    }
}

impl Waiting {
    fn origins(&self) -> MutexGuard<'_, Origins> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn held(clock: &dyn Clock, wait: Duration) -> Error {
    let seconds = i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(i64::from(wait.subsec_nanos() > 0));
    Error::throttled(Throttled::new(wait, Timestamp::from_unix(clock.wall().as_unix().saturating_add(seconds))))
}

/// The permission to send one request. One that is dropped without a word says that there was no answer.
#[must_use = "the gate waits for what becomes of the request"]
pub(crate) struct Pass<'a> {
    gate: &'a Gate,
    waiting: Arc<Waiting>,
    clock: &'a dyn Clock,
    origin: &'a str,
    epoch: u32,
    is_told: bool,
}

impl Pass<'_> {
    /// What came back. Only 429, and 503 with a valid `Retry-After`, close the gate or make it narrower.
    pub(crate) fn observe<B>(mut self, answer: Option<&http::Response<B>>) {
        self.is_told = true;
        self.gate.tell(&self, answer.map_or(Outcome::Nothing, |answer| outcome(answer, self.clock)));
    }
}

impl Pass<'_> {
    /// There was an answer, and it says nothing of the load.
    pub(crate) fn fine(mut self) {
        self.is_told = true;
        self.gate.tell(&self, Outcome::Fine);
    }
}

/// The caller has gone before the answer came.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.gate.tell(self, Outcome::Nothing);
        }
    }
}

fn outcome<B>(answer: &http::Response<B>, clock: &dyn Clock) -> Outcome {
    let wait = || RetryAfter::wait_of(answer.headers(), Some(clock.wall()));
    match answer.status() {
        StatusCode::TOO_MANY_REQUESTS => Outcome::Busy(wait()),
        StatusCode::SERVICE_UNAVAILABLE => wait().map_or(Outcome::Fine, |wait| Outcome::Busy(Some(wait))),
        _ => Outcome::Fine,
    }
}

/// Waits until one of the two is done.
async fn first(one: impl Future<Output = ()>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|cx| {
        let is_done = one.as_mut().poll(cx).is_ready() || other.as_mut().poll(cx).is_ready();
        if is_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[cfg(test)]
mod tests;
