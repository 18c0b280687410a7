//! What is answered to requests that do not fit: status, headers and form of the error.

use serde_json::json;

use crate::client::{RequestBuilder, empty};

#[test]
fn without_a_valid_credential_the_answer_is_401_with_a_bearer_challenge() {
    let server = empty();
    let asks = [
        server.bare("POST", "/api/v1/tickets"),
        server.bare("POST", "/api/v1/tickets").bearer("0000"),
        server.bare("POST", "/api/v1/tickets").session("0000"),
        server.bare("POST", "/api/v1/tickets").basic("demo", "demo"),
        server.bare("GET", "/oauth2/v1/userinfo"),
        server.bare("POST", "/api/v1/tickets").bearer(&server.credentials().refresh_token),
    ];
    for ask in asks {
        let answer = ask.send();
        assert_eq!(answer.error(), 401);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"demo\" error=\"invalid_token\""));
    }
}

#[test]
fn unknown_paths_are_404() {
    let server = empty();
    for path in [
        "/api/v1/nothing",
        "/api/v1",
        "/api/v2/tickets",
        "/api/v1/tickets/1/x",
        "/sdk/v1/x",
        "//other/api/v1/tickets",
        "//",
        "/_tokens",
        "/api/v1/_tokens",
    ] {
        assert_eq!(server.ask("GET", path).send().error(), 404, "{path}");
    }
    for id in ["0", "-1", "x", "1.5", "99999999999999999999"] {
        assert_eq!(server.ask("GET", &format!("/api/v1/tickets/{id}")).send().error(), 404, "{id}");
    }
}

#[test]
fn fact_9_30_a_wrong_method_is_405_and_names_the_right_ones() {
    let server = empty();
    for (method, path, allowed) in [
        ("GET", "/api/v1/tickets", "POST, PUT"),
        ("PUT", "/api/v1/users", "POST"),
        ("POST", "/api/v1/tickets/1", "GET, HEAD, PATCH, DELETE"),
        ("PATCH", "/api/v1/users/1", "GET, HEAD"),
        ("POST", "/api/v1/config", "GET"),
        ("GET", "/oauth2/v1/token", "POST"),
        ("POST", "/auth/v1/", "GET, HEAD"),
    ] {
        let answer = server.ask(method, path).send();
        assert_eq!((answer.error(), answer.header("allow")), (405, Some(allowed)), "{method} {path}");
    }
    assert_eq!(server.ask("GET", "/api/v1/binfiles/1").send().error(), 404, "there is nothing but the list");
}

#[test]
fn fact_9_30_bodies_that_cannot_be_read_are_400_or_415_or_413() {
    let server = empty();
    let ask = || server.ask("PUT", "/api/v1/tickets");
    assert_eq!(ask().body("application/json", b"{\"name\":").send().error(), 400);
    assert_eq!(ask().body("application/json", b"[]").send().error(), 400);
    assert_eq!(ask().body("application/json", "[".repeat(100_000).as_bytes()).send().error(), 400);
    assert_eq!(ask().send().error(), 400);
    assert_eq!(ask().body("text/xml", b"<name/>").send().error(), 415);
    let body = json!({ "name": "x".repeat(17 << 20) });
    match ask().json(&body).try_send() {
        Ok(answer) => assert_eq!(answer.error(), 413),
        // The server may close before it has read all of it.
        Err(error) => {
            assert!(matches!(error.kind(), std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe))
        }
    }
}

#[test]
fn the_instance_is_part_of_every_path() {
    let server = crate::client::started(
        zeyos_emulator::Emulator::builder().instance("nord-wind_1.x").seed(zeyos_emulator::Seed::Empty),
    );
    assert!(server.zeyos.url().ends_with("/nord-wind_1.x"));
    assert_eq!(server.ask("GET", "/api/v1/config").send().json()["instance"], "nord-wind_1.x");
    let answer = server.bare("GET", "/api/v1/config").send();
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"nord-wind_1.x\" error=\"invalid_token\""));
    let created = server.ask("PUT", "/api/v1/ledgers").json(&json!({ "name": "A" })).send();
    assert_eq!(created.header("content-location"), Some("/nord-wind_1.x/api/v1/ledgers/1"));
}

#[test]
fn names_that_do_not_fit_into_a_path_are_refused_as_instance() {
    for name in ["", ".", "..", "a/b", "a b", "a\"b"] {
        let builder = zeyos_emulator::Emulator::builder().instance(name).seed(zeyos_emulator::Seed::Empty);
        assert!(crate::client::block_on(builder.start()).is_err(), "{name}");
    }
}

#[test]
fn a_port_in_use_is_told() {
    let server = empty();
    let port = server.zeyos.url().split(':').nth(2).unwrap().split('/').next().unwrap().parse().unwrap();
    let error = crate::client::block_on(zeyos_emulator::Emulator::builder().port(port).start()).unwrap_err();
    assert!(error.is_bind() && !error.is_database());
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn a_stopped_or_dropped_emulator_answers_no_more() {
    let stopped = empty();
    let url = stopped.zeyos.url().to_owned();
    crate::client::block_on(stopped.zeyos.stop());
    assert!(RequestBuilder::new(&url, "GET", "/api/v1/config").try_send().is_err());
    crate::client::block_on(async {
        drop(zeyos_emulator::Emulator::builder().seed(zeyos_emulator::Seed::Empty).start().await)
    });
}
