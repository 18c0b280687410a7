//! The database: one SQLite connection that writes, others that read beside it, one transaction a request. It holds the rows
//! and their rules, and knows nothing of HTTP.

mod blank;
pub(crate) mod case;
pub(crate) mod ddl;
mod dialect;
pub(crate) mod functions;
pub(crate) mod limit;
mod open;
pub(crate) mod own_tables;
mod readers;
mod refill;
pub(crate) mod rule;
mod scratch;
mod wal;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::error::StartError;
use crate::schema::Schema;
use limit::{Limit, Session};
use readers::Readers;
use scratch::Scratch;
use wal::Wal;

/// What a piece of work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Only reads, all of it from one moment, and never waits for a writer of a file. A write in it fails.
    Read,
    /// May write: takes the write lock first, so that a read inside is never stale.
    Write,
}

/// The most threads that may wait for the database, and so the most requests of any size at work at the same moment. More would
/// not be faster.
pub(crate) const WAITING: usize = 8;

/// The threads that never wait, which read single records by themselves.
pub(crate) const WORKERS: usize = 2;

/// The connections that read a database without a name: one for each thread, so that none waits for another.
pub(crate) const READERS: usize = WAITING + WORKERS;

/// The database of one emulator.
#[derive(Debug)]
pub(crate) struct Store {
    /// They close before the writer, so that the last one to close can tidy up the log of the file.
    readers: Readers,
    writer: Mutex<Writer>,
    /// The place of a database without a name.
    _scratch: Option<Scratch>,
}

#[derive(Debug)]
struct Writer {
    session: Session,
    log: Option<Wal>,
}

impl Store {
    /// Opens a file, or a database that is gone at the end when there is none, and creates the tables that are missing.
    pub(crate) fn open(path: Option<&Path>, schema: &Schema) -> Result<Self, StartError> {
        match path {
            Some(path) => {
                let session = open::writer(path, schema)?;
                let log = Wal::of(path);
                Ok(Self { readers: Readers::of(path), writer: Mutex::new(Writer { session, log }), _scratch: None })
            }
            None => {
                let scratch = Scratch::new().map_err(StartError::scratch)?;
                let path = scratch.file();
                let session = open::scratch_writer(&path, schema)?;
                let readers = Readers::all(&path, READERS)?;
                let log = Wal::of(&path);
                scratch.unlink();
                Ok(Self { readers, writer: Mutex::new(Writer { session, log }), _scratch: Some(scratch) })
            }
        }
    }

    /// Runs one piece of work in one transaction: kept when it succeeds, undone when it fails.
    pub(crate) fn run<T, E: From<rusqlite::Error>>(
        &self,
        mode: Mode,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        self.run_within(&Limit::default(), mode, work)
    }

    /// The same within a limit; what is over by then is interrupted and undone.
    pub(crate) fn run_within<T, E: From<rusqlite::Error>>(
        &self,
        limit: &Limit,
        mode: Mode,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        if mode == Mode::Read {
            return self.readers.with(limit, |connection| transact(connection, mode, work));
        }
        // A panic inside a transaction has undone it by dropping it, so the connection is sound.
        let Writer { session, log } = &mut *self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let done = session.within(limit, |connection| transact(connection, mode, work))?;
        log.iter_mut().for_each(|log| log.look(&session.connection));
        Ok(done)
    }

    /// How many pieces of work read at this moment.
    #[cfg(test)]
    pub(crate) fn reads(&self) -> usize {
        self.readers.lent.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Whether one writes at this moment.
    #[cfg(test)]
    pub(crate) fn is_writing(&self) -> bool {
        self.writer.try_lock().is_err()
    }
}

fn transact<T, E: From<rusqlite::Error>>(
    connection: &Connection,
    mode: Mode,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = Transaction::begin(connection, mode)?;
    let done = work(connection)?;
    transaction.commit()?;
    Ok(done)
}

/// A transaction, undone when it is dropped before it was committed. Its statements stay prepared; those of rusqlite's own are
/// prepared for every request.
struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    fn begin(connection: &'a Connection, mode: Mode) -> rusqlite::Result<Self> {
        let begin = match mode {
            Mode::Read => "BEGIN",
            Mode::Write => "BEGIN IMMEDIATE",
        };
        connection.prepare_cached(begin)?.execute([])?;
        Ok(Self(connection))
    }

    fn commit(self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute([]).map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // After a commit, and after an error that has undone it, there is none.
        if !self.0.is_autocommit() {
            let _ = self.0.prepare_cached("ROLLBACK").and_then(|mut rollback| rollback.execute([]));
        }
    }
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
    fn readers_read_beside_each_other_and_beside_the_writer() {
        let store = Store::open(None, Schema::embedded().unwrap()).unwrap();
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM _config", [], |row| row.get::<_, i64>(0));
        let put = |db: &Connection| db.execute("INSERT INTO _config VALUES ('a', '1')", []);
        store
            .run::<_, rusqlite::Error>(Mode::Read, |db| {
                let before = count(db)?;
                std::thread::scope(|scope| {
                    scope.spawn(|| store.run(Mode::Write, put).unwrap()).join().unwrap();
                    let beside = scope.spawn(|| store.run(Mode::Read, count).unwrap()).join().unwrap();
                    assert_eq!((before, beside), (0, 1));
                });
                assert_eq!(count(db)?, 0, "a transaction sees one moment");
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn a_write_that_is_interrupted_leaves_nothing_behind() {
        let store = Store::open(None, Schema::embedded().unwrap()).unwrap();
        let limit = Limit { deadline: Some(std::time::Instant::now()), ..Limit::default() };
        let many = |db: &Connection| {
            (0..10_000).try_for_each(|index| {
                db.prepare_cached("INSERT INTO _config VALUES (?1, '1')")?.execute([index]).map(|_| ())
            })
        };
        assert!(store.run_within(&limit, Mode::Write, many).is_err());
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM _config", [], |row| row.get::<_, i64>(0));
        assert_eq!(store.run(Mode::Read, count).unwrap(), 0);
        store.run(Mode::Write, many).unwrap();
        assert_eq!(store.run(Mode::Read, count).unwrap(), 10_000);
    }

    #[test]
    fn what_only_reads_cannot_write() {
        let place = std::env::temp_dir().join(format!("zeyos-emulator-{}-store.db", std::process::id()));
        for path in [None, Some(place.as_path())] {
            let store = Store::open(path, Schema::embedded().unwrap()).unwrap();
            let write = |db: &Connection| db.execute("INSERT INTO _config VALUES ('a', '1')", []);
            assert!(store.run(Mode::Read, write).is_err(), "{path:?}");
            assert_eq!(store.run(Mode::Write, write).unwrap(), 1);
        }
        std::fs::remove_file(&place).unwrap();
    }
}
