//! All tokens of a list, page after page.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use zeyos_core::ItemStream;
use zeyos_runtime::Handle;

use super::error::{Action, checked};
use super::{ListTokens, TokenRecord, TokensError};

/// The tokens of a list over all pages. After an error nothing more comes.
#[must_use = "nothing is sent unless the stream is polled"]
pub struct TokenStream {
    items: ItemStream<TokenRecord>,
    wanted: ListTokens,
    handle: Handle,
    has_failed: bool,
}

impl TokenStream {
    pub(super) fn new(items: ItemStream<TokenRecord>, wanted: ListTokens, handle: Handle) -> Self {
        TokenStream { items, wanted, handle, has_failed: false }
    }

    /// The next token; `None` at the end.
    ///
    /// # Errors
    /// As [`list`](super::AccessTokens::list).
    pub async fn next(&mut self) -> Option<Result<TokenRecord, TokensError>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl Stream for TokenStream {
    type Item = Result<TokenRecord, TokensError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.has_failed {
            let next = std::task::ready!(Pin::new(&mut self.items).poll_next(context));
            let next = match next.map(|item| item.map_err(|error| TokensError::of(Action::List, error, &self.handle))) {
                Some(Ok(record)) if !self.wanted.has(&record, self.handle.now()) => continue,
                Some(Ok(record)) => Some(checked(Action::List, record)),
                other => other,
            };
            self.has_failed = matches!(next, Some(Err(_)));
            return Poll::Ready(next);
        }
        Poll::Ready(None)
    }
}

impl fmt::Debug for TokenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenStream")
    }
}
