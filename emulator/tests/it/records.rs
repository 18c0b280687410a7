//! Create, get, exists, update and delete.

use serde_json::json;

use crate::client::{account, demo, empty};

#[test]
fn create_answers_the_whole_stored_record() {
    let server = empty();
    let answer =
        server.ask("PUT", "/api/v1/tickets").json(&json!({ "name": "Pump", "priority": "3", "creator": 99 })).send();
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("content-location"), Some("/demo/api/v1/tickets/1"));
    assert_eq!(answer.header("etag").unwrap().len(), 34);
    assert!(answer.header("last-modified").unwrap().ends_with("GMT"));
    assert_eq!(answer.header("location"), None);
    let ticket = answer.json();
    assert_eq!(ticket["ID"], 1);
    assert_eq!(ticket["creator"], 2, "the user of the printed token");
    assert_eq!(ticket["priority"], 3);
    assert_eq!(ticket["description"], "");
    assert_eq!(ticket["account"], json!(null));
    assert!(ticket["creationdate"].as_i64().unwrap() > 1_700_000_000);
    assert_eq!(ticket["creationdate"], ticket["lastmodified"]);
    assert_eq!(ticket["date"], ticket["creationdate"]);
    assert_eq!(server.ask("GET", "/api/v1/tickets/1").send().json(), ticket);
}

#[test]
fn a_form_creates_like_json() {
    let server = empty();
    let form = "lastname=J%C3%B8rgen+%26+S%C3%B8nner&currency=NOK&tags=a&tags=b&extdata=%7B%22tier%22%3A%22gold%22%7D&assigneduser=";
    let answer = server.ask("PUT", "/api/v1/accounts/").form(form).send();
    assert_eq!(answer.status, 201, "{}", answer.text());
    let account = server.ask("GET", "/api/v1/accounts/1?extdata=1&tags=1").send().json();
    assert_eq!(account["lastname"], "Jørgen & Sønner");
    assert_eq!(account["tags"], json!(["a", "b"]));
    assert_eq!(account["extdata"], json!({ "tier": "gold" }));
    assert_eq!(account["assigneduser"], json!(null));
}

#[test]
fn fact_9_18_numbers_are_drawn_when_they_are_left_empty() {
    let server = empty();
    assert_eq!(server.create("tickets", json!({ "name": "A" }))["ticketnum"], "TI-100001");
    assert_eq!(server.create("tickets", json!({ "name": "A", "ticketnum": "" }))["ticketnum"], "TI-100002");
    assert_eq!(server.create("tickets", json!({ "name": "A", "ticketnum": "mine" }))["ticketnum"], "mine");
    assert_eq!(server.create("transactions", json!({ "currency": "EUR" }))["transactionnum"], "TR-100001");
}

#[test]
fn fact_9_5_an_id_in_a_create_is_taken_unless_it_is_in_use() {
    let server = empty();
    assert_eq!(server.create("ledgers", json!({ "ID": 40, "name": "A" }))["ID"], 40);
    assert_eq!(server.create("ledgers", json!({ "name": "B" }))["ID"], 41);
    assert_eq!(server.ask("PUT", "/api/v1/ledgers").json(&json!({ "ID": 40, "name": "C" })).send().error(), 409);
}

#[test]
fn exists_answers_without_a_body() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let answer = server.ask("HEAD", "/api/v1/ledgers/1").send();
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert!(answer.header("etag").is_some());
    let missing = server.ask("HEAD", "/api/v1/ledgers/2").send();
    assert_eq!((missing.status, missing.body.len()), (404, 0));
}

#[test]
fn update_changes_what_was_sent_and_nothing_else() {
    let server = empty();
    let before = server.create("tickets", json!({ "name": "A", "duedate": 5, "description": "x" }));
    server.zeyos.advance_clock(std::time::Duration::from_secs(10));
    let answer = server.ask("PATCH", "/api/v1/tickets/1").json(&json!({ "ID": 1, "duedate": null })).send();
    assert_eq!(answer.status, 200);
    let after = answer.json();
    assert_eq!(after["duedate"], json!(null));
    assert_eq!(after["description"], "x");
    assert_eq!(after["creationdate"], before["creationdate"]);
    assert!(after["lastmodified"].as_i64() > before["lastmodified"].as_i64());
    assert_eq!(server.ask("PATCH", "/api/v1/tickets/1").json(&json!({ "ID": 2 })).send().error(), 409);
    assert_eq!(server.ask("PATCH", "/api/v1/tickets/2").json(&json!({ "name": "B" })).send().error(), 404);
}

