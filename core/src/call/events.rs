//! Server-sent events: the stream of an answer of the type `text/event-stream`, read as the HTML standard says (section 9.2.6).

mod parser;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use progenitor_client::ResponseValue;
use serde::de::DeserializeOwned;

use super::head::Head;
use super::{BoxFuture, ByteStream, Call, Dispatch, kind, media};
use crate::decode::{self, Decoding, FilledDefault};
use crate::error::{DecodeError, Error};
use crate::model::{Json, JsonMap};
use crate::operation::Operation;
use parser::Parser;

/// How large one event may be, unless a caller says otherwise: 1 MiB.
pub const MAX_EVENT: usize = 1 << 20;

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServerSentEvent<T> {
    /// What it says.
    pub data: T,
    /// Its type; `message` where the server names none.
    pub event: String,
    /// The last id that the server has named; empty until it does.
    pub id: String,
}

impl<T> ServerSentEvent<T> {
    /// An event of this type and id, as one that a test hands over.
    pub fn new(data: T, event: impl Into<String>, id: impl Into<String>) -> Self {
        ServerSentEvent { data, event: event.into(), id: id.into() }
    }
}

/// What a value of a stream of events is made of.
#[doc(hidden)]
pub trait EventKind<T> {
    /// Reads one event. `None` ends the stream.
    ///
    /// # Errors
    /// When the event is not what the document promises.
    fn read(
        event: &ServerSentEvent<String>,
        decoding: Decoding,
    ) -> Result<Option<(T, Vec<FilledDefault>)>, DecodeError>;
}

/// What many services send as the last data of a stream of JSON, though it is none.
const DONE: &str = "[DONE]";

/// The data of each event is JSON.
impl<T: DeserializeOwned> EventKind<T> for kind::Events {
    fn read(
        event: &ServerSentEvent<String>,
        decoding: Decoding,
    ) -> Result<Option<(T, Vec<FilledDefault>)>, DecodeError> {
        if event.data.trim() == DONE {
            return Ok(None);
        }
        decode::json(event.data.as_bytes(), decoding).map(Some)
    }
}

/// The data of each event is text.
impl EventKind<String> for kind::TextEvents {
    fn read(event: &ServerSentEvent<String>, _: Decoding) -> Result<Option<(String, Vec<FilledDefault>)>, DecodeError> {
        Ok(Some((event.data.clone(), Vec::new())))
    }
}

/// The document describes the event with its fields `event`, `id` and `data`. Data that is not JSON is a text.
impl<T: DeserializeOwned> EventKind<T> for kind::WholeEvents {
    fn read(
        event: &ServerSentEvent<String>,
        decoding: Decoding,
    ) -> Result<Option<(T, Vec<FilledDefault>)>, DecodeError> {
        let data: Json = serde_json::from_str(&event.data).unwrap_or_else(|_| event.data.as_str().into());
        let mut whole = JsonMap::new();
        whole.insert("event".to_owned(), event.event.as_str().into());
        whole.insert("data".to_owned(), data);
        if !event.id.is_empty() {
            whole.insert("id".to_owned(), event.id.as_str().into());
        }
        decode::json(Json::Object(whole).to_string().as_bytes(), decoding).map(Some)
    }
}

type Read<T> = fn(&ServerSentEvent<String>, Decoding) -> Result<Option<(T, Vec<FilledDefault>)>, DecodeError>;

impl<T: 'static, K: EventKind<T>> Call<T, K> {
    /// Sends the call and answers the stream of its events as soon as the head of the answer is there.
    ///
    /// Limits are those of [`send_streamed`](Call::send_streamed); one event may have [1 MiB](EventStream::max_event). The stream does not
    /// connect again by itself: [`last_event_id`](EventStream::last_event_id) and [`retry`](EventStream::retry) are there for who does.
    ///
    /// # Errors
    /// Those of the call, and an answer of another type than events.
    pub fn events(self) -> BoxFuture<Result<ResponseValue<EventStream<T>>, Error>> {
        let dispatch = Arc::clone(&self.raw.dispatch);
        let operation = self.raw.request.operation;
        let answer = self.raw.streamed();
        Box::pin(async move {
            let answer = answer.await?;
            let head = Head::of(&answer);
            let (parts, pieces) = answer.into_parts();
            let (status, headers) = (parts.status, parts.headers);
            let media_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if media_type.is_some_and(|media_type| media::bare(media_type) != "text/event-stream") {
                let error = DecodeError::unexpected("the answer is not a stream of events");
                return Err(head.error(error, Bytes::new(), dispatch.as_ref(), operation));
            }
            let source = Source { dispatch, operation, head };
            let events = EventStream {
                pieces: Some(pieces),
                parser: Parser::new(MAX_EVENT),
                ready: VecDeque::new(),
                failed: None,
                read: K::read,
                source,
            };
            Ok(ResponseValue::new(events, status, headers))
        })
    }
}

