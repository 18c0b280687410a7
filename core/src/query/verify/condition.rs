//! What a query can be asked about its own conditions.

use std::fmt;

use super::select;
use crate::fields::Fields;
use crate::model::Json;
use crate::query::filter::{Leaf, Node};
use crate::query::value::Comparison;

/// A comparison of a query, without its value, and whether [`verified`](crate::Query::verified) judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// The path of the column; for what is not a comparison of a column, the member of the request.
    pub column: String,
    /// The operator as the server spells it; empty where there is none.
    pub operator: &'static str,
    /// Why rows are not checked against it; `None` if they are.
    pub unjudged: Option<Unjudged>,
}

/// Why rows are not checked against a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unjudged {
    /// A pattern: the dialect is that of the server's database.
    Pattern,
    /// An order of texts: it depends on the language that the database is set to.
    TextOrder,
    /// Numbers with a fraction: what is equal or less depends on how the server rounds them.
    Float,
    /// A pattern that every text meets, as one of an empty search term: only rows without a value do not.
    EveryText,
    /// A test for null, which is unconfirmed.
    Null,
    /// A custom field: how its values compare is not documented.
    CustomField,
    /// A column of JSON, of a file, or of secrets.
    Structured,
    /// A condition that was written by hand, or one whose value is not of the type of its column.
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
            Unjudged::EveryText => "every text meets its pattern",
            Unjudged::Null => "tests for null are unconfirmed",
            Unjudged::CustomField => "how custom fields compare is not documented",
            Unjudged::Structured => "the column holds JSON, a file or a secret",
            Unjudged::Raw => "it was written by hand, or its value is not of the type of the column",
            Unjudged::NotSelected => "whole records do not have the columns of joined ones; choose columns",
            Unjudged::Search => "which columns are searched is not documented",
        })
    }
}

/// All conditions of a request in their order, those last that are not comparisons.
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
        let is_said = fields.get(name).is_some_and(|member| !says_nothing(member));
        if is_said && (name == "filter" || nodes.is_empty()) {
            all.push(other(name, Unjudged::Raw));
        }
    }
    if fields.get("query").is_some_and(|words| !says_nothing(words)) {
        all.push(other("query", Unjudged::Search));
    }
    all
}

