//! Conditions on rows, composed with `&`, `|` and `!`, written as the server's filter objects.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use crate::model::{Json, JsonMap};
use crate::redact::Outline;

/// A condition that rows of the records `E` must meet.
pub struct Filter<E> {
    node: Node,
    record: PhantomData<fn() -> E>,
}

#[derive(Clone)]
enum Node {
    Leaf(String, &'static str, Json),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
}

impl<E> Filter<E> {
    fn new(node: Node) -> Self {
        Filter { node, record: PhantomData }
    }

    pub(super) fn leaf(path: String, operator: &'static str, value: Json) -> Self {
        Filter::new(Node::Leaf(path, operator, value))
    }

    /// A comparison written by hand: column path, operator as the server spells it, value.
    pub fn raw(path: impl Into<String>, operator: &'static str, value: Json) -> Self {
        Filter::leaf(path.into(), operator, value)
    }

    /// All of the conditions; true where there are none.
    pub fn all(conditions: impl IntoIterator<Item = Filter<E>>) -> Self {
        Filter::new(Node::All(conditions.into_iter().map(|filter| filter.node).collect()))
    }

    /// Any of the conditions; false where there are none.
    pub fn any(conditions: impl IntoIterator<Item = Filter<E>>) -> Self {
        Filter::new(Node::Any(conditions.into_iter().map(|filter| filter.node).collect()))
    }

    /// The filter as it stands in a request.
    pub fn to_json(&self) -> Json {
        let mut entries = Entries::default();
        entries.add(&self.node);
        Json::Object(entries.map)
    }
}

/// The entries of one filter object. All of them must hold; groups stand under numbers that carry no meaning.
#[derive(Default)]
struct Entries {
    map: JsonMap,
    groups: usize,
}

impl Entries {
    fn of(node: &Node) -> Json {
        let mut entries = Entries::default();
        entries.add(node);
        Json::Object(entries.map)
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Leaf(path, operator, value) => self.leaf(path, operator, value),
            Node::All(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Any(parts) => self.group("OR", parts.iter().map(Entries::of)),
            Node::Not(inner) => self.group("NOT", std::iter::once(Entries::of(inner))),
        }
    }

    /// Several operators on one column share an object. What would collide goes into a group of its own.
    fn leaf(&mut self, path: &str, operator: &str, value: &Json) {
        let taken = match self.map.get_mut(path) {
            None => {
                self.map.insert(path.to_owned(), plain(operator, value));
                return;
            }
            Some(Json::Object(operators)) => operators,
            Some(equal) => {
                let value = equal.take();
                *equal = operators("=", value);
                let Json::Object(operators) = equal else { return };
                operators
            }
        };
        if taken.contains_key(operator) {
            let again = JsonMap::from_iter([(path.to_owned(), operators(operator, value.clone()))]);
            self.group("AND", std::iter::once(Json::Object(again)));
        } else {
            taken.insert(operator.to_owned(), value.clone());
        }
    }

    fn group(&mut self, word: &str, operands: impl Iterator<Item = Json>) {
        let members = std::iter::once(Json::from(word)).chain(operands).collect();
        self.map.insert(self.groups.to_string(), members);
        self.groups += 1;
    }
}

/// Equality with a scalar is written as the bare value.
fn plain(operator: &str, value: &Json) -> Json {
    match operator {
        "=" if !value.is_object() && !value.is_array() => value.clone(),
        _ => operators(operator, value.clone()),
    }
}

fn operators(operator: &str, value: Json) -> Json {
    Json::Object(JsonMap::from_iter([(operator.to_owned(), value)]))
}

impl<E> BitAnd for Filter<E> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Filter::new(match (self.node, other.node) {
            (Node::All(mut left), Node::All(right)) => {
                left.extend(right);
                Node::All(left)
            }
            (Node::All(mut left), right) => {
                left.push(right);
                Node::All(left)
            }
            (left, right) => Node::All(vec![left, right]),
        })
    }
}

impl<E> BitOr for Filter<E> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Filter::new(match (self.node, other.node) {
            (Node::Any(mut left), right) => {
                left.push(right);
                Node::Any(left)
            }
            (left, right) => Node::Any(vec![left, right]),
        })
    }
}

impl<E> Not for Filter<E> {
    type Output = Self;

    fn not(self) -> Self {
        Filter::new(Node::Not(Box::new(self.node)))
    }
}

impl<E> Clone for Filter<E> {
    fn clone(&self) -> Self {
        Filter::new(self.node.clone())
    }
}

/// Columns and operators, without any text: what is looked for may be a secret. [`to_json`](Filter::to_json) shows it.
impl<E> fmt::Debug for Filter<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Outline(&self.to_json()).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Column, Record};
    use serde_json::json;

    struct Pen;
    impl Record for Pen {
        const RESOURCE: &'static str = "pens";
    }
    const INK: Column<Pen, String> = Column::new("ink");
    const WIDTH: Column<Pen, i64> = Column::new("width");
    const OWNER: Column<Pen, Option<i64>> = Column::new("owner");

    #[test]
    fn equality_is_the_bare_value_and_other_operators_share_an_object() {
        let filter = INK.eq("blue") & WIDTH.ge(1) & WIDTH.lt(9);
        assert_eq!(filter.to_json(), json!({"ink": "blue", "width": {">=": 1, "<": 9}}));
    }

    #[test]
    fn equality_beside_another_operator_is_written_out() {
        let filter = WIDTH.eq(3) & WIDTH.lt(9);
        assert_eq!(filter.to_json(), json!({"width": {"=": 3, "<": 9}}));
    }

    #[test]
    fn the_same_operator_twice_on_a_column_loses_nothing() {
        let filter = INK.like("a%") & INK.like("%b") & INK.like("%c%");
        assert_eq!(
            filter.to_json(),
            json!({"ink": {"~~": "a%"}, "0": ["AND", {"ink": {"~~": "%b"}}], "1": ["AND", {"ink": {"~~": "%c%"}}]})
        );
    }

    #[test]
    fn groups_nest() {
        let filter = (WIDTH.eq(1) | INK.eq("red") | INK.eq("green")) & !(OWNER.is_null() & WIDTH.one_of([1, 2]));
        assert_eq!(
            filter.to_json(),
            json!({
                "0": ["OR", {"width": 1}, {"ink": "red"}, {"ink": "green"}],
                "1": ["NOT", {"owner": null, "width": {"IN": [1, 2]}}],
            })
        );
    }

    #[test]
    fn an_or_inside_an_or_keeps_its_operands_apart() {
        let filter = Filter::any([WIDTH.eq(1) & INK.eq("red"), WIDTH.eq(2)]);
        assert_eq!(filter.to_json(), json!({"0": ["OR", {"width": 1, "ink": "red"}, {"width": 2}]}));
    }
}
