//! Lists that go on over several answers, as a stream of their elements.

mod link;
mod state;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::head::Head;
use super::{BoxFuture, Call, Dispatch, Request, kind};
use crate::decode;
use crate::error::Error;
use crate::model::{Json, Wire};
use crate::operation::Operation;
use bytes::Bytes;
use futures_core::Stream;
use state::Pages;

impl<T, I: Wire> Call<T, kind::Paged<I>> {
    /// The elements of this page and of all after it. A page is asked for when its first element is, each by a request of its own with
    /// the options of this call.
    ///
    /// The stream ends where the document says that a list ends. It ends with an error where a page cannot be had or read, where a
    /// cursor comes back that was there before, and where the next page would be on another origin or outside of the service: no
    /// credential is sent there.
    pub fn stream(self) -> ItemStream<I> {
        let operation = self.raw.request.operation;
        ItemStream {
            dispatch: self.raw.dispatch,
            operation,
            pages: operation.paging.map(Pages::new),
            next: Next::Ask(self.raw.request),
            items: VecDeque::new(),
            head: Head::of(&http::Response::new(())),
            element: PhantomData,
        }
    }
}

/// The elements of a list over all of its pages. After an error nothing more comes.
#[must_use = "nothing is sent unless the stream is polled"]
pub struct ItemStream<I> {
    dispatch: Arc<dyn Dispatch>,
    operation: &'static Operation,
    pages: Option<Pages>,
    next: Next,
    items: VecDeque<Json>,
    /// That of the page that they came with.
    head: Head,
    element: PhantomData<fn() -> I>,
}

/// Where the next page is.
enum Next {
    Ask(Request),
    Wait(BoxFuture<Result<http::Response<Bytes>, Error>>, Request),
    Fail(Error),
    End,
}

impl<I: Wire> ItemStream<I> {
    /// The next element; `None` at the end.
    ///
    /// # Errors
    /// When a page cannot be had or read, or does not lead on.
    pub async fn next(&mut self) -> Option<Result<I, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All elements that are left.
    ///
    /// # Errors
    /// The first error; what came before it is lost.
    pub async fn collect(mut self) -> Result<Vec<I>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.next().await {
            all.push(item?);
        }
        Ok(all)
    }

    /// Takes what a page holds, and finds out where the next one is.
    fn take(&mut self, response: &http::Response<Bytes>, request: Request) -> Result<(), Error> {
        let head = Head::of(response);
        let failed = |error| head.error(error, response.body().clone(), self.dispatch.as_ref(), self.operation);
        let Some(pages) = &mut self.pages else {
            return Err(Error::request("the operation has no pages").at(self.operation.id));
        };
        let (page, _) = decode::json::<Json>(response.body(), self.dispatch.decoding()).map_err(failed)?;
        let items = pages.items(&page).map_err(failed)?;
        let base = || self.dispatch.base_url(&request);
        let next = pages.next(&page, &items, response.headers(), &request, base);
        self.dispatch.page_read(self.operation, items.len());
        self.items = items.into();
        self.head = head;
        // What came is handed over before the list breaks off.
        self.next = match next {
            Ok(Some(request)) => Next::Ask(request),
            Ok(None) => Next::End,
            Err(error) => Next::Fail(error.at(self.operation.id)),
        };
        Ok(())
    }

    fn element(&self, item: Json) -> Result<I, Error> {
        let read = self
            .dispatch
            .watched(self.operation, self.head.secrets(), || decode::value(item, self.dispatch.decoding()));
        match read {
            Ok((item, defaulted)) => {
                defaulted.iter().for_each(|defaulted| self.dispatch.defaulted(self.operation, defaulted));
                Ok(item)
            }
            Err(error) => Err(self.head.error(error, Bytes::new(), self.dispatch.as_ref(), self.operation)),
        }
    }
}

impl<I: Wire> Stream for ItemStream<I> {
    type Item = Result<I, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                let item = self.element(item);
                if item.is_err() {
                    self.next = Next::End;
                    self.items.clear();
                }
                return Poll::Ready(Some(item));
            }
            match std::mem::replace(&mut self.next, Next::End) {
                Next::End => return Poll::Ready(None),
                Next::Fail(error) => return Poll::Ready(Some(Err(error))),
                Next::Ask(request) => {
                    let sending = Arc::clone(&self.dispatch).send(request.clone());
                    self.next = Next::Wait(sending, request);
                }
                Next::Wait(mut sending, request) => {
                    let Poll::Ready(answer) = sending.as_mut().poll(context) else {
                        self.next = Next::Wait(sending, request);
                        return Poll::Pending;
                    };
                    let repeatable = request.repeatable();
                    let answer = answer.map_err(|error| error.at(self.operation.id).with_repeatable(repeatable));
                    if let Err(error) = answer.and_then(|answer| self.take(&answer, request)) {
                        self.items.clear();
                        self.next = Next::End;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        }
    }
}

/// Without what was received and not yet asked for.
impl<I> fmt::Debug for ItemStream<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}
