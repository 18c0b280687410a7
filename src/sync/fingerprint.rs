//! What is kept of the content of a row, to tell whether it is the same the next time.

use std::io::{self, Write};

use zeyos_core::{Error, Stored};

/// The content of a row in 64 bits (FNV-1a): no promise against anyone who wants two contents to look the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fingerprint(pub u64);

impl Fingerprint {
    /// Of a row as it is written.
    ///
    /// # Errors
    /// Never, as far as is known: what was read can be written.
    pub(super) fn of<T: Stored>(row: &T) -> Result<Self, Error> {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        serde_json::to_writer(&mut hash, row).map_err(Error::request)?;
        Ok(Fingerprint(hash.0))
    }
}

struct Fnv(u64);

impl Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, step);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one_whatever_the_pieces() {
        let hash = |pieces: &[&str]| {
            let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
            pieces.iter().for_each(|piece| hash.write_all(piece.as_bytes()).unwrap());
            hash.0
        };
        assert_eq!(hash(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!((hash(&["foobar"]), hash(&["foo", "bar"])), (0x8594_4171_f739_67e8, 0x8594_4171_f739_67e8));
    }
}
