//! What a query can be asked about its own conditions.

use std::fmt;

use super::select;
use crate::fields::Fields;
use crate::query::filter::{Leaf, Node};
use crate::query::value::Comparison;

/// A comparison of a query, without its value, and whether [`verified`](crate::Query::verified) judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The path of the column; for what is no comparison of a column, the member of the request.
    pub column: String,
    /// The operator as the server spells it; empty where there is none.
    pub operator: &'static str,
    /// Why rows are not held against it; `None` if they are.
    pub unjudged: Option<Unjudged>,
}

/// Why rows are not held against a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unjudged {
    /// A pattern: the dialect is that of the server's database.
    Pattern,
    /// An order of texts: it depends on the language that the database is set to.
    TextOrder,
    /// Numbers with a fraction: what is equal or less depends on how the server rounds them.
    Float,
    /// A test for null, which is unconfirmed.
    Null,
    /// A custom field: how its values compare is not documented.
    CustomField,
    /// A column of JSON, of a file, or of secrets.
    Structured,
    /// A condition that was written by hand.
    Raw,
    /// Whole records do not have the columns of joined ones.
    NotSelected,
    /// Words that are searched for: which columns are searched is not documented.
    Search,
}

impl fmt::Display for Unjudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unjudged::Pattern => "a pattern is judged by the server's database alone",
            Unjudged::TextOrder => "the order of texts depends on the language of the server",
            Unjudged::Float => "numbers with a fraction are rounded by the server",
            Unjudged::Null => "tests for null are unconfirmed",
            Unjudged::CustomField => "how custom fields compare is not documented",
            Unjudged::Structured => "the column holds JSON, a file or a secret",
            Unjudged::Raw => "it was written by hand",
            Unjudged::NotSelected => "whole records do not have the columns of joined ones; choose columns",
            Unjudged::Search => "which columns are searched is not documented",
        })
    }
}

/// All conditions of a request in their order, those last that are no comparisons.
pub(in crate::query) fn conditions(nodes: &[Node], fields: &Fields) -> Vec<Condition> {
    let is_whole = fields.get("fields").is_none();
    let mut all = Vec::new();
    for node in nodes {
        leaves(node, &mut |leaf| {
            all.push(Condition {
                column: leaf.path.clone(),
                operator: leaf.operator,
                unjudged: unjudged(leaf)
                    .or_else(|| (is_whole && select::is_joined(&leaf.path)).then_some(Unjudged::NotSelected)),
            });
        });
    }
    let other = |name: &str, unjudged| Condition { column: name.to_owned(), operator: "", unjudged: Some(unjudged) };
    for name in ["filters", "filter"] {
        if fields.get(name).is_some() && (name == "filter" || nodes.is_empty()) {
            all.push(other(name, Unjudged::Raw));
        }
    }
    if fields.get("query").is_some() {
        all.push(other("query", Unjudged::Search));
    }
    all
}

/// Calls back for every comparison.
pub(super) fn leaves<'a>(node: &'a Node, see: &mut impl FnMut(&'a Leaf)) {
    match node {
        Node::Leaf(leaf) => see(leaf),
        Node::All(parts) | Node::Any(parts) => parts.iter().for_each(|part| leaves(part, see)),
        Node::Not(inner) => leaves(inner, see),
    }
}

/// Why a comparison has no meaning that is known here.
pub(super) fn unjudged(leaf: &Leaf) -> Option<Unjudged> {
    if leaf.operator.contains('~') {
        return Some(Unjudged::Pattern);
    }
    if leaf.value.is_null() {
        return Some(Unjudged::Null);
    }
    if leaf.path.split('.').any(|name| name == "extdata") {
        return Some(Unjudged::CustomField);
    }
    let is_order = matches!(leaf.operator, "<" | "<=" | ">" | ">=");
    match leaf.comparison {
        Comparison::Whole => None,
        Comparison::Text => is_order.then_some(Unjudged::TextOrder),
        Comparison::Float => Some(Unjudged::Float),
        Comparison::Structured => Some(Unjudged::Structured),
        Comparison::Raw => Some(Unjudged::Raw),
    }
}
