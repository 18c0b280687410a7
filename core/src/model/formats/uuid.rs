//! UUIDs (RFC 9562).

use super::text_format;

/// A UUID as text: `f81d4fae-7dec-11d0-a765-00a0c91e6bf6`. Two are equal if their texts are; [`bytes`](Uuid::bytes) knows no case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Uuid(Box<str>);

text_format!(Uuid, "UUID", |text| bytes_of(text).is_some());

impl Uuid {
    /// The UUID of these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        let mut text = String::with_capacity(36);
        for byte in bytes {
            if DASHES.contains(&text.len()) {
                text.push('-');
            }
            text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        }
        Uuid(text.into())
    }

    /// Its bytes; `None` for a text that is not a UUID.
    pub fn bytes(&self) -> Option<[u8; 16]> {
        bytes_of(&self.0)
    }
}

/// Where the dashes stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];

fn bytes_of(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 {
        return None;
    }
    let (mut bytes, mut digits) = ([0; 16], 0);
    for (at, letter) in text.char_indices() {
        if DASHES.contains(&at) {
            (letter == '-').then_some(())?;
            continue;
        }
        let digit = u8::try_from(letter.to_digit(16)?).ok()?;
        let byte: &mut u8 = bytes.get_mut(digits / 2)?;
        *byte = (*byte << 4) | digit;
        digits += 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_bytes_and_dashes_in_their_places() {
        let text = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
        let uuid: Uuid = text.parse().unwrap();
        assert_eq!(Uuid::from_bytes(uuid.bytes().unwrap()), uuid);
        assert_eq!(text.to_uppercase().parse::<Uuid>().unwrap().bytes(), uuid.bytes());
        for bad in [
            "",
            "f81d4fae7dec11d0a76500a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
            "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bü",
        ] {
            assert!(bad.parse::<Uuid>().is_err(), "{bad}");
        }
    }
}