/// Whether a member of a request that was written by hand says nothing about rows, or nothing but what every text meets.
fn says_nothing(member: &Json) -> bool {
    match member {
        Json::Null => true,
        Json::String(words) => words.chars().all(|c| c == '%' || c.is_whitespace()),
        Json::Array(parts) => parts.iter().all(|part| is_link(part) || says_nothing(part)),
        Json::Object(members) => members.values().all(|value| match value {
            Json::String(pattern) => !pattern.is_empty() && says_nothing(value),
            Json::Array(_) | Json::Object(_) => says_nothing(value),
            _ => false,
        }),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// A word that ties conditions together.
fn is_link(part: &Json) -> bool {
    part.as_str().is_some_and(|word| ["AND", "OR", "NOT"].iter().any(|link| word.eq_ignore_ascii_case(link)))
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
        return Some(if is_met_by_every_text(leaf) { Unjudged::EveryText } else { Unjudged::Pattern });
    }
    if leaf.value.is_null() {
        return Some(Unjudged::Null);
    }
    if leaf.path.split('.').any(|name| name == "extdata") {
        return Some(Unjudged::CustomField);
    }
    if !is_of_type(leaf) {
        return Some(Unjudged::Raw);
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

/// Whether a pattern leaves no text out. Of the negated ones the reverse is meant: nothing meets those, and every text their negation.
fn is_met_by_every_text(leaf: &Leaf) -> bool {
    let Some(pattern) = leaf.value.as_str() else { return false };
    if leaf.operator.contains("~~") {
        return !pattern.is_empty() && pattern.chars().all(|c| c == '%');
    }
    ["^", "$", ".*?", ".*", "(", ")"].iter().fold(pattern.to_owned(), |left, part| left.replace(part, "")).is_empty()
}

/// Whether the value is of the type of its column. One that was read or written by hand may be of any.
fn is_of_type(leaf: &Leaf) -> bool {
    let is_one: fn(&Json) -> bool = match leaf.comparison {
        Comparison::Whole => |value| value.is_i64() || value.is_boolean(),
        Comparison::Text => Json::is_string,
        Comparison::Float | Comparison::Structured | Comparison::Raw => return true,
    };
    match (&leaf.value, leaf.operator) {
        (Json::Array(values), "IN" | "!IN") => values.iter().all(is_one),
        (value, "IN" | "!IN") => value.is_array(),
        (value, _) => is_one(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Query;
    use crate::query::{Column, Filter, Model};

    struct Pen;
    impl Model for Pen {
        const RESOURCE: &'static str = "pens";
    }
    const INK: Column<Pen, String> = Column::new("ink");

    fn why(query: &Query<Pen>) -> Vec<Option<Unjudged>> {
        query.conditions().into_iter().map(|condition| condition.unjudged).collect()
    }

    #[test]
    fn a_pattern_that_leaves_no_text_out_has_a_name_of_its_own() {
        let all = [
            INK.icontains(""),
            INK.starts_with(""),
            INK.like("%"),
            INK.not_like("%%%"),
            INK.matches(""),
            INK.matches("^.*$"),
        ];
        for filter in all.into_iter().chain([!INK.contains(""), Filter::raw("ink", "~~", json!("%"))]) {
            assert_eq!(why(&Query::new().filter(filter.clone())), [Some(Unjudged::EveryText)], "{}", filter.to_json());
        }
        for filter in [INK.like("_%"), INK.contains("%"), INK.like(""), INK.matches("a.*"), INK.matches(".")] {
            assert_eq!(why(&Query::new().filter(filter.clone())), [Some(Unjudged::Pattern)], "{}", filter.to_json());
        }
    }

    #[test]
    fn members_that_say_nothing_are_no_conditions() {
        let nothing = [
            json!({}),
            json!([]),
            json!(null),
            json!({"0": ["AND"]}),
            json!({"0": ["or", {}]}),
            json!({"ink": {"~~*": "%%"}}),
        ];
        for member in ["filters", "filter"] {
            for nothing in &nothing {
                assert_eq!(why(&Query::new().member(member, nothing.clone())), [], "{member} {nothing}");
            }
            for some in [json!({"ink": "blue"}), json!({"ink": ""}), json!({"ink": null}), json!({"width": {">": 0}})] {
                assert_eq!(why(&Query::new().member(member, some.clone())), [Some(Unjudged::Raw)], "{member} {some}");
            }
        }
        assert_eq!(why(&Query::new().search(" ")), []);
        assert_eq!(why(&Query::new().search("seal")), [Some(Unjudged::Search)]);
    }

    #[test]
    fn a_value_of_another_type_than_its_column_is_not_judged() {
        let leaf = |operator, value, comparison| Filter::leaf("ink".to_owned(), operator, value, comparison);
        let (whole, text) = (Comparison::Whole, Comparison::Text);
        for (operator, value, comparison) in [
            ("=", json!("open"), whole),
            ("=", json!(1.5), whole),
            ("=", json!(u64::MAX), whole),
            ("=", json!([1]), whole),
            ("<", json!({}), whole),
            ("IN", json!([null]), whole),
            ("IN", json!([1, "2"]), whole),
            ("IN", json!(1), whole),
            ("!IN", json!([null, 1]), whole),
            ("=", json!(3), text),
            ("IN", json!(["a", null]), text),
        ] {
            let query = Query::new().filter(leaf(operator, value.clone(), comparison));
            assert_eq!(why(&query), [Some(Unjudged::Raw)], "{operator} {value}");
        }
        for (operator, value, comparison) in [
            ("=", json!(3), whole),
            ("=", json!(true), whole),
            ("IN", json!([-1, 2]), whole),
            ("!=", json!("a"), text),
            ("!IN", json!(["a", ""]), text),
        ] {
            let query = Query::new().filter(leaf(operator, value.clone(), comparison));
            assert_eq!(why(&query), [None], "{operator} {value}");
        }
    }
}
