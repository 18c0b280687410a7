//! A pattern that is read, and its translation that is written: the steps that all parts of the grammar take.

use super::options::Options;
use crate::store::case::{lower_of, upper_of};

/// Reads a pattern from front to end and writes its translation.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub rest: &'a str,
    pub options: Options,
    pub out: String,
    /// The groups that have been opened, to which a back reference could lead.
    pub groups: u32,
}

impl<'a> Reader<'a> {
    pub(super) fn new(rest: &'a str, options: Options) -> Self {
        Self { rest, options, out: String::new(), groups: 0 }
    }

    /// The pattern that a text is which is not a pattern.
    pub(super) fn of_text(mut self, text: &str) -> String {
        text.chars().for_each(|character| self.literal(character));
        self.out
    }

    /// The character that an escape stands for.
    pub(super) fn escaped(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        match letter {
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'B' => Some('\\'),
            'c' => {
                let control = self.rest.chars().next()?;
                self.rest = &self.rest[control.len_utf8()..];
                char::from_u32(u32::from(control) & 0x1f)
            }
            'e' => Some('\u{1b}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'u' => self.number(16, 4, 4),
            'U' => self.number(16, 8, 8),
            'x' => self.number(16, 1, usize::MAX),
            '0' => self.number(8, 0, 2),
            digit @ '1'..='9' => self.octal(digit),
            // A letter without a meaning.
            other if other.is_ascii_alphanumeric() => None,
            other => Some(other),
        }
    }

    /// A character by its number in so many digits.
    fn number(&mut self, radix: u32, least: usize, most: usize) -> Option<char> {
        let digits = self.rest.chars().take(most).take_while(|digit| digit.is_digit(radix)).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = number.trim_start_matches('0');
        let value = if number.is_empty() { 0 } else { u32::from_str_radix(number, radix).ok()? };
        if digits < least { None } else { char::from_u32(value) }
    }

    /// The character that several digits stand for, unless they are a back reference: a single one always is, more if there
    /// are so many groups already.
    fn octal(&mut self, first: char) -> Option<char> {
        let decimal = 1 + self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits: String = [first].into_iter().chain(self.rest.chars()).take(decimal).collect();
        let refers = digits.len() == 1 || digits.parse::<u32>().is_ok_and(|number| number <= self.groups);
        let octal: String = digits.chars().take(3).take_while(|digit| digit.is_digit(8)).collect();
        if refers || octal.is_empty() {
            return None;
        }
        // A third digit that leads beyond one byte stands for itself.
        let value = u32::from_str_radix(&octal, 8).ok()?;
        let (value, length) = if value > 0xff { (value >> 3, 2) } else { (value, octal.len()) };
        self.rest = &self.rest[length - 1..];
        char::from_u32(value)
    }

    /// A character that stands for itself, and where case does not count for its other form.
    pub(super) fn literal(&mut self, character: char) {
        let (small, capital) = (lower_of(character), upper_of(character));
        if self.options.ignore_case && small != capital {
            self.out.push_str(&format!("[{}{}]", number(small), number(capital)));
        } else {
            self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
        }
    }

    pub(super) fn take(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// A character by its number, which means nothing else in any place.
pub(super) fn number(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}
