//! What HTTP and OAuth ask of a server apart from any resource: hosts, codings, lengths, the form of paths, who may keep an
//! answer.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::json;
use zeyos_emulator::switches::TokenQuery;
use zeyos_emulator::{Emulator, Seed};

use crate::client::{Answer, Server, account, empty, started, switched};

/// Sends bytes as they are, in which `{HOST}` is the address of the server.
fn sent(server: &Server, request: &str) -> Answer {
    let address = server.zeyos.address();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.replace("{HOST}", &address.to_string()).as_bytes()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    Answer::read(&bytes, request.starts_with("HEAD")).unwrap()
}

/// The head of a get with these lines.
fn head(lines: &str) -> String {
    format!("GET /demo/api/v1/config HTTP/1.1\r\n{lines}Connection: close\r\n\r\n")
}

#[test]
fn a_request_names_the_server_once_and_as_one_of_its_names() {
    let server = empty();
    let status = |lines: &str| sent(&server, &head(lines)).status;
    assert_eq!(status("Host: {HOST}\r\n"), 401);
    assert_eq!(status("Host: localhost\r\n"), 401);
    assert_eq!(status(""), 400);
    assert_eq!(status("Host: {HOST}\r\nHost: {HOST}\r\n"), 400);
    assert_eq!(status("Host: {HOST}\r\nhost: evil.example\r\n"), 400);
    assert_eq!(status("Host: evil.example\r\n"), 403);
    assert_eq!(status("Host: 127.0.0.1.evil.example:80\r\n"), 403);
    assert_eq!(sent(&server, "GET /demo/api/v1/config HTTP/1.0\r\n\r\n").status, 401, "HTTP/1.0 has no Host");
}

#[test]
fn no_page_of_another_name_is_led_on_and_no_name_gets_in_by_a_target() {
    let server = empty();
    let query = "client_id=demo-app&redirect_uri=http://127.0.0.1/cb&response_type=code";
    for ask in [
        server.bare("GET", &format!("/oauth2/v1/authorize?{query}")),
        server.bare("GET", &format!("/?umi=auth&page=oauth&{query}")),
        server.ask("POST", "/api/v1/tickets"),
    ] {
        let answer = ask.named("evil.example").send();
        assert_eq!((answer.error(), answer.header("location")), (403, None));
    }
    let target = "GET http://evil.example/demo/ HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n";
    assert_eq!(sent(&server, target).status, 403);
}

#[test]
fn a_further_name_may_be_added() {
    let server = started(Emulator::builder().seed(Seed::Empty).host("emulator"));
    assert_eq!(server.ask("GET", "/api/v1/config").named("emulator:8080").send().status, 200);
    assert_eq!(server.ask("GET", "/api/v1/config").named("other:8080").send().status, 403);
    let location = server.bare("GET", "/oauth2/v1/authorize?state=x").named("emulator").send();
    assert!(location.header("location").unwrap().starts_with("http://emulator/demo/?umi=auth&page=oauth"));
}

#[test]
fn another_address_is_listened_on_where_that_is_asked_for() {
    let server = started(Emulator::builder().seed(Seed::Empty).listen([0, 0, 0, 0].into()));
    assert!(server.zeyos.address().ip().is_unspecified());
    assert!(server.zeyos.url().starts_with("http://127.0.0.1:"), "{}", server.zeyos.url());
    assert_eq!(server.ask("GET", "/api/v1/config").named("192.0.2.7:8080").send().status, 200);
    assert_eq!(server.ask("GET", "/api/v1/config").named("evil.example").send().status, 403);
}

#[test]
fn an_answer_without_a_body_has_no_length() {
    let server = empty();
    server.create("accounts", account("A"));
    let exists = server.ask("HEAD", "/api/v1/accounts/1").send();
    let verified = server.ask("HEAD", "/auth/v1/").send();
    let etag = exists.header("etag").unwrap().to_owned();
    let unchanged = server.ask("GET", "/api/v1/accounts/1").header("If-None-Match", &etag).send();
    let same = server.ask("HEAD", "/api/v1/accounts/1").header("If-None-Match", &etag).send();
    let deleted = server.ask("DELETE", "/api/v1/accounts/1").send();
    for (answer, status) in [(exists, 204), (verified, 204), (unchanged, 304), (same, 304), (deleted, 204)] {
        assert_eq!((answer.status, answer.header("content-length"), answer.body.len()), (status, None, 0));
        assert_eq!(answer.header("transfer-encoding"), None);
    }
}

