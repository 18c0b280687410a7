//! What is sent as a body or as a file of one: bytes, or a stream of them.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::ByteStream;
use crate::error::Error;
use crate::maybe_send::{MaybeSend, MaybeSync};

type Cause = Box<dyn StdError + Send + Sync>;
type Pieces = ByteStream<Cause>;

/// Bytes to be sent, whole or piece by piece. Cheap to clone.
///
/// ```
/// use zeyos_core::call::Content;
///
/// let whole = Content::from("id;name\n1;pen\n");
/// assert_eq!((whole.length(), whole.can_repeat()), (Some(14), true));
/// ```
#[derive(Clone)]
pub struct Content(Kind);

#[derive(Clone)]
enum Kind {
    Whole(Bytes),
    Streamed {
        source: Source,
        length: Option<u64>,
    },
    /// One after the other.
    Chain(Arc<[Content]>),
}

#[derive(Clone)]
enum Source {
    /// Taken out when it is sent.
    Once(Arc<Mutex<Option<Pieces>>>),
    Made(Arc<dyn Make>),
}

trait Make: MaybeSend + MaybeSync {
    fn make(&self) -> Pieces;
}

struct Maker<F>(F);

impl<F, S, E> Make for Maker<F>
where
    F: Fn() -> S + MaybeSend + MaybeSync,
    S: Stream<Item = Result<Bytes, E>> + MaybeSend + Unpin + 'static,
    E: Into<Cause> + 'static,
{
    fn make(&self) -> Pieces {
        pieces((self.0)())
    }
}

fn pieces<E: Into<Cause> + 'static>(stream: impl Stream<Item = Result<Bytes, E>> + MaybeSend + 'static) -> Pieces {
    ByteStream::new(stream).map_err(Into::into)
}

/// A content on its way.
#[doc(hidden)]
pub enum Opened {
    Whole(Bytes),
    Streamed(Pieces, Option<u64>),
}

impl Content {
    /// The pieces of a stream. They can be sent once: after a 401 the call fails, with renewed tokens for the next one, and a second
    /// call with the same content is refused.
    pub fn stream<E: Into<Cause> + 'static>(
        pieces_of: impl Stream<Item = Result<Bytes, E>> + MaybeSend + 'static,
    ) -> Self {
        let source = Source::Once(Arc::new(Mutex::new(Some(pieces(pieces_of)))));
        Content(Kind::Streamed { source, length: None })
    }

    /// The pieces of a stream that is made anew for every attempt, so that the call can be repeated.
    pub fn stream_with<S, E>(make: impl Fn() -> S + MaybeSend + MaybeSync + 'static) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + MaybeSend + Unpin + 'static,
        E: Into<Cause> + 'static,
    {
        Content(Kind::Streamed { source: Source::Made(Arc::new(Maker(make))), length: None })
    }

    /// Says how many bytes a stream has, which many servers want to know: without that it is sent in chunks. One that turns out
    /// to have more or fewer fails the call.
    #[must_use]
    pub fn with_length(mut self, bytes: u64) -> Self {
        if let Kind::Streamed { length, .. } = &mut self.0 {
            *length = Some(bytes);
        }
        self
    }

    /// How many bytes it has, if that is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes.len() as u64),
            Kind::Streamed { length, .. } => *length,
            Kind::Chain(parts) => parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.length()?)),
        }
    }

    /// The bytes, if they are there as a whole.
    pub fn bytes(&self) -> Option<&Bytes> {
        if let Kind::Whole(bytes) = &self.0 { Some(bytes) } else { None }
    }

    /// Whether it can be sent more than once.
    pub fn can_repeat(&self) -> bool {
        match &self.0 {
            Kind::Whole(_) => true,
            Kind::Streamed { source, .. } => matches!(source, Source::Made(_)),
            Kind::Chain(parts) => parts.iter().all(Content::can_repeat),
        }
    }

    /// Whether it was sent, and cannot be sent again.
    pub(crate) fn is_spent(&self) -> bool {
        match &self.0 {
            Kind::Streamed { source: Source::Once(pieces), .. } => {
                pieces.lock().unwrap_or_else(PoisonError::into_inner).is_none()
            }
            Kind::Chain(parts) => parts.iter().any(Content::is_spent),
            _ => false,
        }
    }

    /// One after the other.
    pub(crate) fn chain(parts: Vec<Content>) -> Self {
        Content(Kind::Chain(parts.into()))
    }

    /// The bytes for one attempt.
    ///
    /// # Errors
    /// When it was sent and cannot be sent again.
    #[doc(hidden)]
    pub fn open(&self) -> Result<Opened, Error> {
        match &self.0 {
            Kind::Whole(bytes) => Ok(Opened::Whole(bytes.clone())),
            Kind::Streamed { source, length } => {
                let pieces = source.open()?;
                let pieces = match *length {
                    Some(length) => ByteStream::new(Measured { pieces, length, left: length }),
                    None => pieces,
                };
                Ok(Opened::Streamed(pieces, *length))
            }
            Kind::Chain(parts) => {
                let opened = parts.iter().map(Content::open).collect::<Result<_, _>>()?;
                Ok(Opened::Streamed(ByteStream::new(Chained(opened)), self.length()))
            }
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kind::Whole(one), Kind::Whole(other)) => one == other,
            (Kind::Streamed { source: one, .. }, Kind::Streamed { source: other, .. }) => match (one, other) {
                (Source::Once(one), Source::Once(other)) => Arc::ptr_eq(one, other),
                (Source::Made(one), Source::Made(other)) => Arc::ptr_eq(one, other),
                _ => false,
            },
            (Kind::Chain(one), Kind::Chain(other)) => one == other,
            _ => false,
        }
    }
}

