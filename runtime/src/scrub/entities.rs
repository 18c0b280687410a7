//! Character references of HTML: by name or by number, with a semicolon or without.

use html_escape::NAMED_ENTITIES;

use super::escapes::{Sink, code_point, letter, number};
use super::readings::{Reading, Readings};

/// A part of the table of names, all of which begin alike.
#[derive(Clone, Copy)]
struct Names {
    first: usize,
    last: usize,
    /// How many letters they share.
    length: usize,
}

impl Names {
    const ALL: Names = Names { first: 0, last: NAMED_ENTITIES.len(), length: 0 };

    /// Those that go on with this letter.
    fn with(self, letter: u8) -> Option<Self> {
        let names = &NAMED_ENTITIES[self.first..self.last];
        let at = |name: &[u8]| name.get(self.length).copied();
        let before = names.partition_point(|(name, _)| at(name) < Some(letter));
        let among = names[before..].partition_point(|(name, _)| at(name) == Some(letter));
        let first = self.first + before;
        (among > 0).then_some(Names { first, last: first + among, length: self.length + 1 })
    }

    /// What the name stands for that ends here, if one does. The shortest of those that begin alike is the first.
    fn complete(self) -> Option<&'static str> {
        let (name, text) = NAMED_ENTITIES.get(self.first)?;
        (self.length > 0 && name.len() == self.length).then_some(text)
    }
}

/// What may stand behind an ampersand.
pub(super) fn named_or_numbered(place: usize, readings: &Readings, sink: Sink<'_>) {
    named(Names::ALL, place, readings, sink);
    letter(b'#', place, readings, &mut |place| {
        numbered(10, place, readings, sink);
        for x in [b'x', b'X'] {
            letter(x, place, readings, &mut |place| numbered(16, place, readings, sink));
        }
    });
}

fn numbered(radix: u32, place: usize, readings: &Readings, sink: Sink<'_>) {
    number(radix, place, readings, &mut |value, end| {
        letter(b';', end, readings, &mut |end| code_point(value, end, sink));
        // Without a semicolon the number ends where its digits do.
        let goes_on = |byte: u8| byte == b';' || char::from(byte).is_digit(radix);
        if !readings.literal(end).is_some_and(goes_on) {
            code_point(value, end, sink);
        }
    });
}

fn named(names: Names, place: usize, readings: &Readings, sink: Sink<'_>) {
    if let Some(text) = names.complete() {
        let mut found = |end| Reading::of(text.as_bytes(), end).into_iter().for_each(&mut *sink);
        letter(b';', place, readings, &mut found);
        // HTML reads the names of Latin-1 without a semicolon too.
        if text.chars().all(|character| character <= '\u{ff}') && readings.literal(place) != Some(b';') {
            found(place);
        }
    }
    for reading in readings.at(place) {
        let longer = reading.as_byte().and_then(|letter| names.with(letter));
        if let Some(names) = longer.filter(|_| readings.step()) {
            named(names, reading.end, readings, sink);
        }
    }
}
