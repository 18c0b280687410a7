//! Proof that the judge finds what it looks for: good answers that it accepts, each then spoiled in one way.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::connection::{Answer, Request};
use super::documents::{DOCUMENTS, Operation};
use super::judge::judge;
use super::plan::{Plan, Shape};
use super::rules::{Row, Truth, holds};
use super::world::World;

fn operation(id: &str) -> &'static Operation {
    DOCUMENTS.operations.iter().find(|operation| operation.id == id).unwrap()
}

fn world() -> World {
    World {
        host: String::new(),
        instance: "demo".to_owned(),
        bearer: String::new(),
        session: None,
        client: Default::default(),
        user: Default::default(),
        access: None,
        refresh: None,
        login: None,
        password_token: None,
        seeded: BTreeMap::new(),
        own: Vec::new(),
        secrets: vec!["5ec2e7".to_owned()],
        guarded: false,
        broken_rule: 500,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer { status, headers, body: body.as_bytes().to_vec() }
}

const TAG: (&str, &str) = ("etag", "\"0123456789abcdef0123456789abcdef\"");
const DATE: (&str, &str) = ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
const JSON: (&str, &str) = ("content-type", "application/json");
const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

/// A get of a like, the smallest record.
fn get() -> Plan {
    let shape =
        Shape::Record { resource: &DOCUMENTS.resources["likes"], expand: Vec::new(), extdata: false, tags: false };
    Plan { shape, ..Plan::new(operation("getLike"), Request::new("GET", "/demo/api/v1/likes/1".to_owned())) }.or(404)
}

fn like() -> Value {
    let columns = DOCUMENTS.resources["likes"].columns.iter();
    columns.map(|column| (column.name.clone(), json!(1))).collect()
}

fn with(member: &str, value: Value) -> String {
    let mut like = like();
    like[member] = value;
    like.to_string()
}

#[test]
fn a_good_answer_is_accepted() {
    let good = answer(200, &[JSON, TAG, DATE], &like().to_string());
    assert_eq!(judge(&get(), &good, &world()), Ok(()));
    assert_eq!(judge(&get(), &answer(404, &[TEXT], "not found"), &world()), Ok(()));
}

#[test]
fn every_spoiled_answer_is_noticed() {
    let whole = like().to_string();
    let cut = json!({ "ID": 1 }).to_string();
    let spoiled = [
        answer(201, &[JSON, TAG, DATE], &whole),
        answer(400, &[TEXT], "no"),
        answer(418, &[TEXT], "no"),
        answer(500, &[TEXT], "the server could not do this"),
        answer(200, &[JSON, DATE], &whole),
        answer(200, &[JSON, ("etag", "0123456789abcdef0123456789abcdef"), DATE], &whole),
        answer(200, &[JSON, TAG, ("last-modified", "2026-01-01T00:00:00Z")], &whole),
        answer(200, &[JSON, TAG, DATE, ("content-location", "/demo/api/v1/likes/1")], &whole),
        answer(200, &[JSON, TAG, DATE, ("set-cookie", "a=b")], &whole),
        answer(200, &[JSON, TAG, TAG, DATE], &whole),
        answer(200, &[TEXT, TAG, DATE], &whole),
        answer(200, &[JSON, TAG, DATE], "{"),
        answer(200, &[JSON, TAG, DATE], "[]"),
        answer(200, &[JSON, TAG, DATE], &cut),
        answer(200, &[JSON, TAG, DATE], &with("password", json!("x"))),
        answer(200, &[JSON, TAG, DATE], &with("record", json!("1"))),
        answer(200, &[JSON, TAG, DATE], &with("record", Value::Null)),
        answer(200, &[JSON, TAG, DATE], &with("creator", json!(1_i64 << 40))),
        answer(404, &[TEXT], ""),
        answer(404, &[JSON], "{}"),
        answer(404, &[TEXT], "no such column: t.nothing"),
        answer(404, &[TEXT], "5ec2e7 is not known"),
        answer(404, &[TEXT, ("www-authenticate", "Bearer realm=\"demo\" error=\"invalid_token\"")], "not found"),
    ];
    for answer in spoiled {
        assert!(judge(&get(), &answer, &world()).is_err(), "{answer:?}");
    }
}

#[test]
fn a_head_has_no_body_and_a_refusal_names_its_challenge() {
    let exists = Plan::new(operation("existsLike"), Request::new("HEAD", String::new()));
    assert_eq!(judge(&exists, &answer(204, &[TAG, DATE], ""), &world()), Ok(()));
    assert!(judge(&exists, &answer(204, &[TAG, DATE], "x"), &world()).is_err());
    let refused = Plan::new(operation("getConfig"), Request::new("GET", String::new())).only(&[401], "refused");
    assert!(judge(&refused, &answer(401, &[TEXT], "no"), &world()).is_err());
    let wrong = Plan { operation: None, ..refused }.only(&[405], "a wrong method");
    assert!(judge(&wrong, &answer(405, &[TEXT], "no"), &world()).is_err());
    assert_eq!(judge(&wrong, &answer(405, &[TEXT, ("allow", "GET")], "no"), &world()), Ok(()));
}

#[test]
fn a_broken_rule_is_told_from_another_fault() {
    let write = Plan::new(operation("deleteLike"), Request::new("DELETE", String::new())).or(500);
    let told = |text| judge(&write, &answer(500, &[TEXT], text), &world());
    assert_eq!(told("a rule of the table does not allow this"), Ok(()));
    assert!(told("the server could not do this").is_err());
}

#[test]
fn rules_are_read_as_the_page_of_the_documents_has_them() {
    let row: Row = [("a", json!(1)), ("b", Value::Null), ("c", json!(" x"))].map(|(k, v)| (k.to_owned(), v)).into();
    for (rule, truth) in [
        (json!({ "column": "a", "min": 1, "max": 1 }), Truth::True),
        (json!({ "column": "a", "above": 1 }), Truth::False),
        (json!({ "column": "b", "min": 1 }), Truth::Null),
        (json!({ "column": "d", "min": 1 }), Truth::Open),
        (json!({ "column": "c", "text": "line" }), Truth::False),
        (json!({ "at-most-one": ["a", "b"] }), Truth::True),
        (json!({ "exactly-one": ["b"] }), Truth::False),
        (json!({ "exactly-one": ["b", "d"] }), Truth::Open),
        (json!({ "distinct": ["a", "a"] }), Truth::False),
        (json!({ "in-order": ["a", "b"] }), Truth::Null),
        (json!({ "any": [{ "column": "b", "min": 1 }, { "column": "a", "equals": 2 }] }), Truth::Null),
        (
            json!({ "cases": [{ "when": { "column": "b", "min": 1 }, "then": { "column": "a", "equals": 2 } }], "otherwise": { "column": "a", "equals": 1 } }),
            Truth::True,
        ),
    ] {
        assert_eq!(holds(&rule, None, &row), truth, "{rule}");
    }
}
