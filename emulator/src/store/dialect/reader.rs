//! A pattern that is read, and its translation that is written: the steps that all parts of the grammar take.

use super::options::Options;

/// Reads a pattern from front to end and writes its translation.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub rest: &'a str,
    pub options: Options,
    pub out: String,
}

impl Reader<'_> {
    /// The character that an escape stands for.
    pub fn escaped(&mut self) -> Option<char> {
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
            // A back reference, or a letter without a meaning.
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

    pub fn literal(&mut self, character: char) {
        self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
    }

    pub fn take(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}
