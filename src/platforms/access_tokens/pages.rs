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
}

impl TokenStream {
    pub(super) fn new(items: ItemStream<TokenRecord>, wanted: ListTokens, handle: Handle) -> Self {
        TokenStream { items, wanted, handle }
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
        loop {
            let next = std::task::ready!(Pin::new(&mut self.items).poll_next(context));
            match next.map(|item| item.map_err(|error| TokensError::of(Action::List, error, &self.handle))) {
                Some(Ok(record)) if !self.wanted.has(&record, self.handle.now()) => {}
                Some(Ok(record)) => return Poll::Ready(Some(checked(Action::List, record))),
                other => return Poll::Ready(other),
            }
        }
    }
}

impl fmt::Debug for TokenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenStream")
    }
}
