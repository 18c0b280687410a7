//! Texts where the document has none: the title, else the name on the wire.

use super::walk::{self, Kind};
use crate::codegen::location::Location;
use crate::yaml::{Map, Node, map};

/// Fills in what is missing in the whole document.
pub(super) fn apply(document: &mut Node, location: &Location) {
    walk::each(Kind::Document, document, location, &mut |kind, node, location| match kind {
        Kind::Schema => schema(node, location),
        Kind::Parameter if node.get("$ref").is_none() => {
            let words = words_of("name", node);
            describe(node, words);
        }
        _ => {}
    });
    walk::operations(document, location, &mut |path, method, operation, _| texts_of_operation(path, method, operation));
    if let Some(root) = document.as_map_mut() {
        let info = root.entry("info".to_owned()).or_insert_with(|| Node::Map(Map::new()));
        let title = info.get("title").and_then(Node::as_text).unwrap_or("An interface").to_owned();
        describe(info, format!("{}.", title.trim_end_matches('.')));
    }
}

/// Makes all texts such that documentation can hold them.
pub(super) fn safe(document: &mut Node) {
    match document {
        Node::List(list) => list.iter_mut().for_each(safe),
        Node::Map(map) => {
            for (key, value) in map {
                match value {
                    Node::Text(text) if key == "description" || key == "summary" => *text = super::rustdoc::safe(text),
                    value => safe(value),
                }
            }
        }
        _ => {}
    }
}

fn words_of(key: &str, node: &Node) -> String {
    node.get(key).and_then(Node::as_text).map_or_else(String::new, |name| format!("`{}`.", name.replace('`', "'")))
}

fn describe(node: &mut Node, words: String) {
    let Some(members) = node.as_map_mut() else { return };
    let has_words = members.get("description").and_then(Node::as_text).is_some_and(|text| !text.trim().is_empty());
    let title = members.shift_remove("title");
    if !has_words {
        let title = title.as_ref().and_then(Node::as_text).filter(|text| !text.trim().is_empty());
        members.insert("description".to_owned(), title.map_or(words, str::to_owned).into());
    }
}

/// The members of an object are described, and whatever becomes a type of its own.
fn schema(node: &mut Node, location: &Location) {
    let last = crate::pointer::unescaped(location.pointer().rsplit('/').next().unwrap_or_default());
    if let Some(properties) = node.as_map_mut().and_then(|it| it.get_mut("properties")).and_then(Node::as_map_mut) {
        for (name, property) in properties {
            if let Some(link) = property.get("$ref").cloned() {
                *property = map([("allOf", Node::List(vec![map([("$ref", link)])]))]);
            }
            describe(property, format!("`{}`.", name.replace('`', "'")));
        }
    }
    let is_type = ["properties", "x-enum", "oneOf"].iter().any(|key| node.get(key).is_some());
    if is_type {
        describe(node, format!("`{}`.", last.replace('`', "'")));
    }
    if let Some(members) = node.as_map_mut() {
        members.shift_remove("title");
    }
}

fn texts_of_operation(path: &str, method: &str, operation: &mut Map) {
    let text = |key: &str, operation: &Map| {
        operation.get(key).and_then(Node::as_text).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let (summary, description) = (text("summary", operation), text("description", operation));
    let (summary, description) = match (summary, description) {
        (Some(summary), description) => (summary, description.unwrap_or_default()),
        (None, Some(description)) => match description.split_once("\n\n") {
            Some((first, rest)) => (first.to_owned(), rest.to_owned()),
            None => (description, String::new()),
        },
        (None, None) => (format!("`{} {path}`.", method.to_uppercase()), String::new()),
    };
    operation.insert("summary".to_owned(), summary.into());
    operation.insert("description".to_owned(), description.into());
}
