//! An answer that is not what the document promises.

use std::error::Error as StdError;
use std::fmt;

use super::Clean;

/// Where and why an answer could not be read: `$[3].duedate: invalid type: string "tomorrow", expected a number (Ticket)`.
pub struct DecodeError {
    place: Place,
    reason: Reason,
}

/// Where something is wrong.
#[derive(Clone)]
pub(crate) struct Place {
    pub path: String,
    pub column: Option<&'static str>,
    pub record: Option<&'static str>,
}

/// What is wrong.
enum Reason {
    Missing,
    Other(Box<dyn StdError + Send + Sync>),
}

impl DecodeError {
    pub(crate) fn new(place: Place, is_missing: bool, source: serde_json::Error) -> Self {
        DecodeError { place, reason: if is_missing { Reason::Missing } else { Reason::Other(source.into()) } }
    }

    /// The body is not UTF-8 from this byte on.
    pub(crate) fn not_utf8(offset: usize) -> Self {
        DecodeError::unexpected(format!("byte {offset} of the body is not UTF-8"))
    }

    /// The answer as a whole is of another kind than expected.
    #[doc(hidden)]
    pub fn unexpected(what: impl Into<String>) -> Self {
        let place = Place { path: "$".to_owned(), column: None, record: None };
        DecodeError { place, reason: Reason::Other(what.into().into()) }
    }

    /// The same without a text of the server: its form is all that is left.
    pub(super) fn without_text(self) -> Self {
        // Names of members that the document lists are its own; those of a map are the server's.
        let place = self.place.column.map(|column| format!(", at `{column}`")).unwrap_or_default();
        let source = format!("the answer has another form than is described{place}").into();
        let place = Place { path: "$".to_owned(), record: None, ..self.place };
        DecodeError { place, reason: Reason::Other(source) }
    }

    /// The same without what `clean` takes out, if it takes anything out: a server may echo a secret where a number is expected.
    pub(super) fn cleaned(&self, clean: Clean<'_>) -> Option<Self> {
        let text = match &self.reason {
            Reason::Missing => String::new(),
            Reason::Other(source) => source.to_string(),
        };
        let (path, message) = (clean(&self.place.path), clean(&text));
        let is_missing = matches!(self.reason, Reason::Missing);
        (path.is_some() || message.is_some()).then(|| DecodeError {
            place: Place { path: path.unwrap_or_else(|| self.place.path.clone()), ..self.place.clone() },
            reason: if is_missing { Reason::Missing } else { Reason::Other(message.unwrap_or(text).into()) },
        })
    }

    /// The place in the JSON, as in `$[3].items[0].amount`; `$` is the whole body.
    pub fn path(&self) -> &str {
        &self.place.path
    }

    /// The column or member concerned.
    pub fn column(&self) -> Option<&'static str> {
        self.place.column
    }

    /// The record type concerned.
    pub fn record(&self) -> Option<&'static str> {
        self.place.record
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.place.path.as_str();
        match &self.reason {
            Reason::Missing => write!(f, "{path} is absent or null")?,
            Reason::Other(source) if path == "$" => source.fmt(f)?,
            Reason::Other(source) => write!(f, "{path}: {source}")?,
        }
        self.place.record.map_or(Ok(()), |record| write!(f, " ({record})"))
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

/// The message says what its source says.
impl StdError for DecodeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.reason {
            Reason::Missing => None,
            Reason::Other(source) => source.source(),
        }
    }
}
