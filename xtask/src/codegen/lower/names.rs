//! Names of the document as names of Rust. The wire name always stands beside the result.

use heck::{ToShoutySnakeCase as _, ToSnakeCase as _, ToUpperCamelCase as _};

/// Words that cannot be names of fields, methods or modules, in any edition so far.
const KEYWORDS: [&str; 52] = [
    "Self", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A field, method or module: `orderNo` is `order_no`, `type` is `type_`, `2fa` is `n2fa`.
pub(crate) fn snake(wire: &str) -> String {
    escape(&wire.to_snake_case(), "n")
}

/// A type or variant: `orderNo` is `OrderNo`, `Self` is `Self_`.
pub(crate) fn camel(wire: &str) -> String {
    escape(&wire.to_upper_camel_case(), "N")
}

/// A type that belongs to a member of another: `Pen` and `nib` make `PenNib`.
pub(super) fn member(owner: &str, wire: &str) -> String {
    escape(&format!("{}{}", owner.trim_end_matches('_'), wire.to_upper_camel_case()), "N")
}

/// A constant: `orderNo` is `ORDER_NO`.
pub(crate) fn shouty(wire: &str) -> String {
    escape(&wire.to_shouty_snake_case(), "N")
}

/// The constant of a credential that schemes share: `drawer/token` is `DRAWER_TOKEN`.
pub(crate) fn shared_constant(credential: &str) -> String {
    shouty(&credential.replace(['/', '-'], "_"))
}

fn escape(name: &str, prefix: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("{prefix}{name}");
    }
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// Whether a name written by hand into a document can be used as it is.
pub(crate) fn is_identifier(name: &str) -> bool {
    let start = name.starts_with(|c: char| c.is_ascii_alphabetic());
    start && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !KEYWORDS.contains(&name)
}

/// Whether a name is one of a type as Rust writes them.
pub(crate) fn is_type(name: &str) -> bool {
    let is_camel = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.trim_end_matches('_').contains('_');
    is_identifier(name) && is_camel
}

/// Whether a name is one of a field as Rust writes them.
pub(crate) fn is_field(name: &str) -> bool {
    is_identifier(name) && !name.contains(|c: char| c.is_ascii_uppercase())
}

/// Whether a word cannot be a name at all.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// The name, or with the first number that makes it one of its own: `pen`, `pen2`, `pen3`. The underscore that tells a name
/// from a keyword gives way to the number: `type_`, `type2`.
pub(crate) fn free(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while is_taken(&free) {
        free = format!("{}{number}", name.trim_end_matches('_'));
        number += 1;
    }
    free
}

/// A text of any script and any signs in words of ASCII, so that a name can be made of it: `+1` is `plus 1`, `a<b` is
/// `a less b`. Signs between words are what keeps them apart and no words of their own.
pub(crate) fn spelled(wire: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if is_identifier(&wire.to_snake_case()) && wire.is_ascii() && wire.starts_with(is_word) && wire.ends_with(is_word) {
        return wire.to_owned();
    }
    let mut spelled = String::new();
    let letters: Vec<char> = wire.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let between = |index: Option<&char>| index.is_some_and(|other| other.is_ascii_alphanumeric());
        let joins = between(at.checked_sub(1).and_then(|before| letters.get(before))) && between(letters.get(at + 1));
        match (letter, sign(*letter)) {
            (letter, _) if is_word(*letter) => spelled.push(*letter),
            (' ' | '-' | '.' | '/' | ':' | '\t' | '\n', _) if joins => spelled.push('_'),
            (_, Some(word)) => spelled.push_str(&format!("_{word}_")),
            (' ', None) => spelled.push('_'),
            (letter, None) => spelled.push_str(&format!("_u{:x}_", u32::from(*letter))),
        }
    }
    // A sign that only stands around a name, as in `[]`, is not part of it where there are words.
    if spelled.chars().any(|c| c.is_ascii_alphanumeric()) { spelled } else { "empty".to_owned() }
}

fn sign(letter: char) -> Option<&'static str> {
    Some(match letter {
        '+' => "plus",
        '-' | '\u{2212}' => "minus",
        '<' => "less",
        '>' => "greater",
        '=' => "equal",
        '!' => "not",
        '*' => "star",
        '&' => "and",
        '|' => "or",
        '%' => "percent",
        '#' => "hash",
        '$' => "dollar",
        '@' => "at",
        '~' => "tilde",
        '.' => "dot",
        ',' => "comma",
        ':' => "colon",
        ';' => "semicolon",
        '/' => "slash",
        '\\' => "backslash",
        '?' => "question",
        '^' => "caret",
        '(' | ')' | '[' | ']' | '{' | '}' | '"' | '\'' | '`' => "",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_get_a_trailing_underscore() {
        assert_eq!(snake("type"), "type_");
        assert_eq!(snake("Async"), "async_");
        assert_eq!(snake("default"), "default");
        assert_eq!(camel("self"), "Self_");
        assert_eq!(shouty("type"), "TYPE");
    }

    #[test]
    fn acronyms_are_words_and_digits_are_kept_behind_a_letter() {
        assert_eq!(camel("DAVServer"), "DavServer");
        assert_eq!(snake("listDAVServers"), "list_dav_servers");
        assert_eq!(snake("2fa"), "n2fa");
        assert_eq!(shouty("ID"), "ID");
    }

    #[test]
    fn a_number_takes_the_place_of_the_underscore_of_a_keyword() {
        assert_eq!(free("pen", |_| false), "pen");
        assert_eq!(free("pen", |name| ["pen", "pen2"].contains(&name)), "pen3");
        assert_eq!(free("Self_", |name| name == "Self_"), "Self2");
        assert_eq!(member(&camel("Self"), "Body"), "SelfBody");
    }

    #[test]
    fn signs_are_dropped() {
        assert_eq!(snake("+tags"), "tags");
        assert_eq!(snake("If-None-Match"), "if_none_match");
    }
}
