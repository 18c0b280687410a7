//! Takes known secrets out of text that a server has written. It knows no error and no event.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;
use zeyos_core::Secret;

/// Longest text of a server that an error or an event repeats, in characters.
pub(crate) const EXCERPT: usize = 200;

/// Longest piece of a text that is looked at, in bytes: no excerpt reaches further.
const LOOKED_AT: usize = 4096;

/// A piece of a secret that is as long as this is taken out too.
const PIECE: usize = 12;

/// A secret that is shorter than this would take words apart: "a" is in every sentence.
const SHORTEST: usize = 4;

/// Everything but unreserved characters (RFC 3986, section 2.3) is encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Knows secrets in all the forms in which a server may echo them.
pub(crate) struct Scrubber {
    /// Secrets that are shorter than a piece.
    short: Vec<Zeroizing<Vec<u8>>>,
    /// Every piece of the longer ones, sorted.
    pieces: Zeroizing<Vec<[u8; PIECE]>>,
}

impl Scrubber {
    /// Knows these secrets: as they are, encoded for a URL, in base64 at any offset, in hexadecimal digits.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut scrubber = Scrubber { short: Vec::new(), pieces: Zeroizing::default() };
        for secret in secrets.into_iter().filter(|secret| secret.expose().len() >= SHORTEST) {
            forms(secret.expose().as_bytes()).into_iter().for_each(|form| scrubber.learn(form));
        }
        scrubber.pieces.sort_unstable();
        scrubber
    }

    fn learn(&mut self, form: Zeroizing<Vec<u8>>) {
        if form.len() < PIECE {
            self.short.push(form);
        } else {
            self.pieces.extend(form.windows(PIECE).filter_map(|piece| <[u8; PIECE]>::try_from(piece).ok()));
        }
    }

    /// The text on one line, without secrets, at most 200 characters of it.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut end = text.len().min(LOOKED_AT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        let marked = self.marked(text.as_bytes());
        let (mut cleaned, mut inside) = (String::new(), false);
        for (at, character) in text.char_indices() {
            let is_secret = marked[at..at + character.len_utf8()].contains(&true);
            match (is_secret, inside) {
                (true, false) => cleaned.push_str("[redacted]"),
                (true, true) => {}
                (false, _) => cleaned.push(if character.is_control() { ' ' } else { character }),
            }
            inside = is_secret;
        }
        cleaned.trim().chars().take(EXCERPT).collect()
    }

    /// Which bytes belong to a secret.
    fn marked(&self, text: &[u8]) -> Vec<bool> {
        let mut marked = vec![false; text.len()];
        let mut mark = |at: usize, len: usize| marked[at..at + len].fill(true);
        for (at, piece) in text.windows(PIECE).enumerate() {
            if self.pieces.binary_search_by(|known| known.as_slice().cmp(piece)).is_ok() {
                mark(at, PIECE);
            }
        }
        for secret in &self.short {
            let found = text.windows(secret.len()).enumerate().filter(|(_, piece)| *piece == secret.as_slice());
            found.for_each(|(at, piece)| mark(at, piece.len()));
        }
        marked
    }
}

/// A secret in every form.
fn forms(secret: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = String::from_utf8_lossy(secret);
    let percent = utf8_percent_encode(&text, UNRESERVED).to_string();
    let eager = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
    let form: String = form_urlencoded::byte_serialize(secret).collect();
    let mut forms = vec![secret.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    forms.extend(
        [eager.to_lowercase(), eager, percent.to_lowercase(), percent, form.to_lowercase(), form]
            .map(String::into_bytes),
    );
    forms.extend(base64_forms(secret));
    // What a URL can hold as it is has the same form three times.
    let mut seen = HashSet::new();
    forms.retain(|form| seen.insert(form.clone()));
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

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    const TOKEN: &str = "519d6241f455abbe0123456789abcdef01234567";

    fn clean(text: &str) -> String {
        Scrubber::new([&TOKEN.into(), &"p&s wörd".into(), &"ab".into(), &"hunter2".into()]).clean(text)
    }

    #[test]
    fn a_secret_goes_in_every_form() {
        let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02X}")).collect();
        for echo in [
            TOKEN.to_owned(),
            STANDARD.encode(TOKEN),
            STANDARD.encode(format!("app:{TOKEN}")),
            STANDARD.encode(format!("appl:{TOKEN}!")),
            STANDARD.encode(format!("my-ap:{TOKEN}")),
            hex,
            "p%26s%20w%C3%B6rd".to_owned(),
            "p%26s+w%c3%b6rd".to_owned(),
            "p&s wörd".to_owned(),
            "hunter2".to_owned(),
            STANDARD.encode("x:hunter2"),
        ] {
            let cleaned = clean(&format!("we got {echo} from you"));
            assert!(cleaned.starts_with("we got ") && cleaned.ends_with(" from you"), "{cleaned}");
            assert!(cleaned.contains("[redacted]") && cleaned.len() < 50, "{echo}: {cleaned}");
        }
    }

    #[test]
    fn pieces_of_a_secret_go_from_twelve_characters_on() {
        assert_eq!(clean(&format!("cut {}", &TOKEN[7..19])), "cut [redacted]");
        assert_eq!(clean(&format!("cut {}", &TOKEN[7..18])), format!("cut {}", &TOKEN[7..18]));
        assert_eq!(clean(&format!("{}-{}", &TOKEN[..20], &TOKEN[20..])), "[redacted]-[redacted]");
    }

    #[test]
    fn other_text_stays_up_to_200_characters_on_one_line() {
        assert_eq!(clean("Forbidden:\r\nabout tabs"), "Forbidden:  about tabs");
        assert_eq!(clean(&"ü".repeat(5000)).chars().count(), EXCERPT);
        assert_eq!(Scrubber::new([]).clean("plain"), "plain");
    }

    #[test]
    fn an_excerpt_does_not_end_within_a_secret() {
        let cleaned = clean(&format!("{}{TOKEN}", "x".repeat(195)));
        assert_eq!(cleaned, format!("{}[reda", "x".repeat(195)));
    }
}
