//! Faults on demand, and the log of requests.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::json;
use zeyos_emulator::{CredentialKind, Fault};

use crate::client::{Answer, empty};

#[test]
fn fact_9_29_a_status_fault_answers_as_often_as_asked_and_carries_nothing_out() {
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
    let ask = || server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).raw();
    let count = || server.list("ledgers", json!({ "count": true }))["count"].as_i64().unwrap();
    for (fault, rows) in [(Fault::close_before(), 0), (Fault::close_after(), 1)] {
        server.zeyos.inject(fault.clone());
        let (bytes, end) = ask();
        assert!(bytes.is_empty() && end.is_ok(), "{end:?}");
        server.zeyos.inject(fault.reset());
        let (bytes, end) = ask();
        assert_eq!((bytes.len(), end.unwrap_err().kind()), (0, ErrorKind::ConnectionReset));
        assert_eq!(count(), rows * 2);
    }
}

#[test]
fn a_request_whose_client_has_left_is_in_the_log_without_a_status() {
    let server = empty();
    let minute = Duration::from_secs(60);
    for (fault, rows) in [(Fault::delay(minute), 0), (Fault::delay(Duration::ZERO).answered_after(minute), 1)] {
        server.zeyos.clear_requests();
        server.zeyos.inject(fault.on("PUT", "/api/v1/ledgers"));
        let left = server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).sent().unwrap();
        let count = || server.list("ledgers", json!({ "count": true }))["count"].as_i64().unwrap();
        until(|| count() == rows);
        drop(left);
        let writes = || server.zeyos.requests().into_iter().filter(|seen| seen.method == "PUT").collect::<Vec<_>>();
        until(|| !writes().is_empty());
        assert_eq!((writes().len(), writes()[0].status, count()), (1, None, rows));
    }
}

/// Waits for something that comes by itself.
fn until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_body_is_cut_at_every_byte() {
    let server = empty();
    let (whole, _) = server.ask("GET", "/oauth2/v1/userinfo").raw();
    let body = |bytes: &[u8]| bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| bytes.len() - at - 4);
    let length = body(&whole).unwrap();
    assert!(length > 100);
    for kept in (0..length).step_by(7) {
        server.zeyos.inject(Fault::cut_body(kept));
        let (bytes, _) = server.ask("GET", "/oauth2/v1/userinfo").raw();
        assert_eq!(body(&bytes), Some(kept));
        assert!(Answer::read(&bytes, false).is_none(), "it is told to be longer");
    }
    server.zeyos.inject(Fault::cut_body(5).reset());
    let (_, end) = server.ask("GET", "/oauth2/v1/userinfo").raw();
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_large_body_leaves_whole_before_it_is_cut() {
    let server = empty();
    server.zeyos.inject(Fault::replace_body(vec![b'x'; 20_000_000]));
    assert_eq!(server.ask("GET", "/api/v1/config").send().body.len(), 20_000_000);
    for index in 0..400 {
        server.create("notes", json!({ "name": format!("N{index}"), "text": "x".repeat(20_000) }));
    }
    let list = || server.ask("POST", "/api/v1/notes").json(&json!({ "fields": ["text"] })).raw().0;
    let whole = list();
    assert!(whole.len() > 8_000_000);
    server.zeyos.inject(Fault::cut_body(7_999_999));
    let head = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    assert_eq!(list().len(), head + 7_999_999);
}

#[test]
fn a_body_comes_bit_by_bit() {
    let server = empty();
    server.zeyos.inject(Fault::replace_body("0123456789").trickled(Duration::from_millis(10)));
    let start = Instant::now();
    assert_eq!(server.ask("GET", "/api/v1/config").send().text(), "0123456789");
    assert!(start.elapsed() >= Duration::from_millis(100));
    server.zeyos.inject(Fault::trickle(Duration::from_millis(1)));
    assert_eq!(server.ask("HEAD", "/auth/v1/").send().status, 204);
}

