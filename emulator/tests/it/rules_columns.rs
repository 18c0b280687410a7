//! The rules of single columns, all of them: each writable column is sent every kind of value that its rules forbid.

use serde_json::{Value, json};

use crate::bodies::{bodies, count, plant_parents, with};
use crate::client::{Server, empty};

const SCHEMA: &str = include_str!("../../data/schema.json");

/// Columns that a client may write.
fn writable(table: &Value) -> impl Iterator<Item = &Value> {
    let written = |column: &&Value| ["hidden", "read_only", "file"].iter().all(|mark| column.get(mark).is_none());
    table["columns"].as_array().unwrap().iter().filter(written)
}

/// Values that break a rule of a column, each with the reason.
fn broken(column: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut add =
        |why: &str, values: &[Value]| found.extend(values.iter().map(|value| (why.to_owned(), value.clone())));
    if column["not_null"] == true {
        add("not null", &[Value::Null]);
    }
    if column.get("references").is_some() {
        add("reference", &[json!(999_999)]);
    }
    if let Some(most) = column["max_length"].as_u64() {
        add("length", &[json!("A".repeat(usize::try_from(most).unwrap() + 1))]);
    }
    if column["narrow"] == true {
        add("32 bits", &[json!(2_147_483_648_i64), json!(-2_147_483_649_i64)]);
    }
    for (word, value) in column.get("check").and_then(Value::as_object).into_iter().flatten() {
        add(word, &against(word, value));
    }
    if let (Some(listed), None) = (column.get("enum"), column.get("check")) {
        let numbers = listed.as_array().unwrap().iter().any(Value::is_number);
        add("list", &[if numbers { json!(99) } else { json!("nowhere") }]);
    }
    // An empty number is drawn.
    found.retain(|(_, value)| !(column["counter"] == true && *value == ""));
    found
}

/// Values that a word of a rule forbids. One that is not known here fails the test.
fn against(word: &str, value: &Value) -> Vec<Value> {
    let text = |texts: &[&str]| texts.iter().map(|text| json!(text)).collect();
    let beside = |step: f64| vec![json!(value.as_f64().unwrap() + step)];
    match (word, value.as_str()) {
        ("min", _) => beside(-1.0),
        ("max", _) => beside(1.0),
        ("above" | "not", _) => vec![value.clone()],
        ("text", Some("line")) => text(&["a ", " a", "\ta", "a\u{b}", "a\nb", "a\r"]),
        ("text", Some("filled-line")) => text(&["", "a ", " a", "a\t", "a\nb"]),
        ("text", Some("block")) => text(&["a ", "\na", "a\r\n", "\u{b}a"]),
        ("text", Some("end-trimmed")) => text(&["a ", "a\n", "a\t"]),
        ("matches", _) => text(&["ä !"]),
        ("matches-not", _) => text(&["/a", "a//b"]),
        ("json", _) => {
            let shapes = value.as_array().unwrap();
            let wrong = [("array", json!([])), ("object", json!({ "a": 1 }))];
            let wrong = wrong.into_iter().filter(|(name, _)| !shapes.contains(&json!(name)));
            wrong.map(|(_, value)| value).chain([json!(7)]).collect()
        }
        ("not-empty", _) => vec![json!({})],
        other => panic!("no test for {other:?}"),
    }
}

fn put(server: &Server, resource: &str, body: &Value) -> u16 {
    server.ask("PUT", &format!("/api/v1/{resource}")).json(body).send().error()
}

#[test]
fn every_rule_of_every_writable_column_is_enforced() {
    let server = empty();
    plant_parents(&server);
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let (mut columns, mut checks) = (0, 0);
    for (resource, body) in bodies() {
        let before = count(&server, resource);
        for column in writable(&schema["tables"][resource]) {
            let name = column["name"].as_str().unwrap();
            for (why, value) in broken(column) {
                let body = with(&body, &json!({ name: value }));
                assert_eq!(put(&server, resource, &body), 500, "{resource}.{name}, {why}: {body}");
            }
            columns += 1;
            checks += usize::from(column.get("check").is_some());
        }
        assert_eq!(count(&server, resource), before, "{resource}");
        server.create(resource, body);
    }
    // As many as the tables have, and nine bounds that the documents alone give: none was passed over.
    assert_eq!((columns, checks), (540, 274 + 9));
}

