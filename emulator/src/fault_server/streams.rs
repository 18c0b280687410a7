//! Small bodies that unpack to large ones, made by hand so that no packer is needed.

/// A gzip member that unpacks to zeros: one literal, then matches of 258 bytes at a distance of 1 (RFC 1951).
pub(super) fn gzip_of_zeros(unpacked: u64) -> Vec<u8> {
    let mut bits = Bits::default();
    // Last block, fixed codes.
    bits.push(1, 1);
    bits.push(1, 2);
    // The literal 0 is 0b00110000, sent from its highest bit.
    bits.push_code(0b0011_0000, 8);
    for _ in 0..unpacked.saturating_sub(1) / 258 {
        // Length 258 is code 285, the distance 1 is code 0.
        bits.push_code(0b1100_0101, 8);
        bits.push_code(0, 5);
    }
    // End of block.
    bits.push_code(0, 7);
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    body.extend(bits.finish());
    // The checksum is wrong, which no one learns before everything is unpacked.
    body.extend([0; 8]);
    body
}

/// A zstd frame that unpacks to zeros: blocks of one repeated byte (RFC 8878).
pub(super) fn zstd_of_zeros(unpacked: u64) -> Vec<u8> {
    const BLOCK: u64 = 128 * 1024;
    // Magic number, no checksum, a window of 8 MiB.
    let mut body = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68];
    let blocks = unpacked.div_ceil(BLOCK).max(1);
    for block in 1..=blocks {
        let last = u32::from(block == blocks);
        let head = last | (1 << 1) | ((BLOCK as u32) << 3);
        body.extend(&head.to_le_bytes()[..3]);
        body.push(0);
    }
    body
}

/// Bits from the lowest to the highest of each byte.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, width: u32) {
        self.held |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push((self.held & 0xff) as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// A Huffman code, which goes out from its highest bit.
    fn push_code(&mut self, code: u32, width: u32) {
        self.push(code.reverse_bits() >> (32 - width), width);
    }

    fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push((self.held & 0xff) as u8);
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_small_outside() {
        let (gzip, zstd) = (gzip_of_zeros(256 << 20), zstd_of_zeros(256 << 20));
        assert!(gzip.len() < 2 << 20 && zstd.len() < 10_000, "{} {}", gzip.len(), zstd.len());
        assert_eq!((&gzip[..2], &zstd[..4]), ([0x1f, 0x8b].as_slice(), [0x28, 0xb5, 0x2f, 0xfd].as_slice()));
    }

    #[test]
    fn codes_go_out_from_their_highest_bit() {
        let mut bits = Bits::default();
        bits.push_code(0b110, 3);
        assert_eq!(bits.finish(), [0b011]);
    }
}
