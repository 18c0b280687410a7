//! How long work may take: until a deadline, and as long as someone waits for its answer. SQLite asks between steps, so that
//! a statement ends in the middle and its transaction is undone.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use rusqlite::Connection;

#[cfg(test)]
use crate::cost_tests::watch;

/// How many steps of SQLite's machine lie between two looks: some 20 microseconds.
const STEPS: i32 = 1000;

/// When work ends that is not done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limit {
    /// Nothing goes on beyond it.
    pub deadline: Option<Instant>,
    /// Set when the client is gone.
    pub gone: Arc<AtomicBool>,
}

impl Limit {
    fn is_over(&self) -> bool {
        self.gone.load(Ordering::Relaxed) || self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// A connection with what ends its work.
#[derive(Debug)]
pub(super) struct Session {
    pub connection: Connection,
    guard: Arc<Guard>,
}

#[derive(Debug, Default)]
struct Guard {
    limit: Mutex<Option<Limit>>,
}

impl Guard {
    fn is_over(&self) -> bool {
        let limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        limit.as_ref().is_some_and(Limit::is_over)
    }

    fn set(&self, limit: Option<Limit>) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = limit;
    }
}

impl Session {
    /// Watches over a connection from now on.
    pub(super) fn of(mut connection: Connection) -> rusqlite::Result<Self> {
        let guard = Arc::new(Guard::default());
        let looked = Arc::clone(&guard);
        connection.progress_handler(STEPS, Some(move || looked.is_over()))?;
        #[cfg(test)]
        watch(&mut connection)?;
        Ok(Self { connection, guard })
    }

    /// Works with the connection within a limit.
    pub(super) fn within<T>(&mut self, limit: &Limit, work: impl FnOnce(&mut Connection) -> T) -> T {
        /// Takes the limit back, a panic included.
        struct Reset<'a>(&'a Guard);

        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                self.0.set(None);
            }
        }

        self.guard.set(Some(limit.clone()));
        let _reset = Reset(&self.guard);
        work(&mut self.connection)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ENDLESS: &str = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";

    fn code(session: &mut Session, limit: &Limit) -> Option<rusqlite::ErrorCode> {
        let counted = session.within(limit, |db| db.query_row(ENDLESS, [], |row| row.get::<_, i64>(0)));
        counted.unwrap_err().sqlite_error_code()
    }

    #[test]
    fn work_ends_at_its_deadline_and_when_nobody_waits() {
        let mut session = Session::of(Connection::open_in_memory().unwrap()).unwrap();
        let passed = Limit { deadline: Some(Instant::now()), ..Limit::default() };
        assert_eq!(code(&mut session, &passed), Some(rusqlite::ErrorCode::OperationInterrupted));
        let gone = Limit::default();
        gone.gone.store(true, Ordering::Relaxed);
        assert_eq!(code(&mut session, &gone), Some(rusqlite::ErrorCode::OperationInterrupted));
    }

    #[test]
    fn work_that_is_done_in_time_is_left_alone_and_a_limit_ends_with_it() {
        let mut session = Session::of(Connection::open_in_memory().unwrap()).unwrap();
        let later = Limit { deadline: Some(Instant::now() + Duration::from_secs(3600)), ..Limit::default() };
        let bounded = ENDLESS.replace("FROM n)", "FROM n WHERE x < 10000)");
        let count = |db: &mut Connection| db.query_row(&bounded, [], |row| row.get::<_, i64>(0));
        assert_eq!(session.within(&later, count).unwrap(), 10_000);
        let passed = Limit { deadline: Some(Instant::now()), ..Limit::default() };
        assert!(session.within(&passed, count).is_err());
        assert_eq!(count(&mut session.connection).unwrap(), 10_000);
    }
}
