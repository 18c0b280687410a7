//! The one thread that talks to the keyring. A call that hangs costs its caller the time limit, and the program this thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use keyring_core::CredentialStore;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::session::KeyringSession;
use crate::runtime::Deadlines;
use crate::store::kit::needs_runtime;
use crate::store::{StoreError, StoreErrorKind};

/// Opens the keyring of this system.
pub(super) type Open = Box<dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send>;

type Job = (u64, Box<dyn FnOnce(&mut KeyringSession) + Send>);

pub(super) struct Worker {
    jobs: Sender<Job>,
    limit: Duration,
    count: AtomicU64,
    /// The job that runs now; 0 for none.
    running: Arc<AtomicU64>,
    /// The job whose caller gave up.
    given_up: AtomicU64,
}

impl Worker {
    pub(super) fn start(open: Open, limit: Duration) -> Result<Self, StoreError> {
        let (jobs, inbox) = channel();
        let running = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&running);
        let thread = std::thread::Builder::new().name("zeyos-keyring".to_owned());
        thread
            .spawn(move || work(&inbox, KeyringSession::new(open), &seen))
            .map_err(|error| StoreError::at("no thread for the keyring could be started", error))?;
        Ok(Worker { jobs, limit, count: AtomicU64::new(0), running, given_up: AtomicU64::new(0) })
    }

    /// Runs a job on the thread and waits for it, at most for the limit. A job whose caller has given up is not started; one that has
    /// started cannot be stopped, so it must own everything that has to outlive the caller.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        deadlines: &Deadlines,
        job: impl FnOnce(&mut KeyringSession) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if Handle::try_current().is_err() {
            return Err(needs_runtime("keyring"));
        }
        let stuck = self.given_up.load(Ordering::SeqCst);
        if stuck != 0 && self.running.load(Ordering::SeqCst) == stuck {
            return Err(unavailable(
                "an earlier call to the keyring still hangs; unlock the keyring or restart its service",
            ));
        }
        let (answer, answered) = oneshot::channel();
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let guarded = move |session: &mut KeyringSession| {
            if !answer.is_closed() {
                let _ = answer.send(caught(session, job));
            }
        };
        self.jobs.send((number, Box::new(guarded))).map_err(|_| gone())?;
        match deadlines.within(self.limit, answered).await {
            Some(outcome) => outcome.unwrap_or_else(|_| Err(gone())),
            None => {
                self.given_up.store(self.running.load(Ordering::SeqCst), Ordering::SeqCst);
                let waited = self.limit.as_millis();
                Err(unavailable(&format!(
                    "the keyring did not answer within {waited} ms; unlock it or restart its service"
                )))
            }
        }
    }
}

fn work(inbox: &Receiver<Job>, mut session: KeyringSession, running: &AtomicU64) {
    while let Ok((number, job)) = inbox.recv() {
        running.store(number, Ordering::SeqCst);
        job(&mut session);
        running.store(0, Ordering::SeqCst);
    }
}

/// A panic below ends the job, not the thread.
fn caught<T>(
    session: &mut KeyringSession,
    job: impl FnOnce(&mut KeyringSession) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(|| job(session))).unwrap_or_else(|_| {
        session.forget();
        Err(unavailable("the library of the keyring stopped with a fault"))
    })
}

pub(super) fn unavailable(text: &str) -> StoreError {
    StoreError::message(text).of_kind(StoreErrorKind::Unavailable)
}

fn gone() -> StoreError {
    unavailable("the thread of the keyring has ended")
}
