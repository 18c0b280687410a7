//! Takes known secrets out of text that a server has written. It knows no error and no event.

mod entities;
mod escapes;
mod pieces;
mod readings;

use zeyos_core::Secret;

use crate::bits::EXCERPT;

use pieces::{Alike, Pieces};
use readings::Readings;

/// Longest piece of a text that is looked at, in bytes: no excerpt reaches further.
const LOOKED_AT: usize = 4096;

/// Knows secrets in all the forms in which a server may echo them.
pub(crate) struct Scrubber {
    pieces: Pieces,
}

impl Scrubber {
    /// Knows these secrets: as they are, in base64 at any offset, in hexadecimal digits, and each of these in any escapes.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        Scrubber { pieces: Pieces::of(secrets) }
    }

    /// The text on one line, without secrets, at most 200 characters of it.
    pub(crate) fn clean(&self, text: &str) -> String {
        self.redacted(text).unwrap_or_else(|| one_line(looked_at(text))).trim().chars().take(EXCERPT).collect()
    }

    /// The text on one line without secrets, as much of it as is looked at; `None` where it has none.
    pub(crate) fn redacted(&self, text: &str) -> Option<String> {
        let text = looked_at(text);
        let marked = self.marked(text);
        if !marked.contains(&true) {
            return None;
        }
        let (mut redacted, mut inside) = (String::new(), false);
        for (at, character) in text.char_indices() {
            let is_secret = marked[at..at + character.len_utf8()].contains(&true);
            match (is_secret, inside) {
                (true, false) => redacted.push_str("[redacted]"),
                (true, true) => {}
                (false, _) => redacted.push(character),
            }
            inside = is_secret;
        }
        Some(one_line(&redacted))
    }

    /// Which bytes belong to a secret.
    fn marked(&self, text: &str) -> Vec<bool> {
        let mut marked = vec![false; text.len()];
        if self.pieces.is_empty() {
            return marked;
        }
        let readings = Readings::of(text);
        for place in 0..text.len() {
            if let Some(end) = self.found(&readings, place, self.pieces.all()) {
                marked[place..end].fill(true);
            }
        }
        // A text that was made to be read in endless ways is not shown.
        if readings.is_exhausted() {
            marked.fill(true);
        }
        marked
    }

    /// The end of the longest piece that can be read from here on, after what is known to be alike.
    fn found(&self, readings: &Readings, place: usize, alike: Alike) -> Option<usize> {
        let mut furthest = None;
        for reading in readings.at(place).iter().take_while(|_| readings.step()) {
            let text = reading.text();
            // A piece may begin within a character.
            let starts = if alike.is_any() { 0..text.len() } else { 0..1 };
            for start in starts {
                furthest = furthest.max(self.found_in(&text[start..], reading.end, readings, alike));
            }
        }
        furthest
    }

    /// The same with this text in front of the place.
    fn found_in(&self, text: &[u8], place: usize, readings: &Readings, mut alike: Alike) -> Option<usize> {
        let mut furthest = None;
        for byte in text {
            let Some(longer) = self.pieces.with(alike, *byte) else { return furthest };
            if self.pieces.has_whole(longer) {
                furthest = Some(place);
            }
            alike = longer;
        }
        furthest.max(self.found(readings, place, alike))
    }
}

/// The beginning of a text, up to the end of a character.
fn looked_at(text: &str) -> &str {
    let end = (0..=text.len().min(LOOKED_AT)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests;
