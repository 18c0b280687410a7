//! The bounds of a value, in words: they are not checked, and a server may say no to what is beyond them.

use std::fmt::Display;

use openapiv3::{ReferenceOr, Schema, SchemaKind, Type as SchemaType};

/// What separates bounds from the words before them: they are a paragraph of their own.
pub(crate) const BEGIN: &str = "\n\nBounds: ";

/// The description of a member with its bounds behind it, if it has any.
pub(super) fn documented(description: String, schema: &ReferenceOr<Schema>) -> String {
    let bounds = schema.as_item().map(of).unwrap_or_default();
    if bounds.is_empty() {
        return description;
    }
    format!("{description}{BEGIN}{}.", bounds.join(", "))
}

fn of(schema: &Schema) -> Vec<String> {
    let SchemaKind::Type(ty) = &schema.schema_kind else { return Vec::new() };
    match ty {
        SchemaType::String(text) => {
            let mut bounds = range(text.min_length, text.max_length, " characters");
            // A pattern with a mark of code in it cannot stand as code.
            let pattern = text.pattern.as_ref().filter(|pattern| !pattern.contains(['`', '\n', '\r']));
            bounds.extend(pattern.map(|pattern| format!("the pattern `{pattern}`")));
            bounds
        }
        SchemaType::Integer(number) => {
            let mut bounds = limits(number.minimum, number.exclusive_minimum, number.maximum, number.exclusive_maximum);
            bounds.extend(number.multiple_of.map(|of| format!("multiples of {of}")));
            bounds
        }
        SchemaType::Number(number) => {
            let mut bounds = limits(number.minimum, number.exclusive_minimum, number.maximum, number.exclusive_maximum);
            bounds.extend(number.multiple_of.map(|of| format!("multiples of {of}")));
            bounds
        }
        SchemaType::Array(list) => {
            let mut bounds = range(list.min_items, list.max_items, " elements");
            bounds.extend(list.unique_items.then(|| "each once".to_owned()));
            bounds
        }
        SchemaType::Object(object) => range(object.min_properties, object.max_properties, " members"),
        SchemaType::Boolean(_) => Vec::new(),
    }
}

fn range(least: Option<usize>, most: Option<usize>, what: &str) -> Vec<String> {
    match (least.filter(|least| *least > 0), most) {
        (None, None) => Vec::new(),
        (Some(least), Some(most)) if least == most => vec![format!("{least}{what}")],
        (Some(least), Some(most)) => vec![format!("{least} to {most}{what}")],
        (Some(least), None) => vec![format!("at least {least}{what}")],
        (None, Some(most)) => vec![format!("at most {most}{what}")],
    }
}

fn limits<N: Display>(least: Option<N>, is_above: bool, most: Option<N>, is_below: bool) -> Vec<String> {
    let least = least.map(|least| format!("{} {least}", if is_above { "more than" } else { "at least" }));
    let most = most.map(|most| format!("{} {most}", if is_below { "less than" } else { "at most" }));
    least.into_iter().chain(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(schema: &str) -> String {
        let schema: Schema = serde_json::from_str(schema).unwrap();
        documented("A pen.".to_owned(), &ReferenceOr::Item(schema))
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
