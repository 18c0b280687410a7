//! From the regular expressions of PostgreSQL to those of the `regex` crate. It knows the two grammars and compiles
//! nothing. What the crate has no means for, back references and looking around, is refused like a broken pattern.

mod bracket;
mod class;
mod collating;
mod options;
mod reader;

use options::Options;
use reader::Reader;

/// How deep parentheses may nest.
const DEEPEST: usize = 100;

/// The most repetitions that a bound may ask for.
const MOST_REPEATS: u32 = 255;

/// Translates a pattern; none if PostgreSQL would refuse it, or the crate cannot do it. Case is ignored in the words of the
/// translation itself: the crate holds more letters to be one than PostgreSQL does.
pub(crate) fn translate(pattern: &str, ignore_case: bool) -> Option<String> {
    let mut options = Options { ignore_case, ..Options::default() };
    if let Some(literal) = pattern.strip_prefix("***=") {
        return Some(Reader::new("", options).of_text(literal));
    }
    let pattern = pattern.strip_prefix("***:").unwrap_or(pattern);
    if pattern.starts_with("***") {
        return None;
    }
    let rest = options.embedded(pattern)?;
    if options.literal {
        return Some(Reader::new("", options).of_text(rest));
    }
    let mut reader = Reader::new(rest, options);
    reader.alternatives(0)?;
    reader.rest.is_empty().then_some(reader.out)
}

impl Reader<'_> {
    fn alternatives(&mut self, depth: usize) -> Option<()> {
        loop {
            self.branch(depth)?;
            if !self.take('|') {
                return Some(());
            }
            self.out.push('|');
        }
    }

    fn branch(&mut self, depth: usize) -> Option<()> {
        loop {
            self.skip()?;
            match self.rest.chars().next() {
                None | Some('|' | ')') => return Some(()),
                Some(first) => {
                    self.rest = &self.rest[first.len_utf8()..];
                    let repeatable = self.atom(first, depth)?;
                    self.quantifier(repeatable)?;
                }
            }
        }
    }

    /// Passes over what does not count: comments, and blanks where they are expanded.
    fn skip(&mut self) -> Option<()> {
        loop {
            if let Some(comment) = self.rest.strip_prefix("(?#") {
                self.rest = comment.split_once(')')?.1;
            } else if self.options.expanded && self.rest.starts_with(char::is_whitespace) {
                self.rest = self.rest.trim_start();
            } else if self.options.expanded && self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
            } else {
                return Some(());
            }
        }
    }

    /// One atom or constraint; answers whether it may be repeated.
    fn atom(&mut self, first: char, depth: usize) -> Option<bool> {
        match first {
            '(' => self.group(depth)?,
            '[' => return self.bracket(),
            '.' => self.out.push_str(if self.options.within_lines { "[^\\n]" } else { "(?s:.)" }),
            '^' | '$' => {
                self.out.push_str(match (first, self.options.at_lines) {
                    ('^', false) => r"\A",
                    ('^', true) => "(?m:^)",
                    (_, false) => r"\z",
                    (_, true) => "(?m:$)",
                });
                return Some(false);
            }
            '\\' => return self.escape(),
            '*' | '+' | '?' => return None,
            '{' if self.rest.starts_with(|c: char| c.is_ascii_digit()) => return None,
            other => self.literal(other),
        }
        Some(true)
    }

    fn group(&mut self, depth: usize) -> Option<()> {
        if depth >= DEEPEST {
            return None;
        }
        match self.rest.strip_prefix('?') {
            Some(special) => self.rest = special.strip_prefix(':')?,
            None => self.groups += 1,
        }
        self.out.push_str("(?:");
        self.alternatives(depth + 1)?;
        self.out.push(')');
        self.take(')').then_some(())
    }

    /// A backslash and what follows it, outside of brackets.
    fn escape(&mut self) -> Option<bool> {
        let constraint = match self.rest.chars().next()? {
            'A' => r"\A",
            'm' => r"\b{start}",
            'M' => r"\b{end}",
            'y' => r"\b",
            'Y' => r"\B",
            'Z' => r"\z",
            letter => {
                match class::of_escape(letter) {
                    Some(class) => {
                        self.rest = &self.rest[letter.len_utf8()..];
                        self.out.push_str(&format!("[{class}]"));
                    }
                    None => {
                        let character = self.escaped()?;
                        self.literal(character);
                    }
                }
                return Some(true);
            }
        };
        self.rest = &self.rest[1..];
        self.out.push_str(constraint);
        Some(false)
    }

    /// What says how often the atom before it may stand.
    fn quantifier(&mut self, repeatable: bool) -> Option<()> {
        self.skip()?;
        let bound = self.rest.strip_prefix('{').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        match (self.rest.chars().next(), bound) {
            (_, Some(bound)) => {
                let (bound, rest) = bound.split_once('}')?;
                let (least, most) = bounds(bound)?;
                self.rest = rest;
                self.out.push_str(&format!("{{{least},{most}}}"));
            }
            (Some(sign @ ('*' | '+' | '?')), _) => {
                self.rest = &self.rest[1..];
                self.out.push(sign);
            }
            _ => return Some(()),
        }
        if self.take('?') {
            self.out.push('?');
        }
        // The next one would be a quantifier without an atom, which `atom` refuses.
        repeatable.then_some(())
    }
}

