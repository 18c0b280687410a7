//! The forms of OpenAPI 3.1 (JSON Schema 2020-12) as those of 3.0: lists of types, `const`, null as a type, exclusive bounds
//! as numbers, boolean schemas, content keywords. Documents of 3.0 that use them mean the same.

use super::report::{Report, refuse, refused};
use crate::codegen::location::Location;
use crate::yaml::{Map, Node};

/// Marks a schema that only null fits, until the rule on nulls has taken it away.
pub(super) const NULL: &str = "x-null";
/// Marks a schema that nothing fits.
pub(super) const NEVER: &str = "x-never";

/// Rewrites one schema.
pub(super) fn apply(node: &mut Node, location: &Location, report: &mut Report) {
    match node {
        Node::Bool(true) => *node = Node::Map(Map::new()),
        Node::Bool(false) => *node = crate::yaml::map([(NEVER, true.into())]),
        _ => {}
    }
    let Some(schema) = node.as_map_mut() else {
        *node = refused("a schema that is not an object");
        return;
    };
    dynamic(schema);
    constant(schema);
    null_in_enum(schema);
    types(schema, location, report);
    exclusive(schema, "exclusiveMinimum", "minimum");
    exclusive(schema, "exclusiveMaximum", "maximum");
    content(schema);
    pattern_properties(schema, location, report);
    if schema.shift_remove("prefixItems").is_some() {
        report.note(location, "the places of a tuple (prefixItems) have no types of their own; its members are JSON");
        schema.insert("items".to_owned(), Node::Map(Map::new()));
    }
    if schema.get("items").is_some_and(|items| items.get(NEVER).is_some() || items.as_list().is_some()) {
        schema.insert("items".to_owned(), Node::Map(Map::new()));
    }
    never(schema);
    implied_type(schema);
}

/// References that are looked up while validating have no one target.
fn dynamic(schema: &mut Map) {
    for key in ["$dynamicRef", "$recursiveRef"] {
        if schema.contains_key(key) {
            refuse(schema, format!("the keyword {key}"));
        }
    }
}

fn constant(schema: &mut Map) {
    if let Some(value) = schema.shift_remove("const") {
        if value == Node::Null {
            schema.insert(NULL.to_owned(), true.into());
        } else {
            schema.insert("enum".to_owned(), Node::List(vec![value]));
        }
    }
}

fn null_in_enum(schema: &mut Map) {
    let Some(Node::List(values)) = schema.get_mut("enum") else { return };
    let listed = values.len();
    values.retain(|value| *value != Node::Null);
    let (left, has_null) = (values.len(), values.len() < listed);
    if has_null {
        // Where null was the only value it is the schema of null.
        schema.insert(if left == 0 { NULL } else { "nullable" }.to_owned(), true.into());
        if left == 0 {
            schema.shift_remove("enum");
        }
    }
}

fn types(schema: &mut Map, location: &Location, report: &mut Report) {
    match schema.get("type") {
        Some(Node::Text(name)) if name == "null" => {
            schema.shift_remove("type");
            schema.insert(NULL.to_owned(), true.into());
        }
        Some(Node::List(list)) => {
            let mut names: Vec<String> = list.iter().filter_map(Node::as_text).map(str::to_owned).collect();
            names.dedup();
            let listed = names.len();
            names.retain(|name| name != "null");
            if names.len() < listed {
                schema.insert(if names.is_empty() { NULL } else { "nullable" }.to_owned(), true.into());
            }
            match names.as_slice() {
                [] => {
                    schema.shift_remove("type");
                }
                [one] => {
                    schema.insert("type".to_owned(), one.as_str().into());
                }
                several if schema.contains_key("oneOf") || schema.contains_key("anyOf") => {
                    report.note(location, format!("the types {several:?} beside alternatives are passed over"));
                    schema.shift_remove("type");
                }
                several => several_types(schema, several),
            }
        }
        Some(Node::Text(_)) | None => {}
        Some(_) => refuse(schema, "a type that is not text"),
    }
}

