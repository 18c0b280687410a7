//! Turns a check rule into the form of `spec/`: data that the emulator and, later, a pre-send check can evaluate without
//! knowing SQL. `spec/README.md` defines every word used here.

use anyhow::{Context as _, bail, ensure};

use super::sql::Expr;
use crate::yaml::{Map, Node, map};

/// The name by which a single-column rule calls its column.
const VALUE: &str = "VALUE";

/// The text classes, by the pattern that must not match.
const TEXT_CLASSES: [(&str, &str); 4] = [
    (r"^[ \t\v]|[ \t\v]$|[\r\n]", "line"),
    (r"^$|^[ \t\v]|[ \t\v]$|[\r\n]", "filled-line"),
    (r"^[ \t\v\r\n]|[ \t\v\r\n]$", "block"),
    (r"[ \t\v\r\n]$", "end-trimmed"),
];

/// A rule about one column: the words beside the column need no name.
pub(super) fn of_column(expr: &Expr) -> anyhow::Result<Node> {
    let mut rule = Map::new();
    for part in flattened(expr) {
        let Node::Map(words) = of_table(part)? else { bail!("a rule expected") };
        for (word, value) in words {
            if word == "column" && value.as_text() == Some(VALUE) {
                continue;
            }
            ensure!(!names_value(&value), "{VALUE} inside {word:?} is not understood");
            let earlier = rule.insert(word.clone(), value);
            ensure!(earlier.is_none(), "the word {word:?} stands twice in one rule");
        }
    }
    Ok(Node::Map(rule))
}

/// Whether a nested rule speaks of the column without knowing its name.
fn names_value(node: &Node) -> bool {
    match node {
        Node::Text(text) => text == VALUE,
        Node::List(list) => list.iter().any(names_value),
        Node::Map(map) => map.values().any(names_value),
        _ => false,
    }
}

fn flattened(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::And(parts) => parts.iter().collect(),
        one => vec![one],
    }
}

/// A rule about a whole row.
pub(super) fn of_table(expr: &Expr) -> anyhow::Result<Node> {
    match expr {
        Expr::And(parts) => Ok(map([("all", Node::List(joined(parts)?))])),
        Expr::Or(parts) => either(parts),
        Expr::IsNull(inner, null) => Ok(about(column(inner)?, "null", (*null).into())),
        Expr::Case(branches, rest) => case(branches, rest),
        Expr::Compare(left, sign, right) => comparison(left, sign, right),
        other => bail!("{other:?} is not a condition"),
    }
}

