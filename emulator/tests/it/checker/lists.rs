//! Makes list requests: every member in combination, and ways to get each one wrong.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::documents::{Column, DOCUMENTS, Operation, Resource};
use super::plan::{Member, Plan, Shape};
use super::prng::Prng;
use super::values::{fitting, strange, unfitting, word};
use super::world::World;

const ORDERS: [&str; 9] = ["=", "!=", "<>", "<", "<=", ">", ">=", "IN", "!IN"];
const TEXTUAL: [&str; 8] = ["~", "~*", "!~", "!~*", "~~", "~~*", "!~~", "!~~*"];
const PATTERNS: [&str; 9] = ["^P", "[a-z]+$", "a|b", "(ab)*", "\\d{2}", "%a%", "_b%", "", "\u{e5}\\."];
const ALIASES: [&str; 9] = ["key", "a b", "\u{fc}ber", "x;y", "\"q\"", "'; SELECT 1", "a.b", "\n", "extdata.x"];

/// A column path that exists; a custom field has no column.
struct Path {
    text: String,
    column: Option<&'static Column>,
}

/// A list request that must succeed.
pub(super) fn valid(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let body = body(prng, world, resource);
    plan(prng, world, operation, body)
}

/// A request with this body, and the answer that belongs to it.
pub(super) fn plan(prng: &mut Prng, world: &World, operation: &'static Operation, body: Map<String, Value>) -> Plan {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let target = world.path(operation, None);
    let mut request = world.signed(prng, operation, target);
    let empty = body.is_empty() && prng.chance(50);
    let is_form = prng.chance(20);
    if is_form {
        request = request.body("application/x-www-form-urlencoded", form(&body));
    } else if !empty {
        request = request.body("application/json", Value::Object(body.clone()).to_string());
    }
    let shape = shape(resource, &body);
    let export = matches!(shape, Shape::Csv(_));
    let plan = Plan { shape, ..Plan::new(operation, request) };
    if world.guarded && export { plan.only(&[403], "export") } else { guarded(plan, world) }
}

fn guarded(plan: Plan, world: &World) -> Plan {
    if world.guarded { plan.or(403) } else { plan }
}

fn body(prng: &mut Prng, world: &World, resource: &'static Resource) -> Map<String, Value> {
    let mut body = Map::new();
    let mut fields = Vec::new();
    if prng.chance(60) {
        fields = (0..1 + prng.below(6)).map(|_| path(prng, resource)).collect();
        body.insert("fields".to_owned(), written(prng, &fields));
    }
    for name in ["filters", "filter"] {
        if prng.chance(40) {
            body.insert(name.to_owned(), filter(prng, world, resource, 3));
        }
    }
    if prng.chance(15) {
        body.insert("query".to_owned(), format!("{} {}", word(prng), word(prng)).into());
    }
    let distinct = prng.chance(15);
    if prng.chance(40) {
        body.insert("sort".to_owned(), sort(prng, resource, if distinct { &fields } else { &[] }));
    }
    for (name, percent, value) in [
        ("offset", 30, Value::from(*prng.pick(&[0, 1, 3, 1_000_000]))),
        ("limit", 50, Value::from(*prng.pick(&[1, 2, 10, 10_000, 20_000]))),
        ("distinct", if distinct { 100 } else { 0 }, flag(prng)),
        ("count", 10, flag(prng)),
        ("export", 5, flag(prng)),
        ("extdata", if resource.name == "users" { 0 } else { 15 }, flag(prng)),
        ("tags", 15, flag(prng)),
    ] {
        if prng.chance(percent) {
            body.insert(name.to_owned(), value);
        }
    }
    if prng.chance(30) {
        let composite: Vec<&str> =
            resource.columns.iter().filter(|column| column.is_composite()).map(|column| column.name.as_str()).collect();
        body.insert("expand".to_owned(), composite.into());
    }
    body
}

fn flag(prng: &mut Prng) -> Value {
    prng.pick(&[json!(true), json!(1), json!("1")]).clone()
}

fn path(prng: &mut Prng, resource: &'static Resource) -> Path {
    let column = prng.pick(&resource.columns);
    let keys: Vec<&Column> = resource.columns.iter().filter(|column| column.target().is_some()).collect();
    if resource.lists_extdata() && prng.chance(10) {
        return Path { text: "extdata.tier".to_owned(), column: None };
    }
    if !keys.is_empty() && prng.chance(25) {
        let key = *prng.pick(&keys);
        let target = &DOCUMENTS.resources[key.target().unwrap()];
        let column = prng.pick(&target.columns);
        return Path { text: format!("{}.{}", key.name, column.name), column: Some(column) };
    }
    Path { text: column.name.clone(), column: Some(column) }
}