/// Where the events come from, for their errors.
struct Source {
    dispatch: Arc<dyn Dispatch>,
    operation: &'static Operation,
    head: Head,
}

impl Source {
    fn error(&self, error: DecodeError, body: Bytes) -> Error {
        self.head.error(error, body, self.dispatch.as_ref(), self.operation)
    }
}

/// Events that come one after the other. An event that is not what the document promises is an error, and the next one can be
/// asked for; after an error of the connection, or of an event that is too large, nothing more comes.
///
/// Dropping the stream ends the transfer, on the other side too.
#[must_use = "nothing is transferred unless the stream is polled"]
pub struct EventStream<T> {
    pieces: Option<ByteStream>,
    parser: Parser,
    ready: VecDeque<ServerSentEvent<String>>,
    /// What comes after the events that were complete before it.
    failed: Option<Error>,
    read: Read<T>,
    source: Source,
}

impl<T> EventStream<T> {
    /// Sets how many bytes one event may have.
    pub fn max_event(mut self, bytes: usize) -> Self {
        self.parser.max = bytes;
        self
    }

    /// The last id that the server has named: what to send as `Last-Event-ID` to go on from there. Empty if it has named none.
    pub fn last_event_id(&self) -> &str {
        self.parser.last_id()
    }

    /// How long the server asks to wait before a new connection, if it has said so.
    pub fn retry(&self) -> Option<Duration> {
        self.parser.retry()
    }

    /// The next event; `None` at the end.
    ///
    /// # Errors
    /// When the transfer breaks off, or an event is not what the document promises or too large.
    pub async fn next(&mut self) -> Option<Result<ServerSentEvent<T>, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Makes an event of what was received; nothing where the stream ends with it.
    fn typed(&mut self, event: ServerSentEvent<String>) -> Option<Result<ServerSentEvent<T>, Error>> {
        let Source { dispatch, operation, head } = &self.source;
        let read = dispatch.watched(operation, head.secrets(), || (self.read)(&event, dispatch.decoding()));
        match read {
            Ok(Some((data, defaulted))) => {
                defaulted.iter().for_each(|defaulted| dispatch.defaulted(operation, defaulted));
                Some(Ok(ServerSentEvent { data, event: event.event, id: event.id }))
            }
            Ok(None) => {
                self.end();
                None
            }
            Err(error) => Some(Err(self.source.error(error, event.data.into()))),
        }
    }

    fn end(&mut self) {
        self.pieces = None;
        self.failed = None;
        self.ready.clear();
    }
}

impl<T> Stream for EventStream<T> {
    type Item = Result<ServerSentEvent<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(event) = this.ready.pop_front() {
                return Poll::Ready(this.typed(event));
            }
            if let Some(error) = this.failed.take() {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(pieces) = &mut this.pieces else { return Poll::Ready(None) };
            match ready!(Pin::new(pieces).poll_next(context)) {
                Some(Ok(piece)) => {
                    if let Err(error) = this.parser.push(&piece, &mut this.ready) {
                        this.pieces = None;
                        this.failed = Some(this.source.error(error, Bytes::new()));
                    }
                }
                Some(Err(error)) => {
                    this.pieces = None;
                    this.failed = Some(error);
                }
                None => this.pieces = None,
            }
        }
    }
}

/// Without what was received and not yet asked for.
impl<T> fmt::Debug for EventStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventStream")
    }
}
