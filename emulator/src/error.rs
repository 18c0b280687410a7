//! What can keep an emulator from starting. What goes wrong in a request is an answer, not an error of this kind.

use std::error::Error;
use std::{fmt, io};

/// An emulator that could not start, or not start anew.
#[derive(Debug)]
pub struct StartError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Instance(String),
    Bind(io::Error),
    Thread(io::Error),
    Database(rusqlite::Error),
    ForeignDatabase,
    Layout { found: i64, wanted: i64 },
    Schema(String),
    Ended,
}

impl StartError {
    pub(crate) fn instance(name: &str) -> Self {
        Self { kind: Kind::Instance(name.to_owned()) }
    }

    pub(crate) fn bind(error: io::Error) -> Self {
        Self { kind: Kind::Bind(error) }
    }

    pub(crate) fn thread(error: io::Error) -> Self {
        Self { kind: Kind::Thread(error) }
    }

    pub(crate) fn foreign_database() -> Self {
        Self { kind: Kind::ForeignDatabase }
    }

    pub(crate) fn layout(found: i64, wanted: i64) -> Self {
        Self { kind: Kind::Layout { found, wanted } }
    }

    pub(crate) fn schema(problem: String) -> Self {
        Self { kind: Kind::Schema(problem) }
    }

    pub(crate) fn ended() -> Self {
        Self { kind: Kind::Ended }
    }

    /// Whether the address could not be listened on, most often because the port is taken.
    #[must_use]
    pub fn is_bind(&self) -> bool {
        matches!(self.kind, Kind::Bind(_))
    }

    /// Whether the database file cannot be used: not readable, broken, or not made by this version of the emulator.
    #[must_use]
    pub fn is_database(&self) -> bool {
        matches!(self.kind, Kind::Database(_) | Kind::ForeignDatabase | Kind::Layout { .. })
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Instance(name) => {
                write!(f, "{name:?} cannot be the name of an instance: use letters, digits, '_', '-' and '.'")
            }
            Kind::Bind(_) => f.write_str("the address cannot be listened on"),
            Kind::Thread(_) => f.write_str("the server thread cannot be started"),
            Kind::Database(error) => f.write_str(database(error)),
            Kind::ForeignDatabase => f.write_str("the file holds no database of the emulator"),
            Kind::Layout { found, wanted } => {
                write!(
                    f,
                    "another version of the emulator made the database: its layout {found} is not {wanted}; start with a new file"
                )
            }
            Kind::Schema(problem) => write!(f, "the table descriptions are faulty: {problem}"),
            Kind::Ended => f.write_str("the server thread ended before it could answer"),
        }
    }
}

/// What a failure of the database means for whoever named the file.
fn database(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "the file is no database",
        Some(ErrorCode::CannotOpen) => "the database file cannot be opened",
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => "the database file cannot be written",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another program has locked the database file",
        Some(ErrorCode::DiskFull) => "the disk has no room for the database",
        Some(ErrorCode::DatabaseCorrupt) => "the database file is damaged",
        _ => "the database cannot be used",
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            Kind::Bind(error) | Kind::Thread(error) => Some(error),
            Kind::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        Self { kind: Kind::Database(error) }
    }
}
