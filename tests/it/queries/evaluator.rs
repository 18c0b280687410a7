//! What a list request means, read from its JSON alone: no code of the client, none of the emulator.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use regex_lite::RegexBuilder;
use serde_json::{Map, Value as Json};

/// The records of a server.
#[derive(Default)]
pub(super) struct Facts {
    pub rows: BTreeMap<&'static str, Vec<Json>>,
    /// Where foreign keys lead.
    pub joins: BTreeMap<(&'static str, &'static str), &'static str>,
    /// The columns that a search looks into.
    pub searched: BTreeMap<&'static str, &'static [&'static str]>,
}

/// What servers differ in.
#[derive(Clone, Copy)]
pub(super) struct Server {
    /// Nothing equals null, also where it is asked for.
    pub null_is_never: bool,
    /// Nulls come first in an ascending order.
    pub nulls_are_least: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Count(u64),
    Rows(Vec<Json>),
}

impl Answer {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Answer::Count(count) => *count == 0,
            Answer::Rows(rows) => rows.is_empty(),
        }
    }
}

/// The rows that a request asks for, whole records by their number alone.
pub(super) fn answer(body: &Json, facts: &Facts, resource: &str, server: Server) -> Answer {
    let scope = Scope { facts, resource, server };
    let mut found: Vec<&Json> = facts.rows[resource].iter().filter(|row| scope.has(body, row)).collect();
    scope.sort(&mut found, body.get("sort"));
    let mut rows: Vec<Json> = found.iter().map(|row| scope.shown(body.get("fields"), row)).collect();
    if body.get("distinct").is_some_and(|distinct| distinct == true) {
        let mut once: Vec<Json> = Vec::new();
        rows.into_iter().for_each(|row| {
            if !once.contains(&row) {
                once.push(row)
            }
        });
        rows = once;
    }
    if body.get("count").is_some() {
        return Answer::Count(rows.len() as u64);
    }
    let number = |name: &str| body.get(name).and_then(Json::as_u64).map(|number| number as usize);
    Answer::Rows(rows.into_iter().skip(number("offset").unwrap_or(0)).take(number("limit").unwrap_or(1000)).collect())
}

struct Scope<'f> {
    facts: &'f Facts,
    resource: &'f str,
    server: Server,
}