#[test]
fn a_body_is_replaced_shortened_or_has_other_types() {
    let server = empty();
    for name in ["A", "B"] {
        server.create("ledgers", json!({ "name": name }));
    }
    let list = |fault: Fault| {
        server.zeyos.inject(fault.on("POST", "/api/v1/ledgers"));
        let answer = server.ask("POST", "/api/v1/ledgers").json(&json!({ "fields": ["ID", "name"] })).send();
        assert_eq!(answer.status, 200);
        (answer.header("content-type").unwrap().to_owned(), answer.text())
    };
    for (fault, media_type, body) in [
        (Fault::replace_body("{\"status\":"), "application/json", "{\"status\":"),
        (Fault::replace_body(""), "application/json", ""),
        (Fault::body("text/html", "<h1>Gateway</h1>"), "text/html", "<h1>Gateway</h1>"),
        (Fault::truncate_body(12), "application/json", "[{\"ID\":1,\"na"),
        (
            Fault::replace_value("/1/ID", "\"two\""),
            "application/json",
            r#"[{"ID":1,"name":"A"},{"ID":"two","name":"B"}]"#,
        ),
        (Fault::replace_value("/*/name", "[]"), "application/json", r#"[{"ID":1,"name":[]},{"ID":2,"name":[]}]"#),
        (
            Fault::replace_value("/0/name", "no json"),
            "application/json",
            r#"[{"ID":1,"name":"no json"},{"ID":2,"name":"B"}]"#,
        ),
        (Fault::replace_value("", "null"), "application/json", "null"),
    ] {
        assert_eq!(list(fault), (media_type.to_owned(), body.to_owned()));
    }
}

#[test]
fn fact_9_29_retry_after_comes_in_every_form() {
    let server = empty();
    let seen = |fault: Fault| {
        server.zeyos.inject(fault);
        let answer = server.ask("GET", "/api/v1/config").send();
        (answer.status, answer.header("retry-after").map(str::to_owned))
    };
    for form in ["5", "0", "-1", "soon", "1.5", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01"] {
        for status in [429, 503] {
            assert_eq!(seen(Fault::status(status).retry_after(form)), (status, Some(form.to_owned())));
        }
    }
    assert_eq!(seen(Fault::status(429)), (429, None));
    let date = seen(Fault::status(503).retry_after_date(30)).1.unwrap();
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    assert_eq!(seen(Fault::status(503).retry_after_date(i64::MAX)).1.unwrap(), "Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!(seen(Fault::status(503).retry_after_date(i64::MIN)).1.unwrap(), "Thu, 01 Jan 1970 00:00:00 GMT");
    // A true answer may carry it as well.
    assert_eq!(seen(Fault::delay(Duration::ZERO).retry_after("3")), (200, Some("3".to_owned())));
}

#[test]
fn a_storm_ends_by_number_or_by_the_clock() {
    let server = empty();
    let status = || server.ask("GET", "/api/v1/config").send().status;
    server.zeyos.inject(Fault::status(503).times(3));
    assert_eq!([status(), status(), status(), status()], [503, 503, 503, 200]);
    server.zeyos.inject(Fault::status(429).during(Duration::from_secs(60)));
    assert!((0..20).all(|_| status() == 429));
    server.zeyos.advance_clock(Duration::from_secs(60));
    assert_eq!(status(), 200);
}

#[test]
fn equal_seeds_break_the_same_requests() {
    let run = |seed| {
        let server = empty();
        server.zeyos.inject(Fault::status(500).probability(0.5, seed).on("*", "/api/v1/co*g$"));
        (0..40).map(|_| server.ask("GET", "/api/v1/config").send().status).collect::<Vec<_>>()
    };
    let first = run(1);
    assert!(first.contains(&500) && first.contains(&200));
    assert_eq!(first, run(1));
    assert_ne!(first, run(2));
}

#[test]
fn redirects_lead_to_the_same_or_another_origin_and_carry_nothing_out() {
    let server = empty();
    for status in [301, 302, 303, 307, 308] {
        for target in ["/demo/api/v1/accounts", "https://elsewhere.example/"] {
            server.zeyos.inject(Fault::redirect(status, target));
            let answer = server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).send();
            assert_eq!((answer.status, answer.header("location")), (status, Some(target)));
        }
    }
    assert_eq!(server.list("ledgers", json!({ "count": true })), json!({ "count": 0 }));
}

#[test]
fn a_refusal_has_the_challenge_of_its_endpoint_and_ends_nothing() {
    let server = empty();
    let bearer = "Bearer realm=\"demo\" error=\"invalid_token\"";
    for (method, path, challenge, media_type) in [
        ("GET", "/api/v1/config", Some(bearer), "text/plain; charset=utf-8"),
        ("GET", "/oauth2/v1/userinfo", Some(bearer), "text/plain; charset=utf-8"),
        ("POST", "/oauth2/v1/token", Some("Basic realm=\"demo\""), "application/json"),
        ("POST", "/auth/v1/token", Some("Basic realm=\"demo\""), "text/plain; charset=utf-8"),
        ("POST", "/auth/v1/login", None, "text/plain; charset=utf-8"),
    ] {
        server.zeyos.inject(Fault::invalid_token().on(method, path));
        let answer = server.ask(method, path).send();
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, challenge), "{path}");
        assert_eq!(answer.header("content-type"), Some(media_type), "{path}");
    }
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200);
}

