//! What can be chosen before an emulator starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{ConfigError, File, Item};
use crate::faults::Fault;
use crate::json::Json;
use crate::seed::Seed;
use crate::startup::{Startup, startup_methods};
use crate::switches::{Profile, Switches};

/// How long a request may be at work, unless set.
const DEADLINE: Duration = Duration::from_secs(10);

/// The choices for an emulator.
#[derive(Debug, Clone)]
pub struct Builder {
    pub(super) startup: Startup,
    pub(super) instance: String,
    pub(super) seed: Seed,
    pub(super) deadline: Duration,
    pub(super) database: Option<PathBuf>,
    pub(super) switches: Switches,
    /// Switches that were set by name, which a profile leaves alone.
    named: Vec<(String, String)>,
    pub(super) record_bodies: bool,
    pub(super) pages: Option<PathBuf>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            startup: Startup::default(),
            instance: "demo".to_owned(),
            seed: Seed::Demo,
            deadline: DEADLINE,
            database: None,
            switches: Switches::default(),
            named: Vec::new(),
            record_bodies: false,
            pages: None,
        }
    }

    startup_methods!();

    /// The name of the instance, the first segment of every path; `demo` unless set.
    #[must_use]
    pub fn instance(mut self, name: impl Into<String>) -> Self {
        self.instance = name.into();
        self
    }

    /// What a new database holds.
    #[must_use]
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// A file to keep the data in; without it they lie in a file without a name, which is gone at the end. A file that exists is used as
    /// it is, unseeded.
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// How long a request may be at work in the database; then it is answered with 503, and what it has written is undone. 10
    /// seconds unless set.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How to behave where the behaviour of the service is unknown.
    #[must_use]
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self.named.clear();
        self
    }

    /// Sets all switches as a profile has them, but for those that [`switch`](Self::switch) or a file have set.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.switches = Switches::profile(profile);
        for (name, value) in &self.named {
            // It was taken before, so it is taken again.
            let _ = self.switches.set(name, value);
        }
        self
    }

    /// Sets one switch by name, as a flag or a file does. The name `fault` adds a fault instead.
    ///
    /// # Errors
    /// When no switch has this name, or the switch has no such value.
    pub fn switch(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        if name == "fault" {
            return self.fault_table(value);
        }
        self.set(name, value)?;
        Ok(self)
    }

    /// Keeps queries and bodies of requests to `/api` in the log of requests, so that a test can see which filter was sent
    /// ([`SeenRequest::body`](crate::SeenRequest::body)); off unless set. Secrets are taken out.
    #[must_use]
    pub fn record_bodies(mut self, record: bool) -> Self {
        self.record_bodies = record;
        self
    }

    /// A folder whose files are served beside the instance, so that a page has the origin of the emulator and the cookie of a
    /// session there goes with its requests. Neither faults nor the log have to do with them. Names that begin with a dot are not served,
    /// nor are links that lead out of the folder.
    #[must_use]
    pub fn pages(mut self, folder: impl Into<PathBuf>) -> Self {
        self.pages = Some(folder.into());
        self
    }

    /// Takes over what a configuration file says: the settings that it names replace those that were set before, its
    /// faults are added.
    ///
    /// # Errors
    /// When the file cannot be read, or something in it is not known; the error names the line.
    pub fn config_file(mut self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let file = File::read(path.as_ref())?;
        if let Some(profile) = file.profile {
            self = self.profile(profile);
        }
        self.startup.listen = file.listen.unwrap_or(self.startup.listen);
        self.startup.port = file.port.unwrap_or(self.startup.port);
        self.startup.names.extend(file.hosts);
        self.instance = file.instance.unwrap_or(self.instance);
        self.database = file.db.or(self.database);
        self.pages = file.pages.or(self.pages);
        self.seed = file.seed.unwrap_or(self.seed);
        self.startup.clock_offset = file.clock.unwrap_or(self.startup.clock_offset);
        self.startup.control_port = file.control_port.or(self.startup.control_port);
        self.record_bodies = file.record_bodies.unwrap_or(self.record_bodies);
        self.startup.faults.extend(file.faults);
        for item in &file.switches {
            self.take_switch(item).map_err(|error| item.placed(error))?;
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        self.switches.set(name, value)?;
        self.named.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    fn take_switch(&mut self, item: &Item) -> Result<(), ConfigError> {
        match &item.value {
            Json::Object(_) if item.name == "fault" => {
                self.startup.faults.push(Fault::from_items(&Item::of_json(&item.value)?)?);
                Ok(())
            }
            _ => self.set(&item.name, &item.shown()),
        }
    }
}
