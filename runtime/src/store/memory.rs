//! Tokens in memory: gone with the program.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::{StoreFuture, TokenStore};
use crate::TokenSet;

/// Keeps tokens in memory. The next run of the program starts without them.
///
/// ```
/// use zeyos::{Client, MemoryTokenStore, TokenSet};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryTokenStore::new(TokenSet::bearer("t0ken"));
/// let client = Client::builder("https://cloud.zeyos.com/demo").token_store(store).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryTokenStore(ArcSwapOption<TokenSet>);

impl MemoryTokenStore {
    /// A store that holds these tokens, or `None`.
    pub fn new(tokens: impl Into<Option<TokenSet>>) -> Self {
        MemoryTokenStore(ArcSwapOption::new(tokens.into().map(Arc::new)))
    }

    pub(crate) fn tokens(&self) -> Option<TokenSet> {
        self.0.load().as_deref().cloned()
    }
}

impl TokenStore for MemoryTokenStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        Box::pin(std::future::ready(Ok(self.tokens())))
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        self.0.store(tokens.cloned().map(Arc::new));
        Box::pin(std::future::ready(Ok(())))
    }
}