/// Conditions that must all hold; two bounds of one column become one range.
fn joined(parts: &[Expr]) -> anyhow::Result<Vec<Node>> {
    let mut rules: Vec<Node> = Vec::new();
    for part in parts {
        let rule = of_table(part)?;
        if !rules.last_mut().is_some_and(|last| closes_range(last, &rule)) && !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    Ok(rules)
}

/// Takes the upper bound of `rule` into the lower bound of the same column.
fn closes_range(last: &mut Node, rule: &Node) -> bool {
    let opens = last.get("min").is_some() && last.get("max").is_none();
    let same = last.get("column") == rule.get("column");
    match (last.as_map_mut(), rule.get("max")) {
        (Some(last), Some(max)) if opens && same => last.insert("max".to_owned(), max.clone()).is_none(),
        _ => false,
    }
}

/// Alternatives; `a IS NULL OR b IS NULL` says that at most one of them may be set.
fn either(parts: &[Expr]) -> anyhow::Result<Node> {
    let nulls: Option<Vec<&str>> = parts
        .iter()
        .map(|part| match part {
            Expr::IsNull(inner, true) => column(inner).ok(),
            _ => None,
        })
        .collect();
    match nulls {
        Some(columns) => Ok(map([("at-most-one", columns.into())])),
        None => {
            let alternatives = parts.iter().map(|part| match part {
                Expr::And(inner) => match joined(inner)?.as_slice() {
                    [one] => Ok(one.clone()),
                    many => Ok(map([("all", Node::List(many.to_vec()))])),
                },
                other => of_table(other),
            });
            Ok(map([("any", Node::List(alternatives.collect::<anyhow::Result<_>>()?))]))
        }
    }
}

fn case(branches: &[(Expr, Expr)], rest: &Expr) -> anyhow::Result<Node> {
    let cases = branches.iter().map(|(when, then)| Ok(map([("when", of_table(when)?), ("then", of_table(then)?)])));
    Ok(map([("cases", Node::List(cases.collect::<anyhow::Result<_>>()?)), ("otherwise", of_table(rest)?)]))
}

fn comparison(left: &Expr, sign: &str, right: &Expr) -> anyhow::Result<Node> {
    if let Expr::Call(function, arguments) = left {
        return call(function, arguments, sign, right);
    }
    let name = column(left)?;
    Ok(match (sign, right) {
        ("<=", Expr::Column(other)) => map([("in-order", vec![name, other.as_str()].into())]),
        ("IS DISTINCT FROM" | "<>", Expr::Column(other)) => map([("distinct", vec![name, other.as_str()].into())]),
        ("=", Expr::List(values)) => about(name, "one-of", literals(values)?),
        ("<>", Expr::List(values)) => about(name, "none-of", literals(values)?),
        ("=", value) => about(name, "equals", literal(value)?),
        ("<>", value) => about(name, "not", literal(value)?),
        (">=", value) => about(name, "min", literal(value)?),
        ("<=", value) => about(name, "max", literal(value)?),
        (">", value) => about(name, "above", literal(value)?),
        ("~", Expr::Text(pattern)) => about(name, "matches", pattern.as_str().into()),
        ("!~", Expr::Text(pattern)) => match TEXT_CLASSES.iter().find(|(known, _)| known == pattern) {
            Some((_, class)) => about(name, "text", (*class).into()),
            None => about(name, "matches-not", pattern.as_str().into()),
        },
        _ => bail!("{name} {sign} {right:?} is not understood"),
    })
}

fn call(function: &str, arguments: &[Expr], sign: &str, right: &Expr) -> anyhow::Result<Node> {
    let columns = arguments.iter().map(column).collect::<anyhow::Result<Vec<_>>>()?;
    let first = *columns.first().context("a function without arguments")?;
    Ok(match (function, sign, right) {
        ("num_nonnulls", "<=", Expr::Number(1.0)) => map([("at-most-one", columns.into())]),
        ("num_nonnulls", "=", Expr::Number(1.0)) => map([("exactly-one", columns.into())]),
        ("bit_length", "=", size) => about(first, "bits", literal(size)?),
        ("json_typeof", "=", Expr::Text(shape)) => about(first, "json", vec![shape.as_str()].into()),
        ("json_typeof", "=", Expr::List(shapes)) => about(first, "json", literals(shapes)?),
        _ => bail!("{function} {sign} {right:?} is not understood"),
    })
}

fn about(column: &str, word: &str, value: Node) -> Node {
    // A comparison of JSON with the empty object asks for members.
    if word == "not" && value.as_text() == Some("{}") {
        return map([("column", column.into()), ("not-empty", true.into())]);
    }
    map([("column", column.into()), (word, value)])
}

fn column(expr: &Expr) -> anyhow::Result<&str> {
    match expr {
        Expr::Column(name) => Ok(name),
        other => bail!("{other:?} is not a column"),
    }
}

fn literals(values: &[Expr]) -> anyhow::Result<Node> {
    Ok(Node::List(values.iter().map(literal).collect::<anyhow::Result<_>>()?))
}

fn literal(expr: &Expr) -> anyhow::Result<Node> {
    match expr {
        Expr::Text(text) => Ok(text.as_str().into()),
        #[expect(clippy::cast_possible_truncation, reason = "only whole numbers get here")]
        Expr::Number(number) if number.fract() == 0.0 => Ok(Node::Int(*number as i64)),
        Expr::Number(number) => Ok(Node::Float(*number)),
        other => bail!("{other:?} is not a value"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::sql;

    fn table(definition: &str) -> String {
        of_table(&sql::check(definition).unwrap()).unwrap().to_string()
    }

    fn single(definition: &str) -> String {
        of_column(&sql::check(definition).unwrap()).unwrap().to_string()
    }

    #[test]
    fn either_or_rules_count_what_is_set() {
        assert_eq!(table("CHECK (a IS NULL OR b IS NULL)"), r#"{"at-most-one": ["a", "b"]}"#);
        assert_eq!(table("CHECK (num_nonnulls(a, b, c) <= 1)"), r#"{"at-most-one": ["a", "b", "c"]}"#);
        assert_eq!(table("CHECK (num_nonnulls(a, b) = 1)"), r#"{"exactly-one": ["a", "b"]}"#);
    }

    #[test]
    fn two_bounds_are_one_range() {
        assert_eq!(single("CHECK (VALUE >= 0 AND VALUE <= 4)"), r#"{"min": 0, "max": 4}"#);
        assert_eq!(
            table("CHECK (s >= 0 AND s <= 4 AND t = 1)"),
            r#"{"all": [{"column": "s", "min": 0, "max": 4}, {"column": "t", "equals": 1}]}"#
        );
    }

    #[test]
    fn a_third_bound_is_not_lost_in_the_range() {
        assert_eq!(
            table("CHECK (s >= 0 AND s <= 4 AND s <= 9)"),
            r#"{"all": [{"column": "s", "min": 0, "max": 4}, {"column": "s", "max": 9}]}"#
        );
    }

    #[test]
    fn text_classes_have_names() {
        assert_eq!(single(r"CHECK (VALUE !~ '^[ \t\v]|[ \t\v]$|[\r\n]'::text)"), r#"{"text": "line"}"#);
        assert_eq!(single(r"CHECK (VALUE !~ 'x'::text)"), r#"{"matches-not": "x"}"#);
    }

    #[test]
    fn json_shapes_are_listed() {
        assert_eq!(single("CHECK (json_typeof(VALUE) = 'array'::text)"), r#"{"json": ["array"]}"#);
        assert_eq!(
            single("CHECK (json_typeof(VALUE) = 'object'::text AND VALUE::jsonb <> '{}'::jsonb)"),
            r#"{"json": ["object"], "not-empty": true}"#
        );
    }

    #[test]
    fn dates_in_order_and_distinct_ends() {
        assert_eq!(table("CHECK (datefrom <= dateto)"), r#"{"in-order": ["datefrom", "dateto"]}"#);
        assert_eq!(table("CHECK (item IS DISTINCT FROM component)"), r#"{"distinct": ["item", "component"]}"#);
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(of_table(&sql::check("CHECK (length(a) = 3)").unwrap()).is_err());
        assert!(of_table(&sql::check("CHECK (a)").unwrap()).is_err());
    }
}
