//! Classes of characters, as a server with a UTF-8 locale of glibc has them; what the crate means by the same letters is
//! wider. And the characters that have two forms.

use std::sync::LazyLock;

use crate::store::case::{lower_of, upper_of};

/// Letters, and digits that are not those of ASCII.
const ALPHA: &str = r"\p{Alphabetic}[\p{Nd}--0-9]";
const DIGIT: &str = "0-9";
/// Spaces except for the non-breaking ones.
const SPACE: &str = r"\t-\r\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}";
const BLANK: &str = r"\t\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{205f}\x{3000}";
const WORD: &str = r"\p{Alphabetic}\p{Nd}_";
/// What is neither a control character nor a space.
const GRAPH: &str =
    r"[^\p{Cc}\p{Cn}\t-\r\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}]";
/// The same without letters and digits.
const PUNCT: &str = concat!(
    r"[^\p{Cc}\p{Cn}\t-\r\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}",
    r"\p{Alphabetic}\p{Nd}]"
);

/// The part of a bracket expression that a letter after a backslash stands for.
pub(super) fn of_escape(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => DIGIT,
        'D' => "[^0-9]",
        's' => SPACE,
        'S' => r"[^\t-\r\x20\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}]",
        'w' => WORD,
        'W' => r"[^\p{Alphabetic}\p{Nd}_]",
        _ => return None,
    })
}

/// A named class. Without regard to case the two cases are one.
pub(super) fn named(name: &str, ignore_case: bool) -> Option<&'static str> {
    Some(match name {
        "alpha" => ALPHA,
        "lower" | "upper" if ignore_case => ALPHA,
        "lower" => r"\p{Lowercase}",
        "upper" => r"\p{Uppercase}",
        "alnum" => r"\p{Alphabetic}\p{Nd}",
        "digit" => DIGIT,
        "xdigit" => "0-9A-Fa-f",
        "space" => SPACE,
        "blank" => BLANK,
        "punct" => PUNCT,
        "cntrl" => r"\p{Cc}\x{2028}\x{2029}",
        "graph" => GRAPH,
        "print" => r"[^\p{Cc}\p{Cn}\p{Zl}\p{Zp}]",
        "word" => WORD,
        "ascii" => r"\x00-\x7f",
        _ => return None,
    })
}

/// Every character that has two forms, with the form that is not itself; one that is neither has both.
static FORMS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let forms = |character: char| {
        let others = [lower_of(character), upper_of(character)];
        others.into_iter().filter(move |other| *other != character).map(move |other| (character, other))
    };
    (0..=u32::from(char::MAX)).filter_map(char::from_u32).flat_map(forms).collect()
});

/// The other forms of the characters of a range that lie outside of it.
pub(super) fn other_forms(from: char, to: char) -> impl Iterator<Item = char> {
    let range = from..=to;
    let first = FORMS.partition_point(|(character, _)| *character < from);
    let within = FORMS[first..].iter().take_while(move |(character, _)| *character <= to);
    within.map(|(_, other)| *other).filter(move |other| !range.contains(other))
}
