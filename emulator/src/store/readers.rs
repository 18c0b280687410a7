//! Connections of a file that only read. Each sees all that was committed before its transaction began, and waits for no
//! writer.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::open;

/// Connections to one file that wait for work. There are as many as were ever needed at the same moment.
#[derive(Debug)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::default() }
    }

    /// Lends a connection. The last to be given back is the first to be lent again: its pages are still at hand.
    pub fn with<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle().pop();
        let mut connection = waiting.map_or_else(|| open::reader(&self.path), Ok)?;
        let done = work(&mut connection);
        idle().push(connection);
        done
    }
}
