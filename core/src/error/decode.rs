//! An answer that is not what the document promises.

use std::error::Error as StdError;
use std::fmt;

/// From this length on, what an answer holds in a wrong place is not repeated: it may be a secret in disguise.
const LONGEST_QUOTED: usize = 12;

/// Where and why an answer could not be read.
#[derive(Debug)]
pub struct DecodeError {
    path: String,
    column: Option<&'static str>,
    source: Box<dyn StdError + Send + Sync>,
}

impl DecodeError {
    pub(crate) fn new(path: String, column: Option<&'static str>, source: serde_json::Error) -> Self {
        let text = source.to_string();
        let source = match unquoted(&text) {
            Some(text) => text.into(),
            None => source.into(),
        };
        DecodeError { path, column, source }
    }

    /// The body is not UTF-8 from this byte on.
    pub(crate) fn not_utf8(offset: usize) -> Self {
        DecodeError::unexpected(format!("byte {offset} of the body is not UTF-8"))
    }

    /// The answer as a whole is of another kind than expected.
    pub fn unexpected(what: impl Into<String>) -> Self {
        DecodeError { path: "$".to_owned(), column: None, source: what.into().into() }
    }

    /// The same without what `clean` takes out, if it takes anything out: a server may echo a secret where a number is expected.
    pub(super) fn cleaned(&self, clean: &dyn Fn(&str) -> String) -> Option<Self> {
        let (path, text) = (clean(&self.path), self.source.to_string());
        let cleaned = clean(&text);
        let is_clean = path == self.path && cleaned == text;
        (!is_clean).then(|| DecodeError { path, column: self.column, source: cleaned.into() })
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

/// The text without what it quotes of the answer, if that is long enough to be a token.
fn unquoted(text: &str) -> Option<String> {
    let (first, last) = (text.find('"')?, text.rfind('"')?);
    let quoted = text.get(first + 1..last)?;
    let is_long = quoted.len() >= LONGEST_QUOTED;
    is_long.then(|| format!("{}[{} bytes]{}", &text[..first], quoted.len(), &text[last + 1..]))
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
