//! Evaluates a condition for a row, some of which may be unknown.

use std::cmp::Ordering;

use super::condition::unjudged;
use crate::model::Json;
use crate::query::filter::{Leaf, Node};
use crate::truths::Truths;

/// What a condition may be for the row with these values.
pub(super) fn truths<'r>(node: &Node, value: &impl Fn(&str) -> Option<&'r Json>) -> Truths {
    match node {
        Node::Leaf(leaf) => leaf_truths(leaf, value),
        Node::All(parts) => parts.iter().fold(Truths::TRUE, |all, part| all.and(truths(part, value))),
        Node::Any(parts) => parts.iter().fold(Truths::TRUE, |none, part| none.and(truths(part, value).not())).not(),
        Node::Not(inner) => truths(inner, value).not(),
    }
}

fn leaf_truths<'r>(leaf: &Leaf, value: &impl Fn(&str) -> Option<&'r Json>) -> Truths {
    if unjudged(leaf).is_some() {
        return Truths::ANY;
    }
    let Some(found) = value(&leaf.path) else { return Truths::ANY };
    let is_negative = matches!(leaf.operator, "!=" | "<>" | "!IN");
    if found.is_null() {
        // No value equals it or has an order with it. Whether it differs from a value is a matter of the database.
        return if is_negative { Truths::ANY } else { Truths::FALSE.or(Truths::UNDECIDED) };
    }
    compared(leaf, found).map_or(Truths::ANY, Truths::of)
}

/// Whether a value meets a comparison; `None` where it is of another kind than what it is compared with.
fn compared(leaf: &Leaf, found: &Json) -> Option<bool> {
    let ordering = order(found, &leaf.value);
    match leaf.operator {
        "=" => Some(ordering?.is_eq()),
        "!=" | "<>" => Some(ordering?.is_ne()),
        "<" => Some(ordering?.is_lt()),
        "<=" => Some(ordering?.is_le()),
        ">" => Some(ordering?.is_gt()),
        ">=" => Some(ordering?.is_ge()),
        "IN" => is_among(found, &leaf.value),
        "!IN" => is_among(found, &leaf.value).map(|is| !is),
        _ => None,
    }
}

fn is_among(found: &Json, values: &Json) -> Option<bool> {
    let orders = values.as_array()?.iter().map(|value| order(found, value)).collect::<Option<Vec<_>>>()?;
    Some(orders.into_iter().any(Ordering::is_eq))
}

fn order(found: &Json, wanted: &Json) -> Option<Ordering> {
    match (found, wanted) {
        (Json::String(found), Json::String(wanted)) => Some(found.cmp(wanted)),
        _ => Some(whole(found)?.cmp(&whole(wanted)?)),
    }
}

/// A whole number, also where it is written as a fraction or as yes and no.
#[expect(clippy::cast_possible_truncation, reason = "only whole numbers that f64 holds exactly get there")]
fn whole(json: &Json) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let fraction = || json.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= EXACT);
    json.as_i64().or_else(|| json.as_bool().map(i64::from)).or_else(|| fraction().map(|number| number as i64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::JsonMap;
    use crate::query::{Column, Filter, Model};

    struct Pen;
    impl Model for Pen {
        const RESOURCE: &'static str = "pens";
    }
    const INK: Column<Pen, String> = Column::new("ink");
    const WIDTH: Column<Pen, i64> = Column::new("width");
    const OWNER: Column<Pen, Option<i64>> = Column::new("owner");
    const PRICE: Column<Pen, f64> = Column::new("price");

    fn may_bring(filter: &Filter<Pen>, row: Json) -> bool {
        let row: JsonMap = row.as_object().cloned().unwrap_or_default();
        truths(&filter.sent(), &|path| row.get(path)).contains(Truths::TRUE)
    }

    #[test]
    fn what_has_one_meaning_is_judged() {
        let row = || json!({"ink": "blue", "width": 3, "owner": 7, "price": 1.5});
        let held = [
            INK.eq("blue"),
            INK.ne("red"),
            INK.one_of(["red", "blue"]),
            INK.none_of(["red"]),
            WIDTH.between(3..4),
            WIDTH.le(3) & WIDTH.gt(2),
            OWNER.eq(7) | OWNER.eq(8),
            !(INK.eq("blue") & WIDTH.eq(4)),
        ];
        for filter in held {
            assert!(may_bring(&filter, row()), "{}", filter.to_json());
            assert!(!may_bring(&!filter.clone(), row()), "not {}", filter.to_json());
        }
    }

    #[test]
    fn what_cannot_be_judged_is_never_a_contradiction() {
        let none: [i64; 0] = [];
        let row = || json!({"ink": "blue", "width": 3, "owner": 7, "price": 1.5});
        let open = [
            INK.like("red%"),
            !INK.matches("blue"),
            INK.lt("a"),
            PRICE.eq(9.0),
            PRICE.lt(1.0),
            OWNER.is_null(),
            Filter::raw("width", "=", json!(9)),
            WIDTH.eq(9) | INK.like("x"),
            !(WIDTH.eq(3) & INK.like("x")),
        ];
        for filter in open {
            assert!(may_bring(&filter, row()), "{}", filter.to_json());
        }
        assert!(!may_bring(&WIDTH.one_of(none), json!({"ID": 7})), "no row meets a list of nothing");
        for strange in [json!("3"), json!(3.5), json!([3]), json!(u64::MAX)] {
            assert!(may_bring(&WIDTH.eq(3), json!({"width": strange})), "{strange}");
        }
        assert!(may_bring(&WIDTH.eq(3), json!({"width": 3.0})) && !may_bring(&WIDTH.eq(3), json!({"width": 4.0})));
    }

    #[test]
    fn a_null_meets_no_equality_and_no_order_and_may_meet_the_rest() {
        let row = || json!({"owner": null});
        for filter in [OWNER.eq(7), OWNER.gt(1), OWNER.one_of([7]), OWNER.eq(7) | OWNER.eq(8)] {
            assert!(!may_bring(&filter, row()), "{}", filter.to_json());
        }
        for filter in [OWNER.ne(7), OWNER.none_of([7]), !OWNER.eq(7), OWNER.is_null(), OWNER.is_not_null()] {
            assert!(may_bring(&filter, row()), "{}", filter.to_json());
        }
    }

    #[test]
    fn parts_that_nobody_knows_decide_nothing_and_known_ones_still_do() {
        let row = || json!({"ink": "blue", "width": 3});
        assert!(!may_bring(&(INK.like("b%") & WIDTH.eq(4)), row()));
        assert!(!may_bring(&!(INK.like("b%") | WIDTH.eq(3)), row()));
        assert!(may_bring(&(INK.like("b%") | WIDTH.eq(4)), row()));
    }
}
