//! Bytes that come one piece after the other.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::error::Error;
use crate::maybe_send::MaybeSend;

/// Bytes that come one piece after the other, in pieces of any size but never empty ones. After an error nothing more comes.
///
/// Nothing is read ahead beyond the buffers of the connection: who does not ask holds the sender back. Dropping the stream ends
/// the transfer, on the other side too.
#[must_use = "nothing is transferred unless the stream is polled"]
pub struct ByteStream<E = Error>(Option<Pin<Box<dyn Pieces<E>>>>);

/// A trait object may have one trait beside those of the compiler, and `MaybeSend` is none of them.
trait Pieces<E>: Stream<Item = Result<Bytes, E>> + MaybeSend {}

impl<E, S: Stream<Item = Result<Bytes, E>> + MaybeSend> Pieces<E> for S {}

impl<E: 'static> ByteStream<E> {
    /// The pieces of this stream.
    pub fn new(pieces: impl Stream<Item = Result<Bytes, E>> + MaybeSend + 'static) -> Self {
        ByteStream(Some(Box::pin(pieces)))
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the transfer breaks off.
    pub async fn next(&mut self) -> Option<Result<Bytes, E>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The same pieces with another error.
    pub fn map_err<F: 'static>(self, map: impl Fn(E) -> F + MaybeSend + Unpin + 'static) -> ByteStream<F> {
        ByteStream::new(MapErr { pieces: self, map })
    }
}

/// One piece, if there is anything.
impl<E: 'static> From<Bytes> for ByteStream<E> {
    fn from(bytes: Bytes) -> Self {
        ByteStream::new(Whole(Some(bytes), PhantomData))
    }
}

struct Whole<E>(Option<Bytes>, PhantomData<fn() -> E>);

impl<E> Stream for Whole<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.take().map(Ok))
    }
}

impl<E: 'static> Stream for ByteStream<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(pieces) = &mut self.0 else { return Poll::Ready(None) };
            match pieces.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(piece))) if piece.is_empty() => {}
                Poll::Ready(Some(Ok(piece))) => return Poll::Ready(Some(Ok(piece))),
                Poll::Pending => return Poll::Pending,
                // What is not needed any more is let go at once, and with it the connection.
                Poll::Ready(end) => {
                    self.0 = None;
                    return Poll::Ready(end);
                }
            }
        }
    }
}

impl<E> fmt::Debug for ByteStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}

struct MapErr<E, M> {
    pieces: ByteStream<E>,
    map: M,
}

impl<E: 'static, F, M: Fn(E) -> F + Unpin> Stream for MapErr<E, M> {
    type Item = Result<Bytes, F>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = Pin::new(&mut self.pieces).poll_next(context);
        piece.map(|piece| piece.map(|piece| piece.map_err(&self.map)))
    }
}
