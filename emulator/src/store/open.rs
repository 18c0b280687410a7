//! Opens connections and brings a database into its layout. A file of someone else is refused before it is touched.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::limit::Session;
use super::{blank, ddl, functions, own_tables};
use crate::error::StartError;
use crate::schema::Schema;

/// The number under which SQLite keeps the layout of the file; a file of another layout is refused.
const LAYOUT: i64 = 5;

/// Statements that stay prepared on one connection.
const PREPARED: usize = 256;

/// How long a connection waits for the lock of another process.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Until a connection has read, it has not opened the log.
pub(super) const READ: &str = "BEGIN; PRAGMA user_version; COMMIT";

/// Used by one thread at a time. A path is a path: SQLite's own notation for addresses is not read.
const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_NO_MUTEX;

/// The connection that writes a file.
///
/// An acknowledged write is in the log of the file (WAL) and so outlives the death of the program at any moment.
/// `synchronous = NORMAL` leaves the moment at which the disk has it to the system: when the power fails the last writes
/// may be lost, the file stays sound.
pub(super) fn writer(path: &Path, schema: &Schema) -> Result<Session, StartError> {
    let mut connection = opened(path)?;
    is_new(&connection, schema)?;
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_new(&transaction, schema)? {
        // One at a time: of a text with many statements SQLite copies the whole rest for every one.
        for object in ddl::objects(schema).map_err(StartError::schema)? {
            transaction.execute_batch(&object.sql)?;
        }
        create_own(&transaction)?;
    }
    transaction.commit()?;
    connection.execute_batch(READ)?;
    Ok(Session::of(connection)?)
}

/// The same for a new database that is gone at the end: nothing of it need ever reach the disk, and its tables are made without a log.
pub(super) fn scratch_writer(path: &Path, schema: &Schema) -> Result<Session, StartError> {
    let objects = ddl::objects(schema).map_err(StartError::schema)?;
    blank::write(path, &objects).map_err(StartError::scratch)?;
    let mut connection = opened(path)?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON")?;
    let transaction = connection.transaction()?;
    // These first, while there is little in the schema that SQLite would read after each.
    create_own(&transaction)?;
    blank::name(&transaction, &objects)?;
    transaction.commit()?;
    connection.execute_batch("PRAGMA journal_mode = WAL")?;
    connection.execute_batch(READ)?;
    Ok(Session::of(connection)?)
}

fn opened(path: &Path) -> rusqlite::Result<Connection> {
    let flags = FLAGS | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    functions::register_for_rules(&connection)?;
    Ok(connection)
}

/// A further connection to a file, which cannot write.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Session> {
    let connection = Connection::open_with_flags(path, FLAGS | OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    prepare(&connection)?;
    functions::register(&connection)?;
    Session::of(connection)
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.busy_timeout(PATIENCE)?;
    // Without it SQLite plans a statement anew for every other value that is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Whether nothing is in a database yet; one that is not ours is an error.
fn is_new(connection: &Connection, schema: &Schema) -> Result<bool, StartError> {
    let layout: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let has = |sql: &str| connection.prepare(sql)?.exists([]);
    match (has("SELECT 1 FROM sqlite_schema WHERE name = '_meta'")?, layout) {
        (true, LAYOUT) => whole(connection, schema).map(|()| false),
        (true, other) => Err(StartError::layout(other, LAYOUT)),
        (false, 0) if !has("SELECT 1 FROM sqlite_schema")? => Ok(true),
        (false, _) => Err(StartError::foreign_database()),
    }
}

/// Refuses a database of ours in which a table is gone.
fn whole(connection: &Connection, schema: &Schema) -> Result<(), StartError> {
    let mut statement = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let there: BTreeSet<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let is_gone = |name: &&str| !there.contains(*name);
    let missing = schema.tables.keys().map(String::as_str).find(is_gone).or_else(|| own_tables::names().find(is_gone));
    missing.map_or(Ok(()), |name| Err(StartError::incomplete(format!("the table {name}"))))
}

fn create_own(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(own_tables::TABLES)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {LAYOUT}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch::Scratch;

    fn made(schema: &Schema) -> Connection {
        let scratch = Scratch::new().unwrap();
        scratch_writer(&scratch.file(), schema).unwrap().connection
    }

    /// What SQLite has written down of a database: kind, name, table and statement of everything in it.
    fn written(connection: &Connection) -> BTreeSet<[Option<String>; 4]> {
        let mut statement = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").unwrap();
        let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_database_that_is_written_at_once_is_the_one_that_sqlite_would_create() {
        let schema = Schema::embedded().unwrap();
        let (scratch, other) = (Scratch::new().unwrap(), Scratch::new().unwrap());
        let created = writer(&other.file(), schema).unwrap().connection;
        let at_once = scratch_writer(&scratch.file(), schema).unwrap().connection;
        assert_eq!(written(&at_once), written(&created));
        let number = |connection: &Connection, pragma: &str| -> i64 {
            connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
        };
        for pragma in ["page_size", "freelist_count", "user_version", "auto_vacuum"] {
            assert_eq!(number(&at_once, pragma), number(&created, pragma), "{pragma}");
        }
        // Another connection reads what was written.
        let reopened = Connection::open(scratch.file()).unwrap();
        functions::register(&reopened).unwrap();
        for connection in [&at_once, &reopened] {
            let told: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(told, "ok");
        }
    }

    #[test]
    fn a_database_of_somebody_else_is_refused() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (a)").unwrap();
        for layout in 0..=LAYOUT + 1 {
            connection.execute_batch(&format!("PRAGMA user_version = {layout}")).unwrap();
            assert!(
                is_new(&connection, Schema::embedded().unwrap())
                    .unwrap_err()
                    .to_string()
                    .contains("no database of the emulator"),
                "{layout}"
            );
        }
    }

    #[test]
    fn an_older_layout_of_ours_is_told_apart() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE _meta (name); PRAGMA user_version = 1").unwrap();
        assert!(is_new(&connection, Schema::embedded().unwrap()).unwrap_err().to_string().contains("layout 1"));
    }

    #[test]
    fn a_table_that_is_gone_is_told() {
        let schema = Schema::embedded().unwrap();
        for name in ["tickets", "_spent"] {
            let connection = made(schema);
            connection.execute_batch(&format!("PRAGMA foreign_keys = OFF; DROP TABLE {name}")).unwrap();
            let told = is_new(&connection, schema).unwrap_err().to_string();
            assert_eq!(told, format!("the database of the emulator lacks the table {name}; start with a new file"));
        }
    }

    #[test]
    fn a_statement_is_planned_once_for_all_values() {
        let connection = made(Schema::embedded().unwrap());
        let sql = "SELECT 1 FROM users u WHERE u.ID = ?1 AND (u.expdate IS NULL OR u.expdate > ?2)";
        let mut statement = connection.prepare(sql).unwrap();
        for moment in 0..3 {
            assert!(!statement.exists((1, moment)).unwrap());
        }
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
    }
}
