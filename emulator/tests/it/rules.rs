//! The rules of the tables: what breaks one is answered with 500 and stores nothing.

use serde_json::{Value, json};

use crate::client::{Server, account, empty, switched};
use zeyos_emulator::switches::RuleStatus;

fn refused(server: &Server, resource: &str, body: &Value) {
    let before = server.list(resource, json!({ "count": true }));
    let answer = server.ask("PUT", &format!("/api/v1/{resource}")).json(body).send();
    assert_eq!(answer.error(), 500, "{resource} {body}");
    assert_eq!(server.list(resource, json!({ "count": true })), before, "{resource} {body}");
}

#[test]
fn mandatory_columns_must_come() {
    let server = empty();
    for (resource, body) in [
        ("accounts", json!({ "lastname": "A" })),
        ("tickets", json!({})),
        ("tickets", json!({ "name": null })),
        ("payments", json!({ "subject": "x" })),
        ("prices", json!({ "item": 1 })),
        ("events", json!({ "entity": "tickets", "index": 1, "name": "E", "datefrom": 1 })),
    ] {
        refused(&server, resource, &body);
    }
}

#[test]
fn single_columns_hold_to_their_checks() {
    let server = empty();
    for (resource, body) in [
        ("accounts", json!({ "lastname": "A", "currency": "eur" })),
        ("accounts", json!({ "lastname": "A ", "currency": "EUR" })),
        ("accounts", json!({ "lastname": "A\nB", "currency": "EUR" })),
        ("accounts", json!({ "lastname": "A", "currency": "EUR", "type": 6 })),
        ("tickets", json!({ "name": "" })),
        ("tickets", json!({ "name": "A", "status": 12 })),
        ("tickets", json!({ "name": "A", "description": "A\n" })),
        ("documents", json!({ "name": "A", "status": 6 })),
        ("contacts", json!({ "lastname": "A", "country": "Norway" })),
        ("categories", json!({ "entity": "tickets", "name": "/a" })),
        ("categories", json!({ "entity": "tickets", "name": "a//b" })),
        ("transactions", json!({ "currency": "EUR", "items": {} })),
        ("transactions", json!({ "currency": "EUR", "items": "[" })),
        ("contracts", json!({ "name": "A", "currency": "EUR", "autobilling": {} })),
        ("contracts", json!({ "name": "A", "currency": "EUR", "exchangerate": 0 })),
        ("associations", json!({ "entity1": "nowhere", "index1": 1, "entity2": "tasks", "index2": 1 })),
        ("messages", json!({ "attachments": "a,b" })),
        ("documents", json!({ "name": "A", "binfile": { "content": "" } })),
    ] {
        refused(&server, resource, &body);
    }
}

#[test]
fn rows_hold_to_the_rules_between_columns() {
    let server = empty();
    server.create("accounts", account("A"));
    server.create("projects", json!({ "name": "P" }));
    server.create("items", json!({ "name": "I" }));
    for (resource, body) in [
        ("accounts", json!({ "currency": "EUR" })),
        ("accounts", json!({ "lastname": "A", "currency": "EUR", "type": 2, "customernum": "K1" })),
        ("contacts", json!({ "lastname": "A", "company": "C" })),
        ("coupons", json!({ "name": "C" })),
        ("tickets", json!({ "name": "T", "account": 1, "project": 1 })),
        ("notes", json!({ "name": "N", "owneruser": 1, "ownergroup": 1 })),
        ("files", json!({ "filename": "f" })),
        ("appointments", json!({ "name": "A", "datefrom": 2, "dateto": 1 })),
        ("components", json!({ "item": 1, "component": 1 })),
        ("records", json!({ "entity": "tickets" })),
        ("records", json!({ "flag": 1 })),
        ("opportunities", json!({ "name": "O", "status": 5, "probability": 50 })),
        ("messages", json!({ "ID": 7, "reference": 7 })),
        ("transactions", json!({ "currency": "EUR", "type": 0, "status": 9 })),
        ("transactions", json!({ "currency": "EUR", "type": 3, "item": 1 })),
        ("transactions", json!({ "currency": "EUR", "type": 10, "status": 1 })),
        ("transactions", json!({ "currency": "EUR", "type": 10, "account": 1 })),
    ] {
        refused(&server, resource, &body);
    }
    server.create("coupons", json!({ "name": "C", "code": "X" }));
    server.create("transactions", json!({ "currency": "EUR", "type": 10, "status": 22, "item": 1 }));
}

