//! The server thread: opens the database, listens, serves until it is asked to stop. A runtime of its own makes the
//! emulator independent of the caller's, which may be none or may be blocked by a test.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock, RwLock};

use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use super::builder::Builder;
use crate::app::App;
use crate::credentials::Credentials;
use crate::error::StartError;
use crate::faults::Faults;
use crate::http::serve::GRACE;
use crate::listeners::{Listeners, origin};
use crate::request_log::RequestLog;
use crate::rows::RowStatements;
use crate::schema::Schema;
use crate::seed;
use crate::static_files::StaticFiles;
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
        Ok((told, listeners)) => {
            let app = Arc::clone(&told.app);
            if ready.send(Ok(told)).is_ok() {
                listeners.serve(&runtime, app, stopped);
            }
        }
    }
    runtime.shutdown_timeout(GRACE);
}

fn prepare(choices: Builder, runtime: &Runtime) -> Result<(Ready, Listeners), StartError> {
    let listeners = Listeners::open(runtime, &choices.startup)?;
    let visible = if choices.switches.extra_columns { Schema::embedded } else { Schema::without_extra_columns };
    let schema = visible().map_err(StartError::schema)?;
    let pages = choices.pages.map(|folder| StaticFiles::of(&folder).map_err(|error| StartError::pages(&folder, error)));
    let pages = pages.transpose()?;
    let store = Store::open(choices.database.as_deref(), schema)?;
    let app = App {
        instance: choices.instance,
        hosts: choices.startup.hosts(),
        switches: RwLock::new(Arc::new(choices.switches)),
        schema,
        clock: Arc::default(),
        store,
        deadline: choices.deadline,
        row_statements: RowStatements::new(schema),
        pages,
        faults: Faults::default(),
        request_log: RequestLog::default(),
        seed: choices.seed,
        credentials: OnceLock::new(),
    };
    app.clock.set_offset(choices.startup.clock_offset);
    app.request_log.record_bodies(choices.record_bodies);
    for fault in choices.startup.faults {
        app.faults.add(fault);
    }
    seed::insert(&app, choices.seed)?;
    let credentials = seed::credentials(&app)?;
    // It is the first to set it, so it does.
    let _ = app.credentials.set(credentials.clone());
    let address = listeners.address()?;
    let url = format!("{}/{}", origin(address), app.instance);
    let control_url = listeners.control_url()?;
    Ok((Ready { app: Arc::new(app), address, url, credentials, control_url }, listeners))
}
