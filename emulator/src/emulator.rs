//! The handle of a running emulator, which a test or program holds. The server itself runs on a thread of its own.

mod builder;
mod served;
mod server;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use builder::Builder;
use server::Ready;

use crate::app::App;
use crate::clock::Clock;
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::faults::Fault;
use crate::request_log::SeenRequest;
use crate::seed;
use crate::switches::Switches;

/// A running emulator. It stops when it is dropped.
pub struct Emulator {
    app: Arc<App>,
    address: SocketAddr,
    url: String,
    credentials: Credentials,
    control_url: Option<String>,
    /// Dropping it asks the server to stop.
    stop: watch::Sender<()>,
    done: oneshot::Receiver<()>,
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Starts an emulator on a free port with the demo data, which are gone at its end.
    ///
    /// # Errors
    /// When no port of this machine can be listened on, or no thread started.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// An emulator with other choices.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Origin and instance without a trailing slash, like `http://127.0.0.1:8080/demo`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client needs to sign in.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The requests seen so far, the oldest first; at most 10,000 are remembered.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.app.request_log.all()
    }

    /// The requests seen so far, each told once: none is lost between looking and forgetting.
    #[must_use]
    pub fn take_requests(&self) -> Vec<SeenRequest> {
        self.app.request_log.take()
    }

    /// Forgets the requests seen so far.
    pub fn clear_requests(&self) {
        self.app.request_log.clear();
    }

    /// Moves the emulator's clock forward by whole seconds, so that tokens expire without waiting.
    pub fn advance_clock(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// Sets the clock ahead of the machine's by whole seconds; behind it, if they are negative.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.app.clock.set_offset(seconds);
    }

    /// The switches as they stand.
    #[must_use]
    pub fn switches(&self) -> Switches {
        Switches::clone(&self.app.switches())
    }

    /// Sets other switches, for the requests that come from now on.
    pub fn set_switches(&self, switches: Switches) {
        self.app.set_switches(switches);
    }

    /// Where the control route listens, if [`Builder::control_port`] has opened it: an origin, without a slash at the end.
    #[must_use]
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    /// Lets something go wrong for the next requests that fit. Faults are met in the order in which they were
    /// injected, one a request.
    pub fn inject(&self, fault: Fault) {
        self.app.faults.add(fault);
    }

    /// Takes back the faults that no request has met.
    pub fn clear_faults(&self) {
        self.app.faults.clear();
    }

    /// Deletes all rows and fills the database with the seed, as it was when the emulator started on a new one. The
    /// [`credentials`](Self::credentials) work again, even if their tokens had ended; switches, faults, clock and the
    /// log of requests stay.
    ///
    /// # Errors
    /// When the database cannot be written; then it is as it was.
    pub fn reset(&self) -> Result<(), StartError> {
        seed::replant(&self.app)
    }

    /// The parts of it, for tests that look inside.
    #[cfg(test)]
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    pub(crate) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.app.clock)
    }

    /// Stops, once requests at work are answered, and waits for it. A database file is complete and closed afterwards.
    pub async fn stop(self) {
        let Self { app, stop, done, .. } = self;
        drop(stop);
        // An error means that the server has ended already.
        let _ = done.await;
        drop(app);
    }
}

impl Builder {
    /// Starts the emulator.
    ///
    /// # Errors
    /// When the port or the database file cannot be used, or the instance has a name that does not fit into a path.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if self.instance.bytes().all(|byte| byte == b'.') || !self.instance.bytes().all(fits) {
            return Err(StartError::instance(&self.instance));
        }
        let (stop, stopped) = watch::channel(());
        let (ready, when_ready) = oneshot::channel();
        let (ended, done) = oneshot::channel();
        let run = move || {
            server::run(self, ready, stopped);
            // No one may be waiting: a dropped emulator does not.
            let _ = ended.send(());
        };
        thread::Builder::new().name("zeyos-emulator".to_owned()).spawn(run).map_err(StartError::thread)?;
        let Ready { app, address, url, credentials, control_url } =
            when_ready.await.map_err(|_| StartError::ended())??;
        Ok(Emulator { app, address, url, credentials, control_url, stop, done })
    }
}
