//! The database: one SQLite connection that writes, others that read, one transaction a request. It holds the rows and
//! their rules, and knows nothing of HTTP.

pub(crate) mod case;
pub(crate) mod ddl;
mod dialect;
pub(crate) mod functions;
mod log;
mod open;
pub(crate) mod own;
mod readers;
mod refill;
pub(crate) mod rule;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::StartError;
use crate::schema::Schema;
use log::Log;
use readers::Readers;

/// What a piece of work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only reads, all of it from one moment, and never waits for a writer of a file. A write in it fails.
    Read,
    /// May write: takes the write lock first, so that a read inside is never stale.
    Write,
}

/// The database of one emulator.
#[derive(Debug)]
pub(crate) struct Store {
    /// None in memory: there the writer is the database. They close before it, so that the last one to close can
    /// tidy up the log of the file.
    readers: Option<Readers>,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    log: Option<Log>,
}

impl Store {
    /// Opens a file, or memory when there is none, and creates the tables that are missing.
    pub fn open(path: Option<&Path>, schema: &Schema) -> Result<Self, StartError> {
        let connection = open::writer(path, schema)?;
        let log = Log::of(&connection);
        let readers = path.map(|path| Readers::new(path.to_owned()));
        Ok(Self { readers, writer: Mutex::new(Writer { connection, log }) })
    }

    /// Runs one piece of work in one transaction: kept when it succeeds, undone when it fails.
    pub fn run<T, E: From<rusqlite::Error>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let (Mode::Read, Some(readers)) = (mode, &self.readers) {
            return readers.with(|connection| transact(connection, TransactionBehavior::Deferred, work));
        }
        // A panic inside a transaction has undone it by dropping it, so the connection is sound.
        let Writer { connection, log } = &mut *self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // In memory the writer reads as well, and must not write meanwhile.
        connection.pragma_update(None, "query_only", mode == Mode::Read)?;
        let behavior = match mode {
            Mode::Read => TransactionBehavior::Deferred,
            Mode::Write => TransactionBehavior::Immediate,
        };
        let done = transact(connection, behavior, work)?;
        log.iter_mut().for_each(|log| log.look(connection));
        Ok(done)
    }
}

fn transact<T, E: From<rusqlite::Error>>(
    connection: &mut Connection,
    behavior: TransactionBehavior,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection.transaction_with_behavior(behavior)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_fails_leaves_nothing_behind() {
        let store = Store::open(None, Schema::embedded().unwrap()).unwrap();
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
    fn what_only_reads_cannot_write() {
        let place = std::env::temp_dir().join(format!("zeyos-emulator-{}-store.db", std::process::id()));
        for path in [None, Some(place.as_path())] {
            let store = Store::open(path, Schema::embedded().unwrap()).unwrap();
            let write = |db: &Transaction<'_>| db.execute("INSERT INTO _config VALUES ('a', '1')", []);
            assert!(store.run(Mode::Read, write).is_err(), "{path:?}");
            assert_eq!(store.run(Mode::Write, write).unwrap(), 1);
        }
        std::fs::remove_file(&place).unwrap();
    }
}
