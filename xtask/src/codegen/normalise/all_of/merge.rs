//! Two schemas as the one that says what both say.

use crate::codegen::location::Location;
use crate::codegen::normalise::report::Report;
use crate::codegen::normalise::siblings::{IGNORED, WORDS};
use crate::yaml::{Map, Node, map};

/// Adds what a part says to the whole.
pub(super) fn into(whole: &mut Map, part: &Map, location: &Location, report: &mut Report) -> Result<(), String> {
    if let Some(refused) = part.get(crate::codegen::normalise::report::REFUSED).and_then(Node::as_text) {
        return Err(refused.to_owned());
    }
    let is_first = !whole.keys().any(|key| !WORDS.contains(&key.as_str()));
    nullable(whole, part, is_first);
    for (key, value) in part {
        match (key.as_str(), whole.get(key).cloned()) {
            ("nullable" | IGNORED, _) => {}
            (_, None) => {
                whole.insert(key.clone(), value.clone());
            }
            (_, Some(known)) if known == *value => {}
            ("type", Some(known)) => match types(whole, &known, value) {
                Err(_) if part.contains_key(IGNORED) => {
                    let words = format!(
                        "the type {value} beside a reference to a schema of the type {known} counts for nothing"
                    );
                    report.note(location, words);
                }
                merged => merged?,
            },
            ("properties", Some(known)) => properties(whole, &known, value),
            ("required", Some(Node::List(mut known))) => {
                let more = value.as_list().unwrap_or_default();
                known.extend(more.iter().filter(|name| !known.contains(name)).cloned().collect::<Vec<_>>());
                whole.insert(key.clone(), Node::List(known));
            }
            ("enum", Some(known)) => values(whole, &known, value)?,
            ("items", Some(known)) => {
                whole.insert(key.clone(), both(&known, value));
            }
            ("additionalProperties", Some(known)) => additional(whole, known, value.clone(), location, report),
            ("oneOf" | "anyOf", Some(_)) => return Err("allOf of several unions".to_owned()),
            ("format", Some(known)) => {
                report.note(location, format!("the format {value} of a part of allOf beside {known}"));
            }
            ("minimum" | "minLength" | "minItems" | "minProperties", Some(known)) => {
                let narrower = if number(value) > number(&known) { value } else { &known };
                whole.insert(key.clone(), narrower.clone());
            }
            ("maximum" | "maxLength" | "maxItems" | "maxProperties", Some(known)) => {
                let narrower = if number(value) < number(&known) { value } else { &known };
                whole.insert(key.clone(), narrower.clone());
            }
            // Words, patterns and marks: those of the later part are nearer to the place.
            ("description" | "title" | "default", _) => {
                whole.insert(key.clone(), value.clone());
            }
            ("readOnly" | "writeOnly" | "deprecated" | "uniqueItems", Some(known)) => {
                whole.insert(key.clone(), (known.is_true() || value.is_true()).into());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Null fits the whole only if it fits every part that names a type.
fn nullable(whole: &mut Map, part: &Map, is_first: bool) {
    let has_type = ["type", "properties", "oneOf", "anyOf", "enum", "items"].iter().any(|key| part.contains_key(*key));
    if !has_type {
        if part.get("nullable").is_some_and(Node::is_true) {
            whole.insert("nullable".to_owned(), true.into());
        }
        return;
    }
    let fits = part.get("nullable").is_some_and(Node::is_true);
    let fitted = is_first || whole.get("nullable").is_some_and(Node::is_true);
    if fits && fitted {
        whole.insert("nullable".to_owned(), true.into());
    } else {
        whole.shift_remove("nullable");
    }
}

fn types(whole: &mut Map, known: &Node, value: &Node) -> Result<(), String> {
    let narrow = match (known.as_text(), value.as_text()) {
        (Some("integer"), Some("number")) | (Some("number"), Some("integer")) => "integer",
        _ => return Err(format!("allOf of the types {known} and {value}")),
    };
    whole.insert("type".to_owned(), narrow.into());
    Ok(())
}

fn properties(whole: &mut Map, known: &Node, more: &Node) {
    let (Some(known), Some(more)) = (known.as_map(), more.as_map()) else { return };
    let mut all = known.clone();
    for (name, property) in more {
        let merged = match known.get(name) {
            Some(earlier) => both(earlier, property),
            None => property.clone(),
        };
        all.insert(name.clone(), merged);
    }
    whole.insert("properties".to_owned(), Node::Map(all));
}

/// A schema that both fit; it is merged when the walk gets there.
fn both(left: &Node, right: &Node) -> Node {
    let is_open = |node: &Node| node.as_map().is_some_and(Map::is_empty);
    if left == right || is_open(right) {
        left.clone()
    } else if is_open(left) {
        right.clone()
    } else {
        map([("allOf", Node::List(vec![left.clone(), right.clone()]))])
    }
}

fn values(whole: &mut Map, known: &Node, value: &Node) -> Result<(), String> {
    let (known, more) = (known.as_list().unwrap_or_default(), value.as_list().unwrap_or_default());
    let common: Vec<Node> = known.iter().filter(|value| more.contains(value)).cloned().collect();
    if common.is_empty() {
        return Err("allOf of enums without a common value".to_owned());
    }
    whole.insert("enum".to_owned(), Node::List(common));
    Ok(())
}

/// A closed part beside others would fit nothing; what others add is let in.
fn additional(whole: &mut Map, known: Node, value: Node, location: &Location, report: &mut Report) {
    let is_closed = |node: &Node| *node == Node::Bool(false);
    let merged = match (&known, &value) {
        (a, b) if is_closed(a) || is_closed(b) => {
            report.note(location, "a part of allOf takes no other members, yet other parts have some");
            if is_closed(a) { value } else { known }
        }
        (Node::Bool(_), _) => value,
        (_, Node::Bool(_)) => known,
        (a, b) => both(a, b),
    };
    whole.insert("additionalProperties".to_owned(), merged);
}

fn number(node: &Node) -> f64 {
    match node {
        #[expect(clippy::cast_precision_loss, reason = "bounds are only compared")]
        Node::Int(number) => *number as f64,
        Node::Float(number) => *number,
        _ => 0.0,
    }
}
