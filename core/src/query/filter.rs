//! Conditions on rows, composed with `&`, `|` and `!`, written as the server's filter objects.

mod entries;
mod simplify;

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::value::Comparison;
use crate::model::Json;
use crate::redact::Outline;
use entries::Entries;

/// A condition that rows of the records `E` must meet.
///
/// A [`Column`](super::Column) makes one; `&`, `|` and `!` join them, as do [`all`](Filter::all) and [`any`](Filter::any) for lists
/// of them.
///
/// ```
/// # #![allow(unused)]
/// # use zeyos_core as zeyos;
/// # use zeyos_core::query::{Column, ForeignKey, HasState, Model};
/// # use zeyos_core::{Composite, Id, Query, Timestamp};
/// # #[derive(Debug)]
/// # pub struct Ticket;
/// # impl Model for Ticket {
/// #     const RESOURCE: &'static str = "tickets";
/// # }
/// # impl HasState for Ticket {
/// #     const STATE: &'static str = "visibility";
/// # }
/// # impl Ticket {
/// #     fn query() -> Query<Ticket> {
/// #         Query::new()
/// #     }
/// # }
/// # #[derive(Debug)]
/// # pub struct Account;
/// # impl Model for Account {
/// #     const RESOURCE: &'static str = "accounts";
/// # }
/// # mod ticket {
/// #     use super::*;
/// #     pub const ID: Column<Ticket, Id<Ticket>> = Column::new("ID");
/// #     pub const NAME: Column<Ticket, String> = Column::new("name");
/// #     pub const DUEDATE: Column<Ticket, Option<Timestamp>> = Column::new("duedate");
/// #     pub const ACCOUNT: Column<Ticket, Option<Id<Account>>, ForeignKey> = Column::new("account");
/// #     pub const BILLINGITEMS: Column<Ticket, Option<Composite<String, Vec<i64>>>> = Column::new("billingitems");
/// # }
/// # mod account {
/// #     use super::*;
/// #     pub const LASTNAME: Column<Account, String> = Column::new("lastname");
/// # }
/// # fn main() {
/// use zeyos::Filter;
///
/// let words = ["pump", "seal"];
/// let about = Filter::any(words.map(|word| ticket::NAME.icontains(word)));
/// let open = Ticket::query().filter(about & !ticket::DUEDATE.is_null());
///
/// // Of nothing: met by no row, and by every row.
/// assert_eq!(Filter::<Ticket>::any([]).to_json(), ticket::ID.eq(0).to_json());
/// assert_eq!(Filter::<Ticket>::all([]).to_json(), serde_json::json!({}));
/// # let _ = open;
/// # }
/// ```
pub struct Filter<E> {
    node: Node,
    record: PhantomData<fn() -> E>,
}

#[derive(Clone, PartialEq)]
pub(super) enum Node {
    Leaf(Leaf),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
}

/// A comparison.
#[derive(Clone, PartialEq)]
pub(super) struct Leaf {
    pub path: String,
    pub operator: &'static str,
    pub value: Json,
    pub comparison: Comparison,
}

impl<E> Filter<E> {
    fn new(node: Node) -> Self {
        Filter { node, record: PhantomData }
    }

    pub(crate) fn leaf(path: String, operator: &'static str, value: Json, comparison: Comparison) -> Self {
        Filter::new(Node::Leaf(Leaf { path, operator, value, comparison }))
    }

    /// A comparison written by hand: column path, operator as the server spells it, value.
    pub fn raw(path: impl Into<String>, operator: &'static str, value: Json) -> Self {
        Filter::leaf(path.into(), operator, value, Comparison::Raw)
    }

    /// All of the conditions; met by every row where there are none.
    pub fn all(conditions: impl IntoIterator<Item = Filter<E>>) -> Self {
        Filter::new(Node::All(conditions.into_iter().map(|filter| filter.node).collect()))
    }

    /// Any of the conditions; met by no row where there are none.
    pub fn any(conditions: impl IntoIterator<Item = Filter<E>>) -> Self {
        Filter::new(Node::Any(conditions.into_iter().map(|filter| filter.node).collect()))
    }

    /// The filter as it stands in a request, without what changes nothing. A condition that no row can meet asks for the `ID` 0, which no
    /// record has: any server reads that, while the documents do not say what a server makes of an empty list.
    pub fn to_json(&self) -> Json {
        Entries::of(&self.sent())
    }

    /// The condition as it is sent: without what changes nothing.
    pub(super) fn sent(&self) -> Node {
        self.node.sent()
    }
}

impl Node {
    /// Without what changes nothing; in words that a server reads where no row meets it.
    pub(super) fn sent(&self) -> Node {
        let node = simplify::simplified(self);
        if simplify::is_false(&node) { simplify::no_row() } else { node }
    }

    /// As it stands in a request.
    pub(super) fn to_json(&self) -> Json {
        Entries::of(self)
    }

    /// What it adds to conditions that must be met as well: the same one twice says no more than once.
    pub(super) fn beyond(self, earlier: &[Node]) -> Self {
        let parts = match self {
            Node::All(parts) => parts,
            other => vec![other],
        };
        let mut parts: Vec<Node> =
            parts.into_iter().filter(|part| !earlier.iter().any(|known| known.says(part))).collect();
        if parts.len() == 1 { parts.remove(0) } else { Node::All(parts) }
    }

    /// Whether this condition is the other one, or has it among those that must all hold.
    fn says(&self, other: &Node) -> bool {
        self == other || matches!(self, Node::All(parts) if parts.iter().any(|part| part.says(other)))
    }

    /// Whether it says nothing.
    pub(super) fn is_true(&self) -> bool {
        simplify::is_true(self)
    }
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
    use crate::query::{Column, Model};
    use serde_json::json;

    struct Pen;
    impl Model for Pen {
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
    fn conditions_of_nothing_are_simplified_at_any_depth() {
        let nothing = || Filter::<Pen>::any([]);
        let everything = || Filter::<Pen>::all([]);
        let no_row = json!({"ID": 0});
        let none: [i64; 0] = [];
        let cases = [
            (everything(), json!({})),
            (!nothing(), json!({})),
            (WIDTH.none_of(none), json!({})),
            (nothing(), no_row.clone()),
            (!everything(), no_row.clone()),
            (WIDTH.one_of(none), no_row.clone()),
            (INK.eq("red") & WIDTH.one_of(none), no_row.clone()),
            (INK.eq("red") & !(nothing() | everything()), no_row.clone()),
            (INK.eq("red") & !nothing(), json!({"ink": "red"})),
            (INK.eq("red") | nothing(), json!({"0": ["OR", {"ink": "red"}]})),
            (INK.eq("red") | everything(), json!({})),
            (INK.eq("red") & !(WIDTH.eq(1) & OWNER.one_of(none)), json!({"ink": "red"})),
            (!(INK.eq("red") & !nothing()), json!({"0": ["NOT", {"ink": "red"}]})),
            (Filter::raw("ink", "IN", json!([])), no_row),
            (Filter::raw("ink", "!IN", json!([])), json!({})),
        ];
        for (filter, wanted) in cases {
            assert_eq!(filter.to_json(), wanted, "{filter:?}");
        }
    }

    #[test]
    fn an_or_inside_an_or_keeps_its_operands_apart() {
        let filter = Filter::any([WIDTH.eq(1) & INK.eq("red"), WIDTH.eq(2)]);
        assert_eq!(filter.to_json(), json!({"0": ["OR", {"width": 1, "ink": "red"}, {"width": 2}]}));
    }
}
