//! Bracket expressions: `[a-z[:digit:]]`. Inside of them the two grammars differ most: the crate has operators and
//! nested brackets where PostgreSQL has plain characters.

use super::reader::Reader;

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
            self.out.push_str(&number(from));
            return Some(());
        }
        self.take('-');
        let Part::Character(to) = self.element()? else { return None };
        self.out.push_str(&format!("{}-{}", number(from), number(to)));
        (from <= to).then_some(())
    }

    fn element(&mut self) -> Option<Part> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        match (character, self.rest.chars().next()) {
            ('[', Some(':')) => {
                let name = self.enclosed(":", ":]")?;
                class(name, self.options.ignore_case).map(Part::Class)
            }
            ('[', Some('.')) => single(self.enclosed(".", ".]")?).map(Part::Character),
            ('[', Some('=')) => single(self.enclosed("=", "=]")?).map(Part::Character),
            ('\\', Some(letter)) => match class_escape(letter) {
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
    /// What stands between two marks.
    fn enclosed(&mut self, open: &str, close: &str) -> Option<&'a str> {
        let (inner, rest) = self.rest.strip_prefix(open)?.split_once(close)?;
        self.rest = rest;
        Some(inner)
    }
}

/// The part of a class that a letter after a backslash stands for.
pub(super) fn class_escape(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "0-9",
        'D' => "[^0-9]",
        's' => r"\s",
        'S' => r"\S",
        'w' => r"\w",
        'W' => r"\W",
        _ => return None,
    })
}

/// A named class. Without regard to case the two cases are one.
fn class(name: &str, ignore_case: bool) -> Option<&'static str> {
    Some(match name {
        "alpha" => r"\p{Alphabetic}",
        "lower" | "upper" if ignore_case => r"\p{Alphabetic}",
        "lower" => r"\p{Lowercase}",
        "upper" => r"\p{Uppercase}",
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "digit" => "0-9",
        "xdigit" => "0-9A-Fa-f",
        "space" => r"\s",
        "blank" => r"\t\p{Zs}",
        "punct" => r"\p{P}\p{S}",
        "cntrl" => r"\p{Cc}",
        "graph" => r"[^\p{C}\p{Z}]",
        "print" => r"[^\p{Cc}\p{Cn}\p{Zl}\p{Zp}]",
        "word" => r"\w",
        _ => return None,
    })
}

/// The only character of a collating element; those with names are not known.
fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

fn number(character: char) -> String {
    format!("\\x{{{:x}}}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use regex::RegexBuilder;

    use crate::store::dialect::translate;

    fn found(pattern: &str, ignore_case: bool, text: &str) -> Option<bool> {
        let pattern = translate(pattern, ignore_case)?;
        Some(RegexBuilder::new(&pattern.pattern).case_insensitive(pattern.ignore_case).build().ok()?.is_match(text))
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
            r"[\A]",
            "[a",
            "[[:alpha:",
            r"[a\",
        ] {
            assert_eq!(translate(pattern, false), None, "{pattern}");
        }
    }
}
