//! Faults on demand, and the log of requests.

use std::time::{Duration, Instant};

use serde_json::json;
use zeyos_emulator::{CredentialKind, Fault};

use crate::client::empty;

#[test]
fn a_status_fault_answers_as_often_as_asked_and_carries_nothing_out() {
    let server = empty();
    server.zeyos.inject(Fault::status(503).on("PUT", "/api/v1/ledgers").times(2).retry_after("7"));
    let ask = || server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).send();
    for _ in 0..2 {
        let answer = ask();
        assert_eq!((answer.error(), answer.header("retry-after")), (503, Some("7")));
    }
    assert_eq!(ask().json()["ID"], 1);
}

#[test]
fn a_401_fault_may_carry_a_challenge() {
    let server = empty();
    server.zeyos.inject(Fault::status(401).www_authenticate("Bearer error=\"invalid_token\""));
    let answer = server.ask("GET", "/api/v1/config").send();
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer error=\"invalid_token\"")));
}

#[test]
fn a_delay_holds_the_answer_back() {
    let server = empty();
    server.zeyos.inject(Fault::delay(Duration::from_millis(200)));
    let start = Instant::now();
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn a_closed_connection_may_or_may_not_have_done_its_work() {
    let server = empty();
    let ask = || server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).try_send();
    server.zeyos.inject(Fault::close_before());
    assert!(ask().is_err());
    assert_eq!(server.list("ledgers", json!({ "count": true })), json!({ "count": 0 }));
    server.zeyos.inject(Fault::close_after());
    assert!(ask().is_err());
    assert_eq!(server.list("ledgers", json!({ "count": true })), json!({ "count": 1 }));
}

#[test]
fn a_cut_body_breaks_off_after_its_head() {
    let server = empty();
    server.zeyos.inject(Fault::cut_body(5));
    assert!(server.ask("GET", "/api/v1/config").try_send().is_err());
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
}

#[test]
fn a_replaced_body_keeps_the_head() {
    let server = empty();
    server.zeyos.inject(Fault::replace_body("{\"status\":").on("GET", "/api/v1/config"));
    let answer = server.ask("GET", "/api/v1/config").send();
    assert_eq!((answer.status, answer.text().as_str()), (200, "{\"status\":"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

#[test]
fn faults_can_be_taken_back() {
    let server = empty();
    server.zeyos.inject(Fault::status(500).times(100));
    server.zeyos.clear_faults();
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
}

#[test]
fn the_log_shows_what_was_asked_and_no_secret() {
    let server = empty();
    let credentials = server.credentials().clone();
    server.ask("GET", "/api/v1/config?x=secret").send();
    server.bare("GET", "/api/v1/settings/").session(&credentials.session).send();
    server.bare("GET", "/api/v1/tickets/1").send();
    server.grant("grant_type=password&username=demo&password=demo");
    server.zeyos.inject(Fault::close_before());
    let _ = server.ask("GET", "/api/v1/config").try_send();
    let seen = server.zeyos.requests();
    let short: Vec<_> =
        seen.iter().map(|seen| (seen.path.as_str(), seen.credential, seen.status, seen.grant_type)).collect();
    assert_eq!(
        short,
        [
            ("/demo/api/v1/config", CredentialKind::Bearer, Some(200), None),
            ("/demo/api/v1/settings/", CredentialKind::Session, Some(403), None),
            ("/demo/api/v1/tickets/1", CredentialKind::None, Some(401), None),
            ("/demo/oauth2/v1/token", CredentialKind::Basic, Some(200), Some("password")),
            ("/demo/api/v1/config", CredentialKind::Bearer, None, None),
        ]
    );
    let shown = format!("{seen:?} {:?} {:?}", server.zeyos, credentials);
    for secret in [
        "secret\"",
        &credentials.client_secret,
        &credentials.access_token,
        &credentials.session,
        &credentials.refresh_token,
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    server.zeyos.clear_requests();
    assert!(server.zeyos.requests().is_empty());
}
