//! The escapes that servers write, each told by how it begins. What follows may be escaped itself, so it is asked for as readings.

use super::entities;
use super::readings::{Reading, Readings};

/// Receives what was found.
pub(super) type Sink<'a> = &'a mut dyn FnMut(Reading);

/// Most digits of a number in an escape, leading zeros included.
const DIGITS: usize = 16;

/// What the bytes 0x80 to 0x9f stand for in Windows-1252, which HTML takes such numbers for as well; 0 where for nothing.
const WINDOWS: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0, 0,
    0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];

/// The further readings that one leads to: as the beginning of an escape, or as a character that was encoded once more.
pub(super) fn begun_by(start: &Reading, readings: &Readings, sink: Sink<'_>) {
    match start.as_byte() {
        Some(b'%') => percent(start.end, readings, sink),
        Some(b'\\') => backslash(start.end, readings, sink),
        Some(b'&') => entities::named_or_numbered(start.end, readings, sink),
        Some(b'=') => quoted_printable(start.end, readings, sink),
        // In a form.
        Some(b'+') => sink(Reading::byte(b' ', start.end)),
        // SQL, CSV and Basic double a quote.
        Some(quote @ (b'\'' | b'"' | b'`')) => doubled(quote, start.end, readings, sink),
        Some(_) => {}
        None => whole(start, readings, sink),
    }
}

/// `%41`, and `%u0041` as JavaScript's `escape` writes it.
fn percent(place: usize, readings: &Readings, sink: Sink<'_>) {
    exactly(2, 16, place, readings, &mut |number, end| byte(number, end, sink));
    letter(b'u', place, readings, &mut |place| {
        exactly(4, 16, place, readings, &mut |unit, end| code_point(unit, end, sink));
    });
}

/// What JSON, JavaScript, PHP, SQL, Python and C write. A backslash before anything else stands for that.
fn backslash(place: usize, readings: &Readings, sink: Sink<'_>) {
    for next in readings.at(place) {
        sink(*next);
        let Some(byte) = next.as_byte() else { continue };
        match byte {
            b'b' => sink(Reading::byte(8, next.end)),
            b't' => sink(Reading::byte(b'\t', next.end)),
            b'n' => sink(Reading::byte(b'\n', next.end)),
            b'v' => sink(Reading::byte(11, next.end)),
            b'f' => sink(Reading::byte(12, next.end)),
            b'r' => sink(Reading::byte(b'\r', next.end)),
            b'e' => sink(Reading::byte(27, next.end)),
            b'0' => sink(Reading::byte(0, next.end)),
            b'x' => {
                exactly(2, 16, next.end, readings, &mut |number, end| self::byte(number, end, sink));
                braced(next.end, readings, sink);
            }
            b'u' => {
                exactly(4, 16, next.end, readings, &mut |unit, end| code_point(unit, end, sink));
                braced(next.end, readings, sink);
            }
            b'U' => exactly(8, 16, next.end, readings, &mut |point, end| code_point(point, end, sink)),
            _ => {}
        }
    }
    exactly(3, 8, place, readings, &mut |number, end| byte(number, end, sink));
}

/// `{1f600}` after `\u` or `\x`.
fn braced(place: usize, readings: &Readings, sink: Sink<'_>) {
    letter(b'{', place, readings, &mut |place| {
        number(16, place, readings, &mut |point, end| {
            letter(b'}', end, readings, &mut |end| code_point(point, end, sink));
        });
    });
}

/// `=41`, and a line that goes on.
fn quoted_printable(place: usize, readings: &Readings, sink: Sink<'_>) {
    exactly(2, 16, place, readings, &mut |number, end| byte(number, end, sink));
    let mut joined = |place| readings.at(place).iter().for_each(|next| sink(*next));
    letter(b'\n', place, readings, &mut joined);
    letter(b'\r', place, readings, &mut |place| letter(b'\n', place, readings, &mut joined));
}

fn doubled(quote: u8, place: usize, readings: &Readings, sink: Sink<'_>) {
    letter(quote, place, readings, &mut |end| sink(Reading::byte(quote, end)));
}

/// What a byte of an escape stands for: itself in UTF-8, or a character of its own.
fn byte(number: u32, end: usize, sink: Sink<'_>) {
    if let Ok(byte) = u8::try_from(number) {
        sink(Reading::byte(byte, end));
        single(byte, end, sink);
    }
}

