//! The server thread: opens the database, listens, serves until it is asked to stop. A runtime of its own makes the
//! emulator independent of the caller's, which may be none or may be blocked by a test.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::{Arc, OnceLock, RwLock};
use std::time::Duration;

use axum::Router;
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
use crate::http::link::{Door, Link};
use crate::journal::Journal;
use crate::rows::Plain;
use crate::schema::Schema;
use crate::seed;
use crate::store::Store;

/// How long requests at work are waited for.
const GRACE: Duration = Duration::from_secs(5);

/// The most handlers at work at the same moment. More would not be faster: each reads through a connection of its own.
const HANDLERS: usize = 8;

/// What the handle needs of a server that listens.
#[derive(Debug)]
pub(super) struct Ready {
    pub app: Arc<App>,
    pub url: String,
    pub credentials: Credentials,
    pub control_url: Option<String>,
}

/// Runs a server from start to end; tells `ready` when it listens or why it cannot.
pub(super) fn run(choices: Builder, ready: oneshot::Sender<Result<Ready, StartError>>, stopped: watch::Receiver<()>) {
    let prepared = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(HANDLERS)
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
                    runtime.spawn(serve(control::router(Arc::clone(&app)), control, stopped.clone()));
                }
                runtime.block_on(serve(front::router(app), listener, stopped));
            }
        }
    }
    runtime.shutdown_timeout(GRACE);
}

/// What the handle needs, the main door, and that of the control route if there is one.
type Prepared = (Ready, TcpListener, Option<TcpListener>);

fn prepare(choices: Builder, runtime: &Runtime) -> Result<Prepared, StartError> {
    let listen = |port: u16| {
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)))?;
        let address = listener.local_addr()?;
        Ok((listener, format!("http://{address}")))
    };
    let (listener, origin) = listen(choices.port).map_err(StartError::bind)?;
    let control = choices.control_port.map(listen).transpose().map_err(StartError::bind)?;
    let visible = if choices.switches.extra_columns { Schema::embedded } else { Schema::without_extra_columns };
    let schema = visible().map_err(StartError::schema)?;
    let store = Store::open(choices.database.as_deref().map(Path::new), schema)?;
    let app = App {
        instance: choices.instance,
        switches: RwLock::new(Arc::new(choices.switches)),
        schema,
        clock: Arc::default(),
        store,
        plain: Plain::new(schema),
        faults: Faults::default(),
        journal: Journal::default(),
        seed: choices.seed,
        credentials: OnceLock::new(),
    };
    app.clock.set_offset(choices.clock_offset);
    for fault in choices.faults {
        app.faults.add(fault);
    }
    seed::plant(&app, choices.seed)?;
    let credentials = seed::credentials(&app)?;
    // It is the first to set it, so it does.
    let _ = app.credentials.set(credentials.clone());
    let url = format!("{origin}/{}", app.instance);
    let (control, control_url) = control.unzip();
    Ok((Ready { app: Arc::new(app), url, credentials, control_url }, listener, control))
}

async fn serve(router: Router, listener: TcpListener, mut stopped: watch::Receiver<()>) {
    let mut asked = stopped.clone();
    let server = axum::serve(Door(listener), router.into_make_service_with_connect_info::<Link>())
        .with_graceful_shutdown(async move { while asked.changed().await.is_ok() {} });
    let patience = async {
        while stopped.changed().await.is_ok() {}
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        _ = server => {}
        () = patience => {}
    }
}
