//! The handle on a running server of a platform, and the thread that it runs on.

mod builder;

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tokio::sync::{oneshot, watch};

pub use builder::PlatformBuilder;

use super::access_tokens::AccessTokens;
use super::auth_agent::AuthAgent;
use super::cozy::Cozy;
use super::platform::Platform;
use super::random::Random;
use super::service::Service;
use super::site::Site;
use crate::clock::Clock;
use crate::config::ConfigError;
use crate::error::StartError;
use crate::faults::{Fault, Faults};
use crate::http::serve::GRACE;
use crate::listeners::{Listeners, origin};
use crate::request_log::{RequestLog, SeenRequest, is_secret};
use crate::switches::Switch;

/// How many threads answer requests.
const WORKERS: usize = 2;

/// A running server of a platform. It stops when it is dropped, and forgets what it held.
pub struct PlatformServer {
    platform: Platform,
    site: Arc<Site>,
    address: SocketAddr,
    url: String,
    credentials: Vec<(&'static str, String)>,
    control_url: Option<String>,
    /// Dropping it asks the server to stop.
    stop: watch::Sender<()>,
    done: oneshot::Receiver<()>,
}

impl fmt::Debug for PlatformServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("PlatformServer");
        shown.field("platform", &self.platform).field("url", &self.url).finish_non_exhaustive()
    }
}

impl PlatformServer {
    /// Starts the server of a platform on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port of this machine can be listened on, or no thread started.
    pub async fn start(platform: Platform) -> Result<Self, StartError> {
        Self::builder(platform).start().await
    }

    /// The server of a platform with other choices.
    #[must_use]
    pub fn builder(platform: Platform) -> PlatformBuilder {
        PlatformBuilder::new(platform)
    }

    /// The platform.
    #[must_use]
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// The origin without a trailing slash, like `http://127.0.0.1:8080`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client needs to sign in, by name; see the README for the names of each platform.
    #[must_use]
    pub fn credentials(&self) -> &[(&'static str, String)] {
        &self.credentials
    }

    /// One of the [`credentials`](Self::credentials).
    #[must_use]
    pub fn credential(&self, name: &str) -> Option<&str> {
        self.credentials.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The requests seen so far, the oldest first, with queries and bodies; secrets are taken out. At most 10,000 are
    /// remembered.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.site.request_log.all()
    }

    /// The requests seen so far, each told once.
    #[must_use]
    pub fn take_requests(&self) -> Vec<SeenRequest> {
        self.site.request_log.take()
    }

    /// Moves the clock of the server forward by whole seconds, so that tokens expire without waiting.
    pub fn advance_clock(&self, by: Duration) {
        self.site.clock.advance(by);
    }

    /// Every switch as it stands.
    #[must_use]
    pub fn switches(&self) -> Vec<Switch> {
        self.site.service().switches()
    }

    /// Sets a switch by name, for the requests that come from now on.
    ///
    /// # Errors
    /// When the platform has no such switch, or the switch no such value.
    pub fn set_switch(&self, name: &str, value: &str) -> Result<(), ConfigError> {
        self.site.service().set(&[(name.to_owned(), value.to_owned())])
    }

    /// Lets something go wrong for the next requests that fit, as [`Emulator::inject`](crate::Emulator::inject) does.
    pub fn inject(&self, fault: Fault) {
        self.site.faults.add(fault);
    }

    /// Takes back the faults that no request has met.
    pub fn clear_faults(&self) {
        self.site.faults.clear();
    }

    /// Forgets everything that the server has learnt since it started. Switches, faults, clock, log and
    /// [`credentials`](Self::credentials) stay.
    pub fn reset(&self) {
        self.site.service().start_anew();
    }

    /// Where the control route listens, if [`PlatformBuilder::control_port`] has opened it.
    #[must_use]
    pub fn control_url(&self) -> Option<&str> {
        self.control_url.as_deref()
    }

    pub(crate) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.site.clock)
    }

    /// Stops, once requests at work are answered, and waits for it.
    pub async fn stop(self) {
        let Self { stop, done, .. } = self;
        drop(stop);
        // An error means that the server has ended already.
        let _ = done.await;
    }
}

/// The service of a platform.
fn service(platform: Platform, origin: &str, mut random: Random) -> Result<Box<dyn Service>, StartError> {
    Ok(match platform {
        Platform::Cozy => Box::new(Cozy::new(random)),
        Platform::AccessTokens => Box::new(AccessTokens::new(&mut random).map_err(StartError::thread)?),
        Platform::AuthAgent => Box::new(AuthAgent::new(origin, random)),
    })
}

/// What the handle needs of a server that listens.
struct Ready {
    site: Arc<Site>,
    address: SocketAddr,
    control_url: Option<String>,
}

impl PlatformBuilder {
    /// Starts the server.
    ///
    /// # Errors
    /// When the port cannot be listened on, or no thread started.
    pub async fn start(self) -> Result<PlatformServer, StartError> {
        let platform = self.platform;
        let (stop, stopped) = watch::channel(());
        let (ready, when_ready) = oneshot::channel();
        let (ended, done) = oneshot::channel();
        let run = move || {
            run(self, ready, stopped);
            // No one may be waiting: a dropped server does not.
            let _ = ended.send(());
        };
        thread::Builder::new().name(platform.as_str().to_owned()).spawn(run).map_err(StartError::thread)?;
        let Ready { site, address, control_url } = when_ready.await.map_err(|_| StartError::ended())??;
        let credentials = site.service().credentials();
        Ok(PlatformServer { platform, site, address, url: origin(address), credentials, control_url, stop, done })
    }
}

fn run(choices: PlatformBuilder, ready: oneshot::Sender<Result<Ready, StartError>>, stopped: watch::Receiver<()>) {
    let prepared = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
    let prepared = prepared.map_err(StartError::thread).and_then(|runtime| {
        let (told, listeners) = prepare(choices, &runtime)?;
        Ok((runtime, told, listeners))
    });
    match prepared {
        Err(error) => {
            // A caller who no longer waits needs no reason.
            let _ = ready.send(Err(error));
        }
        Ok((runtime, told, listeners)) => {
            let site = Arc::clone(&told.site);
            if ready.send(Ok(told)).is_ok() {
                listeners.serve(&runtime, site, stopped);
            }
            runtime.shutdown_timeout(GRACE);
        }
    }
}

/// What the log must not show wherever it stands. Names of users and applications are not secrets, and a passphrase that is a word
/// would take that word out of everything: it is known by the name of its member.
fn handed_out(service: &dyn Service) -> Vec<String> {
    service.credentials().into_iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value).collect()
}

fn prepare(choices: PlatformBuilder, runtime: &tokio::runtime::Runtime) -> Result<(Ready, Listeners), StartError> {
    let listeners = Listeners::open(runtime, &choices.startup)?;
    let address = listeners.address()?;
    let mut service = service(choices.platform, &origin(address), Random::new().map_err(StartError::thread)?)?;
    // The builder has tried each of them.
    let _ = service.set(&choices.switches);
    let site = Site {
        hosts: choices.startup.hosts(),
        clock: Arc::default(),
        faults: Faults::default(),
        request_log: RequestLog::default(),
        handed_out: handed_out(&*service),
        service: Mutex::new(service),
    };
    site.clock.set_offset(choices.startup.clock_offset);
    for fault in choices.startup.faults {
        site.faults.add(fault);
    }
    let control_url = listeners.control_url()?;
    Ok((Ready { site: Arc::new(site), address, control_url }, listeners))
}
