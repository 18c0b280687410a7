//! Where exchanges of tokens run, with every call of a store: apart from the callers, whose runtimes end, stand still, or are none.

mod blocking;
mod by_runtime;
mod deadlines;
mod process;
mod thread;

use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;
use zeyos_core::{Error, TokenError};

use crate::auth::Clock;

pub(crate) use blocking::{Unfinished, elsewhere, is_allowed as may_block};
pub(crate) use by_runtime::ByRuntime;
pub(crate) use deadlines::{Deadline, Deadlines};
pub(crate) use process::OfProcess;
use thread::Lease;

type Outcome<T> = Result<T, Error>;

/// Where the exchanges of one client run, and how long anybody waits for them.
///
/// Tasks that only wait run on the thread of the process. What they have to carry out may block, because stores, transports and
/// listeners are the user's: it gets a thread of a pool, driven by the same runtime, so that it delays nobody else. The user
/// may name another runtime for it.
pub(crate) struct ExchangeRuntime {
    named: Option<Handle>,
    deadlines: Deadlines,
    /// Keeps the thread from the first exchange until the client is closed.
    lease: Mutex<Option<Lease>>,
}

impl ExchangeRuntime {
    pub(crate) fn new(clock: Arc<dyn Clock>, named: Option<Handle>) -> Self {
        ExchangeRuntime { named, deadlines: Deadlines::new(clock), lease: Mutex::default() }
    }

    /// The same for another user of the client.
    pub(crate) fn of_another(&self) -> Self {
        ExchangeRuntime { named: self.named.clone(), deadlines: self.deadlines.clone(), lease: Mutex::default() }
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    /// Whether anything was begun since the client was made or closed.
    pub(crate) fn is_used(&self) -> bool {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Begins a task that only waits, on the thread of exchanges. It goes on whatever becomes of the caller.
    ///
    /// # Errors
    /// When the system has no thread to give; nothing was begun then.
    pub(crate) fn begin(&self, task: impl Future<Output = ()> + Send + 'static) -> Outcome<()> {
        let lease = self.lease().map_err(no_thread)?;
        let runtime = lease.handle().clone();
        let task = task.in_current_span().with_current_subscriber();
        runtime.spawn(async move {
            task.await;
            drop(lease);
        });
        Ok(())
    }

    /// The outcome of a task that only waits, as far as the caller has time for it. The task goes on without him.
    pub(crate) async fn outcome<T: Send + 'static>(
        &self,
        limit: Duration,
        task: impl Future<Output = Outcome<T>> + Send + 'static,
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
    pub(crate) fn carry_out<T: Send + 'static, W: Future<Output = Outcome<T>> + Send + 'static>(
        &self,
        work: W,
    ) -> impl Future<Output = Outcome<T>> + Send + use<T, W> {
        let begun = self.carried_out(caught(work).in_current_span().with_current_subscriber());
        async move { begun.map_err(no_thread)?.await.unwrap_or_else(|error| Err(ended(error))) }
    }

    fn carried_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> io::Result<JoinHandle<T>> {
        if let Some(named) = &self.named {
            return Ok(named.spawn(work));
        }
        let lease = self.lease()?;
        let runtime = lease.handle().clone();
        Ok(runtime.clone().spawn_blocking(move || {
            let outcome = blocking::drive(&runtime, work);
            drop(lease);
            outcome
        }))
    }

    fn lease(&self) -> io::Result<Lease> {
        let mut kept = self.lease.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lease) = kept.as_ref().and_then(Lease::again) {
            return Ok(lease);
        }
        let lease = Lease::take()?;
        *kept = lease.again();
        Ok(lease)
    }

    /// Lets the thread end, if no other client has begun anything on it. A later exchange starts it anew.
    pub(crate) fn close(&self) {
        let kept = self.lease.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lease) = kept {
            lease.end_with_the_last();
        }
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

fn ended(_: JoinError) -> Error {
    interrupted()
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
