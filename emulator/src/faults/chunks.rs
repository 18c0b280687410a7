//! A body that is sent in small chunks, or breaks off.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep, sleep};

use crate::http::connection::ConnectionHandle;

/// How often it is looked whether what was given out has left.
const LOOK: Duration = Duration::from_millis(1);

/// The chunks of a body.
pub(super) struct Chunks {
    rest: Bytes,
    /// The wait before each byte; without it all of them go at once.
    every: Option<Duration>,
    /// Whether it breaks off at its end, and by a reset.
    broken_off: Option<bool>,
    wait: Pin<Box<Sleep>>,
    connection: ConnectionHandle,
}

impl Chunks {
    pub(super) fn new(bytes: Bytes, every: Option<Duration>, connection: ConnectionHandle) -> Self {
        Self { rest: bytes, every, broken_off: None, wait: Box::pin(sleep(every.unwrap_or_default())), connection }
    }

    /// The same bytes, after which the connection closes.
    pub(super) fn broken_off(mut self, by_reset: bool) -> Self {
        self.broken_off = Some(by_reset);
        self
    }

    fn wait_for(&mut self, time: Duration) {
        self.wait.as_mut().reset(Instant::now() + time);
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            ready!(self.wait.as_mut().poll(cx));
            match (self.rest.is_empty(), self.broken_off) {
                (true, None) => return Poll::Ready(None),
                // An error throws away what has not left yet.
                (true, Some(_)) if self.connection.has_unsent() => self.wait_for(LOOK),
                (true, Some(by_reset)) => {
                    self.connection.close(by_reset);
                    return Poll::Ready(Some(Err(ErrorKind::ConnectionAborted.into())));
                }
                (false, _) => {
                    let length = if self.every.is_some() { 1 } else { self.rest.len() };
                    let piece = self.rest.split_to(length);
                    if let Some(every) = self.every {
                        self.wait_for(every);
                    }
                    self.connection.gives_out();
                    return Poll::Ready(Some(Ok(piece)));
                }
            }
        }
    }
}
