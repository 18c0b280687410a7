//! One connection, and the handle with which a handler can close it. It moves bytes and interprets none.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A handle on one connection, with which a handler can close it.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionHandle(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// No further byte goes out.
    closed: AtomicBool,
    /// It ends by a reset (RST) instead of an end (FIN).
    resets: AtomicBool,
    /// Something was given out that may not have left.
    unsent: AtomicBool,
    /// The server stops: no further request is read.
    stopped: AtomicBool,
    /// Where the request is that was read last.
    progress: AtomicU8,
}

/// No request is under way, or it has not come whole.
const IDLE: u8 = 0;
/// A request is at work, or its answer is being given out.
const WORKING: u8 = 1;
/// The answer has been given out whole, and may not have left.
const ENDING: u8 = 2;

impl ConnectionHandle {
    /// Lets no further byte out: the connection closes at the next write, by a reset if it is asked for.
    pub(crate) fn close(&self, by_reset: bool) {
        self.0.resets.store(by_reset, Ordering::Relaxed);
        self.0.closed.store(true, Ordering::Relaxed);
    }

    /// Notes that a piece of a body is on its way to the connection.
    pub(crate) fn gives_out(&self) {
        self.0.unsent.store(true, Ordering::Relaxed);
    }

    /// Whether a piece of a body has not left yet.
    pub(crate) fn has_unsent(&self) -> bool {
        self.0.unsent.load(Ordering::Relaxed)
    }

    /// A request is at work from now on, until its answer has left.
    pub(crate) fn work(&self) -> ActiveRequest {
        self.0.progress.store(WORKING, Ordering::Relaxed);
        ActiveRequest(self.clone())
    }

    /// Reads no further request: to the server the connection looks as if the client had ended it.
    pub(crate) fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    fn has_ended(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed) && self.0.progress.load(Ordering::Relaxed) == IDLE
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    fn resets(&self) -> bool {
        self.is_closed() && self.0.resets.load(Ordering::Relaxed)
    }
}

/// A request at work. It ends with its answer, or when its client is gone.
#[derive(Debug)]
pub(crate) struct ActiveRequest(ConnectionHandle);

impl ActiveRequest {
    /// The answer, which keeps the work up until its body has been given out.
    pub(crate) fn guard(self, response: Response) -> Response {
        response.map(|body| Body::new(Guarded { body, _work: self }))
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.0.progress.store(ENDING, Ordering::Relaxed);
    }
}

/// The body of an answer.
#[derive(Debug)]
struct Guarded {
    body: Body,
    _work: ActiveRequest,
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    handle: ConnectionHandle,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, handle: ConnectionHandle) -> Self {
        Self { stream, handle }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.handle.has_ended() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if self.handle.is_closed() {
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionAborted)));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if self.handle.is_closed() {
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionAborted)));
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    /// Head and body go out together without being copied into one piece first.
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        // Whoever writes flushes when it has nothing more to hand over.
        self.handle.0.unsent.store(false, Ordering::Relaxed);
        let _ = self.handle.0.progress.compare_exchange(ENDING, IDLE, Ordering::Relaxed, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.handle.resets() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.handle.resets() {
            // A connection that lingers for no time is not ended but reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}
