//! Decides from the document alone whether a row breaks a rule of its table: the words of `spec/README.md`, "The words
//! of rules". What the checker cannot know, such as what other rows hold, leaves the verdict open.

use std::collections::BTreeMap;

use serde_json::Value;

use super::documents::{Column, DOCUMENTS, Resource};
use super::schemas::matches;

/// The truth of a rule. `Null`: a null leaves it undecided, which counts as kept. `Open`: the checker does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    True,
    False,
    Null,
    Open,
}

impl Truth {
    fn of(flag: bool) -> Self {
        if flag { Self::True } else { Self::False }
    }

    fn and(self, other: Self) -> Self {
        let either = |one| self == one || other == one;
        match () {
            () if either(Self::False) => Self::False,
            () if either(Self::Open) => Self::Open,
            () if either(Self::Null) => Self::Null,
            () => Self::True,
        }
    }

    fn or(self, other: Self) -> Self {
        let either = |one| self == one || other == one;
        match () {
            () if either(Self::True) => Self::True,
            () if either(Self::Open) => Self::Open,
            () if either(Self::Null) => Self::Null,
            () => Self::False,
        }
    }
}

/// What the rules say about a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// No rule can be broken.
    Kept,
    Open,
    /// A rule is broken for sure.
    Broken,
}

/// A row as far as it is known: the columns that the server fills are missing.
pub(super) type Row = BTreeMap<String, Value>;

/// The row that a create with this body would store.
pub(super) fn created(resource: &Resource, body: &serde_json::Map<String, Value>) -> Row {
    let mut row = Row::new();
    for column in &resource.columns {
        let sent = body.get(&column.name).filter(|_| column.mark("x-read-only") != true || column.is_file());
        let counted = column.mark("x-counter") == true && sent.is_none_or(|sent| sent == "");
        let filled = !column.mark("x-filled").is_null() && sent.is_none();
        if counted || filled {
            continue;
        }
        let default = column.plain().get("default").or(Some(column.mark("x-default")));
        row.insert(column.name.clone(), sent.or(default).cloned().unwrap_or_default());
    }
    row
}

/// Whether storing this row breaks a rule. `changed` names the columns that a write sends.
pub(super) fn verdict(resource: &Resource, row: &Row, changed: &[String]) -> Verdict {
    let mut worst = Verdict::Kept;
    for column in &resource.columns {
        worst = worst.max(if column.is_file() { of_file(column, row) } else { of_column(column, row) });
    }
    for rule in resource.schema["x-checks"].as_array().into_iter().flatten() {
        worst = worst.max(of_truth(holds(rule, None, row)));
    }
    let unordered = resource.schema.get("x-unordered").is_some();
    if unordered || unique(resource, row, changed) {
        worst = worst.max(Verdict::Open);
    }
    worst
}

fn of_truth(truth: Truth) -> Verdict {
    match truth {
        Truth::False => Verdict::Broken,
        Truth::Open => Verdict::Open,
        Truth::True | Truth::Null => Verdict::Kept,
    }
}

fn of_column(column: &Column, row: &Row) -> Verdict {
    let Some(value) = row.get(&column.name) else { return Verdict::Kept };
    if value.is_null() {
        // Some columns are nullable in the document alone, and one in the table alone.
        let nullable = column.is_nullable() && column.mark("x-not-null") != true;
        return if nullable { Verdict::Kept } else { Verdict::Broken };
    }
    let longest = column.schema["maxLength"].as_u64().or(column.mark("x-max-length").as_u64());
    let long = value.as_str().is_some_and(|text| longest.is_some_and(|most| text.chars().count() as u64 > most));
    // Bounds that the document alone gives hold as well.
    let low = column.schema["minimum"].as_f64().zip(value.as_f64()).is_some_and(|(least, value)| value < least);
    let high = column.schema["maximum"].as_f64().zip(value.as_f64()).is_some_and(|(most, value)| value > most);
    if long || low || high { Verdict::Broken } else { of_truth(holds(column.mark("x-check"), Some(&column.name), row)) }
}

/// A file becomes a row of `binfiles`, whose `size` has a rule of its own.
fn of_file(column: &Column, row: &Row) -> Verdict {
    let Some(content) = row.get(&column.name).and_then(|value| value["content"].as_str()) else { return Verdict::Kept };
    let size = DOCUMENTS.resources["binfiles"].column("size").unwrap();
    let file = Row::from([("size".to_owned(), content.len().into())]);
    of_truth(holds(size.mark("x-check"), Some("size"), &file))
}

/// Whether a unique rule takes part that text drawn for this row alone does not keep.
fn unique(resource: &Resource, row: &Row, changed: &[String]) -> bool {
    let rules = resource.schema["x-unique"].as_array().into_iter().flatten();
    rules.into_iter().any(|rule| {
        let columns: Vec<&str> = rule["columns"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let sent = columns.iter().any(|name| changed.iter().any(|changed| changed == name));
        let fresh = |name: &&str| changed.iter().any(|changed| changed == name) && row.get(*name).is_some_and(is_fresh);
        let apart = holds(&rule["where"], None, row) == Truth::False;
        let shown = columns.iter().all(|name| resource.column(name).is_some());
        let null = |name: &&str| row.get(*name).is_some_and(Value::is_null);
        let never = rule["nulls-equal"] != true && columns.iter().any(null);
        shown && !apart && !never && !columns.iter().any(fresh) && (sent || !changed.is_empty())
    })
}

fn is_fresh(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.len() >= 16 && text.bytes().rev().take(16).all(|byte| byte.is_ascii_hexdigit()))
}

