//! The file that both servers read: a database of the emulator with many tickets.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use zeyos_emulator::{Emulator, Seed};

use super::Outcome;

/// A folder that is gone at the end.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new() -> Outcome<Self> {
        let folder = std::env::temp_dir().join(format!("zeyos-emulator-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes a database, its log included.
pub(crate) fn remove(file: &Path) -> Outcome {
    for end in ["", "-wal", "-shm"] {
        let file = PathBuf::from(format!("{}{end}", file.display()));
        if file.exists() {
            std::fs::remove_file(file)?;
        }
    }
    Ok(())
}

/// Tickets of about 600 bytes: a few plain columns, and a description with what JSON must escape.
const TICKETS: &str = "
INSERT INTO tickets (creator, assigneduser, creationdate, lastmodified, date, duedate, name, ticketnum, status, priority, description)
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
SELECT 1, iif(i % 3, 1, NULL), 1767225600 + i, 1767225600 + i * 7, 1767225600 + i, iif(i % 2, 1770000000 + i, NULL),
    'Pump seal leaks on line ' || (i % 97), 'TI-' || (200000 + i), i % 10, i % 5,
    'Reported by \"Fjellbakeri AS\", Bergen – part Ø' || (i % 40) || char(10) || substr('The seal was replaced last spring '
    || 'and has been dry since. On Monday the operator saw drops under the flange, by noon a puddle. The pump was '
    || 'stopped, the valve closed and a bucket put under it.', 1, 60 + i % 130)
FROM n";

/// A file with so many tickets. They go in beside the emulator, whose functions the check rules would need.
pub(crate) async fn filled(file: PathBuf, rows: i64) -> Outcome<PathBuf> {
    Emulator::builder().database(&file).seed(Seed::Empty).start().await?.stop().await;
    let db = Connection::open(&file)?;
    db.execute_batch("PRAGMA ignore_check_constraints = ON")?;
    db.execute(TICKETS, [rows])?;
    Ok(file)
}