#[test]
fn delete_is_for_good() {
    let server = empty();
    server.create("ledgers", json!({ "name": "A" }));
    let answer = server.ask("DELETE", "/api/v1/ledgers/1").send();
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(server.ask("DELETE", "/api/v1/ledgers/1").send().error(), 404);
    assert_eq!(server.ask("GET", "/api/v1/ledgers/1").send().error(), 404);
    assert_eq!(server.create("ledgers", json!({ "name": "B" }))["ID"], 2, "numbers are not given twice");
}

#[test]
fn deleting_an_item_takes_prices_stock_and_devices_along() {
    let server = demo();
    assert_eq!(server.ask("DELETE", "/api/v1/items/1").send().status, 204);
    for resource in
        ["prices", "stocktransactions", "devices", "components", "relateditems", "suppliers", "transactions"]
    {
        let body = json!({ "filters": { "item": 1 }, "count": true });
        assert_eq!(server.list(resource, body), json!({ "count": 0 }), "{resource}");
    }
}

#[test]
fn get_adds_custom_fields_and_tags_when_asked() {
    let server = empty();
    server.create("tickets", json!({ "name": "A", "extdata": { "a": 1 }, "tags": ["x"] }));
    let plain = server.ask("GET", "/api/v1/tickets/1").send().json();
    assert_eq!((plain.get("extdata"), plain.get("tags")), (None, None));
    let change = json!({ "extdata": { "a": null, "b": "c" }, "+tags": ["y"], "-tags": ["x"] });
    assert_eq!(server.ask("PATCH", "/api/v1/tickets/1").json(&change).send().status, 200);
    let full = server.ask("GET", "/api/v1/tickets/1?extdata=1&tags=1").send().json();
    assert_eq!(full["extdata"], json!({ "b": "c" }));
    assert_eq!(full["tags"], json!(["y"]));
}

#[test]
fn get_expands_json_arrays_and_files() {
    let server = empty();
    server.create("messages", json!({ "attachments": "{a,b}", "binfile": { "content": "SGVp" } }));
    let plain = server.ask("GET", "/api/v1/messages/1").send().json();
    assert_eq!((&plain["attachments"], &plain["binfile"]), (&json!("{a,b}"), &json!(1)));
    let full = server.ask("GET", "/api/v1/messages/1?expand=attachments&expand=binfile").send().json();
    assert_eq!(full["attachments"], json!(["a", "b"]));
    assert_eq!(full["binfile"], json!({ "content": "SGVp" }));
    assert_eq!(server.ask("GET", "/api/v1/messages/1?expand=nothing").send().error(), 400);
}

#[test]
fn a_record_that_was_read_can_be_written_back() {
    let server = empty();
    let stored = server.create("messages", json!({ "binfile": { "content": "SGVp" }, "attachments": ["a"] }));
    let answer = server.ask("PATCH", "/api/v1/messages/1").json(&stored).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["binfile"], stored["binfile"]);
    let cleared = server.ask("PATCH", "/api/v1/messages/1").json(&json!({ "binfile": null })).send();
    assert_eq!(cleared.json()["binfile"], json!(null));
}

#[test]
fn booleans_are_stored_as_digits_and_whole_doubles_without_fraction() {
    let server = empty();
    let stored = server.create("accounts", json!({ "lastname": "A", "currency": "EUR", "locked": true }));
    assert_eq!(stored["locked"], json!(1));
    let answer = server.ask("PUT", "/api/v1/payments").json(&json!({ "amount": 12.0 })).send();
    assert!(answer.text().contains("\"amount\":12,"), "{}", answer.text());
}

#[test]
fn settings_belong_to_an_application_and_config_to_everybody() {
    let server = empty();
    assert_eq!(server.ask("GET", "/api/v1/settings").send().json(), json!({ "theme": "light", "pagesize": 25 }));
    let session = server.credentials().session.clone();
    assert_eq!(server.bare("GET", "/api/v1/settings").session(&session).send().error(), 403);
    let config = server.bare("GET", "/api/v1/config/").session(&session).send().json();
    assert_eq!(config["instance"], "demo");
    assert_eq!(config["currency"], "EUR");
}

#[test]
fn a_write_by_cookie_is_one_by_its_user() {
    let server = empty();
    let session = server.credentials().session.clone();
    let answer = server.bare("PUT", "/api/v1/accounts").session(&session).json(&account("A")).send();
    assert_eq!(answer.json()["creator"], 1);
}