#[test]
fn unique_rules_hold() {
    let server = empty();
    server.create("transactions", json!({ "currency": "EUR", "type": 3, "transactionnum": "R1" }));
    refused(&server, "transactions", &json!({ "currency": "EUR", "type": 3, "transactionnum": "R1" }));
    server.create("transactions", json!({ "currency": "EUR", "type": 4, "transactionnum": "R1" }));
    server.create("transactions", json!({ "currency": "EUR", "type": 3, "transactionnum": "R1", "status": 3 }));
    server.create("follows", json!({ "entity": "records", "index": 1 }));
    refused(&server, "follows", &json!({ "entity": "records", "index": 1 }));
}

#[test]
fn foreign_keys_must_lead_somewhere() {
    refused(&empty(), "tickets", &json!({ "name": "T", "account": 5 }));
}

#[test]
fn fixed_columns_do_not_change() {
    let server = empty();
    server.create("items", json!({ "name": "I", "type": 1 }));
    assert_eq!(server.ask("PATCH", "/api/v1/items/1").json(&json!({ "type": 2 })).send().error(), 500);
    assert_eq!(server.ask("PATCH", "/api/v1/items/1").json(&json!({ "type": 1, "name": "J" })).send().status, 200);
}

#[test]
fn one_default_address_of_a_type_remains() {
    let server = empty();
    server.create("accounts", account("A"));
    for name in ["B", "C"] {
        server.create("contacts", json!({ "lastname": name }));
    }
    server.create("addresses", json!({ "account": 1, "contact": 1, "default": 1 }));
    server.create("addresses", json!({ "account": 1, "contact": 2, "default": 1 }));
    let rows = server.list("addresses", json!({ "fields": ["contact", "default"] }));
    assert_eq!(rows, json!([{ "contact": 1, "default": 0 }, { "contact": 2, "default": 1 }]));
    server.create("addresses", json!({ "account": 1, "contact": 1, "type": 1, "default": 1 }));
    assert_eq!(server.ask("PATCH", "/api/v1/addresses/1").json(&json!({ "default": 1 })).send().status, 200);
    let defaults = server.list("addresses", json!({ "fields": ["ID"], "filters": { "default": 1 }, "sort": ["ID"] }));
    assert_eq!(defaults, json!([{ "ID": 1 }, { "ID": 3 }]), "another type keeps its own");
}

#[test]
fn fact_9_19_a_broken_rule_undoes_the_whole_request() {
    let server = empty();
    let body = json!({ "name": "D", "binfile": { "content": "SGVp" }, "tags": ["/bad"] });
    refused(&server, "documents", &body);
    assert_eq!(server.list("binfiles", json!({ "count": true })), json!({ "count": 0 }));
    assert_eq!(server.create("documents", json!({ "name": "D" }))["documentnum"], "DO-100001");
}

#[test]
fn names_and_types_that_do_not_fit_are_answered_with_400() {
    let server = empty();
    for body in [
        json!({ "name": "T", "nothing": 1 }),
        json!({ "name": "T", "status": "open" }),
        json!({ "name": ["T"] }),
        json!({ "name": "T", "extdata": "x" }),
        json!({ "name": "T", "tags": [1] }),
        json!({ "name": "T", "ID": "x" }),
    ] {
        assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&body).send().error(), 400, "{body}");
    }
    for body in [json!({ "binfile": { "content": "?" } }), json!({ "binfile": "SGVp" }), json!({ "messageid": "x" })] {
        assert_eq!(server.ask("PUT", "/api/v1/messages").json(&body).send().error(), 400, "{body}");
    }
    assert_eq!(server.ask("PUT", "/api/v1/likes").json(&json!({ "record": 1, "extdata": {} })).send().error(), 400);
}

#[test]
fn fact_9_19_the_status_of_a_broken_rule_is_a_switch() {
    for (status, number) in [(RuleStatus::BadRequest, 400), (RuleStatus::Conflict, 409)] {
        let server = switched(|switches| switches.rule_status = status);
        assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&json!({})).send().error(), number);
    }
}

#[test]
fn a_chosen_id_leaves_room_for_the_rows_after_it() {
    let server = empty();
    for id in [i64::MAX, i64::MAX - 10] {
        let answer = server.ask("PUT", "/api/v1/records").json(&json!({ "ID": id, "text": "A" })).send();
        assert_eq!(answer.error(), 500, "{id}");
    }
    for id in [i64::from(i32::MAX), i64::from(i32::MAX) + 1] {
        let answer =
            server.ask("PUT", "/api/v1/accounts").json(&json!({ "ID": id, "lastname": "A", "currency": "EUR" }));
        assert_eq!(answer.send().error(), 500, "{id}");
    }
    assert_eq!(server.create("accounts", account("A"))["ID"], 1);
    assert_eq!(server.create("records", json!({ "text": "A" }))["ID"], 1);
}
