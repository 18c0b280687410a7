//! Switches of create, update and delete, over the wire.

use serde_json::json;
use zeyos_emulator::switches::{EmptyUpdate, Gone, Presence, ReadonlyWrite};

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
fn fact_9_6_a_deleted_id_is_like_any_other_unless_it_is_gone() {
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
fn fact_9_6_single_records_may_be_kept_from_being_deleted() {
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
fn fact_9_4_columns_that_the_server_fills_may_be_ignored_refused_or_taken() {
    let body = json!({ "name": "A", "creator": 77, "creationdate": 5, "lastmodified": 6 });
    let columns =
        |row: &serde_json::Value| ["creator", "creationdate", "lastmodified"].map(|name| row[name].as_i64().unwrap());
    let ignored = columns(&empty().create("ledgers", body.clone()));
    assert!(ignored[0] == 2 && ignored[1] > 1_700_000_000 && ignored[2] == ignored[1]);

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
fn fact_9_20_the_columns_that_only_the_documents_have_may_be_missing() {
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

#[test]
fn fact_10_8_an_update_without_a_change_is_refused_without_a_body_or_does_nothing() {
    let empties: [Option<serde_json::Value>; 6] = [
        None,
        Some(json!({})),
        Some(json!({ "ID": 1 })),
        Some(json!({ "creator": 5, "creationdate": 6 })),
        Some(json!({ "extdata": {} })),
        Some(json!({ "+tags": [], "-tags": [] })),
    ];
    let later = std::time::Duration::from_secs(60);
    let update = |server: &Server, body: &Option<serde_json::Value>| {
        let ask = server.ask("PATCH", "/api/v1/accounts/1");
        body.iter().fold(ask, |ask, body| ask.json(body)).send()
    };
    let server = switched(|switches| switches.empty_update = EmptyUpdate::Noop);
    let before = server.create("accounts", account("A"));
    server.zeyos.advance_clock(later);
    for body in &empties {
        let answer = update(&server, body);
        assert_eq!((answer.status, answer.json()), (200, before.clone()), "{body:?}");
    }
    assert_eq!(server.ask("PATCH", "/api/v1/accounts/1").form("").send().json(), before);
    let stale = server.ask("PATCH", "/api/v1/accounts/1").header("If-Match", "\"old\"").json(&json!({})).send();
    assert_eq!(stale.error(), 412, "a condition counts all the same");
    assert_eq!(server.ask("PATCH", "/api/v1/accounts/9").json(&json!({})).send().error(), 404);
    let changed = server.ask("PATCH", "/api/v1/accounts/1").json(&json!({ "lastname": "A" })).send().json();
    assert_ne!(changed["lastmodified"], before["lastmodified"], "a column that is sent is a change");

    let server = empty();
    server.create("accounts", account("A"));
    assert_eq!(update(&server, &empties[0]).error(), 400);
    for body in &empties[1..] {
        server.zeyos.advance_clock(later);
        let before = server.ask("GET", "/api/v1/accounts/1").send().json();
        assert_ne!(update(&server, body).json()["lastmodified"], before["lastmodified"], "{body:?}");
    }
}

#[test]
fn fact_10_4_a_campaign_may_need_its_owning_group() {
    let body = json!({ "name": "C", "datefrom": 1 });
    let owned = json!({ "name": "C", "datefrom": 1, "ownergroup": 1 });
    let server = switched(|switches| switches.campaign_owner = Presence::Required);
    let status = |body: &serde_json::Value| server.ask("PUT", "/api/v1/campaigns").json(body).send().status;
    assert_eq!([status(&body), status(&owned)], [500, 201]);
    assert_eq!(status(&json!({ "name": "C", "datefrom": 1, "ownergroup": null })), 500);
    assert_eq!(empty().ask("PUT", "/api/v1/campaigns").json(&body).send().status, 201);
}

#[test]
fn a_row_may_be_seen_only_some_time_after_its_last_change() {
    let server = switched(|switches| switches.commit_delay = std::time::Duration::from_secs(60));
    let created = server.create("ledgers", json!({ "name": "A" }));
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let age = |row: &serde_json::Value| clock.abs_diff(row["lastmodified"].as_u64().unwrap());
    assert!((59..75).contains(&age(&created)), "{created}");
    let updated = server.ask("PATCH", "/api/v1/ledgers/1").json(&json!({ "name": "B" })).send().json();
    assert!((58..75).contains(&age(&updated)), "{updated}");
    let since = json!({ "filters": { "lastmodified": { ">=": clock - 30 } } });
    assert_eq!(server.list("ledgers", since), json!([]), "whoever asks for what is new since then misses it");
}
