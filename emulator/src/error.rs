//! What can keep an emulator from starting. What goes wrong in a request is an answer, not an error of this kind.

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::{fmt, io};

/// An emulator that could not start, or not start anew.
#[derive(Debug)]
pub struct StartError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Instance(String),
    Bind { address: Option<SocketAddr>, port: &'static str, error: io::Error },
    Thread(io::Error),
    Scratch(io::Error),
    Database(rusqlite::Error),
    ForeignDatabase,
    Layout { found: i64, wanted: i64 },
    Incomplete(String),
    Schema(String),
    Pages(PathBuf, io::Error),
    Ended,
}

impl StartError {
    fn of(kind: Kind) -> Self {
        Self { kind }
    }

    pub(crate) fn instance(name: &str) -> Self {
        Self::of(Kind::Instance(name.to_owned()))
    }

    /// `port` names the setting that chose the port.
    pub(crate) fn bind(address: Option<SocketAddr>, port: &'static str, error: io::Error) -> Self {
        Self::of(Kind::Bind { address, port, error })
    }

    pub(crate) fn thread(error: io::Error) -> Self {
        Self::of(Kind::Thread(error))
    }

    pub(crate) fn scratch(error: io::Error) -> Self {
        Self::of(Kind::Scratch(error))
    }

    pub(crate) fn foreign_database() -> Self {
        Self::of(Kind::ForeignDatabase)
    }

    pub(crate) fn layout(found: i64, wanted: i64) -> Self {
        Self::of(Kind::Layout { found, wanted })
    }

    /// Something is gone that every database of the emulator has.
    pub(crate) fn incomplete(what: impl Into<String>) -> Self {
        Self::of(Kind::Incomplete(what.into()))
    }

    pub(crate) fn schema(problem: String) -> Self {
        Self::of(Kind::Schema(problem))
    }

    pub(crate) fn pages(folder: &Path, error: io::Error) -> Self {
        Self::of(Kind::Pages(folder.to_owned(), error))
    }

    pub(crate) fn ended() -> Self {
        Self::of(Kind::Ended)
    }

    /// Whether the address could not be listened on, most often because the port is taken.
    #[must_use]
    pub fn is_bind(&self) -> bool {
        matches!(self.kind, Kind::Bind { .. })
    }

    /// Whether the database file cannot be used: not readable, broken, or not made by this version of the emulator.
    #[must_use]
    pub fn is_database(&self) -> bool {
        matches!(self.kind, Kind::Database(_) | Kind::ForeignDatabase | Kind::Layout { .. } | Kind::Incomplete(_))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Instance(name) => {
                write!(f, "{name:?} cannot be the name of an instance: use letters, digits, '_', '-' and '.'")
            }
            Kind::Bind { address: Some(address), port, .. } => write!(f, "{address} cannot be listened on ({port})"),
            Kind::Bind { address: None, .. } => f.write_str("no free port can be listened on"),
            Kind::Thread(_) => f.write_str("the server thread cannot be started"),
            Kind::Scratch(_) => f.write_str("no folder for temporary files can be used; TMPDIR names another"),
            Kind::Database(error) => f.write_str(database(error)),
            Kind::ForeignDatabase => f.write_str("the file holds no database of the emulator"),
            Kind::Layout { found, wanted } => {
                write!(
                    f,
                    "another version of the emulator made the database: its layout {found} is not {wanted}; start with a new file"
                )
            }
            Kind::Incomplete(what) => write!(f, "the database of the emulator lacks {what}; start with a new file"),
            Kind::Schema(problem) => write!(f, "the table descriptions are faulty: {problem}"),
            Kind::Pages(folder, _) => {
                write!(f, "the folder of pages {} cannot be served (--pages)", folder.display())
            }
            Kind::Ended => f.write_str("the server thread ended before it could answer"),
        }
    }
}

/// What a failure of the database means for the user who named the file.
fn database(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is not a database",
        Some(ErrorCode::CannotOpen) => "the database file cannot be opened",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the database file cannot be written",
        Some(ErrorCode::SystemIoFailure) => "the database file cannot be read or written",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has locked the database file",
        Some(ErrorCode::DiskFull) => "the disk has no room for the database",
        Some(ErrorCode::DatabaseCorrupt) => "the database file is damaged",
        _ => "the database cannot be used",
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Bind { error, .. } | Kind::Thread(error) | Kind::Scratch(error) | Kind::Pages(_, error) => {
                Some(error)
            }
            Kind::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        Self::of(Kind::Database(error))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn a_database_that_cannot_be_used_is_told_as_what_it_is() {
        for (code, told) in [
            (ffi::SQLITE_FULL, "the disk has no room for the database"),
            (ffi::SQLITE_BUSY, "another program has locked the database file"),
            (ffi::SQLITE_READONLY, "the database file cannot be written"),
            (ffi::SQLITE_IOERR, "the database file cannot be read or written"),
            (ffi::SQLITE_NOTADB, "the file is not a database"),
            (ffi::SQLITE_CORRUPT, "the database file is damaged"),
        ] {
            let error = StartError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
            assert_eq!(error.to_string(), told);
        }
    }

    #[test]
    fn an_address_is_told_with_the_port_that_chose_it() {
        let address = Some(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let error = StartError::bind(address, "--port", io::ErrorKind::AddrInUse.into());
        assert_eq!(error.to_string(), "127.0.0.1:8080 cannot be listened on (--port)");
    }
}
