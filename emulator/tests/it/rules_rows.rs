//! The rules between columns and between rows, class by class.

use serde_json::{Value, json};

use crate::bodies::{bodies, count, plant_parents, with};
use crate::client::{Server, empty};

fn planted() -> Server {
    let server = empty();
    plant_parents(&server);
    server
}

fn put(server: &Server, resource: &str, body: &Value) -> u16 {
    server.ask("PUT", &format!("/api/v1/{resource}")).json(body).send().status
}

fn body_of(resource: &str) -> Value {
    bodies().into_iter().find(|(name, _)| *name == resource).unwrap().1
}

/// Each change to the plain body of its resource must be refused, and nothing of it stored.
fn all_refused(server: &Server, cases: &[(&str, Value)]) {
    for (resource, change) in cases {
        let before = count(server, resource);
        let answer = server.ask("PUT", &format!("/api/v1/{resource}")).json(&with(&body_of(resource), change)).send();
        assert_eq!(answer.error(), 500, "{resource} {change}");
        assert_eq!(count(server, resource), before, "{resource} {change}");
    }
}

fn all_accepted(server: &Server, cases: &[(&str, Value)]) {
    for (resource, change) in cases {
        let stored = server.create(resource, with(&body_of(resource), change));
        let path = format!("/api/v1/{resource}/{}", stored["ID"]);
        assert_eq!(server.ask("DELETE", &path).send().status, 204, "{resource} {change}");
    }
}

#[test]
fn a_row_has_one_owner_at_most() {
    let server = planted();
    let (user, group) = (json!({ "owneruser": 1 }), json!({ "ownergroup": 1 }));
    let both = with(&user, &group);
    for resource in [
        "actionsteps",
        "appointments",
        "categories",
        "contacts",
        "davservers",
        "documents",
        "events",
        "feedservers",
        "links",
        "mailinglists",
        "mailservers",
        "messages",
        "notes",
        "objects",
        "records",
        "tasks",
    ] {
        all_accepted(&server, &[(resource, user.clone()), (resource, group.clone())]);
        all_refused(&server, &[(resource, both.clone())]);
    }
    for resource in ["davservers", "feedservers", "mailservers"] {
        let (user, group) = (json!({ "recipientuser": 1 }), json!({ "recipientgroup": 1 }));
        all_accepted(&server, &[(resource, user.clone()), (resource, group.clone())]);
        all_refused(&server, &[(resource, with(&user, &group))]);
    }
}

#[test]
fn a_row_belongs_to_one_thing_at_most_or_exactly() {
    let server = planted();
    all_refused(
        &server,
        &[
            ("actionsteps", json!({ "task": 1, "ticket": 1 })),
            ("actionsteps", json!({ "ticket": 1, "account": 1 })),
            ("actionsteps", json!({ "task": 1, "account": 1 })),
            ("tickets", json!({ "account": 1, "project": 1 })),
            ("tasks", json!({ "ticket": 1, "project": 1 })),
            ("messages", json!({ "ticket": 1, "opportunity": 1 })),
            ("payments", json!({ "transaction": 1, "account": 1 })),
            ("files", json!({ "record": null })),
            ("files", json!({ "comment": 1 })),
            ("participants", json!({ "campaign": null })),
            ("participants", json!({ "mailinglist": 1 })),
            ("devices", json!({ "serialnum": "" })),
            ("devices", json!({ "chargenum": "C" })),
        ],
    );
    all_accepted(
        &server,
        &[
            ("actionsteps", json!({ "task": 1 })),
            ("tickets", json!({ "project": 1 })),
            ("messages", json!({ "opportunity": 1 })),
            ("payments", json!({ "account": 1 })),
            ("files", json!({ "record": null, "comment": 1 })),
            ("participants", json!({ "campaign": null, "mailinglist": 1 })),
            ("devices", json!({ "serialnum": "", "chargenum": "C" })),
        ],
    );
}

#[test]
fn dates_are_in_order_and_two_ends_differ() {
    let server = planted();
    for resource in ["appointments", "campaigns", "contracts", "couponcodes", "coupons", "events", "pricelists"] {
        all_refused(&server, &[(resource, json!({ "datefrom": 3, "dateto": 2 }))]);
        all_accepted(&server, &[(resource, json!({ "datefrom": 2, "dateto": 2 }))]);
    }
    all_refused(
        &server,
        &[
            ("components", json!({ "component": 1 })),
            ("relateditems", json!({ "relateditem": 1 })),
            ("messages", json!({ "ID": 50, "reference": 50 })),
            ("records", json!({ "assigneduser": 2 })),
        ],
    );
    all_accepted(&server, &[("messages", json!({ "reference": 1 }))]);
}