/// The truth of a rule, all its words together.
pub(super) fn holds(rule: &Value, column: Option<&str>, row: &Row) -> Truth {
    let Some(words) = rule.as_object() else { return Truth::True };
    let column = words.get("column").and_then(Value::as_str).or(column);
    let cell = column.map(|column| row.get(column));
    words.iter().fold(Truth::True, |truth, (word, wanted)| truth.and(said(word, wanted, words, cell, row)))
}

fn said(
    word: &str,
    wanted: &Value,
    words: &serde_json::Map<String, Value>,
    cell: Option<Option<&Value>>,
    row: &Row,
) -> Truth {
    let several = || wanted.as_array().unwrap().iter().map(|rule| holds(rule, None, row));
    let names = || wanted.as_array().unwrap().iter().map(|name| row.get(name.as_str().unwrap()));
    match word {
        "name" | "column" | "otherwise" | "when" | "then" => Truth::True,
        "all" => several().fold(Truth::True, Truth::and),
        "any" => several().fold(Truth::False, Truth::or),
        "cases" => cases(wanted, words.get("otherwise").unwrap_or(&Value::Null), row),
        "at-most-one" | "exactly-one" => {
            let cells: Vec<_> = names().collect();
            let set = cells.iter().flatten().filter(|value| !value.is_null()).count();
            match (cells.contains(&None), set) {
                (_, 2..) => Truth::False,
                (true, _) => Truth::Open,
                (false, 0) => Truth::of(word == "at-most-one"),
                (false, _) => Truth::True,
            }
        }
        "in-order" | "distinct" => pair(word, &names().collect::<Vec<_>>()),
        "null" => match cell.flatten() {
            Some(value) => Truth::of(value.is_null() == (wanted == true)),
            None => Truth::Open,
        },
        _ => match cell.flatten() {
            Some(Value::Null) => Truth::Null,
            Some(value) => about(word, wanted, value),
            None => Truth::Open,
        },
    }
}

fn cases(cases: &Value, otherwise: &Value, row: &Row) -> Truth {
    for case in cases.as_array().unwrap() {
        match holds(&case["when"], None, row) {
            Truth::True => return holds(&case["then"], None, row),
            Truth::Open => return Truth::Open,
            Truth::False | Truth::Null => {}
        }
    }
    holds(otherwise, None, row)
}

fn pair(word: &str, cells: &[Option<&Value>]) -> Truth {
    match cells {
        [Some(Value::Null), _] | [_, Some(Value::Null)] => {
            if word == "distinct" {
                Truth::True
            } else {
                Truth::Null
            }
        }
        [Some(left), Some(right)] if word == "distinct" => Truth::of(left != right),
        [Some(left), Some(right)] => Truth::of(left.as_f64() <= right.as_f64()),
        _ => Truth::Open,
    }
}

/// A word about one value that is not null.
fn about(word: &str, wanted: &Value, value: &Value) -> Truth {
    let (number, text) = (value.as_f64(), value.as_str());
    let compare = |holds: fn(f64, f64) -> bool| match (number, wanted.as_f64()) {
        (Some(number), Some(wanted)) => Truth::of(holds(number, wanted)),
        _ => Truth::Open,
    };
    match word {
        "min" => compare(|number, wanted| number >= wanted),
        "max" => compare(|number, wanted| number <= wanted),
        "above" => compare(|number, wanted| number > wanted),
        "equals" => Truth::of(same(value, wanted)),
        "not" => Truth::of(!same(value, wanted)),
        "one-of" => Truth::of(wanted.as_array().unwrap().iter().any(|one| same(value, one))),
        "none-of" => Truth::of(!wanted.as_array().unwrap().iter().any(|one| same(value, one))),
        "text" => text.map_or(Truth::Open, |text| Truth::of(is_class(wanted.as_str().unwrap(), text))),
        "matches" | "matches-not" => {
            text.map_or(Truth::Open, |text| Truth::of(matches(wanted.as_str().unwrap(), text) == (word == "matches")))
        }
        "json" => parsed(value).map_or(Truth::False, |value| {
            let kind = if value.is_array() { "array" } else { "object" };
            let composite = value.is_array() || value.is_object();
            Truth::of(composite && wanted.as_array().unwrap().iter().any(|known| known == kind))
        }),
        "not-empty" => Truth::of(parsed(value).is_some_and(|value| value != serde_json::json!({}))),
        _ => Truth::Open,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    left == right || left.as_f64().is_some_and(|left| Some(left) == right.as_f64())
}

fn parsed(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => serde_json::from_str(text).ok(),
        value => Some(value.clone()),
    }
}

fn is_class(class: &str, text: &str) -> bool {
    const BLANK: [char; 3] = [' ', '\t', '\u{b}'];
    const BREAK: [char; 2] = ['\r', '\n'];
    let all = |c: char| BLANK.contains(&c) || BREAK.contains(&c);
    match class {
        "line" | "filled-line" => {
            let edges = text.starts_with(BLANK) || text.ends_with(BLANK);
            !edges && !text.contains(BREAK) && (class == "line" || !text.is_empty())
        }
        "block" => !text.starts_with(all) && !text.ends_with(all),
        _ => !text.ends_with(all),
    }
}
