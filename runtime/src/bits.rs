//! Hashes, hexadecimal and random bytes, for everybody here.

use sha2::{Digest as _, Sha256};

/// SHA-256 over these parts, one behind the other. They may be secret: what the hasher keeps of them is overwritten when it goes.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    // Taking the hasher by value would leave a copy of it behind.
    hasher.finalize_reset().into()
}

/// Lower case, two digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// A random name of this many bytes in hexadecimal.
pub(crate) fn random_name<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// A random byte, to spread what many do at the same time; zero where the system has none.
pub(crate) fn spread() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).map_or(0, |()| byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_hashed_as_one_text() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&sha256(&[])), empty);
        assert_eq!([hex(&sha256(&[b"abc"])), hex(&sha256(&[b"a", b"", b"bc"]))], [abc, abc]);
    }

    #[test]
    fn random_names_differ() {
        let names = [random_name::<8>().unwrap(), random_name::<8>().unwrap()];
        assert!(names[0] != names[1] && names.iter().all(|name| name.len() == 16));
    }
}