/// The two ends of a bound: `3`, `3,` or `3,5`; an open end is empty.
fn bounds(text: &str) -> Option<(String, String)> {
    let number = |text: &str| -> Option<u32> {
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| plain && *number <= MOST_REPEATS)
    };
    match text.split_once(',') {
        None => number(text).map(|both| (both.to_string(), both.to_string())),
        Some((least, "")) => number(least).map(|least| (least.to_string(), String::new())),
        Some((least, most)) => {
            let (least, most) = (number(least)?, number(most)?);
            (least <= most).then(|| (least.to_string(), most.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    fn found(pattern: &str, text: &str) -> Option<bool> {
        Some(Regex::new(&translate(pattern, false)?).unwrap().is_match(text))
    }

    fn holds(table: &[(&str, &str, bool)]) {
        for (pattern, text, expected) in table {
            assert_eq!(found(pattern, text), Some(*expected), "{pattern} on {text:?}");
        }
    }

    #[test]
    fn patterns_are_not_anchored_and_dots_cross_lines() {
        holds(&[
            ("b.d", "ab\nde", true),
            ("^Test", "a Test", false),
            ("a$", "a\n", false),
            ("^b", "a\nb", false),
            ("", "", true),
            ("a|", "b", true),
            ("a{2,3}b", "aab", true),
            ("a{2}b", "ab", false),
            ("x{", "x{", true),
            ("a]}", "a]}", true),
            ("(a|b)+?c", "abc", true),
        ]);
    }

    #[test]
    fn words_have_a_start_an_end_and_an_edge() {
        holds(&[
            (r"\mseal\M", "a seal here", true),
            (r"\mseal\M", "sealed", false),
            (r"\yse", "a seal", true),
            (r"\yal", "a seal", false),
            (r"\Yal", "a seal", true),
            ("[[:<:]]seal[[:>:]]", "a seal here", true),
            ("[[:<:]]eal", "seal", false),
            (r"\Aa\Z", "a", true),
        ]);
    }

    #[test]
    fn escapes_are_those_of_postgresql_and_not_of_the_crate() {
        holds(&[
            (r"\b", "a b", false),
            (r"\b", "a\u{8}b", true),
            (r"\B", "a\\b", true),
            (r"\d\D\s\S\w\W", "1a b_-", true),
            (r"a\.b", "axb", false),
            (r"^\u0041\U00000042$", "AB", true),
            (r"^\x000000041$", "A", true),
            (r"\cA\e\a\v\f", "\u{1}\u{1b}\u{7}\u{b}\u{c}", true),
            (r"^\0a\012$", "\0a\n", true),
            (r"^\12\101$", "\nA", true),
            (r"^(a)\12$", "a\n", true),
            (r"^[\12\101]+$", "\nA", true),
            (r"^\477$", "'7", true),
        ]);
    }

    #[test]
    fn options_stand_at_the_very_front() {
        holds(&[
            ("(?i)SEAL", "a seal", true),
            ("(?n)^b", "a\nb", true),
            ("(?n)a.b", "a\nb", false),
            ("(?p)a[^x]b", "a\nb", false),
            ("(?p)^b", "a\nb", false),
            ("(?w)a.b$", "a\nb\nc", true),
            ("(?x) a  b # no more\n c", "abc", true),
            ("(?q)a.b", "axb", false),
            ("***=a.b", "a.b", true),
            ("***:a.b", "axb", true),
            ("a(?#why)b", "ab", true),
        ]);
        assert_eq!(translate("(?c)a", true).as_deref(), Some("a"));
    }

    #[test]
    fn what_postgresql_refuses_is_refused() {
        for pattern in [
            "(", ")", "a)", "[a", "*a", "a**", "a+*", "^*", r"\y+", "(*a)", "a|*b", "a{3,2}", "a{256}", "a{1",
            "a{1,x}", "{1}", r"\q", r"\", r"\xg", "(?z)a", "a(?i)b", "***a", "(?P<n>a)", "a{2}{3}", "(?i",
        ] {
            assert_eq!(translate(pattern, false), None, "{pattern}");
        }
        assert_eq!(translate(&"(".repeat(1_000_000), false), None);
    }

    #[test]
    fn what_the_crate_cannot_do_is_refused() {
        for pattern in [
            r"(a)\1",
            r"\1",
            r"(a)(b)\2",
            r"(((((((((((a)))))))))))\11",
            r"[\1]",
            "(?=a)",
            "(?!a)",
            "(?<=a)",
            "(?<!a)",
            "(?b)a",
            "(?e)a",
        ] {
            assert_eq!(translate(pattern, false), None, "{pattern}");
        }
    }

    #[test]
    fn ignoring_case_a_letter_has_one_small_and_one_capital_form() {
        let found = |pattern: &str, text: &str| Regex::new(&translate(pattern, true).unwrap()).unwrap().is_match(text);
        for (pattern, text, expected) in [
            ("^Straße$", "sTRAßE", true),
            ("ss", "ß", false),
            ("s", "ſ", false),
            ("ſ", "S", true),
            ("ſ", "s", false),
            ("σ", "Σ", true),
            ("σ", "ς", false),
            ("ς", "Σ", true),
            ("ǆ", "Ǆ", true),
            ("ǆ", "ǅ", false),
            ("ǅ", "ǆ", true),
            ("ǅ", "ǅ", false),
            ("k", "\u{212a}", false),
            ("[a-c]", "B", true),
            ("[^a-c]", "B", false),
            ("[σ]", "ς", false),
            ("[r-t]", "ſ", false),
            ("[\u{17e}-\u{180}]", "S", true),
            ("ø", "Ø", true),
            (r"\u00f8", "Ø", true),
            ("(?q)a.B", "A.b", true),
            ("***=a.B", "A.b", true),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern} on {text:?}");
        }
    }
}
