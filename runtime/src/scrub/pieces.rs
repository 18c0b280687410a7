//! The pieces by which secrets are found: every run of twelve bytes of each form of a secret, or all of a shorter form.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;
use zeyos_core::Secret;

/// A piece of a secret that is as long as this is taken out.
pub(super) const PIECE: usize = 12;

/// A secret that is shorter than this would take words apart: "a" is in every sentence.
const SHORTEST: usize = 4;

/// All pieces of all secrets, sorted.
pub(super) struct Pieces {
    /// The forms, one behind the other.
    text: Zeroizing<Vec<u8>>,
    /// Where a piece begins in the text, and where it ends.
    sorted: Vec<(usize, usize)>,
}

/// Pieces that begin alike.
#[derive(Clone, Copy)]
pub(super) struct Alike {
    first: usize,
    last: usize,
    /// How many bytes they share.
    length: usize,
}

impl Alike {
    /// Whether nothing is known of them yet.
    pub(super) fn is_any(self) -> bool {
        self.length == 0
    }
}

impl Pieces {
    pub(super) fn of<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let long_enough = secrets.into_iter().map(Secret::expose).filter(|secret| secret.len() >= SHORTEST);
        let secrets: HashSet<&str> = long_enough.collect();
        let forms: Vec<_> = secrets.into_iter().flat_map(forms).collect();
        // In one buffer that never moves, so that nothing stays behind when it is overwritten.
        let mut text = Zeroizing::new(Vec::with_capacity(forms.iter().map(|form| form.len()).sum()));
        let mut sorted = Vec::with_capacity(text.capacity());
        for form in forms {
            let (start, last) = (text.len(), form.len().saturating_sub(PIECE));
            text.extend_from_slice(&form);
            sorted.extend((start..=start + last).map(|at| (at, text.len().min(at + PIECE))));
        }
        sorted.sort_unstable_by_key(|(start, end): &(usize, usize)| &text[*start..*end]);
        Pieces { text, sorted }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    pub(super) fn all(&self) -> Alike {
        Alike { first: 0, last: self.sorted.len(), length: 0 }
    }

    /// Those that go on with this byte.
    pub(super) fn with(&self, alike: Alike, byte: u8) -> Option<Alike> {
        let next = |(start, end): &(usize, usize)| self.text[*start..*end].get(alike.length).copied();
        let pieces = &self.sorted[alike.first..alike.last];
        let before = pieces.partition_point(|piece| next(piece) < Some(byte));
        let among = pieces[before..].partition_point(|piece| next(piece) == Some(byte));
        let first = alike.first + before;
        (among > 0).then_some(Alike { first, last: first + among, length: alike.length + 1 })
    }

    /// Whether one of them ends here. The shortest of those that begin alike is the first.
    pub(super) fn has_whole(&self, alike: Alike) -> bool {
        let (start, end) = self.sorted[alike.first];
        end - start == alike.length
    }
}

/// A secret in the forms that no escape leads back from: as it is, in hexadecimal digits, in base64, and as it comes out of a
/// server that cannot write all of its characters. Those with escapes are read back where they stand.
fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let digit = |value: u8| char::from_digit(u32::from(value), 16);
    let hex: String = secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex];
    let without = |other: &str, is_lost: fn(char) -> bool| secret.replace(is_lost, other);
    forms.extend(["?", "\u{fffd}"].map(|other| without(other, |character| !character.is_ascii())));
    forms.push(without(" ", char::is_control));
    let mut forms: Vec<Vec<u8>> = forms.into_iter().map(String::into_bytes).collect();
    // In the pair of an identifier and a secret, both are encoded as in a form (RFC 6749, section 2.3.1).
    forms.extend([secret, &form].into_iter().flat_map(|text| base64_forms(text.as_bytes())));
    // Most secrets have the same form several times.
    forms.sort_unstable();
    forms.dedup();
    forms.into_iter().map(Zeroizing::new).collect()
}

/// In base64 a text looks different at each of three offsets, as in the pair of an identifier and a secret. The characters that
/// depend on what stands before or behind are left out.
fn base64_forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let at = |offset: usize| {
        let padded = [&[0; 2][..offset], secret].concat();
        let first = [0, 2, 3][offset];
        let whole = padded.len() * 8 / 6;
        [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[first..whole].into())
    };
    (0..3).flat_map(at).filter(|form: &Vec<u8>| form.len() >= SHORTEST).collect()
}
