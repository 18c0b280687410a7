//! Lists as streams: as many requests as it takes, so that no row is cut off without a word.

mod cursor;
mod keys;
mod plan;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::StatusCode;
use serde::de::DeserializeOwned;

pub use cursor::{ListCursor, ParseCursorError};

use super::head::Head;
use super::kind::{Counting, Kind, List};
use super::{BoxFuture, Call, Dispatch, Repeatable, Request, Sent};
use crate::error::Error;
use crate::model::Timestamp;
use crate::operation::Operation;
use crate::query::Verification;
use crate::retry_after::sent;
use plan::Plan;

impl<P: DeserializeOwned> Call<Vec<P>, List> {
    /// The rows of this list, over as many requests as it takes: see [`RowStream`].
    ///
    /// Awaiting the call sends one request and answers one page; without a limit of the query the server ends it at 1000 rows without a
    /// word.
    pub fn stream(self) -> RowStream<P> {
        RowStream { pages: self.pages(), rows: VecDeque::new(), at: None }
    }

    /// The rows of this list page by page: see [`PageStream`].
    pub fn pages(self) -> PageStream<P> {
        let (dispatch, mut request) = (self.raw.dispatch, self.raw.request);
        let verification = request.verification.take();
        let (operation, repeatable) = (request.operation, request.repeatable());
        let filter = dispatch.filter_member().name();
        PageStream {
            dispatch,
            operation,
            repeatable,
            verification,
            plan: Plan::of(request, filter),
            date: None,
            state: State::Ask,
            row: PhantomData,
        }
    }
}

/// A page, and the places after each of its rows.
struct Page<P> {
    rows: Vec<P>,
    places: Vec<ListCursor>,
}

/// The pages of a list, each a `Vec` of at least one row.
///
/// Unless the query has an order, pages go by `ID`: each asks for rows after the last one, so that rows that are made or deleted
/// meanwhile neither hide others nor bring them twice. A query with an order of its own goes by `offset`, and by `ID` among rows
/// that are equal in it; the matching rows are then counted before the first page and after the last one, and the stream ends with
/// an error where the number has changed, because rows may be missing or doubled. Chosen columns that are `distinct` go by `offset`
/// too, sorted by all of them; they cannot be counted, and this check is left out.
///
/// The limit of the query is the limit of the whole stream, [`page_size`](PageStream::page_size) that of one request. The stream ends
/// with the first page without rows: a server may send fewer than it was asked for. The next page is asked for as soon as one has come.
/// If that fails for want of a connection or of time it is asked for once more, when it is needed.
///
/// It ends with an error where a page cannot be had or read, and where rows come out of order: then the server has not heeded the
/// filter. After an error nothing more comes, and [`cursor`](PageStream::cursor) tells where to go on.
#[must_use = "nothing is sent unless the stream is polled"]
pub struct PageStream<P> {
    dispatch: Arc<dyn Dispatch>,
    operation: &'static Operation,
    repeatable: Repeatable,
    verification: Option<Arc<Verification>>,
    plan: Plan,
    /// What the server's clock said with the first page.
    date: Option<Timestamp>,
    state: State,
    row: PhantomData<fn() -> P>,
}

type Sending = BoxFuture<Result<http::Response<Bytes>, Error>>;

enum State {
    Ask,
    /// Asked for; `is_ahead` where that was before it was needed.
    Sent {
        answer: Sending,
        is_ahead: bool,
    },
    End,
}

impl<P: DeserializeOwned> PageStream<P> {
    /// How many rows one request asks for, from 1 to 10000; 1000 unless this says otherwise. Where a server answers that a page is too
    /// large, the stream goes on with half of it, and an event tells so.
    ///
    /// Another number is an error of the first page.
    pub fn page_size(mut self, rows: u32) -> Self {
        self.plan.resize(rows);
        self
    }

    /// Begins after the row where another stream of the same query was: see [`cursor`](PageStream::cursor). A limit counts from here.
    ///
    /// A cursor of a stream in another kind of order is an error of the first page.
    pub fn resume(mut self, cursor: &ListCursor) -> Self {
        self.plan.resume(cursor);
        self
    }

    /// Where the stream is: after the rows that it has handed over.
    pub fn cursor(&self) -> ListCursor {
        self.plan.cursor()
    }