/// The character that a byte is in Latin-1 and in Windows-1252.
fn single(byte: u8, end: usize, sink: Sink<'_>) {
    if byte >= 0x80 {
        utf8(u32::from(byte), end, sink);
        windows(u32::from(byte), end, sink);
    }
}

fn windows(number: u32, end: usize, sink: Sink<'_>) {
    let index = number.checked_sub(0x80).and_then(|index| usize::try_from(index).ok());
    match index.and_then(|index| WINDOWS.get(index)) {
        None | Some(0) => {}
        Some(point) => utf8(u32::from(*point), end, sink),
    }
}

/// A code point by its number. One below 256 may be meant as a byte.
pub(super) fn code_point(number: u32, end: usize, sink: Sink<'_>) {
    utf8(number, end, sink);
    windows(number, end, sink);
    if let Ok(byte @ 0x80..) = u8::try_from(number) {
        sink(Reading::byte(byte, end));
    }
}

/// The bytes of a code point. Half of a surrogate pair has three bytes too, until the other half is found.
fn utf8(number: u32, end: usize, sink: Sink<'_>) {
    let text = match char::from_u32(number) {
        Some(character) => Reading::of(character.encode_utf8(&mut [0; 4]).as_bytes(), end),
        None if matches!(number, 0xd800..=0xdfff) => {
            let low = |shift: u32| (number >> shift & 0x3f) as u8 | 0x80;
            Reading::of(&[0xed, low(6), low(0)], end)
        }
        None => None,
    };
    text.into_iter().for_each(sink);
}

/// What a character of several bytes leads to.
fn whole(start: &Reading, readings: &Readings, sink: Sink<'_>) {
    match *start.text() {
        // The first half of a surrogate pair.
        [0xed, high @ 0xa0..=0xaf, low] => {
            let first = u32::from(high & 0x0f) << 6 | u32::from(low & 0x3f);
            for next in readings.at(start.end) {
                if let [0xed, high @ 0xb0..=0xbf, low] = *next.text() {
                    let second = u32::from(high & 0x0f) << 6 | u32::from(low & 0x3f);
                    utf8(0x1_0000 + (first << 10) + second, next.end, sink);
                }
            }
        }
        // A text in UTF-8 that was taken for Latin-1, and encoded again.
        [lead @ 0xc2..=0xc3, trail] => sink(Reading::byte((lead & 0x03) << 6 | trail & 0x3f, start.end)),
        _ => {}
    }
}

/// Whether this letter can be read here; calls with the place behind it.
pub(super) fn letter(wanted: u8, place: usize, readings: &Readings, then: &mut dyn FnMut(usize)) {
    for reading in readings.at(place) {
        if reading.as_byte() == Some(wanted) && readings.step() {
            then(reading.end);
        }
    }
}

/// A number of exactly so many digits.
fn exactly(digits: usize, radix: u32, place: usize, readings: &Readings, then: &mut dyn FnMut(u32, usize)) {
    numbers(Digits { radix, value: 0, place, left: digits }, readings, &mut |at| {
        if at.left == 0 {
            then(at.value, at.place);
        }
    });
}

/// A number of as many digits as there are.
pub(super) fn number(radix: u32, place: usize, readings: &Readings, then: &mut dyn FnMut(u32, usize)) {
    numbers(Digits { radix, value: 0, place, left: DIGITS }, readings, &mut |at| {
        if at.left < DIGITS {
            then(at.value, at.place);
        }
    });
}

#[derive(Clone, Copy)]
struct Digits {
    radix: u32,
    value: u32,
    place: usize,
    left: usize,
}

/// Calls with every number that can be read, after each of its digits.
fn numbers(at: Digits, readings: &Readings, then: &mut dyn FnMut(Digits)) {
    then(at);
    if at.left == 0 {
        return;
    }
    for reading in readings.at(at.place) {
        let digit = reading.as_byte().and_then(|byte| char::from(byte).to_digit(at.radix));
        let Some(digit) = digit.filter(|_| readings.step()) else { continue };
        let Some(value) = at.value.checked_mul(at.radix).and_then(|value| value.checked_add(digit)) else { continue };
        numbers(Digits { value, place: reading.end, left: at.left - 1, ..at }, readings, then);
    }
}
