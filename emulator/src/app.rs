//! What all handlers share: the parts of one running emulator, and the piece of work that a request is.

use rusqlite::Connection;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::http::Request;
use crate::journal::Journal;
use crate::schema::Schema;
use crate::store::Store;
use crate::switches::Switches;

/// One running emulator.
#[derive(Debug)]
pub(crate) struct App {
    pub instance: String,
    pub switches: Switches,
    pub schema: &'static Schema,
    pub clock: Clock,
    pub store: Store,
    pub faults: Faults,
    pub journal: Journal,
}

impl App {
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
    pub request: &'a Request,
    pub db: &'a Connection,
    /// The moment of the request in Unix seconds.
    pub now: i64,
}

impl Job<'_> {
    /// The switches of the emulator.
    pub fn switches(&self) -> &Switches {
        &self.app.switches
    }
}
