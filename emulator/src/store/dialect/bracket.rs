//! Bracket expressions: `[a-z[:digit:]]`. Inside of them the two grammars differ most: the crate has operators and
//! nested brackets where PostgreSQL has plain characters.

use super::reader::{Reader, number};
use super::{class, collating};
use crate::store::case::{lower_of, upper_of};

/// What one part of a bracket expression stands for.
enum Part {
    Character(char),
    Class(&'static str),
}

impl Reader<'_> {
    /// A bracket expression after its opening; answers whether it may be repeated.
    pub(super) fn bracket(&mut self) -> Option<bool> {
        for (word, constraint) in [("[:<:]]", r"\b{start}"), ("[:>:]]", r"\b{end}")] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                self.out.push_str(constraint);
                return Some(false);
            }
        }
        self.out.push('[');
        if self.take('^') {
            self.out.push('^');
            if self.options.within_lines {
                self.out.push_str("\\n");
            }
        }
        let mut first = true;
        while first || !self.take(']') {
            self.part(first)?;
            first = false;
        }
        self.out.push(']');
        Some(true)
    }

    /// A character, a range or a class.
    fn part(&mut self, first: bool) -> Option<()> {
        let last = self.rest.starts_with("-]");
        if self.rest.starts_with('-') && !first && !last {
            return None;
        }
        let from = match self.element()? {
            Part::Class(class) => {
                self.out.push_str(class);
                return Some(());
            }
            Part::Character(from) => from,
        };
        if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
            self.range(from, from);
            return Some(());
        }
        self.take('-');
        let Part::Character(to) = self.element()? else { return None };
        if from > to {
            return None;
        }
        self.range(from, to);
        Some(())
    }

    /// A range of characters, and where case does not count the other forms of each.
    fn range(&mut self, from: char, to: char) {
        match (from == to, self.options.ignore_case) {
            // A letter of both cases, neither of which it is itself, stands for those alone.
            (true, true) => {
                let (small, capital) = (lower_of(from), upper_of(from));
                self.out.push_str(&number(small));
                self.out.push_str(&number(capital));
            }
            (true, false) => self.out.push_str(&number(from)),
            (false, _) => self.out.push_str(&format!("{}-{}", number(from), number(to))),
        }
        if from < to && self.options.ignore_case {
            for other in class::other_forms(from, to) {
                self.out.push_str(&number(other));
            }
        }
    }

    fn element(&mut self) -> Option<Part> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        match (character, self.rest.chars().next()) {
            ('[', Some(':')) => {
                let name = self.enclosed(":", ":]")?;
                class::named(name, self.options.ignore_case).map(Part::Class)
            }
            ('[', Some('.')) => collating::element(self.enclosed(".", ".]")?).map(Part::Character),
            ('[', Some('=')) => collating::element(self.enclosed("=", "=]")?).map(Part::Character),
            ('\\', Some(letter)) => match class::of_escape(letter) {
                Some(class) => {
                    self.rest = &self.rest[1..];
                    Some(Part::Class(class))
                }
                None => self.escaped().map(Part::Character),
            },
            ('\\', None) => None,
            _ => Some(Part::Character(character)),
        }
    }
}

impl<'a> Reader<'a> {
    /// What is between two delimiters.
    fn enclosed(&mut self, open: &str, close: &str) -> Option<&'a str> {
        let (inner, rest) = self.rest.strip_prefix(open)?.split_once(close)?;
        self.rest = rest;
        Some(inner)
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use crate::store::dialect::translate;

    fn found(pattern: &str, ignore_case: bool, text: &str) -> Option<bool> {
        Some(Regex::new(&translate(pattern, ignore_case)?).unwrap().is_match(text))
    }

    #[test]
    fn named_classes_know_more_than_ascii() {
        for (pattern, text, expected) in [
            ("^[[:alpha:]]+$", "Ærø", true),
            ("^[[:upper:]]", "ærø", false),
            ("[[:digit:][:blank:]]", "a b", true),
            ("^[^[:space:]]+$", "a b", false),
            ("^[[:punct:]]+$", "-+!", true),
            ("^[[:xdigit:]]+$", "afG", false),
            ("^[[:print:]]+$", "a b\u{7}", false),
            ("^[[:graph:]]+$", "aø!", true),
            ("[[:cntrl:]]", "a\tb", true),
            ("^[[:alnum:]_]+$", "a1_", true),
            ("^[[:word:]]+$", "a1_", true),
            ("^[[:ascii:]]+$", "a~\u{7f}", true),
            ("[[:ascii:]]", "ø", false),
            ("^[^[:ascii:]]$", "ø", true),
            (r"^\w$", "\u{301}", false),
            (r"^\W$", "\u{301}", true),
            (r"^\w+$", "aø٣_", true),
            (r"\w", "-\u{203f}", false),
            (r"^\s+$", " \t\n\u{2003}\u{2028}", true),
            (r"\s", "\u{a0}\u{2007}\u{202f}\u{85}", false),
            ("[[:space:]]", "\u{a0}", false),
            ("^[[:graph:]]$", "\u{a0}", true),
            ("^[[:punct:]]+$", "\u{a0}+\u{301}", true),
            ("^[[:blank:]]+$", " \t\u{3000}", true),
        ] {
            assert_eq!(found(pattern, false, text), Some(expected), "{pattern} on {text:?}");
        }
        assert_eq!(found("^[[:upper:]]+$", true, "ærø"), Some(true));
    }

    #[test]
    fn what_is_an_operator_in_the_crate_is_a_character_here() {
        for (pattern, text, expected) in [
            ("^[a&&b]+$", "a&b", true),
            ("^[a~~b]+$", "a~b", true),
            ("^[[a]+$", "[a", true),
            ("^[]a]+$", "]a", true),
            ("^[^]a]+$", "]", false),
            ("^[a-]+$", "a-", true),
            ("^[-a]+$", "a-", true),
            ("^[+--]+$", ",-", true),
            ("^[[.-.]a]+$", "a-", true),
            ("^[[.hyphen.]]$", "-", true),
            ("^[[.hyphen-minus.]a]+$", "a-", true),
            ("^[[=left-square-bracket=]]$", "[", true),
            ("^[[.A.]-[.Z.]]+$", "AZ", true),
            ("^[[.NUL.]]$", "\0", true),
            ("^[[=a=]]+$", "a", true),
            (r"^[\d\-\]]+$", "1-]", true),
            (r"^[\b]$", "\u{8}", true),
            (r"^[a\D]+$", "ab", true),
            (r"^[\n-\r]$", "\u{b}", true),
        ] {
            assert_eq!(found(pattern, false, text), Some(expected), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn broken_brackets_are_refused() {
        for pattern in [
            "[",
            "[]",
            "[^]",
            "[b-a]",
            "[a-c-e]",
            r"[\w-z]",
            "[[:none:]]",
            "[[.ab.]]",
            "[[.hyphen]]",
            r"[\A]",
            "[a",
            "[[:alpha:",
            r"[a\",
        ] {
            assert_eq!(translate(pattern, false), None, "{pattern}");
        }
    }
}
