//! The server thread: opens the database, listens, serves until it is asked to stop. A runtime of its own makes the
//! emulator independent of the caller's, which may be none or may be blocked by a test.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use super::{Builder, Credentials};
use crate::app::App;
use crate::clock::Clock;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::front;
use crate::http::link::{Door, Link};
use crate::journal::Journal;
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
        Ok((app, listener, url, credentials)) => {
            let server = serve(Arc::clone(&app), listener, stopped);
            if ready.send(Ok(Ready { app, url, credentials })).is_ok() {
                runtime.block_on(server);
            }
        }
    }
    runtime.shutdown_timeout(GRACE);
}

type Prepared = (Arc<App>, TcpListener, String, Credentials);

fn prepare(choices: Builder, runtime: &Runtime) -> Result<Prepared, StartError> {
    let address = (Ipv4Addr::LOCALHOST, choices.port);
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(StartError::bind)?;
    let port = listener.local_addr().map_err(StartError::bind)?.port();
    let schema = Schema::embedded().map_err(StartError::schema)?;
    let store = Store::open(choices.database.as_deref().map(Path::new), schema)?;
    let app = App {
        instance: choices.instance,
        switches: choices.switches,
        schema,
        clock: Clock::default(),
        store,
        faults: Faults::default(),
        journal: Journal::default(),
    };
    seed::plant(&app, choices.seed)?;
    let credentials = seed::credentials(&app)?;
    let url = format!("http://127.0.0.1:{port}/{}", app.instance);
    Ok((Arc::new(app), listener, url, credentials))
}

async fn serve(app: Arc<App>, listener: TcpListener, mut stopped: watch::Receiver<()>) {
    let router = Router::new().fallback(front::answer).with_state(app);
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
