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
        matches!(self.kind, Kind::Database(_) | Kind::ForeignDatabase)
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
            Kind::Database(_) => f.write_str("the database cannot be used"),
            Kind::ForeignDatabase => f.write_str("the file holds no database of this version of the emulator"),
            Kind::Schema(problem) => write!(f, "the table descriptions are faulty: {problem}"),
            Kind::Ended => f.write_str("the server thread ended before it could answer"),
        }
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
