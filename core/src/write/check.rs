//! Checks which rules a write breaks, as far as that is known from what is sent.

use std::cmp::Ordering;

use regex_lite::Regex;

use super::rules::{Class, Kind, Literal, Rule, Rules, Test};
use super::violation::{Violation, Violations};
use crate::fields::{Fields, Value};
use crate::model::Json;
use crate::truths::Truths;
use crate::value_class::ValueClass;

/// What is known of a column.
#[derive(Clone)]
enum Known<'a> {
    Json(&'a Json),
    Literal(Literal),
    /// The server has it, or fills it in, or it is secret.
    Nothing,
}

/// The row that a write would make.
struct Row<'a> {
    fields: &'a Fields,
    rules: &'static Rules,
    is_new: bool,
}

impl Rules {
    /// The rules that a create (`is_new`) or an update breaks for certain. What the server may have or fill in breaks none.
    ///
    /// # Errors
    /// All of them.
    pub fn check(&'static self, fields: &Fields, is_new: bool) -> Result<(), Violations> {
        let row = Row { fields, rules: self, is_new };
        let sent = self.columns.iter().filter_map(|(column, tests)| {
            let value = row.sent(column)?;
            let truths = tests.iter().fold(Truths::TRUE, |all, test| all.and(test.truths(&value)));
            (truths == Truths::FALSE).then(|| Violation::of_column(column, row.class(column), tests))
        });
        let broken = self.rows.iter().filter(|(_, rule)| rule.truths(&row) == Truths::FALSE);
        let rows = broken.map(|(name, rule)| {
            let columns = rule.columns().into_iter().map(|column| (column, row.class(column)));
            Violation::of_row(name, columns.collect(), rule)
        });
        let violations: Vec<Violation> = sent.chain(rows).collect();
        if violations.is_empty() { Ok(()) } else { Err(Violations::new(violations)) }
    }
}

impl<'a> Row<'a> {
    fn sent(&self, column: &str) -> Option<Known<'a>> {
        let (_, value) = self.fields.values().find(|(name, _)| *name == column)?;
        let is_drawn = |json: &Json| self.is_new && self.rules.drawn.contains(&column) && json.as_str() == Some("");
        Some(match value {
            Value::Plain(json) if !is_drawn(json) => Known::Json(json),
            _ => Known::Nothing,
        })
    }

    fn value(&self, column: &str) -> Known<'a> {
        self.sent(column).unwrap_or_else(|| {
            let absent = self.rules.absent.iter().filter(|_| self.is_new).find(|(name, _)| *name == column);
            absent.map_or(Known::Nothing, |(_, literal)| Known::Literal(*literal))
        })
    }

    fn class(&self, column: &str) -> ValueClass {
        match self.fields.values().find(|(name, _)| *name == column) {
            None => ValueClass::Unset,
            Some((_, Value::Plain(json))) => ValueClass::of(json),
            Some(_) => ValueClass::Secret,
        }
    }
}

