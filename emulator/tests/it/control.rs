//! The control route: the same as the methods of `Emulator`, for programs in any language.

use serde_json::{Value, json};
use zeyos_emulator::{Emulator, Fault, Seed};

use crate::client::{Answer, RequestBuilder, Server, started};

fn controlled() -> Server {
    started(Emulator::builder().seed(Seed::Empty).control_port(0))
}

fn control(server: &Server, method: &str, path: &str) -> RequestBuilder {
    // The client wants an instance, which the control route has not; two slashes leave it out.
    RequestBuilder::new(&format!("{}/", server.zeyos.control_url().unwrap()), method, &format!("/{path}"))
}

fn get(server: &Server, path: &str) -> Value {
    control(server, "GET", path).send().json()
}

fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    control(server, method, path).json(body).send()
}

fn error(answer: &Answer) -> String {
    answer.json()["error"].as_str().unwrap().to_owned()
}

#[test]
fn faults_are_added_listed_met_and_taken_back() {
    let server = controlled();
    let fault = json!({ "method": "GET", "path": "/api/v1/config", "times": 3, "status": 503, "retry_after": "1" });
    let added = send(&server, "POST", "/faults", &fault);
    assert_eq!((added.status, added.json()), (201, json!([{ "number": 1, "met": 0, "fault": fault }])));
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 503);
    server.zeyos.inject(Fault::close_before());
    let listed = get(&server, "/faults");
    assert_eq!((&listed[0]["met"], &listed[1]["fault"]), (&json!(1), &json!({ "close": "before" })));
    assert_eq!(control(&server, "DELETE", "/faults/1").send().status, 204);
    assert_eq!(control(&server, "DELETE", "/faults/1").send().status, 404);
    assert_eq!(control(&server, "DELETE", "/faults").send().status, 204);
    assert_eq!(get(&server, "/faults"), json!([]));
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
}

#[test]
fn a_list_of_faults_is_added_whole_or_not_at_all() {
    let server = controlled();
    let answer = send(&server, "POST", "/faults", &json!([{ "status": 503 }, { "stauts": 503 }]));
    assert_eq!(answer.status, 400);
    assert!(error(&answer).contains("did you mean \"status\"?"));
    assert_eq!(get(&server, "/faults"), json!([]));
    assert_eq!(send(&server, "POST", "/faults", &json!([{ "status": 503 }, { "latency": "1ms" }])).status, 201);
    assert_eq!(get(&server, "/faults").as_array().unwrap().len(), 2);
}

#[test]
fn requests_are_told_and_forgotten() {
    let server = controlled();
    server.ask("GET", "/api/v1/config").send();
    let seen = json!([{ "method": "GET", "path": "/demo/api/v1/config", "credential": "bearer", "status": 200, "grant_type": null, "query": null, "body": null, "request_id": null }]);
    assert_eq!(get(&server, "/requests"), seen);
    assert_eq!(control(&server, "DELETE", "/requests").send().json(), seen);
    assert_eq!(get(&server, "/requests"), json!([]));
}

#[test]
fn switches_are_read_and_set_all_or_none() {
    let server = controlled();
    let value = |name: &str| {
        let all = get(&server, "/switches");
        let found = all.as_array().unwrap().iter().find(|switch| switch["name"] == name).unwrap().clone();
        found["value"].as_str().unwrap().to_owned()
    };
    let answer = send(&server, "PATCH", "/switches", &json!({ "rule_status": 400, "nulls": "mysql" }));
    assert_eq!((answer.status, value("rule_status")), (400, "500".to_owned()));
    assert_eq!(error(&answer), "\"mysql\" is not a value of \"nulls\"; allowed are postgres, sqlite");
    assert_eq!(send(&server, "PATCH", "/switches", &json!({ "rule_status": 400, "csv_bom": true })).status, 200);
    assert_eq!((value("rule_status"), value("csv_bom")), ("400".to_owned(), "on".to_owned()));
    assert_eq!(server.ask("PUT", "/api/v1/tickets").json(&json!({})).send().error(), 400);
}

