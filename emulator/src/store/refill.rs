//! Empties the database and fills it anew, as one change: readers see the rows before or the rows after.

use std::sync::PoisonError;

use rusqlite::{Connection, TransactionBehavior};

use super::rule::quoted;
use super::{Store, Writer};

impl Store {
    /// Deletes the rows of all tables, then runs `work`; if it fails, all of them are still there.
    pub(crate) fn refill<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let Writer { session, .. } = &mut *self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let unwatched = Unwatched::new(&mut session.connection)?;
        let transaction = unwatched.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let names: Vec<String> =
            transaction.prepare(names)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        // Numbers begin anew as well.
        for name in names.iter().map(String::as_str).chain(["sqlite_sequence"]) {
            transaction.execute(&format!("DELETE FROM {}", quoted(name)), [])?;
        }
        let done = work(&transaction)?;
        // What was not watched is looked at in the end.
        if transaction.prepare("SELECT 1 FROM pragma_foreign_key_check")?.exists([])? {
            return Err(E::from(rusqlite::Error::InvalidQuery));
        }
        transaction.commit()?;
        Ok(done)
    }
}

/// A connection that does not enforce foreign keys, so that rows can be deleted in any order. This cannot be switched
/// inside a transaction, so it outlives that, a panic included.
struct Unwatched<'a>(&'a mut Connection);

impl<'a> Unwatched<'a> {
    fn new(connection: &'a mut Connection) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "foreign_keys", false)?;
        Ok(Self(connection))
    }
}

impl Drop for Unwatched<'_> {
    fn drop(&mut self) {
        // It only fails inside a transaction, and that is over.
        let _ = self.0.pragma_update(None, "foreign_keys", true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use crate::store::Mode;

    fn count(store: &Store) -> i64 {
        let count = |db: &Connection| db.query_row("SELECT count(*) FROM _config", [], |row| row.get(0));
        store.run::<_, rusqlite::Error>(Mode::Read, count).unwrap()
    }

    #[test]
    fn a_refill_that_fails_leaves_the_rows_and_the_watch_over_them() {
        let store = Store::open(None, Schema::embedded().unwrap()).unwrap();
        let put = |db: &Connection| db.execute("INSERT INTO _config VALUES ('a', '1')", []);
        store.run(Mode::Write, put).unwrap();
        let failed: rusqlite::Result<()> = store.refill(|_| Err(rusqlite::Error::InvalidQuery));
        assert!(failed.is_err() && count(&store) == 1);
        let orphan = |db: &Connection| db.execute("INSERT INTO _contents VALUES (99, x'')", []);
        assert!(store.refill(orphan).is_err() && count(&store) == 1, "what points nowhere is found");
        store.refill(|_| Ok::<_, rusqlite::Error>(())).unwrap();
        assert_eq!(count(&store), 0);
        assert!(store.run(Mode::Write, orphan).is_err(), "foreign keys are watched again");
    }
}