impl Known<'_> {
    fn is_null(&self) -> Option<bool> {
        match self {
            Known::Json(json) => Some(json.is_null()),
            Known::Literal(literal) => Some(*literal == Literal::Null),
            Known::Nothing => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Known::Json(Json::Bool(flag)) => Some(f64::from(u8::from(*flag))),
            Known::Json(json) => json.as_f64(),
            Known::Literal(Literal::Number(number)) => Some(*number),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Known::Json(json) => json.as_str(),
            Known::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    fn order(&self, other: &Known<'_>) -> Option<Ordering> {
        match (self.text(), other.text()) {
            (Some(left), Some(right)) => Some(left.cmp(right)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    fn equals(&self, literal: Literal) -> Option<bool> {
        self.order(&Known::Literal(literal)).map(Ordering::is_eq)
    }
}

impl Rule {
    fn truths(&self, row: &Row<'_>) -> Truths {
        let all = |rules: &[Rule]| rules.iter().fold(Truths::TRUE, |all, rule| all.and(rule.truths(row)));
        match self {
            Rule::Column(column, test) => test.truths(&row.value(column)),
            Rule::All(rules) => all(rules),
            Rule::Any(rules) => rules.iter().fold(Truths::TRUE, |none, rule| none.and(rule.truths(row).not())).not(),
            Rule::AtMostOne(columns) => counted(columns, row, |filled, open| (filled <= 1, filled + open <= 1)),
            Rule::ExactlyOne(columns) => {
                counted(columns, row, |filled, open| (filled <= 1 && filled + open >= 1, filled == 1 && open == 0))
            }
            Rule::InOrder(first, second) => decided(&row.value(first), &row.value(second), Ordering::is_le),
            Rule::Distinct(first, second) => distinct(&row.value(first), &row.value(second)),
            Rule::Cases(cases, otherwise) => case(cases, otherwise, row),
        }
    }

    /// The columns that it speaks of, each once.
    fn columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        self.name_columns(&mut |column| {
            if !columns.contains(&column) {
                columns.push(column);
            }
        });
        columns
    }

    fn name_columns(&self, name: &mut impl FnMut(&'static str)) {
        match self {
            Rule::Column(column, _) => name(column),
            Rule::All(rules) | Rule::Any(rules) => rules.iter().for_each(|rule| rule.name_columns(name)),
            Rule::AtMostOne(columns) | Rule::ExactlyOne(columns) => columns.iter().for_each(|column| name(column)),
            Rule::InOrder(first, second) | Rule::Distinct(first, second) => {
                name(first);
                name(second);
            }
            Rule::Cases(cases, otherwise) => {
                cases.iter().flat_map(|(when, then)| [when, then]).for_each(|rule| rule.name_columns(name));
                otherwise.name_columns(name);
            }
        }
    }
}

/// What a rule about the number of filled columns is. `truth` tells whether it can hold, and whether it must.
fn counted(columns: &[&str], row: &Row<'_>, truth: impl Fn(usize, usize) -> (bool, bool)) -> Truths {
    let nulls: Vec<Option<bool>> = columns.iter().map(|column| row.value(column).is_null()).collect();
    let count = |wanted: Option<bool>| nulls.iter().filter(|null| **null == wanted).count();
    match truth(count(Some(false)), count(None)) {
        (false, _) => Truths::FALSE,
        (true, true) => Truths::TRUE,
        (true, false) => Truths::TRUE.or(Truths::FALSE),
    }
}

/// A comparison of two columns, undecided where one is null.
fn decided(first: &Known<'_>, second: &Known<'_>, holds: impl Fn(Ordering) -> bool) -> Truths {
    if first.is_null() == Some(true) || second.is_null() == Some(true) {
        return Truths::UNDECIDED;
    }
    first.order(second).map_or(Truths::ANY, |order| Truths::of(holds(order)))
}

fn distinct(first: &Known<'_>, second: &Known<'_>) -> Truths {
    match (first.is_null(), second.is_null()) {
        (Some(true), Some(true)) => Truths::FALSE,
        (Some(true), Some(false)) | (Some(false), Some(true)) => Truths::TRUE,
        _ => first.order(second).map_or(Truths::ANY, |order| Truths::of(order.is_ne())),
    }
}

/// The rules of all cases that may be the one.
fn case(cases: &[(Rule, Rule)], otherwise: &Rule, row: &Row<'_>) -> Truths {
    let mut possible = Truths::NONE;
    for (when, then) in cases {
        let when = when.truths(row);
        if when.contains(Truths::TRUE) {
            possible = possible.or(then.truths(row));
        }
        if when == Truths::TRUE {
            return possible;
        }
    }
    possible.or(otherwise.truths(row))
}

impl Test {
    fn truths(&self, value: &Known<'_>) -> Truths {
        match (self, value.is_null()) {
            (_, None) => Truths::ANY,
            (Test::Null(wanted), Some(is_null)) => Truths::of(*wanted == is_null),
            (_, Some(true)) => Truths::UNDECIDED,
            (test, Some(false)) => test.holds(value).map_or(Truths::ANY, Truths::of),
        }
    }

    /// Whether it holds for a value that is not null; `None` where the value is of another type than the rule speaks of.
    fn holds(&self, value: &Known<'_>) -> Option<bool> {
        let one_of = |literals: &[Literal]| {
            let mut equal = literals.iter().filter(|literal| **literal != Literal::Null).map(|one| value.equals(*one));
            equal.try_fold(false, |any, equal| Some(any || equal?))
        };
        match self {
            Test::Min(least) => Some(value.number()? >= *least),
            Test::Max(most) => Some(value.number()? <= *most),
            Test::Above(bound) => Some(value.number()? > *bound),
            Test::Equals(literal) => value.equals(*literal),
            Test::Not(literal) => value.equals(*literal).map(|equal| !equal),
            Test::OneOf(literals) => one_of(literals),
            Test::NoneOf(literals) => one_of(literals).map(|is| !is),
            Test::Null(_) => None,
            Test::Text(class) => Some(class.has(value.text()?)),
            Test::MaxLength(most) => Some(value.text()?.chars().count() <= *most),
            Test::Matches(pattern) => matches(pattern, value.text()?),
            Test::MatchesNot(pattern) => matches(pattern, value.text()?).map(|is| !is),
            Test::Json(kinds) => Some(with_json(value, |json| kinds.iter().any(|kind| kind.has(json)))),
            Test::NotEmpty => Some(with_json(value, |json| json.as_object().is_none_or(|object| !object.is_empty()))),
        }
    }
}

/// Patterns are those of the document; one that is none decides nothing.
fn matches(pattern: &str, text: &str) -> Option<bool> {
    Regex::new(pattern).ok().map(|regex| regex.is_match(text))
}

/// Whether JSON, which may be sent as text, is as wanted. A text that is none is not.
fn with_json(value: &Known<'_>, is_wanted: impl Fn(&Json) -> bool) -> bool {
    match value {
        Known::Json(Json::String(text)) => serde_json::from_str(text).is_ok_and(|json| is_wanted(&json)),
        Known::Json(json) => is_wanted(json),
        Known::Literal(Literal::Text(text)) => serde_json::from_str(text).is_ok_and(|json| is_wanted(&json)),
        _ => true,
    }
}

impl Class {
    fn has(self, text: &str) -> bool {
        const BLANKS: [char; 3] = [' ', '\t', '\u{b}'];
        const BREAKS: [char; 2] = ['\r', '\n'];
        let is_space = |char: char| BLANKS.contains(&char) || BREAKS.contains(&char);
        match self {
            Class::Line => !text.starts_with(BLANKS) && !text.ends_with(BLANKS) && !text.contains(BREAKS),
            Class::FilledLine => !text.is_empty() && Class::Line.has(text),
            Class::Block => !text.starts_with(is_space) && !text.ends_with(is_space),
            Class::EndTrimmed => !text.ends_with(is_space),
        }
    }
}

impl Kind {
    fn has(self, json: &Json) -> bool {
        match self {
            Kind::Map => json.is_object(),
            Kind::List => json.is_array(),
        }
    }
}