/// Fields as a list, as an object with names, or as one with numbers among the names.
fn written(prng: &mut Prng, fields: &[Path]) -> Value {
    match prng.below(3) {
        0 => fields.iter().map(|path| path.text.as_str()).collect(),
        form => {
            let pairs = fields.iter().enumerate().map(|(index, path)| {
                let named = form == 1 || prng.chance(50);
                let key = if named { format!("{}{index}", prng.text(&ALIASES)) } else { index.to_string() };
                (key, Value::from(path.text.as_str()))
            });
            Value::Object(pairs.collect())
        }
    }
}

fn sort(prng: &mut Prng, resource: &'static Resource, among: &[Path]) -> Value {
    let count = 1 + prng.below(3);
    let mut paths: Vec<String> = match among {
        [] => (0..count).map(|_| path(prng, resource).text).collect(),
        some => some.iter().take(count).map(|path| path.text.clone()).collect(),
    };
    paths.sort();
    paths.dedup();
    paths.into_iter().map(|path| Value::from(format!("{}{path}", prng.pick(&["+", "-", ""])))).collect()
}

/// A filter with conditions, and groups down to this depth.
pub(super) fn filter(prng: &mut Prng, world: &World, resource: &'static Resource, depth: usize) -> Value {
    let mut entries = Map::new();
    for _ in 0..prng.below(3) {
        let path = path(prng, resource);
        let condition = condition(prng, world, resource, &path);
        entries.insert(path.text, condition);
    }
    if depth > 0 && prng.chance(40) {
        let word = prng.text(&["AND", "OR", "NOT"]);
        let operands = (0..1 + prng.below(3)).map(|_| filter(prng, world, resource, depth - 1));
        let group: Vec<Value> = std::iter::once(word.into()).chain(operands.collect::<Vec<_>>()).collect();
        entries.insert(prng.below(5).to_string(), group.into());
    }
    entries.into()
}

fn condition(prng: &mut Prng, world: &World, resource: &'static Resource, path: &Path) -> Value {
    let textual = path.column.is_none_or(Column::is_text);
    if prng.chance(10) {
        return prng.pick(&[Value::Null, json!({ "!=": null }), json!({ "=": null })]).clone();
    }
    let value = operand(prng, world, resource, path);
    if prng.chance(30) {
        return value;
    }
    let mut operators = Map::new();
    for _ in 0..1 + prng.below(2) {
        let operator = if textual && prng.chance(50) { prng.text(&TEXTUAL) } else { prng.text(&ORDERS) };
        let value = match operator {
            "IN" | "!IN" => json!([value, operand(prng, world, resource, path)]),
            _ if TEXTUAL.contains(&operator) => (prng.text(&PATTERNS)).into(),
            _ => operand(prng, world, resource, path),
        };
        operators.insert(operator.to_owned(), value);
    }
    operators.into()
}

/// A plain value that a column can be compared with.
fn operand(prng: &mut Prng, world: &World, resource: &'static Resource, path: &Path) -> Value {
    match path.column {
        Some(column) if column.is_file() => prng.between(1, 50).into(),
        Some(column) if column.is_composite() => word(prng).into(),
        Some(column) => fitting(prng, world, resource, column).unwrap_or_else(|| 1.into()),
        None => word(prng).into(),
    }
}

/// What a list with this body answers.
pub(super) fn shape(resource: &'static Resource, body: &Map<String, Value>) -> Shape {
    let set = |name: &str| body.get(name).is_some_and(|flag| *flag == true || *flag == 1 || *flag == "1");
    let mut names: Vec<String> = Vec::new();
    let mut members = BTreeMap::new();
    let expand: Vec<&str> =
        body.get("expand").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, path) in asked(body) {
        names.retain(|known| *known != key);
        names.push(key.clone());
        members.insert(key, member(resource, &path, expand.contains(&&*path)));
    }
    if names.is_empty() {
        names = resource.columns.iter().map(|column| column.name.clone()).collect();
        members = names.iter().map(|name| (name.clone(), member(resource, name, expand.contains(&&**name)))).collect();
    }
    for (option, offered, member) in
        [("extdata", resource.extdata, Member::Extdata), ("tags", resource.tags, Member::Tags)]
    {
        if set(option) && offered {
            names.push(option.to_owned());
            members.insert(option.to_owned(), member);
        }
    }
    let limit = body.get("limit").and_then(Value::as_u64).unwrap_or(1000).min(10_000);
    match (set("count"), set("export")) {
        (true, _) => Shape::Count,
        (_, true) => Shape::Csv(names),
        _ => Shape::Rows { members, most: usize::try_from(limit).unwrap() },
    }
}

