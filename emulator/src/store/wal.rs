//! Keeps the log of a file (WAL) short. SQLite moves it into the file by itself, but begins it anew only at a moment
//! without readers, and under steady load there is none: it would grow without end.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::open::PATIENCE;

/// The length that is let be. SQLite alone begins anew at about 4 MB, if it can.
const LENGTH: u64 = 16 << 20;

/// How long readers under way are waited for, again and again: SQLite waits for a place of readers, which others may have
/// taken that are in no one's way, and only the next call finds that out.
const PAUSE: Duration = Duration::from_millis(25);
const TRIES: usize = 20;

/// The log of one file.
#[derive(Debug)]
pub(super) struct Wal {
    /// Held open: its file may have no name any more.
    file: File,
    /// The length at which something is done.
    due: u64,
}

impl Wal {
    /// The log beside a file; none if it cannot be looked at.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        Some(Self { file: File::open(name).ok()?, due: LENGTH })
    }

    /// Checks the log after a write, which is committed already and must not fail because of it.
    pub(super) fn look(&mut self, connection: &Connection) {
        let length = self.file.metadata().map_or(0, |log| log.len());
        if length > self.due {
            // A reader that takes too long puts it off until the log has grown as much again.
            let done = cut(connection).unwrap_or(false);
            self.due = if done { LENGTH } else { length + LENGTH };
        }
    }
}

/// Moves the log into the file and cuts it to nothing; whether that could be done.
fn cut(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(PAUSE)?;
    let is_done = || {
        let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
        busy.is_ok_and(|busy| !busy)
    };
    let done = (0..TRIES).any(|_| is_done());
    connection.busy_timeout(PATIENCE)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::schema::Schema;
    use crate::store::{Mode, Store};

    #[test]
    fn the_log_stays_short_although_somebody_always_reads() {
        let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-log.db", std::process::id()));
        let store = Store::open(Some(&path), Schema::embedded().unwrap()).unwrap();
        let log = PathBuf::from(format!("{}-wal", path.display()));
        let done = AtomicBool::new(false);
        let read = &|delay: u64| {
            std::thread::sleep(Duration::from_millis(delay));
            let slow = |db: &Connection| -> rusqlite::Result<()> {
                db.prepare("SELECT 1 FROM _config")?.exists([])?;
                std::thread::sleep(Duration::from_millis(20));
                Ok(())
            };
            // Bounded, so that a test that fails ends.
            let going_on = || !done.load(Ordering::Relaxed);
            (0..3_000).take_while(|_| going_on()).try_for_each(|_| store.run(Mode::Read, slow)).unwrap();
        };
        let write = || {
            let sql = "INSERT INTO _config VALUES (?1, hex(zeroblob(200000)))";
            let lengths = (0..150).map(|index| {
                store.run(Mode::Write, |db| db.execute(sql, [index])).unwrap();
                fs::metadata(&log).unwrap().len()
            });
            lengths.max().unwrap()
        };
        let longest = std::thread::scope(|scope| {
            (0..3).for_each(|reader| drop(scope.spawn(move || read(reader * 7))));
            let longest = write();
            done.store(true, Ordering::Relaxed);
            longest
        });
        drop(store);
        fs::remove_file(&path).unwrap();
        assert!(longest < LENGTH + (4 << 20), "{longest}");
    }
}
