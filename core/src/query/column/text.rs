//! Conditions on columns of text.

use super::Column;
use crate::query::{Filter, Model, Text};

impl<E: Model, T: Text, K> Column<E, T, K> {
    fn text(self, operator: &'static str, pattern: &str) -> Filter<E> {
        Filter::leaf(self.path(), operator, pattern.into(), T::COMPARISON)
    }

    /// Like the pattern, where `%` stands for any text and `_` for one character, unless `\` stands before it; capitals matter.
    pub fn like(self, pattern: &str) -> Filter<E> {
        self.text("~~", pattern)
    }

    /// Like the pattern, whatever the capitals.
    pub fn ilike(self, pattern: &str) -> Filter<E> {
        self.text("~~*", pattern)
    }

    /// Not like the pattern; capitals matter.
    pub fn not_like(self, pattern: &str) -> Filter<E> {
        self.text("!~~", pattern)
    }

    /// Not like the pattern, whatever the capitals.
    pub fn not_ilike(self, pattern: &str) -> Filter<E> {
        self.text("!~~*", pattern)
    }

    /// Begins with exactly this text: `%`, `_` and `\` mean themselves. Capitals matter.
    pub fn starts_with(self, text: &str) -> Filter<E> {
        self.like(&format!("{}%", escaped(text)))
    }

    /// Begins with this text, whatever the capitals.
    pub fn istarts_with(self, text: &str) -> Filter<E> {
        self.ilike(&format!("{}%", escaped(text)))
    }

    /// Ends with exactly this text: `%`, `_` and `\` mean themselves. Capitals matter.
    pub fn ends_with(self, text: &str) -> Filter<E> {
        self.like(&format!("%{}", escaped(text)))
    }

    /// Ends with this text, whatever the capitals.
    pub fn iends_with(self, text: &str) -> Filter<E> {
        self.ilike(&format!("%{}", escaped(text)))
    }

    /// Contains exactly this text: `%`, `_` and `\` mean themselves. Capitals matter.
    pub fn contains(self, text: &str) -> Filter<E> {
        self.like(&format!("%{}%", escaped(text)))
    }

    /// Contains this text, whatever the capitals.
    pub fn icontains(self, text: &str) -> Filter<E> {
        self.ilike(&format!("%{}%", escaped(text)))
    }

    /// Contains a match of the regular expression (PostgreSQL dialect, not anchored); capitals matter.
    pub fn matches(self, pattern: &str) -> Filter<E> {
        self.text("~", pattern)
    }

    /// Contains a match of the regular expression, whatever the capitals.
    pub fn imatches(self, pattern: &str) -> Filter<E> {
        self.text("~*", pattern)
    }

    /// Contains no match of the regular expression; capitals matter.
    pub fn not_matches(self, pattern: &str) -> Filter<E> {
        self.text("!~", pattern)
    }

    /// Contains no match of the regular expression, whatever the capitals.
    pub fn not_imatches(self, pattern: &str) -> Filter<E> {
        self.text("!~*", pattern)
    }
}

/// The text as a pattern that only itself is like: the server takes a character after a backslash for itself.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::query::{Column, Model};

    struct Pen;
    impl Model for Pen {
        const RESOURCE: &'static str = "pens";
    }
    const INK: Column<Pen, String> = Column::new("ink");
    const NOTE: Column<Pen, Option<String>> = Column::new("note");

    #[test]
    fn a_text_within_a_pattern_means_itself() {
        assert_eq!(INK.starts_with("50%").to_json(), json!({"ink": {"~~": "50\\%%"}}));
        assert_eq!(INK.ends_with("a_b").to_json(), json!({"ink": {"~~": "%a\\_b"}}));
        assert_eq!(INK.contains("c:\\d").to_json(), json!({"ink": {"~~": "%c:\\\\d%"}}));
        assert_eq!(NOTE.istarts_with("Blue").to_json(), json!({"note": {"~~*": "Blue%"}}));
        assert_eq!(NOTE.iends_with("%").to_json(), json!({"note": {"~~*": "%\\%"}}));
        assert_eq!(NOTE.icontains("").to_json(), json!({"note": {"~~*": "%%"}}));
    }
}