impl Scope<'_> {
    fn has(&self, body: &Json, row: &Json) -> bool {
        let meets = body.get("filters").is_none_or(|filters| self.meets(filters, row) == Some(true));
        let words = body.get("query").and_then(Json::as_str).unwrap_or_default();
        meets && words.split_whitespace().all(|word| self.contains(word, row))
    }

    fn contains(&self, word: &str, row: &Json) -> bool {
        let columns = self.facts.searched[self.resource].iter();
        let mut texts = columns.filter_map(|column| row[*column].as_str());
        texts.any(|text| text.to_lowercase().contains(&word.to_lowercase()))
    }

    /// Whether a row meets an object of conditions; `None` where that is unknown, as in SQL.
    fn meets(&self, filter: &Json, row: &Json) -> Option<bool> {
        all(filter.as_object().unwrap().iter().map(|(name, wanted)| self.entry(name, wanted, row)))
    }

    fn entry(&self, name: &str, wanted: &Json, row: &Json) -> Option<bool> {
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let (word, operands) = wanted.as_array().unwrap().split_first().unwrap();
            let operands = operands.iter().map(|operand| self.meets(operand, row));
            return match word.as_str().unwrap() {
                "AND" => all(operands),
                "OR" => all(operands.map(not)).map(|none| !none),
                "NOT" => not(all(operands)),
                other => panic!("{other}"),
            };
        }
        let value = self.value(name, row);
        match wanted.as_object() {
            Some(operators) => all(operators.iter().map(|(operator, wanted)| self.compared(&value, operator, wanted))),
            None => self.compared(&value, "=", wanted),
        }
    }

    fn value(&self, path: &str, row: &Json) -> Json {
        match path.split_once('.') {
            None => row[path].clone(),
            Some(("extdata", name)) => row["extdata"][name].clone(),
            Some((key, column)) => {
                let table = self.facts.joins.iter().find(|((from, name), _)| *from == self.resource && *name == key);
                let target = self.facts.rows[table.unwrap().1].iter().find(|other| other["ID"] == row[key]);
                target.map_or(Json::Null, |target| target[column].clone())
            }
        }
    }

    fn compared(&self, value: &Json, operator: &str, wanted: &Json) -> Option<bool> {
        if wanted.is_null() {
            let is_null = (!self.server.null_is_never).then(|| value.is_null());
            return if operator == "=" { is_null } else { not(is_null) };
        }
        if value.is_null() {
            return empty_list(operator, wanted);
        }
        if let Some(plain) = operator.strip_prefix('!').filter(|plain| *plain != "=") {
            return not(self.compared(value, plain, wanted));
        }
        Some(match operator {
            "=" => order(value, wanted)?.is_eq(),
            "!=" => order(value, wanted)?.is_ne(),
            "<" => order(value, wanted)?.is_lt(),
            "<=" => order(value, wanted)?.is_le(),
            ">" => order(value, wanted)?.is_gt(),
            ">=" => order(value, wanted)?.is_ge(),
            "IN" => wanted.as_array().unwrap().iter().any(|one| order(value, one) == Some(Ordering::Equal)),
            "~~" => is_like(text(value), text(wanted)),
            "~~*" => is_like(&text(value).to_lowercase(), &text(wanted).to_lowercase()),
            "~" => expression(text(wanted), false, text(value)),
            "~*" => expression(text(wanted), true, text(value)),
            other => panic!("{other}"),
        })
    }

    fn sort(&self, rows: &mut [&Json], sort: Option<&Json>) {
        let keys: Vec<&str> = sort.and_then(Json::as_array).into_iter().flatten().map(text).collect();
        rows.sort_by(|left, right| {
            let compared = keys.iter().map(|key| {
                let path = &key[1..];
                let order = self.placed(&self.value(path, left), &self.value(path, right));
                if key.starts_with('-') { order.reverse() } else { order }
            });
            compared.fold(Ordering::Equal, Ordering::then)
        });
    }

    /// The order of two values of a column, as it is in an ascending list.
    fn placed(&self, left: &Json, right: &Json) -> Ordering {
        let null = |value: &Json| value.is_null();
        let nulls = null(left).cmp(&null(right));
        let nulls = if self.server.nulls_are_least { nulls.reverse() } else { nulls };
        nulls.then_with(|| order(left, right).unwrap_or(Ordering::Equal))
    }

    fn shown(&self, fields: Option<&Json>, row: &Json) -> Json {
        let Some(fields) = fields else { return Json::from_iter([("ID", row["ID"].clone())]) };
        let shown =
            fields.as_object().unwrap().iter().map(|(alias, path)| (alias.clone(), self.value(text(path), row)));
        Json::Object(shown.collect::<Map<_, _>>())
    }
}

/// AND, as SQL has it.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let parts: Vec<_> = parts.collect();
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    (!parts.contains(&None)).then_some(true)
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}

/// What null has to do with a list: nothing is in an empty one.
fn empty_list(operator: &str, wanted: &Json) -> Option<bool> {
    let is_empty = wanted.as_array().is_some_and(Vec::is_empty);
    is_empty.then_some(operator == "!IN")
}

/// Numbers by their value and texts by their letters. A custom field is a text, and compares as a number with one.
fn order(left: &Json, right: &Json) -> Option<Ordering> {
    let number = |value: &Json| match value {
        Json::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Json::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    match (left, right) {
        (Json::String(left), Json::String(right)) => Some(left.cmp(right)),
        _ => number(left)?.partial_cmp(&number(right)?),
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap()
}

/// LIKE: `%` is any text, `_` one letter, and what follows a backslash is itself.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut letters = pattern.chars();
    let rest = |letters: &std::str::Chars<'_>| letters.as_str().to_owned();
    match letters.next() {
        None => text.is_empty(),
        Some('%') => {
            let pattern = rest(&letters);
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| is_like(&text[at..], &pattern))
        }
        Some(letter) => {
            let wanted = if letter == '\\' { letters.next() } else { Some(letter) };
            let is_any = letter == '_';
            let mut own = text.chars();
            own.next().is_some_and(|first| is_any || Some(first) == wanted) && is_like(own.as_str(), &rest(&letters))
        }
    }
}

fn expression(pattern: &str, ignores_case: bool, text: &str) -> bool {
    RegexBuilder::new(pattern).case_insensitive(ignores_case).build().unwrap().is_match(text)
}
