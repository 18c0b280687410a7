//! A body on its way: whole, or piece by piece.

use std::fmt;

use bytes::Bytes;
use zeyos_core::ByteStream;
use zeyos_core::call::Opened;

use super::TransportError;
use super::pieces::Pieces;

/// The body of a request or of its answer, as a [`Transport`](super::Transport) carries it.
#[non_exhaustive]
pub enum TransportBody {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece. The pieces of a request must be asked for as fast as they can be sent and no faster. An error among them
    /// ends the request such that the server does not take what came for the whole.
    Pieces {
        /// The pieces.
        pieces: ByteStream<TransportError>,
        /// How many bytes they have, if that is known. It is true: pieces that add up to something else end in an error.
        length: Option<u64>,
    },
}

impl TransportBody {
    /// How many bytes it has, if that is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            TransportBody::Whole(bytes) => Some(bytes.len() as u64),
            TransportBody::Pieces { length, .. } => *length,
        }
    }

    /// Piece by piece, whatever it is.
    pub fn into_pieces(self) -> ByteStream<TransportError> {
        match self {
            TransportBody::Whole(bytes) => bytes.into(),
            TransportBody::Pieces { pieces, .. } => pieces,
        }
    }

    /// What was read as a whole.
    pub(crate) fn into_bytes(self) -> Bytes {
        if let TransportBody::Whole(bytes) = self { bytes } else { Bytes::new() }
    }

    /// All of it, if it has no more bytes than this.
    ///
    /// # Errors
    /// When it has more, or breaks off; what came before is in the error, as far as it is of use.
    pub(crate) async fn collected(self, max_body: usize) -> Result<Bytes, TransportError> {
        let too_large = || TransportError::too_large(max_body);
        if self.length().is_some_and(|length| length > max_body as u64) {
            return Err(too_large());
        }
        let mut stream = match self {
            TransportBody::Whole(bytes) => return Ok(bytes),
            TransportBody::Pieces { pieces, .. } => pieces,
        };
        let mut body = Pieces::default();
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) if body.length() + piece.len() > max_body => {
                    return Err(too_large().with_partial(body.beginning()));
                }
                Ok(piece) => body.extend(&piece),
                Err(error) => return Err(error.with_partial(body.beginning())),
            }
        }
        Ok(body.joined())
    }
}

/// What it says may be secret: there is its length.
impl fmt::Debug for TransportBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportBody::Whole(bytes) => write!(f, "({} bytes)", bytes.len()),
            TransportBody::Pieces { length: Some(length), .. } => write!(f, "(a stream of {length} bytes)"),
            TransportBody::Pieces { length: None, .. } => f.write_str("(a stream)"),
        }
    }
}

impl From<Bytes> for TransportBody {
    fn from(bytes: Bytes) -> Self {
        TransportBody::Whole(bytes)
    }
}

impl From<Opened> for TransportBody {
    fn from(opened: Opened) -> Self {
        match opened {
            Opened::Whole(bytes) => TransportBody::Whole(bytes),
            Opened::Streamed(pieces, length) => {
                TransportBody::Pieces { pieces: pieces.map_err(TransportError::other), length }
            }
        }
    }
}
