//! Hashes, hexadecimal, random bytes, excerpts and addresses of this machine, for everyone here.

use std::net::IpAddr;

use sha2::{Digest as _, Sha256};
use zeyos_core::{Error, Secret};

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

/// The fingerprint of a token, by which it is known where it must not be kept.
pub(crate) fn fingerprint(token: &Secret) -> String {
    hex(&sha256(&[token.expose().as_bytes()]))
}

/// The values in the order of a key, equal ones as they came. For a handful: the sort of the standard library is made for many, and adds
/// 20 KB to a program for each type that it sorts.
pub(crate) fn few_sorted<T, K: Ord>(values: impl IntoIterator<Item = T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let mut sorted = Vec::new();
    for value in values {
        let place = sorted.partition_point(|other| key(other) <= key(&value));
        sorted.insert(place, value);
    }
    sorted
}

/// A random name of this many bytes in hexadecimal.
pub(crate) fn random_name<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// So many random letters and digits from the random source of the system, for an identifier that a caller makes.
///
/// # Errors
/// When the system has no random bytes to give.
pub fn random_alphanumeric(length: usize) -> Result<String, Error> {
    const CHARACTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    while text.len() < length {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Error::request)?;
        // The rest of a byte that is not below a multiple of 62 would make some characters likelier than others.
        let even = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(CHARACTERS[usize::from(*byte % 62)]));
        text.extend(even.take(length - text.len()));
    }
    Ok(text)
}

/// A random byte, to spread what many do at the same time; zero where the system has none.
pub(crate) fn spread() -> u8 {
    let mut byte = [0];
    getrandom::fill(&mut byte).map_or(0, |()| byte[0])
}

/// As much of a text of someone else as an error or an event repeats, in characters.
pub(crate) const EXCERPT: usize = 200;

/// The beginning of a text that someone else wrote, on one line.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(EXCERPT).map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// Whether a host is an address of this machine, written as a number; that of IPv6 in brackets or without.
pub(crate) fn is_loopback_address(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a host is this machine: a loopback address or `localhost`.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || is_loopback_address(host)
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
    fn few_are_sorted_and_equal_ones_stay_in_their_order() {
        let pairs = [(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];
        assert_eq!(few_sorted(pairs, |(key, _)| *key).iter().map(|(_, name)| *name).collect::<String>(), "dbeac");
    }

    #[test]
    fn random_names_differ() {
        let names = [random_name::<8>().unwrap(), random_name::<8>().unwrap()];
        assert!(names[0] != names[1] && names.iter().all(|name| name.len() == 16));
    }

    #[test]
    fn identifiers_have_their_length_and_differ() {
        for length in [0, 1, 21, 100] {
            let one = random_alphanumeric(length).unwrap();
            assert!(one.len() == length && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_ne!(random_alphanumeric(21).unwrap(), random_alphanumeric(21).unwrap());
    }

    #[test]
    fn excerpts_are_short_and_on_one_line() {
        assert_eq!(excerpt("a\r\nb\tc"), "a  b c");
        assert_eq!(excerpt(&"ü".repeat(300)).chars().count(), EXCERPT);
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for host in ["127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_loopback_address(host) && is_loopback(host), "{host}");
        }
        for host in ["10.0.0.7", "::2", "localhost.example.com", "[127.0.0.1", "example.com", "", "[]"] {
            assert!(!is_loopback(host), "{host}");
        }
        assert!(is_loopback("LocalHost") && !is_loopback_address("localhost"));
    }
}