#[test]
fn a_create_without_a_mandatory_column_stores_nothing() {
    let server = empty();
    plant_parents(&server);
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut missed = 0;
    for (resource, body) in bodies() {
        let before = count(&server, resource);
        let required = writable(&schema["tables"][resource]).filter(|column| column["required"] == true);
        // A number that is not sent is drawn.
        for column in required.filter(|column| column.get("counter").is_none()) {
            let mut body = body.clone();
            body.as_object_mut().unwrap().remove(column["name"].as_str().unwrap()).unwrap();
            assert_eq!(put(&server, resource, &body), 500, "{resource}: {body}");
            missed += 1;
        }
        assert_eq!(count(&server, resource), before, "{resource}");
    }
    assert_eq!(missed, 78);
}

#[test]
fn the_ends_of_ranges_and_all_that_a_text_may_hold_are_accepted() {
    let server = empty();
    for (resource, body) in [
        ("tickets", json!({ "name": "A", "status": 11, "priority": 0, "visibility": 2, "description": "a\n\n b" })),
        ("accounts", json!({ "lastname": "a \t b", "currency": "NOK", "type": 5, "suppliernum": "S" })),
        ("contacts", json!({ "firstname": "A", "country": "", "address": "a\nb" })),
        ("documents", json!({ "name": "A", "mimetype": "text/plain;charset=utf-8", "status": 5 })),
        ("appointments", json!({ "name": "A", "datefrom": 5, "dateto": 5, "color": "A0F" })),
        ("notes", json!({ "name": "A", "text": " \n begins with a blank" })),
        ("categories", json!({ "entity": "tickets", "name": "a/b" })),
        ("records", json!({ "entity": "tickets", "index": 1, "flag": 3 })),
        ("transactions", json!({ "currency": "EUR", "calculation": 4 })),
        ("opportunities", json!({ "name": "A", "status": 5, "probability": 100 })),
    ] {
        server.create(resource, body);
    }
}

#[test]
fn what_is_not_sent_takes_the_default_of_its_column() {
    let server = empty();
    plant_parents(&server);
    for (resource, body, defaults) in [
        ("tickets", json!({ "name": "A" }), json!({ "priority": 2, "visibility": 0, "status": 0, "description": "" })),
        ("tasks", json!({ "name": "A" }), json!({ "priority": 2 })),
        ("opportunities", json!({ "name": "A" }), json!({ "priority": 2 })),
        ("contracts", json!({ "name": "A", "currency": "EUR" }), json!({ "exchangerate": 1, "calculation": 0 })),
        ("transactions", json!({ "currency": "EUR" }), json!({ "exchangerate": 1, "items": null })),
        ("appointments", json!({ "name": "A", "datefrom": 1, "dateto": 1 }), json!({ "interval": 1, "color": "" })),
        ("components", json!({ "item": 1, "component": 2 }), json!({ "amount": 1, "fixed": 0 })),
        ("accounts", json!({ "lastname": "A", "currency": "EUR" }), json!({ "locked": 0, "contact": null })),
    ] {
        let stored = server.create(resource, body);
        for (name, value) in defaults.as_object().unwrap() {
            assert_eq!(stored[name], *value, "{resource}.{name}");
        }
    }
}

#[test]
fn every_counter_draws_a_number_and_no_number_twice() {
    let server = empty();
    plant_parents(&server);
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let mut counters = 0;
    for (resource, body) in bodies() {
        let Some(column) = writable(&schema["tables"][resource]).find(|column| column["counter"] == true) else {
            continue;
        };
        let name = column["name"].as_str().unwrap();
        let draw = || server.create(resource, with(&body, &json!({ name: "" })))[name].as_str().unwrap().to_owned();
        let (first, second) = (draw(), draw());
        assert!(!first.is_empty() && !second.is_empty() && first != second, "{resource}: {first}, {second}");
        counters += 1;
    }
    assert_eq!(counters, 10);
}
