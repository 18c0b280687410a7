//! A body that is gathered as a whole.

use bytes::Bytes;

/// A body as it comes in. It is copied, so that no piece of it keeps a buffer of the connection alive, and in pieces of one size:
/// one buffer that grows would be there twice whenever it moves.
#[derive(Default)]
pub(crate) struct Pieces {
    pieces: Vec<Vec<u8>>,
    length: usize,
}

const PIECE: usize = 16 * 1024;

impl Pieces {
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn extend(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len();
        while !bytes.is_empty() {
            let room = self.pieces.last().map_or(0, |piece| PIECE - piece.len());
            if room == 0 {
                let size = if self.pieces.is_empty() { bytes.len().min(PIECE) } else { PIECE };
                self.pieces.push(Vec::with_capacity(size));
                continue;
            }
            let (taken, rest) = bytes.split_at(room.min(bytes.len()));
            if let Some(piece) = self.pieces.last_mut() {
                piece.extend_from_slice(taken);
            }
            bytes = rest;
        }
    }

    /// What the answer of a token endpoint may be saved from.
    pub(crate) fn beginning(mut self) -> Bytes {
        self.pieces.truncate(4);
        self.joined()
    }

    /// The whole; every piece is given back as soon as it is copied.
    pub(crate) fn joined(mut self) -> Bytes {
        let mut whole = Vec::with_capacity(self.pieces.iter().map(Vec::len).sum());
        self.pieces.drain(..).for_each(|piece| whole.extend_from_slice(&piece));
        whole.into()
    }
}
