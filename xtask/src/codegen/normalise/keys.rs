//! Keys of schemas: those that mean nothing on the wire are passed over, those that do not fit the type of the schema are passed
//! over with a line in the report.

use std::collections::HashSet;

use super::dialect::{NEVER, NULL};
use super::report::{REFUSED, Report};
use crate::codegen::location::Location;
use crate::codegen::model::as_whole;
use crate::yaml::{Map, Node};

/// Keys that say something about a schema of any type.
const OF_ANY: [&str; 16] = [
    "type",
    "nullable",
    "default",
    "description",
    "title",
    "deprecated",
    "readOnly",
    "writeOnly",
    "enum",
    "oneOf",
    "anyOf",
    "allOf",
    "discriminator",
    "$ref",
    "format",
    "not",
];

/// Annotations that a document or an overlay may carry.
pub(super) const KEPT: [&str; 10] = [
    super::siblings::IGNORED,
    "x-rust-name",
    "x-rust-type",
    "x-credential",
    "x-enum",
    "x-one-of",
    "x-flag",
    "x-timestamp",
    "x-values",
    "x-properties",
];

/// What schemas say to people, and what only a validator asks for.
const SILENT: [&str; 28] = [
    "example",
    "examples",
    "externalDocs",
    "xml",
    "$comment",
    "$schema",
    "$id",
    "$anchor",
    "$defs",
    "definitions",
    "if",
    "then",
    "else",
    "not",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contentSchema",
    "$vocabulary",
    "$dynamicAnchor",
    "id",
    "optional",
];

/// Whether a key says something about values of this type.
pub(super) fn fits(ty: &str, key: &str) -> bool {
    let own: &[&str] = match ty {
        "string" => &["pattern", "minLength", "maxLength"],
        "integer" | "number" => &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        "array" => &["items", "uniqueItems", "minItems", "maxItems"],
        "object" => &["properties", "required", "additionalProperties", "minProperties", "maxProperties"],
        _ => &[],
    };
    own.contains(&key) || matches!(key, "enum" | "format")
}

/// The type of a value, if it is one that a schema can name.
pub(super) fn type_of(value: &Node) -> Option<&'static str> {
    match value {
        Node::Null => None,
        Node::Bool(_) => Some("boolean"),
        Node::Int(_) => Some("integer"),
        Node::Float(_) => Some("number"),
        Node::Text(_) => Some("string"),
        Node::List(_) => Some("array"),
        Node::Map(_) => Some("object"),
    }
}

/// Passes over the keys of one schema that mean nothing.
pub(super) fn apply(node: &mut Node, location: &Location, report: &mut Report) {
    let Some(schema) = node.as_map_mut() else { return };
    let ours = |key: &str| KEPT.contains(&key) || [REFUSED, NULL, NEVER].contains(&key);
    schema.retain(|key, _| !SILENT.contains(&key.as_str()) && (!key.starts_with("x-") || ours(key)));
    let ty = schema.get("type").and_then(Node::as_text).map(str::to_owned);
    let is_known = |ty: &str| matches!(ty, "string" | "integer" | "number" | "array" | "object" | "boolean");
    if let Some(other) = ty.as_deref().filter(|ty| !is_known(ty)) {
        let other = other.to_owned();
        super::report::refuse(schema, format!("the type {other:?}"));
    }
    unfitting(schema, ty.as_deref(), location, report);
    values(schema, ty.as_deref(), location, report);
    required(schema, location, report);
    empty(schema);
}

fn unfitting(schema: &mut Map, ty: Option<&str>, location: &Location, report: &mut Report) {
    let is_union = ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|key| schema.contains_key(*key));
    let fits_type = |key: &str| match ty {
        Some(ty) => fits(ty, key),
        // Without a type a part of `allOf` may say anything.
        None => is_union || ["string", "number", "array", "object"].iter().any(|ty| fits(ty, key)),
    };
    let mut dropped = Vec::new();
    schema.retain(|key, _| {
        let is_kept = key.starts_with("x-") || OF_ANY.contains(&key.as_str()) || fits_type(key);
        if !is_kept {
            dropped.push(key.clone());
        }
        is_kept
    });
    if let Some("array" | "object" | "boolean") = ty {
        if schema.shift_remove("format").is_some() {
            dropped.push("format".to_owned());
        }
        if !matches!(ty, Some("boolean")) && schema.shift_remove("enum").is_some() {
            dropped.push("enum".to_owned());
        }
    }
    for key in dropped {
        report.note(location, format!("the key {key:?} means nothing beside {}", ty.unwrap_or("no type")));
    }
}