#[test]
fn the_clock_is_read_moved_and_set() {
    let server = controlled();
    let offset = || get(&server, "/clock")["offset"].clone();
    assert_eq!(send(&server, "PATCH", "/clock", &json!({ "advance": 3600 })).json()["offset"], 3600);
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 401);
    assert_eq!(send(&server, "PATCH", "/clock", &json!({ "advance": "-5m" })).json()["offset"], 3300);
    assert_eq!(send(&server, "PATCH", "/clock", &json!({ "offset": "-1h" })).json()["offset"], -3600);
    for wrong in [json!({}), json!({ "offset": 1, "advance": 1 }), json!({ "offset": "soon" }), json!({ "ofset": 1 })] {
        assert_eq!(send(&server, "PATCH", "/clock", &wrong).status, 400, "{wrong}");
    }
    assert_eq!(offset(), -3600);
}

#[test]
fn no_web_page_and_no_foreign_name_is_let_in() {
    let server = controlled();
    let with = |name: &str, value: &str| control(&server, "GET", "/faults").header(name, value).send().status;
    assert_eq!(with("Origin", "http://evil.example"), 403);
    assert_eq!(with("Origin", "null"), 403);
    let (host, _) = server.zeyos.control_url().unwrap().strip_prefix("http://").unwrap().split_once(':').unwrap();
    assert_eq!(host, "127.0.0.1");
    for (name, status) in [("evil.example", 403), ("localhost", 200), ("127.0.0.1.evil.example", 403)] {
        assert_eq!(control(&server, "GET", "/faults").named(name).send().status, status, "{name}");
    }
    let form = control(&server, "POST", "/faults").body("text/plain", b"{\"status\":503}").send();
    assert_eq!((form.status, get(&server, "/faults")), (415, json!([])));
}

#[test]
fn it_is_not_on_the_main_port_and_not_there_unless_asked_for() {
    let server = controlled();
    for path in ["/faults", "/requests", "/switches", "/clock"] {
        assert_eq!(server.ask("GET", path).send().status, 404, "{path}");
        assert_eq!(server.ask("GET", &format!("//{}", &path[1..])).send().status, 404, "{path}");
    }
    assert_eq!(crate::client::empty().zeyos.control_url(), None);
}

#[test]
fn what_is_not_known_is_told() {
    let server = controlled();
    assert_eq!(control(&server, "GET", "/nothing").send().status, 404);
    assert_eq!(control(&server, "PUT", "/faults").send().status, 405);
    assert_eq!(control(&server, "POST", "/faults").body("application/json", b"{").send().status, 400);
    assert_eq!(send(&server, "POST", "/faults", &json!(5)).status, 400);
    let routes = get(&server, "/")["routes"].clone();
    assert!(routes.as_array().unwrap().contains(&json!("POST /faults")), "{routes}");
}

#[test]
fn a_reset_brings_back_the_seed_and_the_credentials() {
    let server = started(Emulator::builder().control_port(0));
    let credentials = server.credentials().clone();
    let row = || server.ask("GET", "/api/v1/tickets/1").send().json();
    let (first, count) = (row(), || server.list("tickets", json!({ "count": true })));
    let tag = server.ask("GET", "/api/v1/tickets/1").send().header("etag").unwrap().to_owned();
    assert_eq!(server.ask("DELETE", "/api/v1/tickets/1").send().status, 204);
    server.create("tickets", json!({ "name": "New" }));
    let spent = server.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token));
    assert_eq!((spent.status, server.status_with(&credentials.access_token)), (200, 401));
    server.zeyos.inject(Fault::status(503).on("PATCH", "/"));

    assert_eq!(control(&server, "POST", "/reset").send().status, 204);
    assert_eq!((row(), count()), (first, json!({ "count": 120 })));
    assert_eq!(server.ask("GET", "/api/v1/tickets/1").send().header("etag"), Some(tag.as_str()));
    assert_eq!(server.create("tickets", json!({ "name": "Next" }))["ID"], 121);
    assert_eq!(
        server.grant(&format!("grant_type=refresh_token&refresh_token={}", credentials.refresh_token)).status,
        200
    );
    assert_eq!(server.bare("GET", "/oauth2/v1/userinfo").session(&credentials.session).send().status, 200);
    assert_eq!(get(&server, "/faults").as_array().unwrap().len(), 1, "faults stay");
}

