//! Bodies and answers of every kind, whole and piece by piece, as they are on the wire.

mod bodies;
mod ends;
mod memory;
mod pens;
mod repeats;
mod server;
mod uploads;

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

/// So many pieces of so many bytes.
pub(crate) struct Zeros {
    left: u64,
    piece: Bytes,
}

impl Zeros {
    pub(crate) fn new(pieces: u64, length: usize) -> Self {
        Zeros { left: pieces, piece: vec![0; length].into() }
    }
}

impl Stream for Zeros {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(self.piece.clone())))
    }
}

/// These texts, then an end or a failure.
pub(crate) struct Texts(pub Vec<Result<&'static str, &'static str>>);

impl Stream for Texts {
    type Item = Result<Bytes, String>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.0.remove(0).map(Bytes::from).map_err(str::to_owned)))
    }
}
