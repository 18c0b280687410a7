//! The door of the server: connections that a fault can close. It moves bytes and reads none.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Accepts connections.
#[derive(Debug)]
pub(crate) struct Door(pub TcpListener);

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        // An answer is written in one piece; waiting for more would only delay it.
        let _ = stream.set_nodelay(true);
        (Wire { stream, link: Link::default() }, address)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A handle on one connection, by which a handler can close it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// No further byte goes out.
    closed: AtomicBool,
    /// It ends by a reset (RST) instead of an end (FIN).
    resets: AtomicBool,
    /// Something was given out that may not have left.
    unsent: AtomicBool,
}

impl Link {
    /// Lets no further byte out: the connection closes at the next write, by a reset if it is asked for.
    pub fn close(&self, by_reset: bool) {
        self.0.resets.store(by_reset, Ordering::Relaxed);
        self.0.closed.store(true, Ordering::Relaxed);
    }

    /// Notes that a piece of a body is on its way to the connection.
    pub fn gives_out(&self) {
        self.0.unsent.store(true, Ordering::Relaxed);
    }

    /// Whether a piece of a body has not left yet.
    pub fn has_unsent(&self) -> bool {
        self.0.unsent.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    fn resets(&self) -> bool {
        self.is_closed() && self.0.resets.load(Ordering::Relaxed)
    }
}

impl Connected<IncomingStream<'_, Door>> for Link {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().link.clone()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    link: Link,
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if self.link.is_closed() {
            return Poll::Ready(Err(Error::from(ErrorKind::ConnectionAborted)));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if self.link.is_closed() {
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
        self.link.0.unsent.store(false, Ordering::Relaxed);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if self.link.resets() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.link.resets() {
            // A connection that lingers for no time is not ended but reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}