/// The selected paths with the names that they get.
fn asked(body: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match body.get("fields") {
        Some(Value::Array(paths)) => paths.iter().map(|path| (text(path), text(path))).collect(),
        Some(Value::Object(paths)) => {
            let number = |key: &str| key.bytes().all(|byte| byte.is_ascii_digit());
            paths.iter().map(|(key, path)| (if number(key) { text(path) } else { key.clone() }, text(path))).collect()
        }
        _ => Vec::new(),
    }
}

fn member(resource: &'static Resource, path: &str, expanded: bool) -> Member {
    match path.split_once('.') {
        None => Member::Column { resource, column: resource.column(path).unwrap(), expanded, joined: false },
        Some(("extdata", _)) => Member::ExtdataValue,
        Some((key, name)) => {
            let target = &DOCUMENTS.resources[resource.column(key).unwrap().target().unwrap()];
            Member::Column { resource: target, column: target.column(name).unwrap(), expanded, joined: true }
        }
    }
}

/// A list request with something in it that cannot be understood.
pub(super) fn spoiled(prng: &mut Prng, world: &World, operation: &'static Operation) -> Plan {
    let resource = &DOCUMENTS.resources[&operation.resource];
    let mut body = body(prng, world, resource);
    // Both leave members out of account, refused ones perhaps too.
    body.remove("export");
    body.remove("count");
    if prng.chance(40) {
        let name = *prng.pick(&[
            "fields", "filter", "filters", "query", "sort", "offset", "limit", "distinct", "count", "expand",
            "extdata", "tags",
        ]);
        body.insert(name.to_owned(), unfitting(prng));
        let request = world.path(operation, None);
        let request = world.signed(prng, operation, request).body("application/json", Value::Object(body).to_string());
        return guarded(Plan::new(operation, request).perhaps(&[400], "a member of any type"), world);
    }
    let (name, value) = refused(prng, resource);
    if name.starts_with("filter") {
        // With both members sent, a switch may leave one out of account.
        body.retain(|known, _| !known.starts_with("filter"));
    }
    body.insert(name.to_owned(), value);
    let request = world.path(operation, None);
    let request = world.signed(prng, operation, request).body("application/json", Value::Object(body).to_string());
    guarded(Plan::new(operation, request).only(&[400], "a refused member"), world)
}

/// A member that must be refused.
fn refused(prng: &mut Prng, resource: &'static Resource) -> (&'static str, Value) {
    let hidden: Vec<&str> = resource.hidden().collect();
    let column = if hidden.is_empty() || prng.chance(50) { strange(prng) } else { prng.text(&hidden) };
    // What is strange on most resources is a column or a join on some.
    let join =
        column.split_once('.').and_then(|(key, _)| resource.column(key)).is_some_and(|key| key.target().is_some());
    let column = if join || resource.column(column).is_some() { "nothing" } else { column };
    let filter = prng.text(&["filter", "filters"]);
    let bad: [(&str, Value); 20] = [
        ("fields", json!([column])),
        ("fields", json!({ "0": "ID", "x": column })),
        ("fields", json!([1])),
        ("fields", json!({ "a": ["ID"] })),
        (filter, json!({ column: 1 })),
        (filter, json!({ "ID": { "BETWEEN": [1, 2] } })),
        (filter, json!({ "ID": { "~": "1" } })),
        (filter, json!({ "ID": { "IN": 1 } })),
        (filter, json!({ "ID": [1] })),
        (filter, json!({ "0": ["XOR", { "ID": 1 }] })),
        (filter, json!({ "0": ["AND"] })),
        (filter, json!({ "0": { "ID": 1 } })),
        (filter, json!({ "1": ["OR", { "2": ["NOT", { column: 1 }] }] })),
        ("sort", json!([column])),
        ("sort", json!([format!("-{column}")])),
        ("expand", json!([column])),
        ("limit", (*prng.pick(&[0, -1])).into()),
        ("limit", "many".into()),
        ("offset", (-1).into()),
        ("count", "perhaps".into()),
    ];
    prng.pick(&bad).clone()
}

/// A body as a form writes it: objects as JSON text, one key for each entry of a list.
pub(super) fn form(body: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in body {
        match value {
            Value::Array(entries) if entries.len() > 1 && entries.iter().all(Value::is_string) => {
                pairs.extend(entries.iter().map(|entry| (name, entry.as_str().unwrap().to_owned())));
            }
            Value::String(text) => pairs.push((name, text.clone())),
            Value::Bool(flag) => pairs.push((name, u8::from(*flag).to_string())),
            other => pairs.push((name, other.to_string())),
        }
    }
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    pairs.join("&")
}

/// Percent-encoded but for letters, digits and `-._~`; a blank becomes a plus sign.
pub(super) fn percent(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}