#[test]
fn a_file_that_is_reset_stays_so() {
    let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-reset.db", std::process::id()));
    let open = || started(Emulator::builder().seed(Seed::Empty).database(&path));
    let first = open();
    first.create("tickets", json!({ "name": "A" }));
    first.zeyos.reset().unwrap();
    let credentials = first.credentials().clone();
    crate::client::block_on(first.zeyos.stop());
    let second = open();
    assert_eq!(
        (second.list("tickets", json!({ "count": true })), second.credentials()),
        (json!({ "count": 0 }), &credentials)
    );
    drop(second);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", path.display()));
    }
}

#[test]
fn no_media_type_that_a_page_may_send_unasked_does_anything() {
    let server = controlled();
    server.create("accounts", crate::client::account("A"));
    let count = || server.list("accounts", json!({ "count": true }))["count"].as_i64();
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; a=application/json",
    ] {
        for (method, path) in [("POST", "/reset"), ("DELETE", "/requests"), ("POST", "/faults"), ("PATCH", "/switches")]
        {
            let answer = control(&server, method, path).body(media_type, b"").send();
            assert_eq!((answer.status, error(&answer).as_str()), (415, "send application/json"), "{method} {path}");
        }
    }
    let bare = control(&server, "POST", "/reset").body("application/json", b"{}").header("Content-Type", "text/plain");
    assert_eq!(bare.send().status, 415, "two media types are not JSON");
    assert_eq!(count(), Some(1));
    assert_eq!(control(&server, "POST", "/reset").send().status, 204, "without a body there is nothing to call");
    assert_eq!(count(), Some(0));
}

#[test]
fn a_clock_is_not_moved_beyond_a_hundred_years() {
    let server = controlled();
    for body in [
        json!({ "offset": 10_000_000_000_000_i64 }),
        json!({ "offset": -10_000_000_000_000_i64 }),
        json!({ "advance": "40000d" }),
    ] {
        let answer = send(&server, "PATCH", "/clock", &body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(error(&answer).contains("up to 100 years (13 digits are milliseconds)"), "{}", error(&answer));
    }
    assert_eq!(send(&server, "PATCH", "/clock", &json!({ "advance": "36000d" })).status, 200);
    assert_eq!(send(&server, "PATCH", "/clock", &json!({ "advance": "36000d" })).status, 400, "the sum counts");
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 401, "the token has ended");
}

#[test]
fn queries_and_bodies_of_the_api_are_told_where_they_are_recorded_and_secrets_are_not() {
    let server = started(Emulator::builder().seed(Seed::Empty).control_port(0).record_bodies(true));
    server
        .ask("POST", "/api/v1/tickets?expand=links")
        .json(&json!({ "filters": { "status": [1, 4] }, "limit": 2 }))
        .send();
    server.ask("POST", "/api/v1/accounts").form("filters[lastname]=Berg&limit=2").send();
    let secret = server.credentials().client_secret.clone();
    let note = json!({ "name": format!("it is {secret}"), "extdata": { "password": "hunter2" } });
    server.ask("PUT", "/api/v1/notes").json(&note).send();
    server.grant("grant_type=password&username=demo&password=demo");
    let seen = get(&server, "/requests");
    assert_eq!(
        (&seen[0]["query"], &seen[0]["body"]),
        (&json!("expand=links"), &json!({ "filters": { "status": [1, 4] }, "limit": 2 }))
    );
    assert_eq!(seen[1]["body"], json!({ "filters": { "lastname": "Berg" }, "limit": "2" }));
    assert_eq!(seen[2]["body"], json!({ "name": "it is [secret]", "extdata": { "password": "[secret]" } }));
    assert_eq!((&seen[3]["grant_type"], &seen[3]["body"]), (&json!("password"), &Value::Null));
    let requests = server.zeyos.requests();
    assert_eq!(requests[1].body.as_deref(), Some(r#"{"filters":{"lastname":"Berg"},"limit":"2"}"#));
    assert!(!format!("{requests:?}{seen}").contains(&secret) && !seen.to_string().contains("hunter2"));
}

#[test]
fn nothing_is_recorded_unless_it_is_asked_for() {
    let server = controlled();
    server.ask("POST", "/api/v1/tickets?expand=links").json(&json!({ "limit": 2 })).send();
    let seen = &server.zeyos.requests()[0];
    assert_eq!((&seen.query, &seen.body), (&None, &None));
}
