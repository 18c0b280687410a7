//! The gates of a client: who waits, for how long, and who is woken. Decisions are the machine's.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
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
    origins: Mutex<HashMap<String, Machine>>,
    changed: Notify,
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
        let pass = |epoch| Pass { gate: self, clock, origin, epoch, is_told: false };
        // Most go at once, without listening for what others bring.
        if let Decision::Go(epoch) = self.with(&waiting, origin, |machine| machine.ask(start)) {
            return Ok(pass(epoch));
        }
        loop {
            // Before the question, so that no change between it and the wait is missed.
            let mut changed = pin!(waiting.changed.notified());
            changed.as_mut().enable();
            let now = clock.monotonic();
            let left = patience.saturating_sub(now.saturating_sub(start));
            let wait = match self.with(&waiting, origin, |machine| machine.ask(now)) {
                Decision::Go(epoch) => return Ok(pass(epoch)),
                Decision::At(moment) => moment.saturating_sub(now),
                Decision::WhenOthersAreBack(moment) => moment.saturating_sub(now).min(left),
            };
            if wait > left || left.is_zero() {
                return Err(held(clock, if wait.is_zero() { LEAST } else { wait }));
            }
            first(clock.sleep(wait), changed).await;
        }
    }

    fn with<T>(&self, waiting: &Waiting, origin: &str, act: impl FnOnce(&mut Machine) -> T) -> T {
        let mut origins = waiting.origins.lock().unwrap_or_else(PoisonError::into_inner);
        match origins.get_mut(origin) {
            Some(machine) => act(machine),
            None => act(origins.entry(origin.to_owned()).or_insert_with(|| Machine::new(self.ceilings))),
        }
    }

    fn tell(&self, pass: &Pass<'_>, outcome: Outcome) {
        // The system is asked for random bytes only where someone may have to wait.
        let chance = if matches!(outcome, Outcome::Fine) { 0.0 } else { self.chance.draw() };
        let now = pass.clock.monotonic();
        let waiting = self.waiting.get();
        self.with(&waiting, pass.origin, |machine| machine.tell(pass.epoch, outcome, now, chance));
        waiting.changed.notify_waiters();
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
    clock: &'a dyn Clock,
    origin: &'a str,
    epoch: u32,
    is_told: bool,
}

impl Pass<'_> {
    /// What came back. Only 429, and 503 with a valid `Retry-After`, close the gate.
    pub(crate) fn observe<B>(mut self, answer: Option<&http::Response<B>>) {
        self.is_told = true;
        self.gate.tell(&self, answer.map_or(Outcome::Nothing, |answer| outcome(answer, self.clock.wall())));
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

fn outcome<B>(answer: &http::Response<B>, now: Timestamp) -> Outcome {
    let wait = RetryAfter::wait_of(answer.headers(), Some(now));
    match (answer.status(), wait) {
        (StatusCode::TOO_MANY_REQUESTS, wait) => Outcome::Busy(wait),
        (StatusCode::SERVICE_UNAVAILABLE, Some(wait)) => Outcome::Busy(Some(wait)),
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