/// Whether the core can look for it (`core/src/validate/pattern.rs`).
fn is_pattern(text: &str) -> bool {
    regress::Regex::with_flags(text, "u").or_else(|_| regress::Regex::new(text)).is_ok()
}

/// Bounds that are not numbers of 64 bits, and values of an enum that are of another type.
fn values(schema: &mut Map, ty: Option<&str>, location: &Location, report: &mut Report) {
    for key in ["minimum", "maximum", "multipleOf"] {
        let fits = match (ty, schema.get(key)) {
            (_, None) => true,
            (Some("integer"), Some(Node::Float(number))) if as_whole(*number).is_some() => {
                let whole = as_whole(*number).map(Node::Int);
                schema.extend(whole.map(|whole| (key.to_owned(), whole)));
                true
            }
            (Some("integer"), Some(Node::Int(_))) => true,
            (Some("integer"), Some(_)) => false,
            (_, Some(value)) => matches!(value, Node::Int(_) | Node::Float(_)),
        };
        if !fits {
            schema.shift_remove(key);
        }
    }
    for key in ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] {
        if schema.get(key).is_some_and(|value| value.as_int().is_none_or(i64::is_negative)) {
            schema.shift_remove(key);
            report.note(location, format!("{key} is not a number of elements"));
        }
    }
    for key in
        ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "nullable", "readOnly", "writeOnly", "deprecated"]
    {
        if schema.get(key).is_some_and(|value| !matches!(value, Node::Bool(_))) {
            schema.shift_remove(key);
            report.note(location, format!("{key} is neither true nor false"));
        }
    }
    for key in ["description", "title", "format", "pattern"] {
        if schema.get(key).is_some_and(|value| value.as_text().is_none()) {
            schema.shift_remove(key);
        }
    }
    if schema.get("pattern").and_then(Node::as_text).is_some_and(|pattern| !is_pattern(pattern)) {
        schema.shift_remove("pattern");
        report.note(location, "the pattern is not a regular expression of ECMA-262");
    }
    let Some(ty @ ("string" | "integer" | "number" | "boolean")) = ty else { return };
    let Some(Node::List(listed)) = schema.get_mut("enum") else { return };
    let before = listed.len();
    if ty == "string" {
        // YAML reads `1` and `true` as other things; the document says that they are texts.
        listed.iter_mut().filter(|value| matches!(value, Node::Int(_) | Node::Float(_) | Node::Bool(_))).for_each(
            |value| {
                *value = Node::Text(value.to_string());
            },
        );
    }
    listed.retain(|value| type_of(value).is_some_and(|of| of == ty || (of == "integer" && ty == "number")));
    // All of them are of one type by now, so that equal ones have one text.
    let mut seen: HashSet<String> = HashSet::new();
    listed.retain(|value| seen.insert(value.to_string()));
    let (after, is_empty) = (listed.len(), listed.is_empty());
    if is_empty {
        schema.shift_remove("enum");
    }
    if after < before {
        report
            .note(location, format!("{} values of the enum are not of the type {ty}, or stand twice", before - after));
    }
}

/// Only a list of names says what is required.
fn required(schema: &mut Map, location: &Location, report: &mut Report) {
    match schema.get_mut("required") {
        Some(Node::List(names)) => {
            names.retain(|name| name.as_text().is_some());
            let mut seen = Vec::new();
            names.retain(|name| {
                let is_new = !seen.contains(name);
                seen.push(name.clone());
                is_new
            });
        }
        Some(_) => {
            schema.shift_remove("required");
            report.note(location, "required is not a list of names here");
        }
        None => {}
    }
}

fn empty(schema: &mut Map) {
    for key in ["oneOf", "anyOf", "allOf"] {
        if schema.get(key).is_some_and(|list| list.as_list().is_none_or(<[Node]>::is_empty)) {
            schema.shift_remove(key);
        }
    }
}
