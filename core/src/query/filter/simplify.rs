//! Conditions without what changes nothing: groups and lists of nothing.

use super::{Leaf, Node};
use crate::model::Json;
use crate::query::value::Comparison;

/// Met by every row.
const TRUE: Node = Node::All(Vec::new());

/// Met by no row.
const FALSE: Node = Node::Any(Vec::new());

pub(super) fn is_true(node: &Node) -> bool {
    matches!(node, Node::All(parts) if parts.is_empty())
}

pub(super) fn is_false(node: &Node) -> bool {
    matches!(node, Node::Any(parts) if parts.is_empty())
}

/// What no row meets, in words that every server reads: numbers of records begin with 1.
pub(super) fn no_row() -> Node {
    Node::Leaf(Leaf { path: "ID".to_owned(), operator: "=", value: 0.into(), comparison: Comparison::Whole })
}

/// The same condition, in which no group has a part that every row or no row meets. If it is such a part itself, it is an empty group.
pub(super) fn simplified(node: &Node) -> Node {
    match node {
        Node::Leaf(leaf) if is_empty(&leaf.value) && leaf.operator == "IN" => FALSE,
        Node::Leaf(leaf) if is_empty(&leaf.value) && leaf.operator == "!IN" => TRUE,
        Node::Leaf(_) => node.clone(),
        Node::All(parts) => all(parts.iter().map(simplified)),
        Node::Any(parts) => any(parts.iter().map(simplified)),
        Node::Not(inner) => not(simplified(inner)),
    }
}

fn is_empty(value: &Json) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

fn all(parts: impl Iterator<Item = Node>) -> Node {
    let parts: Vec<Node> = parts.filter(|part| !is_true(part)).collect();
    if parts.iter().any(is_false) { FALSE } else { Node::All(parts) }
}

fn any(parts: impl Iterator<Item = Node>) -> Node {
    let parts: Vec<Node> = parts.filter(|part| !is_false(part)).collect();
    if parts.iter().any(is_true) { TRUE } else { Node::Any(parts) }
}

fn not(inner: Node) -> Node {
    if is_true(&inner) {
        FALSE
    } else if is_false(&inner) {
        TRUE
    } else {
        Node::Not(Box::new(inner))
    }
}