#[test]
fn a_token_may_expire_or_be_revoked_for_good() {
    let server = empty();
    let config = |token: &str| server.bare("GET", "/api/v1/config").bearer(token).send().status;
    let text = |answer: &Answer, name: &str| answer.json()[name].as_str().unwrap().to_owned();
    let refresh = |token: &str| server.grant(&format!("grant_type=refresh_token&refresh_token={token}"));

    let first = server.credentials().clone();
    server.zeyos.inject(Fault::expire_token());
    assert_eq!([config(&first.access_token), config(&first.access_token)], [401, 401]);
    let second = refresh(&first.refresh_token);
    assert_eq!(second.status, 200, "the refresh token lives on");

    server.zeyos.inject(Fault::revoke_token());
    assert_eq!(config(&text(&second, "access_token")), 401);
    assert_eq!(refresh(&text(&second, "refresh_token")).status, 403, "it has ended with its access token");

    let third = server.grant("grant_type=password&username=demo&password=demo");
    server.zeyos.inject(Fault::expire_token().on("POST", "/oauth2/v1/token"));
    assert_eq!(refresh(&text(&third, "refresh_token")).status, 403);
    assert_eq!(config(&text(&third, "access_token")), 200);

    server.zeyos.inject(Fault::revoke_token());
    let session = || server.bare("GET", "/api/v1/config").session(&first.session).send().status;
    assert_eq!([session(), session()], [401, 401]);
}

#[test]
fn a_clock_that_is_off_shows_in_dates_and_lifetimes() {
    let server = empty();
    let ask = || server.ask("GET", "/api/v1/config").send();
    let year = |answer: &Answer| answer.header("date").unwrap()[12..16].parse::<i32>().unwrap();
    let now = year(&ask());
    server.zeyos.inject(Fault::clock_offset(-400 * 86_400));
    assert!([1, 2].contains(&(now - year(&ask()))));
    server.zeyos.inject(Fault::clock_offset(3600));
    assert_eq!(ask().status, 401, "the token has ended by then");
    assert_eq!((ask().status, year(&ask())), (200, now), "one request alone");
    server.zeyos.set_clock_offset(-400 * 86_400);
    assert!([1, 2].contains(&(now - year(&ask()))));
    assert_eq!(ask().status, 200);
}

#[test]
fn an_answer_may_be_late_lost_or_made_up_although_the_work_is_done() {
    let server = empty();
    let ask = || server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).send();
    server.zeyos.inject(Fault::status(503).carried_out().header("X-Node", "b"));
    let answer = ask();
    assert_eq!((answer.status, answer.header("x-node")), (503, Some("b")));
    server
        .zeyos
        .inject(Fault::reply(502, "text/html", "<h1>Bad gateway</h1>").answered_after(Duration::from_millis(50)));
    let start = Instant::now();
    let answer = ask();
    assert!(start.elapsed() >= Duration::from_millis(50));
    assert_eq!((answer.status, answer.header("content-type"), answer.body.len()), (502, Some("text/html"), 20));
    assert_eq!(server.list("ledgers", json!({ "count": true })), json!({ "count": 1 }));
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

#[test]
fn fact_10_7_a_fault_may_ask_for_a_member_of_the_body_such_as_a_limit_that_is_too_large() {
    let server = empty();
    let too_large = Fault::reply(500, "text/plain", "page too large").on("POST", "/api/v1/actionsteps");
    server.zeyos.inject(too_large.member_above("limit", 500.0).always());
    let status = |body: serde_json::Value| server.ask("POST", "/api/v1/actionsteps").json(&body).send().status;
    assert_eq!((status(json!({ "limit": 501 })), status(json!({ "limit": 500 })), status(json!({}))), (500, 200, 200));
    let form = |body: &str| server.ask("POST", "/api/v1/actionsteps").form(body).send().status;
    assert_eq!((form("limit=1000&offset=0"), form("limit=12")), (500, 200), "a form has the same members");
    assert_eq!(
        server.ask("POST", "/api/v1/tickets").json(&json!({ "limit": 501 })).send().status,
        200,
        "the route counts too"
    );
}

#[test]
fn a_member_is_found_by_a_pointer_and_every_one_that_is_named_must_fit() {
    let server = empty();
    let fault = Fault::status(503).member("/filters/status", "4").member_present("sort", false).always();
    server.zeyos.inject(fault);
    let status = |body: serde_json::Value| server.ask("POST", "/api/v1/tickets").json(&body).send().status;
    assert_eq!(status(json!({ "filters": { "status": 4 } })), 503);
    assert_eq!(status(json!({ "filters": { "status": 4 }, "sort": ["ID"] })), 200);
    assert_eq!(status(json!({ "filters": { "status": 5 } })), 200);
    assert_eq!(server.ask("POST", "/api/v1/tickets").form("filters[status]=4").send().status, 503);
    assert_eq!(server.ask("GET", "/api/v1/config").send().status, 200, "a request without a body has no such member");
}
