//! Tokens in memory: gone with the program.

use std::sync::{Mutex, PoisonError};

use super::{StoreFuture, TokenStore};
use crate::TokenSet;

/// Keeps tokens in memory. The next run of the program starts without them.
#[derive(Debug, Default)]
pub struct MemoryTokenStore(Mutex<Option<TokenSet>>);

impl MemoryTokenStore {
    /// A store that holds these tokens, or `None`.
    pub fn new(tokens: impl Into<Option<TokenSet>>) -> Self {
        MemoryTokenStore(Mutex::new(tokens.into()))
    }

    pub(crate) fn tokens(&self) -> Option<TokenSet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TokenStore for MemoryTokenStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        Box::pin(std::future::ready(Ok(self.tokens())))
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = tokens.cloned();
        Box::pin(std::future::ready(Ok(())))
    }
}
