//! Writes a random list as the body of a request: JSON, or a form as a JavaScript client writes it.

use std::fmt;

use serde_json::{Map, Value, json};

use super::list_request::{Entry, Filter, ListRequest, Test, Word};
use super::random::Random;
use crate::brackets::{self, Spelling};
use crate::client::{Answer, Server};

/// A request ready to be sent.
pub(super) struct Sent {
    resource: &'static str,
    body: Value,
    /// The same as a form, if it is sent as one.
    form: Option<String>,
}

pub(super) fn of(list: &ListRequest, random: &mut Random) -> Sent {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    if let Some(fields) = &list.fields {
        put("fields", selected(fields, random));
    }
    for (name, part) in [("filter", &list.filter), ("filters", &list.filters)] {
        if let Some(part) = part {
            put(name, filter(part, random));
        }
    }
    let sort = list.sort.iter().map(|(path, down)| {
        let sign = if *down { "-" } else { random.word(&["", "+"]) };
        json!(format!("{sign}{}", path.0))
    });
    if !list.sort.is_empty() {
        put("sort", sort.collect());
    }
    if !list.expand.is_empty() {
        put("expand", json!(list.expand));
    }
    for (name, flag) in [("distinct", list.distinct), ("count", list.count), ("extdata", list.extdata)] {
        if flag {
            put(name, random.pick(&[json!(1), json!(true)]).clone());
        }
    }
    for (name, number) in [("offset", list.offset), ("limit", list.limit)] {
        if let Some(number) = number {
            put(name, json!(number));
        }
    }
    if let Some(query) = list.query {
        put("query", json!(query));
    }
    let body = Value::Object(body);
    let form = match random.below(10) {
        0 | 1 => Some(form(&body)),
        2..=4 => with_brackets(&body, Spelling { numbered: random.once_in(2), escaped: random.once_in(2) }),
        _ => None,
    };
    Sent { resource: list.resource, body, form }
}

/// A form with brackets; none if that would mean something else: to a custom field a number is not its text.
fn with_brackets(body: &Value, spelling: Spelling) -> Option<String> {
    let numbers = ["filter", "filters"].iter().any(|name| compares_custom_fields(&body[*name]));
    let form = brackets::form(body, spelling).filter(|_| !numbers)?;
    assert_eq!(brackets::meaning(&form), brackets::carried(body), "{form}");
    Some(form)
}

fn compares_custom_fields(filter: &Value) -> bool {
    match filter {
        Value::Object(entries) => {
            entries.iter().any(|(name, value)| name.starts_with("extdata.") || compares_custom_fields(value))
        }
        Value::Array(entries) => entries.iter().any(compares_custom_fields),
        _ => false,
    }
}

/// An array where no field has a name, else an object with numbers for those that have none.
fn selected(fields: &[(Option<String>, super::list_request::Path)], random: &mut Random) -> Value {
    if fields.iter().all(|(alias, _)| alias.is_none()) && random.once_in(2) {
        return fields.iter().map(|(_, path)| json!(path.0)).collect();
    }
    let entries = fields.iter().enumerate();
    let entry = |(index, (alias, path)): (usize, &(Option<String>, super::list_request::Path))| {
        (alias.clone().unwrap_or_else(|| index.to_string()), json!(path.0))
    };
    Value::Object(entries.map(entry).collect())
}

fn filter(entries: &Filter, random: &mut Random) -> Value {
    let mut object = Map::new();
    for (index, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Path { path, tests, plain } => {
                let value = match tests.as_slice() {
                    [single] if *plain => operand(single),
                    tests => tests.iter().map(|test| (test.operator().to_owned(), operand(test))).collect(),
                };
                object.insert(path.0.to_owned(), value);
            }
            Entry::Group(word, operands) => {
                let word = match word {
                    Word::And => "AND",
                    Word::Or => "OR",
                    Word::Not => "NOT",
                };
                let mut group = vec![json!(word)];
                group.extend(operands.iter().map(|operand| filter(operand, random)));
                object.insert((index + random.below(3) * 10).to_string(), json!(group));
            }
        }
    }
    Value::Object(object)
}

fn operand(test: &Test) -> Value {
    match test {
        Test::Compare(_, value) => value.clone(),
        Test::Among(_, values) => json!(values),
        Test::Matches(_, pattern) => json!(pattern.spelling()),
        Test::Like(_, like) => json!(like.spelling()),
    }
}

impl Sent {
    pub(super) fn send(&self, server: &Server) -> Answer {
        let ask = server.ask("POST", &format!("/api/v1/{}", self.resource));
        match &self.form {
            Some(form) => ask.form(form).send(),
            None => ask.json(&self.body).send(),
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.form.iter().map(|form| format!(" as the form {form}")).collect::<String>();
        write!(f, "POST /{}{form}: {}", self.resource, self.body)
    }
}

/// A key for each entry of an array, objects as JSON, everything else as its text.
pub(crate) fn form(body: &Value) -> String {
    let mut pairs = Vec::new();
    for (name, value) in body.as_object().unwrap() {
        let entries = match value {
            Value::Array(entries) => entries.as_slice(),
            single => std::slice::from_ref(single),
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        pairs.extend(entries.iter().map(|entry| format!("{}={}", escaped(name), escaped(&text(entry)))));
    }
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
