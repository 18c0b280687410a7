//! What can be chosen before an emulator starts.

use std::path::PathBuf;
use std::thread;

use tokio::sync::{oneshot, watch};

use super::Emulator;
use super::server::{self, Ready};
use crate::error::StartError;
use crate::seed::Seed;
use crate::switches::Switches;

/// The choices for an emulator.
#[derive(Debug, Clone)]
pub struct Builder {
    pub(super) port: u16,
    pub(super) instance: String,
    pub(super) seed: Seed,
    pub(super) database: Option<PathBuf>,
    pub(super) switches: Switches,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { port: 0, instance: "demo".to_owned(), seed: Seed::Demo, database: None, switches: Switches::default() }
    }

    /// The port on 127.0.0.1; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The name of the instance, the first segment of every path; `demo` unless said otherwise.
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

    /// A file to keep the data in; without it they are kept in memory. A file that exists is used as it is, unseeded.
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// How to behave where nobody knows what the service does.
    #[must_use]
    pub fn switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// Starts the emulator.
    ///
    /// # Errors
    /// When the port or the database file cannot be used, or the instance has a name that does not fit into a path.
    pub async fn start(self) -> Result<Emulator, StartError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if self.instance.bytes().all(|byte| byte == b'.') || !self.instance.bytes().all(fits) {
            return Err(StartError::instance(&self.instance));
        }
        let (stop, stopped) = watch::channel(());
        let (ready, when_ready) = oneshot::channel();
        let (ended, done) = oneshot::channel();
        let run = move || {
            server::run(self, ready, stopped);
            // Nobody may be waiting: a dropped emulator does not.
            let _ = ended.send(());
        };
        thread::Builder::new().name("zeyos-emulator".to_owned()).spawn(run).map_err(StartError::thread)?;
        let Ready { app, url, credentials } = when_ready.await.map_err(|_| StartError::ended())??;
        Ok(Emulator { app, url, credentials, stop, done })
    }
}
