//! The server thread: opens the database, listens, serves until it is asked to stop. A runtime of its own makes the
//! emulator independent of the caller's, which may be none or may be blocked by a test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock, RwLock};

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use super::builder::Builder;
use crate::app::App;
use crate::control;
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::front;
use crate::http::host::Hosts;
use crate::http::serve::{GRACE, serve};
use crate::journal::Journal;
use crate::rows::Plain;
use crate::schema::Schema;
use crate::seed;
use crate::store::{Store, WAITING, WORKERS};

/// What the handle needs of a server that listens.
#[derive(Debug)]
pub(super) struct Ready {
    pub app: Arc<App>,
    pub address: SocketAddr,
    pub url: String,
    pub credentials: Credentials,
    pub control_url: Option<String>,
}

/// Runs a server from start to end; tells `ready` when it listens or why it cannot.
pub(super) fn run(choices: Builder, ready: oneshot::Sender<Result<Ready, StartError>>, stopped: watch::Receiver<()>) {
    let prepared = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(WAITING)
        .enable_all()
        .build();
    let runtime = match prepared.map_err(StartError::thread) {
        Ok(runtime) => runtime,
        Err(error) => {
            // A caller who no longer waits needs no reason.
            let _ = ready.send(Err(error));
            return;
        }
    };
    match prepare(choices, &runtime) {
        Err(error) => {
            let _ = ready.send(Err(error));
        }
        Ok((told, listener, control)) => {
            let app = Arc::clone(&told.app);
            if ready.send(Ok(told)).is_ok() {
                if let Some(control) = control {
                    let app = Arc::clone(&app);
                    let answer = move |link, request| control::answer(Arc::clone(&app), link, request);
                    runtime.spawn(serve(control, answer, stopped.clone()));
                }
                let answer = move |link, request| front::answer(Arc::clone(&app), link, request);
                runtime.block_on(serve(listener, answer, stopped));
            }
        }
    }
    runtime.shutdown_timeout(GRACE);
}

/// What the handle needs, the main door, and that of the control route if there is one.
type Prepared = (Ready, TcpListener, Option<TcpListener>);

fn prepare(choices: Builder, runtime: &Runtime) -> Result<Prepared, StartError> {
    let listener = listen(runtime, choices.listen, choices.port, "--port")?;
    let control = choices.control_port.map(|port| listen(runtime, Ipv4Addr::LOCALHOST.into(), port, "--control-port"));
    let control = control.transpose()?;
    let visible = if choices.switches.extra_columns { Schema::embedded } else { Schema::without_extra_columns };
    let schema = visible().map_err(StartError::schema)?;
    let store = Store::open(choices.database.as_deref(), schema)?;
    let app = App {
        instance: choices.instance,
        hosts: Hosts { addresses: !choices.listen.is_loopback(), ..choices.hosts },
        switches: RwLock::new(Arc::new(choices.switches)),
        schema,
        clock: Arc::default(),
        store,
        deadline: choices.deadline,
        plain: Plain::new(schema),
        faults: Faults::default(),
        journal: Journal::default(),
        seed: choices.seed,
        credentials: OnceLock::new(),
    };
    app.clock.set_offset(choices.clock_offset);
    app.journal.record_bodies(choices.record_bodies);
    for fault in choices.faults {
        app.faults.add(fault);
    }
    seed::plant(&app, choices.seed)?;
    let credentials = seed::credentials(&app)?;
    // It is the first to set it, so it does.
    let _ = app.credentials.set(credentials.clone());
    let address = address(&listener)?;
    let url = format!("{}/{}", origin(address), app.instance);
    let control_url = control.as_ref().map(|listener| self::address(listener).map(origin)).transpose()?;
    Ok((Ready { app: Arc::new(app), address, url, credentials, control_url }, listener, control))
}

fn listen(runtime: &Runtime, address: IpAddr, port: u16, flag: &'static str) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from((address, port));
    runtime.block_on(TcpListener::bind(address)).map_err(|error| StartError::bind(Some(address), flag, error))
}

fn address(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::bind(None, "--port", error))
}

/// The origin under which a program of this machine reaches an address that is listened on.
fn origin(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    format!("http://{address}")
}
