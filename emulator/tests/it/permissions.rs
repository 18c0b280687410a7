//! The switch `permissions`, and what only administrators may do.

use serde_json::json;
use zeyos_emulator::{Emulator, Switches};

use crate::client::{Server, demo, ids, started};

fn strict() -> Server {
    let mut switches = Switches::default();
    switches.permissions = true;
    started(Emulator::builder().switches(switches))
}

#[test]
fn without_the_switch_everybody_may_do_everything() {
    let server = demo();
    let token = server.token_of("ida");
    assert_eq!(server.bare("POST", "/api/v1/payments").bearer(&token).send().status, 200);
    assert_eq!(server.bare("DELETE", "/api/v1/ledgers/2").bearer(&token).send().status, 204);
}

#[test]
fn only_administrators_export() {
    let server = demo();
    let ask =
        |token: &str| server.bare("POST", "/api/v1/ledgers").bearer(token).json(&json!({ "export": true })).send();
    assert_eq!(ask(&server.token_of("ida")).error(), 403);
    assert_eq!(ask(&server.token_of("mara")).status, 200);
}

#[test]
fn reading_and_writing_need_their_grants() {
    let server = strict();
    let (ida, mara) = (server.token_of("ida"), server.token_of("mara"));
    let status = |token: &str, method: &str, path: &str| {
        server
            .bare(method, path)
            .bearer(token)
            .json(&json!({ "name": "X", "lastname": "X", "currency": "EUR" }))
            .send()
            .status
    };
    assert_eq!(status(&ida, "POST", "/api/v1/payments"), 403);
    assert_eq!(status(&ida, "GET", "/api/v1/ledgers/1"), 403);
    assert_eq!(status(&ida, "PUT", "/api/v1/tasks"), 400, "allowed, but a column is not known");
    assert_eq!(status(&ida, "POST", "/api/v1/accounts"), 200);
    assert_eq!(status(&ida, "DELETE", "/api/v1/accounts/1"), 403, "the grant is not writable");
    assert_eq!(status(&mara, "DELETE", "/api/v1/opportunities/1"), 204);
    assert_eq!(status(&ida, "POST", "/api/v1/users"), 200, "no permission is needed");
    assert_eq!(server.ask("POST", "/api/v1/payments").send().status, 200, "the demo user is an administrator");
}

#[test]
fn owned_rows_are_invisible_to_others() {
    let server = strict();
    let (ida, mara) = (server.token_of("ida"), server.token_of("mara"));
    let owned = server.list("accounts", json!({ "fields": ["ID"], "filters": { "ownergroup": 2 } }));
    assert_eq!(owned, json!([]), "the demo user is in no group but the administrators");
    let list = |token: &str| {
        server.bare("POST", "/api/v1/accounts").bearer(token).json(&json!({ "fields": ["ID"] })).send().json()
    };
    let (of_ida, of_mara) = (ids(&list(&ida)), ids(&list(&mara)));
    assert!(of_ida.len() < of_mara.len() && of_mara.len() == 44);
    let hidden = of_mara.iter().find(|id| !of_ida.contains(id)).unwrap();
    let status = |token: &str| server.bare("GET", &format!("/api/v1/accounts/{hidden}")).bearer(token).send().status;
    assert_eq!((status(&ida), status(&mara)), (404, 200));
    let count = server.bare("POST", "/api/v1/accounts").bearer(&ida).json(&json!({ "count": true })).send().json();
    assert_eq!(count["count"], json!(of_ida.len()));
}

#[test]
fn feed_rows_are_written_by_their_creators() {
    let server = strict();
    let (ida, kjell) = (server.token_of("ida"), server.token_of("kjell"));
    let created = server.bare("PUT", "/api/v1/records").bearer(&ida).json(&json!({ "text": "Mine" })).send().json();
    let path = format!("/api/v1/records/{}", created["ID"]);
    let change =
        |token: &str| server.bare("PATCH", &path).bearer(token).json(&json!({ "text": "Changed" })).send().status;
    assert_eq!((change(&kjell), change(&ida)), (403, 200));
}
