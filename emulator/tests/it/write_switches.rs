//! Switches of create, update and delete, over the wire.

use serde_json::json;
use zeyos_emulator::switches::{Gone, ReadonlyWrite};

use crate::client::{Server, account, empty, switched};

fn put(server: &Server, body: &serde_json::Value) -> u16 {
    server.ask("PUT", "/api/v1/ledgers").json(body).send().status
}

fn patch(server: &Server, id: i64) -> u16 {
    server.ask("PATCH", &format!("/api/v1/ledgers/{id}")).json(&json!({ "name": "B" })).send().status
}

fn with_a_deleted_ledger(server: Server) -> Server {
    server.create("ledgers", json!({ "name": "A" }));
    assert_eq!(server.ask("DELETE", "/api/v1/ledgers/1").send().status, 204);
    server
}

#[test]
fn a_deleted_id_is_like_any_other_unless_it_is_gone() {
    let server = with_a_deleted_ledger(empty());
    assert_eq!(patch(&server, 1), 404);
    assert_eq!(put(&server, &json!({ "ID": 1, "name": "A" })), 201);
    assert_eq!(patch(&server, 1), 200);

    let server = with_a_deleted_ledger(switched(|switches| switches.gone = Gone::DeletedIds));
    let gone = server.ask("PUT", "/api/v1/ledgers").json(&json!({ "ID": 1, "name": "A" })).send();
    assert_eq!((gone.error(), gone.text().as_str()), (410, "gone"));
    assert_eq!((patch(&server, 1), patch(&server, 2)), (410, 404));
    assert_eq!(put(&server, &json!({ "ID": 2, "name": "A" })), 201);
    assert_eq!(put(&server, &json!({ "ID": 2, "name": "A" })), 409);
    assert_eq!(server.ask("GET", "/api/v1/ledgers/1").send().error(), 404);
    assert_eq!(server.ask("DELETE", "/api/v1/ledgers/1").send().error(), 404);
}

#[test]
fn what_goes_with_a_deleted_record_is_gone_too() {
    let server = switched(|switches| switches.gone = Gone::DeletedIds);
    server.create("accounts", account("A"));
    server.create("contacts", json!({ "lastname": "A" }));
    server.create("addresses", json!({ "account": 1, "contact": 1 }));
    assert_eq!(server.ask("DELETE", "/api/v1/accounts/1").send().status, 204);
    assert_eq!(server.ask("PATCH", "/api/v1/addresses/1").json(&json!({ "type": 1 })).send().error(), 410);
}

#[test]
fn single_records_may_be_kept_from_being_deleted() {
    let server = switched(|switches| switches.undeletable = vec!["ledgers/2".to_owned(), "tickets/1".to_owned()]);
    for name in ["A", "B"] {
        server.create("ledgers", json!({ "name": name }));
    }
    let delete = |id: i64| server.ask("DELETE", &format!("/api/v1/ledgers/{id}"));
    assert_eq!(delete(2).send().error(), 409);
    assert_eq!(delete(2).header("If-Match", "\"old\"").send().error(), 409, "a condition comes last");
    assert_eq!(delete(1).send().status, 204);
    assert_eq!(delete(9).send().error(), 404);
    assert_eq!(server.ask("GET", "/api/v1/ledgers/2").send().status, 200);
}

#[test]
fn columns_that_the_server_fills_may_be_ignored_refused_or_taken() {
    let body = json!({ "name": "A", "creator": 77, "creationdate": 5, "lastmodified": 6 });
    let columns =
        |row: &serde_json::Value| ["creator", "creationdate", "lastmodified"].map(|name| row[name].as_i64().unwrap());
    let ignored = columns(&empty().create("ledgers", body.clone()));
    assert!(ignored[0] == 1 && ignored[1] > 1_700_000_000 && ignored[2] == ignored[1]);

    let server = switched(|switches| switches.readonly_write = ReadonlyWrite::Reject);
    assert_eq!(server.ask("PUT", "/api/v1/ledgers").json(&body).send().error(), 400);

    let server = switched(|switches| switches.readonly_write = ReadonlyWrite::Accept);
    assert_eq!(columns(&server.create("ledgers", body)), [77, 5, 6]);
    let change = |body: serde_json::Value| server.ask("PATCH", "/api/v1/ledgers/1").json(&body).send().json();
    assert_eq!(columns(&change(json!({ "creator": 78, "lastmodified": 7 }))), [78, 5, 7]);
    let stamped = columns(&change(json!({ "name": "B" })));
    assert!(stamped[..2] == [78, 5] && stamped[2] > 1_700_000_000, "what is not sent is filled as always");
}

#[test]
fn the_columns_that_only_the_documents_have_may_be_missing() {
    let server = empty();
    for (resource, body) in [
        ("tickets", json!({ "name": "A", "calculation": 2 })),
        ("contracts", json!({ "name": "A", "currency": "EUR" })),
    ] {
        let stored = server.create(resource, body.clone());
        assert_eq!(stored["calculation"], body.get("calculation").cloned().unwrap_or(json!(0)));
        let list = json!({ "fields": ["calculation"], "filters": { "calculation": { ">=": 0 } } });
        assert_eq!(server.list(resource, list), json!([{ "calculation": stored["calculation"] }]));
    }

    let server = switched(|switches| switches.extra_columns = false);
    let refused = json!({ "name": "A", "calculation": 2 });
    assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&refused).send().error(), 400);
    assert_eq!(server.create("tickets", json!({ "name": "A" })).get("calculation"), None);
    assert_eq!(server.list("tickets", json!({}))[0].get("calculation"), None);
    for body in [json!({ "fields": ["calculation"] }), json!({ "filters": { "calculation": 0 } })] {
        assert_eq!(server.ask("POST", "/api/v1/tickets").json(&body).send().error(), 400, "{body}");
    }
    assert_eq!(server.create("transactions", json!({ "currency": "EUR", "calculation": 4 }))["calculation"], 4);
}