#[test]
fn a_path_is_written_in_one_way() {
    let server = empty();
    server.create("accounts", account("A"));
    for path in [
        "/api/v1/accounts/01",
        "/api/v1/accounts/+1",
        "/api/v1/accounts/1.0",
        "/api/v1//accounts/1",
        "//demo//api/v1/accounts/1",
    ] {
        assert_eq!(server.ask("GET", path).send().error(), 404, "{path}");
    }
    for path in ["/api/v1/accounts/1", "/api/v1/accounts/1/", "/api/v1/accounts/%31"] {
        assert_eq!(server.ask("GET", path).send().status, 200, "{path}");
    }
    for method in ["PATCH", "DELETE", "HEAD"] {
        assert_eq!(server.ask(method, "/api/v1/accounts/001").json(&json!({})).send().status, 404, "{method}");
    }
}

#[test]
fn a_body_in_a_coding_is_refused_and_not_taken_for_the_body() {
    let server = empty();
    let ask = || server.ask("PUT", "/api/v1/accounts").json(&account("A"));
    for coding in ["gzip", "br", "identity, gzip"] {
        let answer = ask().header("Content-Encoding", coding).send();
        assert_eq!((answer.error(), answer.header("accept-encoding")), (415, Some("identity")), "{coding}");
    }
    assert_eq!(ask().header("Content-Encoding", "identity").send().status, 201);
}

#[test]
fn two_ways_to_authenticate_a_client_are_one_too_many() {
    let server = empty();
    let credentials = server.credentials();
    let (id, secret) = (&credentials.client_id, &credentials.client_secret);
    let grant = "grant_type=password&username=demo&password=demo";
    let ask = |more: &str| {
        let ask = server.bare("POST", "/oauth2/v1/token").basic(id, secret).form(&format!("{grant}{more}"));
        let answer = ask.send();
        (answer.status, answer.json()["error"].as_str().map(str::to_owned))
    };
    assert_eq!(ask(&format!("&client_id={id}&client_secret={secret}")), (200, None), "the same one twice");
    assert_eq!(ask(&format!("&client_id={id}")), (200, None));
    assert_eq!(ask("&client_id=other"), (400, Some("invalid_request".to_owned())));
    assert_eq!(ask(&format!("&client_id=other&client_secret={secret}")), (400, Some("invalid_request".to_owned())));
    assert_eq!(ask("&client_secret=wrong"), (401, Some("invalid_client".to_owned())));
    assert_eq!(ask("&username=mara"), (400, Some("invalid_request".to_owned())), "a parameter twice");
}

#[test]
fn no_answer_of_the_token_endpoints_may_be_kept() {
    let server = empty();
    let credentials = server.credentials();
    let pair = format!("client_id={}&client_secret={}", credentials.client_id, credentials.client_secret);
    for (method, path, body, status) in [
        ("POST", "/oauth2/v1/token", format!("{pair}&grant_type=password&username=demo&password=demo"), 200),
        ("POST", "/oauth2/v1/token", format!("{pair}&grant_type=password&username=demo&password=no"), 403),
        ("POST", "/oauth2/v1/token", format!("{pair}&grant_type=other"), 400),
        ("POST", "/oauth2/v1/token", "client_id=x&client_secret=y".to_owned(), 401),
        ("GET", "/oauth2/v1/token", String::new(), 405),
        ("POST", "/oauth2/v1/introspect", format!("{pair}&token=x"), 200),
        ("POST", "/oauth2/v1/revoke", "token=x".to_owned(), 401),
        ("POST", "/auth/v1/login", "name=demo&password=no&identifier=x".to_owned(), 401),
        ("POST", "/auth/v1/token", String::new(), 401),
    ] {
        let answer = server.bare(method, path).form(&body).send();
        let told = (answer.status, answer.header("cache-control"), answer.header("pragma"));
        assert_eq!(told, (status, Some("no-store"), Some("no-cache")), "{method} {path} {body}");
    }
}

#[test]
fn a_grant_in_the_query_is_refused_unless_the_switch_takes_it() {
    let grant = "grant_type=password&username=demo&password=demo";
    let ask = |server: &Server, query: &str, body: &str| {
        let credentials = server.credentials();
        let ask = server.bare("POST", &format!("/oauth2/v1/token?{query}"));
        ask.basic(&credentials.client_id, &credentials.client_secret).form(body).send()
    };
    let server = empty();
    for (query, body) in
        [(grant, ""), ("password=demo", "grant_type=password&username=demo"), ("client_secret=x", grant)]
    {
        let answer = ask(&server, query, body);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some("invalid_request")), "{query} {body}");
    }
    assert_eq!(ask(&server, "x=1", grant).status, 200, "what is not a parameter does not matter");
    let server = switched(|switches| switches.token_query = TokenQuery::Accept);
    assert_eq!(ask(&server, grant, "").status, 200);
    assert_eq!(ask(&server, "password=wrong", grant).status, 200, "the body wins");
}