    /// What the clock of the server said with the first page of this stream, by the `Date` of the answer. `None` before that, and where the
    /// answer had none.
    pub fn first_date(&self) -> Option<Timestamp> {
        self.date
    }

    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// When the page cannot be had or read, or rows come out of order.
    pub async fn next(&mut self) -> Option<Result<Vec<P>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Page<P>, Error>>> {
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Poll::Ready(None),
                State::Ask => match self.plan.step() {
                    Ok(Some(request)) => self.state = State::Sent { answer: self.sending(request), is_ahead: false },
                    Ok(None) => return Poll::Ready(None),
                    Err(reason) => return Poll::Ready(Some(Err(Error::request(reason).at(self.operation.id)))),
                },
                State::Sent { mut answer, is_ahead } => match answer.as_mut().poll(context) {
                    Poll::Pending => {
                        self.state = State::Sent { answer, is_ahead };
                        return Poll::Pending;
                    }
                    // It may have waited for the reader for longer than a connection lasts.
                    Poll::Ready(Err(error)) if is_ahead && (error.is_connect() || error.is_timeout()) => {
                        self.state = State::Ask;
                    }
                    Poll::Ready(answer) => match self.took(answer) {
                        Ok(None) => {}
                        ended => return self.handed(ended, context),
                    },
                },
            }
        }
    }

    fn sending(&self, request: Request) -> Sending {
        Arc::clone(&self.dispatch).send(request)
    }

    /// Takes an answer: a page, or nothing where another request comes first.
    fn took(&mut self, answer: Result<http::Response<Bytes>, Error>) -> Result<Option<Page<P>>, Error> {
        let answer = match answer.map_err(|error| error.at(self.operation.id).with_repeatable(self.repeatable)) {
            Err(error) if is_too_large(&error) => {
                let rows = self.plan.halve().ok_or(error)?;
                self.dispatch.page_halved(self.operation, rows);
                self.state = State::Ask;
                return Ok(None);
            }
            answer => answer?,
        };
        self.date = self.date.or_else(|| sent(answer.headers()));
        let head = Head::of(&answer);
        let failed = |error| head.error(error, answer.body().clone(), self.dispatch.as_ref(), self.operation);
        if self.plan.is_counting() {
            let (count, _) = Counting::read(&answer, self.dispatch.decoding()).map_err(failed)?;
            self.plan.counted(count.0).map_err(failed)?;
            self.state = State::Ask;
            return Ok(None);
        }
        let read = self
            .dispatch
            .watched(self.operation, Sent::with(&answer), || List::read(&answer, self.dispatch.decoding()));
        let (rows, defaulted) = read.map_err(failed)?;
        self.dispatch.page_read(self.operation, rows.len());
        if let Some(verification) = &self.verification {
            let failed = |error| self.dispatch.cleaned(error, &[]).at(self.operation.id);
            verification.check(&answer).map_err(failed)?;
        }
        defaulted.iter().for_each(|defaulted| self.dispatch.defaulted(self.operation, defaulted));
        let places = self.plan.took(answer.body(), rows.len()).map_err(failed)?;
        self.state = State::Ask;
        Ok((!rows.is_empty()).then_some(Page { rows, places }))
    }

    /// Hands a page over, and asks for the next one meanwhile.
    fn handed(
        &mut self,
        page: Result<Option<Page<P>>, Error>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Page<P>, Error>>> {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.state = State::End;
                return Poll::Ready(Some(Err(error)));
            }
        };
        if let Ok(Some(request)) = self.plan.step() {
            let mut sending = self.sending(request);
            // It is sent by this; whether it is there already is looked at when it is needed.
            let answer: Sending = match sending.as_mut().poll(context) {
                Poll::Pending => sending,
                Poll::Ready(answer) => Box::pin(std::future::ready(answer)),
            };
            self.state = State::Sent { answer, is_ahead: true };
        }
        Poll::Ready(page.map(Ok))
    }
}

/// Whether the server says that a page has more rows than it can make.
fn is_too_large(error: &Error) -> bool {
    match error.status() {
        Some(StatusCode::PAYLOAD_TOO_LARGE) => true,
        Some(StatusCode::INTERNAL_SERVER_ERROR) => {
            error.text().is_some_and(|text| text.to_ascii_lowercase().contains("too large"))
        }
        _ => false,
    }
}

impl<P: DeserializeOwned> Stream for PageStream<P> {
    type Item = Result<Vec<P>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let page = std::task::ready!(self.poll_page(context));
        Poll::Ready(page.map(|page| page.map(|page| page.rows)))
    }
}

/// Without rows, and without what is looked for.
impl<P> fmt::Debug for PageStream<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageStream").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}

/// The rows of a list, one after the other. It asks and ends as [`PageStream`] says.
#[must_use = "nothing is sent unless the stream is polled"]
pub struct RowStream<P> {
    pages: PageStream<P>,
    rows: VecDeque<(P, ListCursor)>,
    /// The place after the row that was handed over last.
    at: Option<ListCursor>,
}

impl<P: DeserializeOwned> RowStream<P> {
    /// As [`PageStream::page_size`].
    pub fn page_size(mut self, rows: u32) -> Self {
        self.pages = self.pages.page_size(rows);
        self
    }

    /// As [`PageStream::resume`].
    pub fn resume(mut self, cursor: &ListCursor) -> Self {
        self.pages = self.pages.resume(cursor);
        self
    }

    /// Where the stream is: after the row that it handed over last.
    pub fn cursor(&self) -> ListCursor {
        self.at.unwrap_or_else(|| self.pages.plan.start())
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Those of [`PageStream::next`].
    pub async fn next(&mut self) -> Option<Result<P, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// The first error; what came before it is lost.
    pub async fn collect(mut self) -> Result<Vec<P>, Error> {
        let mut all = Vec::new();
        while let Some(row) = self.next().await {
            all.push(row?);
        }
        Ok(all)
    }
}

impl<P> Unpin for RowStream<P> {}

impl<P: DeserializeOwned> Stream for RowStream<P> {
    type Item = Result<P, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some((row, place)) = self.rows.pop_front() {
                self.at = Some(place);
                return Poll::Ready(Some(Ok(row)));
            }
            match std::task::ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => self.rows = page.rows.into_iter().zip(page.places).collect(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Without rows, and without what is looked for.
impl<P> fmt::Debug for RowStream<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowStream").field("operation", &self.pages.operation.id).finish_non_exhaustive()
    }
}
