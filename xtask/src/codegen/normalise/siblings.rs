//! Keys beside `$ref`. OpenAPI 3.1 says that they count, and who writes them in 3.0 means them: a schema with siblings is an
//! `allOf` of the reference and of what stands beside it.

use crate::yaml::{Map, Node, map};

/// Words and marks: they say something about the place and nothing about the values.
pub(super) const WORDS: [&str; 8] =
    ["description", "title", "nullable", "deprecated", "readOnly", "writeOnly", "default", "x-rust-name"];

/// Marks what stands beside a reference in OpenAPI 3.0, which says that it counts for nothing: it adds to the schema of the
/// reference, and where it contradicts that, the reference goes before.
pub(super) const IGNORED: &str = "x-beside-reference";

/// Rewrites one schema; `counts` says whether the version of the document lets keys beside a reference count.
pub(super) fn apply(node: &mut Node, counts: bool) {
    let Some(schema) = node.as_map_mut() else { return };
    if schema.len() < 2 || !schema.contains_key("$ref") {
        return;
    }
    let Some(link) = schema.shift_remove("$ref") else { return };
    let mut parts = vec![map([("$ref", link)])];
    // A default alone or an `x-` key of a vendor changes nothing about the type.
    let (words, rest): (Map, Map) =
        std::mem::take(schema).into_iter().partition(|(key, _)| WORDS.contains(&key.as_str()));
    *schema = words;
    match rest.get("allOf").cloned() {
        Some(Node::List(more)) => {
            parts.extend(more);
            let others: Map = rest.into_iter().filter(|(key, _)| key != "allOf").collect();
            if !others.is_empty() {
                parts.push(Node::Map(others));
            }
        }
        _ if !rest.is_empty() => {
            let mut rest = rest;
            if !counts {
                rest.insert(IGNORED.to_owned(), true.into());
            }
            parts.push(Node::Map(rest));
        }
        _ => {}
    }
    schema.insert("allOf".to_owned(), Node::List(parts));
}
