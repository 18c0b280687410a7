//! A body that is gathered as a whole.

use bytes::Bytes;

/// A body as it comes in. It is copied, so that no piece of it keeps a buffer of the connection alive. Where its length was said there is
/// one piece for all of it; else pieces have one size: one buffer that grows would be there twice whenever it moves.
#[derive(Default)]
pub(crate) struct Pieces {
    first: Vec<u8>,
    others: Vec<Vec<u8>>,
    length: usize,
}

const PIECE: usize = 16 * 1024;

/// How much of a body is kept that was not taken.
const BEGINNING: usize = 4 * PIECE;

/// The longest body that is gathered in one piece. Nothing of it is touched before it is written, but a server may say anything, and what
/// turns out to be longer would be there twice while it is joined.
#[cfg(any(test, not(target_family = "wasm")))]
const LONGEST: usize = 16 * 1024 * 1024;

impl Pieces {
    /// For a body whose length was said. To a page a browser tells that of the packed body, and gives it the unpacked one.
    #[cfg(any(test, not(target_family = "wasm")))]
    pub(crate) fn expecting(length: Option<u64>) -> Self {
        let whole = length.and_then(|length| usize::try_from(length).ok());
        let first = whole.filter(|length| *length <= LONGEST).map(Vec::with_capacity);
        Pieces { first: first.unwrap_or_default(), ..Pieces::default() }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn extend(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len();
        while !bytes.is_empty() {
            if self.first.capacity() == 0 {
                self.first.reserve_exact(bytes.len().min(PIECE));
            }
            let last = self.others.last_mut().unwrap_or(&mut self.first);
            let room = last.capacity() - last.len();
            let (taken, rest) = bytes.split_at(room.min(bytes.len()));
            last.extend_from_slice(taken);
            bytes = rest;
            if !bytes.is_empty() {
                self.others.push(Vec::with_capacity(PIECE));
            }
        }
    }

    /// What the answer of a token endpoint may be saved from. It is copied, so that nothing of the rest is kept, and the rest is not joined
    /// for it.
    pub(crate) fn beginning(self) -> Bytes {
        let mut beginning = Vec::with_capacity(self.length.min(BEGINNING));
        for piece in std::iter::once(&self.first).chain(&self.others) {
            let room = BEGINNING - beginning.len();
            beginning.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        beginning.into()
    }

    /// The whole: one piece as it is; of several, every piece is given back as soon as it is copied.
    pub(crate) fn joined(mut self) -> Bytes {
        if self.others.is_empty() {
            return self.first.into();
        }
        let mut whole = Vec::with_capacity(self.length);
        for piece in std::iter::once(std::mem::take(&mut self.first)).chain(self.others.drain(..)) {
            whole.extend_from_slice(&piece);
        }
        whole.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(expected: Option<u64>, lengths: &[usize]) -> Bytes {
        let mut pieces = Pieces::expecting(expected);
        let (mut all, mut letter) = (Vec::new(), 0_u8);
        for length in lengths {
            letter = letter.wrapping_add(1);
            let bytes = vec![letter; *length];
            pieces.extend(&bytes);
            all.extend_from_slice(&bytes);
            assert_eq!(pieces.length(), all.len());
        }
        let joined = pieces.joined();
        assert_eq!(joined, all);
        joined
    }

    #[test]
    fn a_body_is_what_came_whatever_length_was_said() {
        let lengths: [&[usize]; 6] =
            [&[], &[1], &[7, 0, 5], &[PIECE, 1], &[PIECE - 1, PIECE + 1, 3], &[100_000, 1, 60_000]];
        for parts in lengths {
            let whole: usize = parts.iter().sum();
            for said in [None, Some(0), Some(1), Some(whole as u64), Some(whole as u64 + 1), Some(u64::MAX)] {
                gathered(said, parts);
            }
        }
    }

    #[test]
    fn the_beginning_of_a_body_is_bounded() {
        for expected in [None, Some(1_000_000)] {
            let mut pieces = Pieces::expecting(expected);
            (0..100).for_each(|letter| pieces.extend(&vec![letter; 10_000]));
            let beginning = pieces.beginning();
            let wanted = (0..BEGINNING).map(|place| u8::try_from(place / 10_000).unwrap());
            assert_eq!(beginning, wanted.collect::<Vec<_>>());
        }
        assert_eq!(Pieces::default().beginning(), "");
    }
}
