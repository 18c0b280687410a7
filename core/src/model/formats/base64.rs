//! Bytes as text (RFC 4648).

use super::text_format;

/// Bytes in base64. A text of either alphabet is read, with padding or without.
///
/// ```
/// use zeyos_core::Base64;
///
/// let seal = Base64::encode(b"any\xFF");
/// assert_eq!((seal.as_str(), seal.decode()), ("YW55/w==", Some(b"any\xFF".to_vec())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Base64(Box<str>);

text_format!(Base64, "base64", |text| decoded(text).is_some());

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Base64 {
    /// These bytes in the standard alphabet (section 4), with padding.
    pub fn encode(bytes: &[u8]) -> Self {
        let mut text = encoded(bytes, STANDARD);
        while !text.len().is_multiple_of(4) {
            text.push('=');
        }
        Base64(text.into())
    }

    /// These bytes in the alphabet for addresses and file names (section 5), without padding.
    pub fn encode_url(bytes: &[u8]) -> Self {
        Base64(encoded(bytes, URL).into())
    }

    /// The bytes; `None` for a text that is not base64.
    pub fn decode(&self) -> Option<Vec<u8>> {
        decoded(&self.0)
    }
}

/// The text as it stands on the wire, without a copy.
impl From<Base64> for String {
    fn from(base64: Base64) -> Self {
        base64.0.into()
    }
}

fn encoded(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let all = group.iter().fold(0_u32, |all, byte| (all << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let digit = (all >> (18 - 6 * at)) & 63;
            text.push(char::from(alphabet[digit as usize]));
        }
    }
    text
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let bare = text.trim_end_matches('=');
    let padding = text.len() - bare.len();
    // Padding fills the last four, if it is there.
    if padding > 2 || (padding > 0 && !text.len().is_multiple_of(4)) || bare.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(bare.len() / 4 * 3 + 2);
    for group in bare.as_bytes().chunks(4) {
        let mut all = 0_u32;
        for letter in group {
            all = (all << 6) | digit(*letter)?;
        }
        all <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&all.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn digit(letter: u8) -> Option<u32> {
    Some(u32::from(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn the_vectors_of_the_specification() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(Base64::encode(bytes.as_bytes()).as_str(), text);
            assert_eq!(text.parse::<Base64>().unwrap().decode().unwrap(), bytes.as_bytes());
            assert_eq!(text.trim_end_matches('=').parse::<Base64>().unwrap().decode().unwrap(), bytes.as_bytes());
        }
    }

    #[test]
    fn every_byte_comes_back_in_both_alphabets() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..=bytes.len() {
            for text in [Base64::encode(&bytes[..length]), Base64::encode_url(&bytes[..length])] {
                assert_eq!(text.decode().unwrap(), bytes[..length]);
            }
        }
        for bad in ["a", "a===", "Zg=", "Zm9v=", "Z g=", "Zm8=Zm8=", "Zü=="] {
            assert!(bad.parse::<Base64>().is_err(), "{bad}");
        }
    }
}
