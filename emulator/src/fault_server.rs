//! A server that misbehaves: a proxy of an emulator, which passes requests on and breaks what it is told to
//! break, at any byte. It knows only as much about records and tokens as it needs to count.

mod endpoints;
mod fault;
mod ledger;
mod message;
mod proxy;
mod shared;
mod streams;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

pub use fault::{Encoding, WireFault};
pub use ledger::{Counts, Exchange};

use crate::clock::Clock;
use crate::emulator::Emulator;
use crate::error::StartError;
use crate::platforms::PlatformServer;
use endpoints::Endpoints;
use fault::Plan;
use ledger::Ledger;
use shared::Shared;

/// A server before an [`Emulator`] whose connections, replies and timing can be broken at will.
///
/// What no [`WireFault`] fits is passed on as it is, so tokens are as single-use, graced or revoked as the
/// [`Switches`](crate::Switches) of the emulator say. Faults are met in the order in which they were injected, one a
/// request. It ends when it is dropped; the emulator does not.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos_emulator::{Emulator, FaultServer, WireFault};
///
/// let zeyos = Emulator::start().await?;
/// let server = FaultServer::before(&zeyos).await?;
/// // The next refresh is carried out, but its answer breaks off after 25 bytes, by a reset.
/// server.inject(WireFault::cut_reply(25).reset().on("POST", "/oauth2/v1/token"));
/// // The third list request after that is answered by a redirect.
/// server.inject(WireFault::redirect(307, "https://elsewhere.example/").on("POST", "/api/v1/tickets").after(2));
/// // ... a client at `server.url()` runs here ...
/// let counts = server.counts();
/// assert_eq!((counts.token_posts, counts.unguarded, counts.replays), (0, 0, 0));
/// # Ok(())
/// # }
/// ```
pub struct FaultServer {
    shared: Arc<Shared>,
    url: String,
    listening: watch::Sender<Listening>,
    listens: watch::Receiver<bool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listening {
    Open,
    Paused,
    Ended,
}

impl FaultServer {
    /// Starts a server on a free port of this machine that passes on to this emulator.
    ///
    /// # Errors
    /// When no port can be listened on, or no thread started.
    pub async fn before(emulator: &Emulator) -> Result<Self, StartError> {
        Self::before_url(emulator.url(), emulator.clock(), Endpoints::ZEYOS).await
    }

    /// The same before the server of a platform, whose exchanges of tokens it counts.
    ///
    /// # Errors
    /// When no port can be listened on, or no thread started.
    pub async fn before_platform(server: &PlatformServer) -> Result<Self, StartError> {
        Self::before_url(server.url(), server.clock(), Endpoints::of(server.platform())).await
    }

    async fn before_url(url: &str, clock: Arc<Clock>, endpoints: Endpoints) -> Result<Self, StartError> {
        let (upstream, instance) = parts(url).ok_or_else(StartError::ended)?;
        let (plan, ledger) = (Plan::default(), Mutex::new(Ledger::new(endpoints)));
        let shared = Arc::new(Shared { upstream, instance, clock, plan, ledger });
        let (listening, asked) = watch::channel(Listening::Open);
        let (told, mut listens) = watch::channel(false);
        let (ready, when_ready) = oneshot::channel();
        let inner = Arc::clone(&shared);
        let run = move || run(inner, ready, asked, told);
        let thread = thread::Builder::new().name("zeyos-faults".to_owned()).spawn(run).map_err(StartError::thread)?;
        let address =
            when_ready.await.map_err(|_| StartError::ended())?.map_err(|error| StartError::bind(None, "", error))?;
        // An error means that the thread has ended, which the next call shows.
        let _ = listens.wait_for(|listens| *listens).await;
        let url = format!("http://{address}{}", shared.instance);
        Ok(FaultServer { shared, url, listening, listens, thread: Some(thread) })
    }

    /// Origin and instance without a trailing slash.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets something go wrong for the next requests that fit.
    pub fn inject(&self, fault: WireFault) {
        self.shared.plan.add(fault);
    }

    /// Takes back the faults that are not used up.
    pub fn clear_faults(&self) {
        self.shared.plan.clear();
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.ledger(|ledger| ledger.counts.clone())
    }

    /// The requests seen so far, the oldest first; at most 100,000 are remembered. No secret is among it.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.ledger(|ledger| ledger.exchanges())
    }

    /// Begins to count anew. What is known about tokens stays: one that was spent before is still spent.
    pub fn clear_counts(&self) {
        self.shared.ledger(Ledger::clear);
    }

    /// Stops listening: connections are refused from now on. Those that are open stay.
    pub async fn shut(&self) {
        self.turn(Listening::Paused, false).await;
    }

    /// Listens again, on the same port.
    pub async fn open(&self) {
        self.turn(Listening::Open, true).await;
    }

    async fn turn(&self, listening: Listening, listens: bool) {
        let _ = self.listening.send(listening);
        let _ = self.listens.clone().wait_for(|now| *now == listens).await;
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        let _ = self.listening.send(Listening::Ended);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; there is nothing to add.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for FaultServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultServer").field("url", &self.url).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

/// Address and path of an instance.
fn parts(url: &str) -> Option<(SocketAddr, String)> {
    let rest = url.strip_prefix("http://")?;
    let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((address.parse().ok()?, path.to_owned()))
}

type Bound = Result<SocketAddr, std::io::Error>;

/// Runs the server on a runtime of its own, so that one of the caller's that is blocked or dropped does not matter.
fn run(
    shared: Arc<Shared>,
    ready: oneshot::Sender<Bound>,
    listening: watch::Receiver<Listening>,
    told: watch::Sender<bool>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    runtime.block_on(async move {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.and_then(|tcp| Ok((tcp.local_addr()?, tcp))) {
            Ok((address, listener)) => {
                let _ = ready.send(Ok(address));
                serve(shared, (address, listener), listening, told).await;
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        }
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
}

async fn serve(
    shared: Arc<Shared>,
    (address, listener): (SocketAddr, TcpListener),
    mut listening: watch::Receiver<Listening>,
    told: watch::Sender<bool>,
) {
    let mut listener = Some(listener);
    loop {
        let wanted = *listening.borrow_and_update();
        match wanted {
            Listening::Ended => return,
            Listening::Paused => listener = None,
            Listening::Open if listener.is_none() => listener = TcpListener::bind(address).await.ok(),
            Listening::Open => {}
        }
        told.send_replace(listener.is_some());
        tokio::select! {
            changed = listening.changed() => if changed.is_err() { return },
            Some(stream) = next(listener.as_ref()) => admit(&shared, stream),
        }
    }
}

/// The next connection; never, while it does not listen.
async fn next(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.ok().map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

fn admit(shared: &Arc<Shared>, stream: TcpStream) {
    // Bytes have to go out one by one where a fault says so.
    let _ = stream.set_nodelay(true);
    let number = shared.ledger(Ledger::connected);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // What ends a connection is either a fault or the client; both are in the ledger.
        let _ = proxy::connection(&shared, stream, number).await;
    });
}
