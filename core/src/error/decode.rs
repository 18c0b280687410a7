//! An answer that is not what the document promises.

use std::error::Error as StdError;
use std::fmt;

use super::Clean;

/// Where and why an answer could not be read.
#[derive(Debug)]
pub struct DecodeError {
    path: String,
    column: Option<&'static str>,
    source: Box<dyn StdError + Send + Sync>,
}

impl DecodeError {
    pub(crate) fn new(path: String, column: Option<&'static str>, source: serde_json::Error) -> Self {
        DecodeError { path, column, source: source.into() }
    }

    /// The body is not UTF-8 from this byte on.
    pub(crate) fn not_utf8(offset: usize) -> Self {
        DecodeError::unexpected(format!("byte {offset} of the body is not UTF-8"))
    }

    /// The answer as a whole is of another kind than expected.
    pub fn unexpected(what: impl Into<String>) -> Self {
        DecodeError { path: "$".to_owned(), column: None, source: what.into().into() }
    }

    /// The same without a text of the server: its form is all that is left.
    pub(super) fn without_text(self) -> Self {
        // Names of members that the document lists are its own; those of a map are the server's.
        let place = self.column.map(|column| format!(", at `{column}`")).unwrap_or_default();
        let source = format!("the answer has another form than is described{place}").into();
        DecodeError { path: "$".to_owned(), column: self.column, source }
    }

    /// The same without what `clean` takes out, if it takes anything out: a server may echo a secret where a number is expected.
    pub(super) fn cleaned(&self, clean: Clean<'_>) -> Option<Self> {
        let text = self.source.to_string();
        let (path, message) = (clean(&self.path), clean(&text));
        (path.is_some() || message.is_some()).then(|| DecodeError {
            path: path.unwrap_or_else(|| self.path.clone()),
            column: self.column,
            source: message.unwrap_or(text).into(),
        })
    }

    /// The place in the JSON, as in `$[3].items[0].amount`; `$` is the whole body.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The column or member concerned.
    pub fn column(&self) -> Option<&'static str> {
        self.column
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "$" => self.source.fmt(f),
            path => write!(f, "at {path}: {}", self.source),
        }
    }
}

impl StdError for DecodeError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(self.source.as_ref())
    }
}
