//! What the emulator is compared with: axum and rusqlite and nothing else. It reads the same file and answers the same
//! bytes, as one would write it who needs no more: prepared statements, a pool of connections, blocking threads, JSON
//! written row by row. No sign-in, no rules, no list language, no entity tags, no log.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path as Segment, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Params};
use tokio::net::TcpListener;

use super::Outcome;

/// The columns of a ticket in the order in which the emulator answers them.
const COLUMNS: [&str; 20] = [
    "ID",
    "fork",
    "ownergroup",
    "creator",
    "assigneduser",
    "creationdate",
    "lastmodified",
    "account",
    "project",
    "visibility",
    "name",
    "ticketnum",
    "date",
    "duedate",
    "status",
    "priority",
    "calculation",
    "description",
    "billingitems",
    "procurementitems",
];

/// A connection is used by one thread at a time, so it needs no lock of its own.
const READ: OpenFlags = OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// Connections that wait for work.
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    /// Runs a statement; writes its rows as objects, parted by commas.
    fn rows(&self, sql: &str, params: impl Params) -> Outcome<Vec<u8>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = idle.map_or_else(|| Connection::open_with_flags(&self.path, READ), Ok)?;
        let written = written(&db, sql, params);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
        written
    }
}

fn written(db: &Connection, sql: &str, params: impl Params) -> Outcome<Vec<u8>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        for (index, name) in COLUMNS.into_iter().enumerate() {
            out.extend_from_slice(match (index, out.is_empty()) {
                (0, true) => b"{\"",
                (0, false) => b",{\"",
                _ => b",\"",
            });
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b"\":");
            match row.get_ref(index)? {
                ValueRef::Integer(number) => serde_json::to_writer(&mut out, &number)?,
                ValueRef::Text(text) => serde_json::to_writer(&mut out, std::str::from_utf8(text)?)?,
                _ => out.extend_from_slice(b"null"),
            }
        }
        out.push(b'}');
    }
    Ok(out)
}

async fn one(State(pool): State<Arc<Pool>>, Segment(id): Segment<i64>) -> Response {
    let sql = format!("SELECT {} FROM tickets WHERE ID = ?1", COLUMNS.join(", "));
    answer(pool, move |pool| pool.rows(&sql, [id])).await
}

async fn list(State(pool): State<Arc<Pool>>, Segment((after, limit)): Segment<(i64, i64)>) -> Response {
    let sql = format!("SELECT {} FROM tickets WHERE ID > ?1 ORDER BY ID LIMIT ?2", COLUMNS.join(", "));
    answer(pool, move |pool| Ok([b"[", pool.rows(&sql, [after, limit])?.as_slice(), b"]"].concat())).await
}

async fn answer(pool: Arc<Pool>, work: impl FnOnce(&Pool) -> Outcome<Vec<u8>> + Send + 'static) -> Response {
    match tokio::task::spawn_blocking(move || work(&pool)).await {
        Ok(Ok(body)) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Serves on a runtime like that of the emulator: two workers, some blocking threads. It ends with the program.
pub(crate) fn serve(path: &Path) -> Outcome<SocketAddr> {
    let pool = Arc::new(Pool { path: path.to_owned(), idle: Mutex::default() });
    let router = Router::new().route("/ticket/{id}", get(one)).route("/tickets/{after}/{limit}", get(list));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(8).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || runtime.block_on(axum::serve(listener, router.with_state(pool)).into_future()));
    Ok(address)
}
