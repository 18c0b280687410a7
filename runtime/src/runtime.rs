//! Where exchanges of tokens run, with every call of a store: apart from the callers, whose runtimes end, stand still, or are none.

#[cfg(not(target_family = "wasm"))]
mod blocking;
#[cfg(not(target_family = "wasm"))]
mod by_runtime;
#[cfg(not(target_family = "wasm"))]
mod deadlines;
mod process;
#[cfg(any(test, target_family = "wasm"))]
mod single;
#[cfg(not(target_family = "wasm"))]
mod thread;
#[cfg(not(target_family = "wasm"))]
mod threads;

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::oneshot;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use zeyos_core::{Error, MaybeSend, TokenError};

use crate::clock::Clock;

#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub(crate) use blocking::wait_here;
#[cfg(not(target_family = "wasm"))]
pub(crate) use blocking::{Unfinished, elsewhere, is_allowed as may_block};
#[cfg(not(target_family = "wasm"))]
pub(crate) use by_runtime::ByRuntime;
#[cfg(not(target_family = "wasm"))]
pub(crate) use deadlines::{Deadline, Deadlines};
pub(crate) use process::OfProcess;
#[cfg(target_family = "wasm")]
pub(crate) use single::{Deadline, Deadlines, Place};
#[cfg(not(target_family = "wasm"))]
pub(crate) use threads::Place;

type Outcome<T> = Result<T, Error>;

/// Where the exchanges of one client run, and how long anyone waits for them.
pub(crate) struct ExchangeRuntime {
    place: Place,
    deadlines: Deadlines,
}

impl ExchangeRuntime {
    pub(crate) fn new(clock: Arc<dyn Clock>, place: Place) -> Self {
        ExchangeRuntime { place, deadlines: Deadlines::new(clock) }
    }

    /// The same for another user of the client.
    pub(crate) fn of_another(&self) -> Self {
        ExchangeRuntime { place: self.place.of_another(), deadlines: self.deadlines.clone() }
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// Whether anything was begun since the client was made or closed.
    pub(crate) fn is_used(&self) -> bool {
        self.place.is_used()
    }

    /// Begins a task that only waits. It goes on whatever becomes of the caller.
    ///
    /// # Errors
    /// When the system has no thread to give; nothing was begun then.
    pub(crate) fn begin(&self, task: impl Future<Output = ()> + MaybeSend + 'static) -> Outcome<()> {
        self.place.begin(task.in_current_span().with_current_subscriber()).map_err(no_thread)
    }

    /// The outcome of a task that only waits, as far as the caller has time for it. The task goes on without him.
    pub(crate) async fn outcome<T: MaybeSend + 'static>(
        &self,
        limit: Duration,
        task: impl Future<Output = Outcome<T>> + MaybeSend + 'static,
    ) -> Outcome<T> {
        let (sender, receiver) = oneshot::channel();
        self.begin(async move {
            // A caller that has given up hears nothing; the work is done all the same.
            let _ = sender.send(task.await);
        })?;
        match self.deadlines.within(limit, receiver).await {
            Some(outcome) => outcome.unwrap_or_else(|_| Err(interrupted())),
            None => Err(too_late(limit)),
        }
    }

    /// Carries out what may block. It begins at once and goes on if the future is dropped.
    pub(crate) fn carry_out<T: MaybeSend + 'static, W: Future<Output = Outcome<T>> + MaybeSend + 'static>(
        &self,
        work: W,
    ) -> impl Future<Output = Outcome<T>> + use<T, W> {
        let begun = self.place.carry_out(caught(work).in_current_span().with_current_subscriber());
        async move { begun.map_err(no_thread)?.await.unwrap_or_else(|| Err(interrupted())) }
    }

    /// Lets the thread end, if no other client has begun anything on it. A later exchange starts it anew.
    pub(crate) fn close(&self) {
        self.place.close();
        self.deadlines.tidy();
    }
}

impl Drop for ExchangeRuntime {
    fn drop(&mut self) {
        self.deadlines.tidy();
    }
}

/// A panic in the work, such as one of a store, is a typed error.
async fn caught<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    let mut work = pin!(work);
    // Nothing of the work is used after a panic but what its drop lets go.
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(interrupted())))
    })
    .await
}

/// The work panicked, or its runtime was shut down.
pub(crate) fn interrupted() -> Error {
    Error::token(TokenError::Interrupted)
}

fn no_thread(error: io::Error) -> Error {
    Error::request(format!("no thread for the exchange of tokens could be started: {error}"))
}

fn too_late(limit: Duration) -> Error {
    let waited = limit.as_secs_f64();
    Error::timeout(format!("the exchange of tokens did not end within {waited:.1} s; it goes on without this call"))
}

#[cfg(test)]
mod tests;