#[test]
fn entities_come_with_their_number_and_not_everything_is_one() {
    let server = planted();
    let refused = ["couponcodes", "participants", "stocktransactions"];
    let mut cases = vec![
        ("records", json!({ "entity": "tickets" })),
        ("records", json!({ "index": 1 })),
        ("records", json!({ "flag": 1 })),
        ("records", json!({ "entity": "records", "index": 1 })),
        ("events", json!({ "entity": "records" })),
        ("entities2channels", json!({ "entity": "records" })),
        ("associations", json!({ "entity1": "records" })),
    ];
    for entity in refused {
        for resource in ["events", "entities2channels", "follows"] {
            cases.push((resource, json!({ "entity": entity })));
        }
        cases.push(("records", json!({ "entity": entity, "index": 1 })));
        cases.push(("associations", json!({ "entity2": entity })));
    }
    all_refused(&server, &cases);
    all_accepted(
        &server,
        &[
            ("follows", json!({ "entity": "records" })),
            ("records", json!({ "flag": 4 })),
            ("records", json!({ "entity": "tickets", "index": 1, "flag": 2 })),
        ],
    );
}

#[test]
fn the_type_of_a_row_decides_what_else_it_may_hold() {
    let server = planted();
    let mut cases = vec![
        ("accounts", json!({ "lastname": "", "firstname": "" })),
        ("contacts", json!({ "lastname": "" })),
        ("contacts", json!({ "birthdate": 1 })),
        ("coupons", json!({ "code": "" })),
        ("coupons", json!({ "type": 1 })),
        ("items", json!({ "type": 7, "model": 1 })),
        ("opportunities", json!({ "status": 5, "probability": 99 })),
        ("stocktransactions", json!({ "ID": 60, "transfer": 60 })),
        ("stocktransactions", json!({ "transfer": 1, "flag": 1 })),
        ("stocktransactions", json!({ "transfer": 1, "amount": -1 })),
        ("messages", json!({ "senderror": "x" })),
    ];
    for column in ["title", "company", "position", "department"] {
        cases.push(("contacts", json!({ column: "x" })));
    }
    let (customers, suppliers) = ([0, 1, 3, 5], [2, 3, 5]);
    for kind in 0..=5 {
        for (column, kinds) in [("customernum", customers.as_slice()), ("suppliernum", suppliers.as_slice())] {
            let case = ("accounts", json!({ "type": kind, column: "1" }));
            if kinds.contains(&kind) { all_accepted(&server, &[case]) } else { cases.push(case) }
        }
    }
    all_refused(&server, &cases);
    all_accepted(
        &server,
        &[
            ("accounts", json!({ "lastname": "", "firstname": "F" })),
            ("contacts", json!({ "type": 1, "company": "C", "birthdate": 1 })),
            ("coupons", json!({ "type": 1, "code": "" })),
            ("items", json!({ "type": 0, "model": 1 })),
            ("stocktransactions", json!({ "transfer": 1 })),
            ("messages", json!({ "senderror": "x", "senddate": 1 })),
        ],
    );
}

#[test]
fn each_type_of_transaction_has_its_states() {
    let server = planted();
    for kind in 0..=11 {
        for status in 0..=23 {
            let own = match kind {
                0 | 5 => 5..=8,
                1 | 6 => 9..=16,
                2 | 7 => 13..=16,
                10 | 11 => 22..=23,
                _ => 17..=21,
            };
            let mut body = json!({ "currency": "EUR", "type": kind, "status": status });
            if kind >= 10 {
                body["item"] = json!(1);
            }
            let expected = if status <= 4 || own.contains(&status) { 201 } else { 500 };
            assert_eq!(put(&server, "transactions", &body), expected, "{body}");
        }
    }
}

#[test]
fn production_has_an_item_and_a_factor_but_no_address() {
    let server = planted();
    let production = json!({ "type": 10, "status": 1, "item": 1 });
    let mut cases = vec![
        ("transactions", json!({ "item": 1 })),
        ("transactions", json!({ "productionfactor": 1 })),
        ("transactions", with(&production, &json!({ "item": null }))),
        ("transactions", with(&production, &json!({ "account": 1 }))),
        ("transactions", with(&production, &json!({ "productionfactor": 0 }))),
    ];
    for column in [
        "taxid",
        "shippingrecipient",
        "shippingcity",
        "billingpostalcode",
        "billingregion",
        "sellername",
        "sellertaxid",
    ] {
        cases.push(("transactions", with(&production, &json!({ column: "x" }))));
    }
    for column in ["shippingcountry", "billingcountry", "sellercountry"] {
        cases.push(("transactions", with(&production, &json!({ column: "NO" }))));
    }
    all_refused(&server, &cases);
    all_accepted(
        &server,
        &[
            ("transactions", production.clone()),
            ("transactions", with(&production, &json!({ "productionfactor": 2 }))),
            ("transactions", json!({ "type": 11, "status": 0 })),
        ],
    );
}

