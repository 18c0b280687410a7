//! What all handlers share: the parts of one running emulator, and the piece of work that a request is.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rusqlite::Connection;

use crate::clock::Clock;
use crate::emulator::Credentials;
use crate::faults::Faults;
use crate::http::Request;
use crate::journal::Journal;
use crate::records::read::Plain;
use crate::schema::Schema;
use crate::seed::Seed;
use crate::store::Store;
use crate::switches::Switches;

/// One running emulator.
#[derive(Debug)]
pub(crate) struct App {
    pub instance: String,
    pub switches: RwLock<Arc<Switches>>,
    pub schema: &'static Schema,
    pub clock: Arc<Clock>,
    pub store: Store,
    pub plain: Plain,
    pub faults: Faults,
    pub journal: Journal,
    /// What a new database is filled with.
    pub seed: Seed,
    /// What was handed out at the start; set as soon as it is known.
    pub credentials: OnceLock<Credentials>,
}

impl App {
    /// The switches as they stand now. A request asks once, so that nothing changes while it is at work.
    pub fn switches(&self) -> Arc<Switches> {
        Arc::clone(&self.switches.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sets other switches, for the requests that come from now on.
    pub fn set_switches(&self, switches: Switches) {
        *self.switches.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(switches);
    }

    /// Changes some switches, all of what the closure does or nothing of it.
    pub fn change_switches<E>(&self, change: impl FnOnce(&mut Switches) -> Result<(), E>) -> Result<(), E> {
        let mut kept = self.switches.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Switches::clone(&kept);
        change(&mut changed)?;
        *kept = Arc::new(changed);
        Ok(())
    }

    /// A path without the instance at its front.
    pub fn inner_path<'a>(&self, path: &'a str) -> &'a str {
        let rest = path.strip_prefix('/').and_then(|path| path.strip_prefix(self.instance.as_str()));
        rest.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path)
    }
}

/// One request at work: inside its transaction, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    pub app: &'a App,
    pub switches: &'a Switches,
    pub request: &'a Request,
    pub db: &'a Connection,
    /// The moment of the request in Unix seconds.
    pub now: i64,
}

impl Job<'_> {
    /// The switches as they stood when the request came.
    pub fn switches(&self) -> &Switches {
        self.switches
    }
}
