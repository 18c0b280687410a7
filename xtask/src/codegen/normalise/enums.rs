//! Values of enums get names: those of the document where it gives some, else the words of the value, with a number where two
//! would be equal.

use std::collections::HashSet;

use super::report::Report;
use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::yaml::{Map, Node, map};

/// Names the values of one schema.
pub(super) fn apply(node: &mut Node, location: &Location, report: &mut Report) {
    let Some(schema) = node.as_map_mut() else { return };
    let Some(values) = schema.get("enum").and_then(Node::as_list).map(<[Node]>::to_vec) else { return };
    match schema.get("type").and_then(Node::as_text) {
        Some("string" | "integer") => {}
        Some(other) => {
            report.note(location, format!("the values of an enum of {other} stay {other}"));
            schema.shift_remove("enum");
            return;
        }
        None => {
            report.note(location, "an enum of several types is kept as JSON");
            schema.retain(|key, _| super::siblings::WORDS.contains(&key.as_str()));
            schema.insert(super::unions::ANY.to_owned(), "an enum of several types".into());
            return;
        }
    }
    if schema.get("x-enum").is_some_and(|known| is_complete(known, &values)) {
        return;
    }
    schema.insert("x-enum".to_owned(), named(&values));
}

/// Whether names by hand cover every value.
fn is_complete(known: &Node, values: &[Node]) -> bool {
    let has = |value: &Node| {
        let wire = value.as_text().map_or_else(|| value.to_string(), str::to_owned);
        let entry = known.get(&wire);
        ["name", "description"].iter().all(|key| entry.and_then(|entry| entry.get(key)?.as_text()).is_some())
    };
    known.as_text().is_some() || values.iter().all(has)
}

fn named(values: &[Node]) -> Node {
    let mut taken: HashSet<String> = HashSet::from(["Unknown".to_owned()]);
    let mut names = Map::new();
    for value in values {
        let wire = value.as_text().map_or_else(|| value.to_string(), str::to_owned);
        let preferred = variant(&wire);
        let name = lower::free(&preferred, |name| taken.contains(name));
        taken.insert(name.clone());
        let words = format!("`{}` on the wire.", wire.replace('`', "'"));
        names.insert(wire, map([("name", name.into()), ("description", words.into())]));
    }
    Node::Map(names)
}

fn variant(wire: &str) -> String {
    if wire.is_empty() {
        return "Empty".to_owned();
    }
    lower::camel(&lower::spelled(wire))
}
