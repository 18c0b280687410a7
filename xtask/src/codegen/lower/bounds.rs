//! The bounds of a value, in words: no one checks them unasked, and a server may say no to what is beyond them.

use crate::codegen::model::{Bound, Number};

/// What separates bounds from the words before them: they are a paragraph of their own.
pub(crate) const BEGIN: &str = "\n\nBounds: ";

/// The description of a member with its bounds behind it, if it has any.
pub(super) fn documented(description: String, rules: &[Bound]) -> String {
    let bounds = of(rules);
    if bounds.is_empty() {
        return description;
    }
    format!("{description}{BEGIN}{}.", bounds.join(", "))
}

fn of(rules: &[Bound]) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = rules;
    while let [first, after @ ..] = rest {
        let (word, left) = match (first, after) {
            (
                Bound::Count(least @ ("MinLength" | "MinItems" | "MinProperties"), count),
                [Bound::Count(_, most), left @ ..],
            ) => (Some(range(*count, *most, what(least))), left),
            (Bound::Count(name, count), left) => {
                let kind = if name.starts_with("Min") { "at least" } else { "at most" };
                (Some(format!("{kind} {count} {}", what(name))), left)
            }
            (Bound::Limit(name, number), left) => (Some(format!("{} {}", limit(name), shown(*number))), left),
            // A pattern with a mark of code in it cannot stand as code.
            (Bound::Pattern(pattern), left) => (
                Some(pattern)
                    .filter(|pattern| !pattern.contains(['`', '\n', '\r']))
                    .map(|pattern| format!("the pattern `{pattern}`")),
                left,
            ),
            (Bound::UniqueItems, left) => (Some("each once".to_owned()), left),
        };
        words.extend(word);
        rest = left;
    }
    words
}

fn what(name: &str) -> &'static str {
    match name {
        "MinLength" | "MaxLength" => "characters",
        "MinItems" | "MaxItems" => "elements",
        _ => "members",
    }
}

fn range(least: usize, most: usize, what: &str) -> String {
    if least == most { format!("{least} {what}") } else { format!("{least} to {most} {what}") }
}

fn limit(name: &str) -> &'static str {
    match name {
        "Minimum" => "at least",
        "ExclusiveMinimum" => "more than",
        "Maximum" => "at most",
        "ExclusiveMaximum" => "less than",
        _ => "multiples of",
    }
}

fn shown(number: Number) -> String {
    match number {
        Number::Integer(number) => number.to_string(),
        Number::Float(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(schema: &str) -> String {
        let schema: openapiv3::Schema = serde_json::from_str(schema).unwrap();
        documented("A pen.".to_owned(), &crate::codegen::lower::rules::of(&schema))
    }

    #[test]
    fn bounds_are_said_behind_the_words() {
        for (schema, bounds) in [
            (
                r#"{"type": "string", "minLength": 2, "maxLength": 9, "pattern": "^a+$"}"#,
                "2 to 9 characters, the pattern `^a+$`",
            ),
            (r#"{"type": "string", "minLength": 0, "maxLength": 9}"#, "at most 9 characters"),
            (r#"{"type": "integer", "minimum": 1, "maximum": 9, "exclusiveMaximum": true}"#, "at least 1, less than 9"),
            (
                r#"{"type": "number", "minimum": 0.5, "exclusiveMinimum": true, "multipleOf": 0.5}"#,
                "more than 0.5, multiples of 0.5",
            ),
            (
                r#"{"type": "array", "minItems": 3, "maxItems": 3, "uniqueItems": true, "items": {"type": "string"}}"#,
                "3 elements, each once",
            ),
            (r#"{"type": "object", "minProperties": 1}"#, "at least 1 members"),
        ] {
            assert_eq!(said(schema), format!("A pen.\n\nBounds: {bounds}."));
        }
        for schema in [r#"{"type": "string"}"#, r#"{"type": "string", "pattern": "a`b"}"#, r#"{"type": "boolean"}"#] {
            assert_eq!(said(schema), "A pen.");
        }
    }
}
