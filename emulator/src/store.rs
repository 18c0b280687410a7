//! The database: one SQLite connection, one transaction a request. It holds the rows and their rules, and knows nothing
//! of HTTP.

pub(crate) mod ddl;
mod dialect;
pub(crate) mod functions;
pub(crate) mod own;
pub(crate) mod rule;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::error::StartError;
use crate::schema::Schema;

/// The number under which SQLite keeps the layout of the file; a file of another layout is refused.
const LAYOUT: i64 = 4;

/// Statements that stay prepared.
const PREPARED: usize = 256;

/// Where the rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only reads: never waits for a writer of another process.
    Read,
    /// May write: takes the write lock first, so that a read inside is never stale.
    Write,
}

/// The database of one emulator.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens a file, or memory when there is none. Tells whether the database is new.
    pub fn open(path: Option<&Path>, schema: &Schema) -> Result<(Self, bool), StartError> {
        let mut connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.set_prepared_statement_cache_capacity(PREPARED);
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;")?;
        functions::register(&connection)?;
        let new = create(&mut connection, schema)?;
        Ok((Self { connection: Mutex::new(connection) }, new))
    }

    /// Runs one piece of work in one transaction: kept when it succeeds, undone when it fails.
    pub fn run<T, E: From<rusqlite::Error>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A panic inside a transaction has undone it by dropping it, so the connection is sound.
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(match mode {
            Mode::Read => TransactionBehavior::Deferred,
            Mode::Write => TransactionBehavior::Immediate,
        })?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

fn create(connection: &mut Connection, schema: &Schema) -> Result<bool, StartError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let layout: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: Option<i64> =
        transaction.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |row| row.get(0)).optional()?;
    let new = layout == 0 && tables.is_none();
    if !new && layout != LAYOUT {
        return Err(StartError::foreign_database());
    }
    if new {
        let tables = ddl::tables(schema).map_err(StartError::schema)?;
        transaction.execute_batch(&tables)?;
        transaction.execute_batch(own::TABLES)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {LAYOUT}"))?;
    }
    transaction.commit()?;
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_fails_leaves_nothing_behind() {
        let (store, new) = Store::open(None, Schema::embedded().unwrap()).unwrap();
        assert!(new);
        let failed: rusqlite::Result<()> = store.run(Mode::Write, |db| {
            db.execute("INSERT INTO _config VALUES ('a', '1')", [])?;
            Err(rusqlite::Error::InvalidQuery)
        });
        assert!(failed.is_err());
        let count: rusqlite::Result<i64> =
            store.run(Mode::Read, |db| db.query_row("SELECT count(*) FROM _config", [], |row| row.get(0)));
        assert_eq!(count.unwrap(), 0);
    }

    #[test]
    fn a_database_of_somebody_else_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (a)").unwrap();
        assert!(create(&mut connection, Schema::embedded().unwrap()).is_err());
    }
}