#[test]
fn what_must_be_unique_is_stored_once() {
    let server = planted();
    for (resource, change) in [
        ("addresses", json!({})),
        ("associations", json!({})),
        ("categories", json!({})),
        ("components", json!({})),
        ("contacts2contacts", json!({})),
        ("coupons", json!({})),
        ("devices", json!({})),
        ("dunning", json!({})),
        ("dunning2transactions", json!({})),
        ("entities2channels", json!({})),
        ("follows", json!({})),
        ("likes", json!({})),
        ("mailingrecipients", json!({ "participant": 1 })),
        ("messagereads", json!({})),
        ("pricelists2accounts", json!({})),
        ("relateditems", json!({})),
        ("stocktransactions", json!({ "transfer": 1 })),
        ("suppliers", json!({})),
        ("transactions", json!({ "transactionnum": "N" })),
    ] {
        server.create(resource, with(&body_of(resource), &change));
        all_refused(&server, &[(resource, change)]);
    }
    all_refused(
        &server,
        &[
            ("associations", json!({ "entity1": "notes", "index1": 2, "entity2": "tasks", "index2": 1 })),
            ("contacts2contacts", json!({ "contact1": 2, "contact2": 1 })),
        ],
    );
}

#[test]
fn what_lies_outside_of_a_unique_rule_may_be_stored_again() {
    let server = planted();
    for (resource, change) in [
        ("coupons", json!({ "type": 1, "code": "" })),
        ("dunning", json!({ "status": 2 })),
        ("transactions", json!({ "transactionnum": "N", "status": 3 })),
        ("mailingrecipients", json!({})),
        ("stocktransactions", json!({})),
    ] {
        for _ in 0..2 {
            server.create(resource, with(&body_of(resource), &change));
        }
    }
    server.create("transactions", json!({ "currency": "EUR", "transactionnum": "N", "type": 1 }));
    server.create("transactions", json!({ "currency": "EUR", "transactionnum": "N", "type": 2 }));
}

#[test]
fn an_update_is_held_to_the_same_rules_and_changes_nothing_when_it_breaks_one() {
    let server = planted();
    server.create("transactions", json!({ "currency": "EUR", "transactionnum": "N" }));
    for (path, change) in [
        ("tickets/1", json!({ "name": "" })),
        ("tickets/1", json!({ "name": null })),
        ("tickets/1", json!({ "account": 1, "project": 1 })),
        ("tickets/1", json!({ "account": 999 })),
        ("tickets/1", json!({ "name": "B", "status": 12 })),
        ("tickets/1", json!({ "name": "B", "tags": ["a//b"] })),
        ("transactions/1", json!({ "transactionnum": "N" })),
        ("appointments/1", json!({ "datefrom": 3 })),
        ("accounts/1", json!({ "lastname": "" })),
    ] {
        let path = format!("/api/v1/{path}");
        let before = server.ask("GET", &path).send();
        assert_eq!(server.ask("PATCH", &path).json(&change).send().error(), 500, "{path} {change}");
        assert_eq!(server.ask("GET", &path).send().header("etag"), before.header("etag"), "{path} {change}");
    }
}

#[test]
fn columns_that_are_fixed_after_creation_do_not_change() {
    let server = planted();
    for (resource, column, value) in [
        ("transactions", "type", json!(1)),
        ("items", "type", json!(1)),
        ("coupons", "type", json!(1)),
        ("davservers", "type", json!(1)),
        ("davservers", "url", json!("https://other.example")),
    ] {
        let stored = server.create(resource, body_of(resource));
        let path = format!("/api/v1/{resource}/{}", stored["ID"]);
        let patch = |change: Value| server.ask("PATCH", &path).json(&change).send().status;
        // A coupon of another type has no code.
        let change =
            if resource == "coupons" { json!({ column: value, "code": "" }) } else { json!({ column: value }) };
        assert_eq!(patch(change), 500, "{resource}.{column}");
        assert_eq!(patch(json!({ column: stored[column] })), 200, "{resource}.{column}");
        assert_eq!(server.ask("DELETE", &path).send().status, 204);
    }
}

#[test]
fn deleting_a_row_takes_along_frees_or_is_refused_as_the_key_says() {
    let server = planted();
    server.create("addresses", json!({ "account": 1, "contact": 1 }));
    server.create("tickets", json!({ "name": "kept", "account": 1 }));
    server.create("files", json!({ "comment": 1, "filename": "f" }));
    server.create("likes", json!({ "record": 1 }));
    let delete = |path: &str| server.ask("DELETE", &format!("/api/v1/{path}")).send().status;
    assert_eq!(delete("accounts/1"), 204);
    assert_eq!(count(&server, "addresses"), json!({ "count": 0 }), "not null: the row goes too");
    let kept = server.list("tickets", json!({ "fields": ["account"], "filters": { "name": "kept" } }));
    assert_eq!(kept, json!([{ "account": null }]), "nullable: the row stays");
    assert_eq!(delete("records/1"), 204);
    for resource in ["comments", "files", "likes"] {
        assert_eq!(count(&server, resource), json!({ "count": 0 }), "{resource} of a record go with it");
    }
    assert_eq!(delete("mailinglists/1"), 204);
    assert_eq!(count(&server, "participants"), json!({ "count": 0 }));
}
