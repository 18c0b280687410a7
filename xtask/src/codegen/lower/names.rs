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
pub fn snake(wire: &str) -> String {
    escape(&wire.to_snake_case(), "n")
}

/// A type or variant: `orderNo` is `OrderNo`, `Self` is `Self_`.
pub fn camel(wire: &str) -> String {
    escape(&wire.to_upper_camel_case(), "N")
}

/// A type that belongs to a member of another: `Pen` and `nib` make `PenNib`.
pub fn member(owner: &str, wire: &str) -> String {
    escape(&format!("{}{}", owner.trim_end_matches('_'), wire.to_upper_camel_case()), "N")
}

/// A constant: `orderNo` is `ORDER_NO`.
pub fn shouty(wire: &str) -> String {
    escape(&wire.to_shouty_snake_case(), "N")
}

fn escape(name: &str, prefix: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return format!("{prefix}{name}");
    }
    if KEYWORDS.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// Whether a name written by hand into a document can be used as it is.
pub fn is_identifier(name: &str) -> bool {
    let start = name.starts_with(|c: char| c.is_ascii_alphabetic());
    start && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !KEYWORDS.contains(&name)
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
    fn signs_are_dropped() {
        assert_eq!(snake("+tags"), "tags");
        assert_eq!(snake("If-None-Match"), "if_none_match");
    }
}