impl Source {
    fn open(&self) -> Result<Pieces, Error> {
        match self {
            Source::Made(make) => Ok(make.make()),
            Source::Once(pieces) => pieces.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(spent),
        }
    }
}

fn spent() -> Error {
    Error::request("the stream of the body was sent already; `Content::stream_with` makes one that can be sent again")
}

/// Bytes are compared, streams are equal to their clones.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

macro_rules! from_bytes {
    ($($source:ty),*) => {
        $(impl From<$source> for Content {
            fn from(bytes: $source) -> Self {
                Content(Kind::Whole(bytes.into()))
            }
        })*
    };
}

from_bytes!(Bytes, Vec<u8>, String, &'static [u8], &'static str);

/// How many bytes there are: what they say is the caller's.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, self.length()) {
            (Kind::Whole(bytes), _) => write!(f, "({} bytes)", bytes.len()),
            (_, Some(length)) => write!(f, "(a stream of {length} bytes)"),
            (_, None) => f.write_str("(a stream)"),
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Opened::Whole(bytes) => write!(f, "({} bytes)", bytes.len()),
            Opened::Streamed(pieces, length) => f.debug_tuple("Streamed").field(pieces).field(length).finish(),
        }
    }
}

/// A stream that must have as many bytes as was said: a server takes what is missing from the next request, or waits for it.
struct Measured {
    pieces: Pieces,
    length: u64,
    left: u64,
}

impl Stream for Measured {
    type Item = Result<Bytes, Cause>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = std::task::ready!(Pin::new(&mut self.pieces).poll_next(context));
        let length = self.length;
        Poll::Ready(match piece {
            Some(Ok(piece)) => match self.left.checked_sub(piece.len() as u64) {
                Some(left) => {
                    self.left = left;
                    Some(Ok(piece))
                }
                None => Some(Err(format!("the body has more than the {length} bytes that were named").into())),
            },
            None if self.left > 0 => {
                let sent = length - self.left;
                Some(Err(format!("the body ended after {sent} of the {length} bytes that were named").into()))
            }
            other => other,
        })
    }
}

/// Contents one after the other.
struct Chained(VecDeque<Opened>);

impl Stream for Chained {
    type Item = Result<Bytes, Cause>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.0.front_mut() {
                None => return Poll::Ready(None),
                Some(Opened::Whole(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.0.pop_front();
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Some(Opened::Streamed(pieces, _)) => match std::task::ready!(Pin::new(pieces).poll_next(context)) {
                    Some(piece) => return Poll::Ready(Some(piece)),
                    None => drop(self.0.pop_front()),
                },
            }
        }
    }
}
