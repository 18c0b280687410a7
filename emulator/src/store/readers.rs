//! Connections that only read. Each sees all that was committed before its transaction began, and waits for no writer.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use rusqlite::Connection;

use super::limit::{Limit, Session};
use super::open;

/// Connections to one file that wait for work.
#[derive(Debug)]
pub(super) struct Readers {
    /// Where further ones are opened, as many as are needed at the same moment; none if the file cannot be found any more.
    path: Option<PathBuf>,
    idle: Mutex<Vec<Session>>,
    given_back: Condvar,
    /// How many are lent.
    #[cfg(test)]
    pub lent: std::sync::atomic::AtomicUsize,
}

impl Readers {
    /// Readers of a file that stays where it is.
    pub(super) fn of(path: &Path) -> Self {
        Self::new(Some(path.to_owned()), Vec::new())
    }

    /// So many readers of a file that goes when they are open.
    pub(super) fn all(path: &Path, count: usize) -> rusqlite::Result<Self> {
        let opened = |_| {
            let session = open::reader(path)?;
            session.connection.execute_batch(open::READ)?;
            Ok(session)
        };
        let idle = (0..count).map(opened).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Self::new(None, idle))
    }

    fn new(path: Option<PathBuf>, idle: Vec<Session>) -> Self {
        Self {
            path,
            idle: Mutex::new(idle),
            given_back: Condvar::new(),
            #[cfg(test)]
            lent: std::sync::atomic::AtomicUsize::new(0),
        }
    }

    /// Lends a connection. The last to be given back is the first to be lent again: its pages are still at hand.
    pub(super) fn with<T, E: From<rusqlite::Error>>(
        &self,
        limit: &Limit,
        work: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut session = self.lend()?;
        #[cfg(test)]
        self.lent.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let done = session.within(limit, work);
        #[cfg(test)]
        self.lent.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        // Where further ones can be opened no one waits, and a notice costs a call of the system.
        if self.path.is_none() {
            self.given_back.notify_one();
        }
        done
    }

    fn lend(&self) -> rusqlite::Result<Session> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(path) = &self.path else {
            let waited = self.given_back.wait_while(idle, |idle| idle.is_empty());
            let mut idle = waited.unwrap_or_else(PoisonError::into_inner);
            return idle.pop().ok_or(rusqlite::Error::InvalidQuery);
        };
        let mut idle = idle;
        let waiting = idle.pop();
        drop(idle);
        waiting.map_or_else(|| open::reader(path), Ok)
    }
}
