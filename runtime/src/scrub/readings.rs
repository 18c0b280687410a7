//! Every way in which a text can be read: each character as it stands, or as an escape, nested to any depth. It knows no secret.
//!
//! A secret that a server repeats may have been through several encoders, each of which escapes some characters and leaves the
//! others, so no single order of decoding brings it back. Here every place of the text has a list of readings instead, each with
//! the place where it ends, and a secret is looked for along all of them.

use std::cell::Cell;

use super::escapes;

/// Most bytes that one reading stands for: the longest named entity of HTML has six.
const WIDEST: usize = 6;

/// Most readings of one place. Text that needs more was made to be ambiguous.
pub(super) const MOST: usize = 48;

/// Most steps of work for each byte of the text, on average.
const STEPS: usize = 64;

/// What the text from a place up to `end` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    bytes: [u8; WIDEST],
    length: u8,
    /// The place behind it.
    pub end: usize,
}

impl Reading {
    pub(super) fn of(text: &[u8], end: usize) -> Option<Self> {
        let mut bytes = [0; WIDEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Reading { bytes, length: u8::try_from(text.len()).ok()?, end })
    }

    pub(super) fn byte(byte: u8, end: usize) -> Self {
        Reading { bytes: [byte, 0, 0, 0, 0, 0], length: 1, end }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The byte, where it is one.
    pub(super) fn as_byte(&self) -> Option<u8> {
        (self.length == 1).then_some(self.bytes[0])
    }
}

/// The readings of every place of a text.
pub(super) struct Readings {
    all: Vec<Reading>,
    /// For each place where its readings begin in `all` and where they end.
    places: Vec<(usize, usize)>,
    steps_left: Cell<usize>,
}

impl Readings {
    /// The readings of a text, from its end to its beginning: an escape is made of what follows.
    pub(super) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut readings = Readings {
            all: Vec::with_capacity(bytes.len() + bytes.len() / 2),
            places: vec![(0, 0); bytes.len()],
            steps_left: Cell::new((bytes.len() + 1).saturating_mul(STEPS)),
        };
        for place in (0..bytes.len()).rev() {
            readings.read(text, place);
        }
        readings
    }

    /// How the text can be read from this place on.
    pub(super) fn at(&self, place: usize) -> &[Reading] {
        let (first, last) = self.places.get(place).copied().unwrap_or_default();
        &self.all[first..last]
    }

    /// The byte at this place.
    pub(super) fn literal(&self, place: usize) -> Option<u8> {
        self.at(place).first().and_then(Reading::as_byte)
    }

    /// Takes one step of work. `false` if there are none left.
    pub(super) fn step(&self) -> bool {
        let left = self.steps_left.get();
        self.steps_left.set(left.saturating_sub(1));
        left > 0
    }

    /// Whether the text took more work than any honest one.
    pub(super) fn is_exhausted(&self) -> bool {
        self.steps_left.get() == 0
    }

    fn read(&mut self, text: &str, place: usize) {
        let first = self.all.len();
        self.all.push(Reading::byte(text.as_bytes()[place], place + 1));
        // A character of several bytes is one reading too, for what depends on the whole of it.
        let whole = text.get(place..).and_then(|rest| rest.chars().next()).filter(|character| !character.is_ascii());
        self.all.extend(whole.and_then(|c| Reading::of(c.encode_utf8(&mut [0; 4]).as_bytes(), place + c.len_utf8())));
        let mut next = first;
        while next < self.all.len() {
            let mut found = Vec::new();
            escapes::begun_by(&self.all[next], self, &mut |reading| found.push(reading));
            for reading in found {
                if self.all.len() - first < MOST && !self.all[first..].contains(&reading) {
                    self.all.push(reading);
                }
            }
            next += 1;
        }
        self.places[place] = (first, self.all.len());
    }
}
