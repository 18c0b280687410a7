//! Why something could not be set up.

use std::error::Error as StdError;
use std::fmt;

/// Why a client, or what it is made of, could not be set up. Values that may be secret are not repeated.
#[derive(Debug)]
pub struct BuildError {
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl BuildError {
    /// An error with these words, for builders of further clients. Put no value into them that may be secret.
    pub fn message(message: &str) -> Self {
        BuildError { message: message.to_owned(), source: None }
    }

    pub(crate) fn url(url: &str, reason: &str) -> Self {
        BuildError { message: format!("{url} {reason}"), source: None }
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn transport(source: impl StdError + Send + Sync + 'static) -> Self {
        BuildError { message: "the HTTP client cannot be set up".to_owned(), source: Some(Box::new(source)) }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BuildError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