/// One alternative a type; each keeps the keys that mean something for it.
fn several_types(schema: &mut Map, names: &[String]) {
    const SHARED: [&str; 9] =
        ["nullable", "description", "title", "default", "deprecated", "readOnly", "writeOnly", "example", "type"];
    let (shared, own): (Map, Map) =
        std::mem::take(schema).into_iter().partition(|(key, _)| SHARED.contains(&key.as_str()));
    *schema = shared;
    schema.shift_remove("type");
    let alternatives = names.iter().map(|name| {
        let mut alternative = own.clone();
        alternative.retain(|key, _| super::keys::fits(name, key));
        if let Some(Node::List(values)) = alternative.get_mut("enum") {
            values.retain(|value| {
                super::keys::type_of(value).is_some_and(|of| of == name || (of == "integer" && name == "number"))
            });
        }
        if alternative.get("enum").and_then(Node::as_list).is_some_and(<[Node]>::is_empty) {
            alternative.shift_remove("enum");
        }
        alternative.insert("type".to_owned(), name.as_str().into());
        Node::Map(alternative)
    });
    schema.insert("oneOf".to_owned(), Node::List(alternatives.collect()));
}

fn exclusive(schema: &mut Map, key: &str, bound: &str) {
    if let Some(number @ (Node::Int(_) | Node::Float(_))) = schema.get(key).cloned() {
        schema.insert(bound.to_owned(), number);
        schema.insert(key.to_owned(), true.into());
    }
}

/// Bytes inside JSON are text in base64; a text of another media type is a text.
fn content(schema: &mut Map) {
    let encoding = schema.shift_remove("contentEncoding");
    let media_type = schema.shift_remove("contentMediaType");
    schema.shift_remove("contentSchema");
    let is_base64 = encoding.as_ref().and_then(Node::as_text).is_some_and(|name| name.starts_with("base64"));
    let is_binary = encoding.is_none()
        && media_type
            .as_ref()
            .and_then(Node::as_text)
            .is_some_and(|name| !name.starts_with("text/") && !name.contains("json"));
    if (is_base64 || is_binary) && !schema.contains_key("format") {
        schema.insert("format".to_owned(), if is_base64 { "byte" } else { "binary" }.into());
        schema.entry("type".to_owned()).or_insert_with(|| "string".into());
    }
}

/// Members whose names follow a pattern are a map; which names it takes is not checked.
fn pattern_properties(schema: &mut Map, location: &Location, report: &mut Report) {
    let Some(Node::Map(patterns)) = schema.shift_remove("patternProperties") else { return };
    report.note(location, "the patterns of patternProperties are not checked");
    let mut found: Vec<Node> = patterns.into_values().collect();
    found.dedup();
    let values = if found.len() == 1 { found.remove(0) } else { Node::Map(Map::new()) };
    let is_open = matches!(schema.get("additionalProperties"), None | Some(Node::Bool(false)));
    schema.insert("additionalProperties".to_owned(), if is_open { values } else { Node::Bool(true) });
}

/// A member that nothing fits cannot be there, and an alternative that nothing fits is none.
fn never(schema: &mut Map) {
    if let Some(Node::Map(properties)) = schema.get_mut("properties") {
        properties.retain(|_, property| property.get(NEVER).is_none());
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(Node::List(alternatives)) = schema.get_mut(key) {
            alternatives.retain(|alternative| alternative.get(NEVER).is_none());
        }
    }
    if schema.get("additionalProperties").is_some_and(|values| values.get(NEVER).is_some()) {
        schema.insert("additionalProperties".to_owned(), false.into());
    }
}

/// A schema that says what only one type has is of that type.
fn implied_type(schema: &mut Map) {
    const OF_UNION: [&str; 4] = ["oneOf", "anyOf", "allOf", "$ref"];
    if schema.contains_key("type") || OF_UNION.iter().any(|key| schema.contains_key(*key)) {
        return;
    }
    let has = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
    let implied = if has(&["properties", "additionalProperties"]) {
        Some("object")
    } else if has(&["items"]) {
        Some("array")
    } else if let Some(values) = schema.get("enum").and_then(Node::as_list) {
        let mut types = values.iter().map(super::keys::type_of);
        let first = types.next().flatten();
        first.filter(|first| types.all(|other| other == Some(*first)))
    } else if has(&["pattern", "minLength", "maxLength"]) {
        Some("string")
    } else {
        None
    };
    if let Some(name) = implied {
        schema.insert("type".to_owned(), name.into());
    }
}
