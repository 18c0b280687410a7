//! The parts of one running emulator. Handlers see only what a `RequestContext` holds.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::Connection;

use crate::clock::Clock;
use crate::context::RequestContext;
use crate::credentials::Credentials;
use crate::faults::Faults;
use crate::http::Request;
use crate::http::host::Hosts;
use crate::request_log::RequestLog;
use crate::rows::RowStatements;
use crate::schema::Schema;
use crate::seed::Seed;
use crate::static_files::StaticFiles;
use crate::store::Store;
use crate::switches::Switches;

/// One running emulator.
#[derive(Debug)]
pub(crate) struct App {
    pub instance: String,
    /// The names that the main port answers to.
    pub hosts: Hosts,
    pub switches: RwLock<Arc<Switches>>,
    pub schema: &'static Schema,
    pub clock: Arc<Clock>,
    pub store: Store,
    /// How long a request may be at work.
    pub deadline: Duration,
    pub row_statements: RowStatements,
    /// What is served beside the instance.
    pub pages: Option<StaticFiles>,
    pub faults: Faults,
    pub request_log: RequestLog,
    /// What a new database is filled with.
    pub seed: Seed,
    /// What was handed out at the start; set as soon as it is known.
    pub credentials: OnceLock<Credentials>,
}

impl App {
    /// The switches as they stand now. A request asks once, so that nothing changes while it is at work.
    pub(crate) fn switches(&self) -> Arc<Switches> {
        Arc::clone(&self.switches.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets other switches, for the requests that come from now on.
    pub(crate) fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(switches);
    }

    /// Changes some switches, all of what the closure does or nothing of it.
    pub(crate) fn change_switches<E>(&self, change: impl FnOnce(&mut Switches) -> Result<(), E>) -> Result<(), E> {
        let mut kept = self.switches.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Switches::clone(&kept);
        change(&mut changed)?;
        *kept = Arc::new(changed);
        Ok(())
    }

    /// A path without the instance at its front.
    pub(crate) fn inner_path<'a>(&self, path: &'a str) -> &'a str {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.instance.as_str()));
        rest.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
    }

    /// A request at work in this emulator.
    pub(crate) fn cx<'a>(
        &'a self,
        switches: &'a Switches,
        request: &'a Request,
        db: &'a Connection,
        now: i64,
    ) -> RequestContext<'a> {
        RequestContext {
            instance: &self.instance,
            schema: self.schema,
            row_statements: &self.row_statements,
            switches,
            request,
            db,
            now,
        }
    }
}
