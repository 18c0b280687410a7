//! Requests as foreign programs send them, written out by hand: the fetch function of Node.js under the official
//! JavaScript client, browsers, curl, old programs. Each is the bytes on the wire; nothing of a client is used.

mod examples;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;
use zeyos_emulator::Fault;
use zeyos_emulator::switches::CorsOrigin;

use crate::checker::connection::{Answer, Connection};
use crate::client::{Server, base64, demo, empty, switched};

/// What fetch of Node.js adds to each request, in its spelling.
const FETCH: &str = "accept: application/json, text/plain;q=0.9, */*;q=0.8\r\naccept-language: *\r\nsec-fetch-mode: cors\r\n\
                     user-agent: node\r\naccept-encoding: gzip, deflate\r\n";

/// What curl adds.
const CURL: &str = "User-Agent: curl/8.14.1\r\nAccept: */*\r\n";

const JSON: &str = "content-type: application/json\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded;charset=UTF-8\r\n";

/// Sends a request line and headers with a body, and the length of the body.
fn send(server: &Server, head: &str, body: &str) -> Answer {
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    Connection::new(&host(server))
        .ask_bytes(filled(server, &format!("{head}{length}\r\n{body}")).as_bytes(), head.starts_with("HEAD"))
        .unwrap()
}

fn host(server: &Server) -> String {
    server.zeyos.url().strip_prefix("http://").unwrap().split_once('/').unwrap().0.to_owned()
}

/// The text with the values of this server in it.
fn filled(server: &Server, text: &str) -> String {
    let own = server.credentials();
    let basic = base64(format!("{}:{}", own.client_id, own.client_secret).as_bytes());
    text.replace("{HOST}", &host(server))
        .replace("{TOKEN}", &own.access_token)
        .replace("{SESSION}", &own.session)
        .replace("{REFRESH}", &own.refresh_token)
        .replace("{BASIC}", &basic)
        .replace("{ID}", &own.client_id)
        .replace("{SECRET}", &own.client_secret)
}

/// A request of the JavaScript client with its token.
fn fetch(server: &Server, method: &str, path: &str, more: &str, body: &str) -> Answer {
    let head = format!(
        "{method} /demo{path} HTTP/1.1\r\nhost: {{HOST}}\r\nconnection: keep-alive\r\nauthorization: Bearer {{TOKEN}}\r\n{FETCH}{more}"
    );
    send(server, &head, body)
}

fn json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    answer.json().unwrap()
}

#[test]
fn the_javascript_client_sends_its_pair_in_the_header_and_in_the_form() {
    let server = demo();
    let head = format!(
        "POST /demo/oauth2/v1/token HTTP/1.1\r\nhost: {{HOST}}\r\nconnection: keep-alive\r\nauthorization: Basic {{BASIC}}\r\n{FETCH}{FORM}"
    );
    let form = "grant_type=refresh_token&refresh_token={REFRESH}&client_id={ID}&client_secret={SECRET}";
    let answer = send(&server, &head, &filled(&server, form));
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let tokens = json(&answer);
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(3600)));
    assert_eq!(tokens["refresh_token_expires_in"], 8_640_000);
    // The token that was refreshed has ended, in the words that make the client refresh.
    let answer = fetch(&server, "GET", "/api/v1/config", "", "");
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"demo\" error=\"invalid_token\""));
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    let again = send(&server, &head, &filled(&server, form));
    assert_eq!((again.status, &json(&again)["error"]), (403, &json!("invalid_grant")));
}

#[test]
fn a_session_cookie_serves_where_the_documents_offer_it_and_nowhere_else() {
    let server = demo();
    let cookie = |method: &str, path: &str| {
        let head = format!(
            "{method} /demo{path} HTTP/1.1\r\nhost: {{HOST}}\r\nconnection: keep-alive\r\ncookie: theme=dark; ZEYOSID={{SESSION}}\r\n{FETCH}"
        );
        send(&server, &head, "").status
    };
    assert_eq!(cookie("POST", "/api/v1/tickets"), 200);
    assert_eq!(cookie("GET", "/oauth2/v1/userinfo"), 200);
    assert_eq!(cookie("GET", "/auth/v1/?access=1"), 200);
    assert_eq!(cookie("HEAD", "/auth/v1/"), 204);
    assert_eq!(cookie("GET", "/auth/v1/logout"), 401);
    assert_eq!(cookie("GET", "/api/v1/settings"), 403);
}

#[test]
fn names_of_headers_schemes_and_media_types_ignore_case() {
    let server = demo();
    let head = "POST /demo/api/v1/ledgers HTTP/1.1\r\nHOST: {HOST}\r\nAUTHORIZATION: bearer {TOKEN}\r\nCONTENT-TYPE: Application/JSON; Charset=\"utf-8\"\r\n";
    assert_eq!(
        json(&send(&server, head, "{\"count\":1}"))["count"],
        server.list("ledgers", json!({"count": true}))["count"]
    );
    assert_eq!(fetch(&server, "POST", "/api/v1/ledgers", JSON, "{\"limit\":1}").status, 200);
}

#[test]
fn a_trailing_slash_is_no_reason_to_redirect() {
    let server = demo();
    for path in ["/api/v1/messages/", "/api/v1/messages"] {
        let answer = fetch(&server, "POST", path, JSON, "{\"count\":true}");
        assert_eq!((answer.status, answer.header("location")), (200, None));
    }
    assert_eq!(fetch(&server, "GET", "/api/v1/tickets/1/", "", "").status, 200);
    assert_eq!(fetch(&server, "GET", "/auth/v1", "", "").status, 200);
}

#[test]
fn curl_sends_forms_unless_told_otherwise() {
    let server = empty();
    let put = |media_type: &str, body: &str| {
        let head = format!(
            "PUT /demo/api/v1/tickets HTTP/1.1\r\nHost: {{HOST}}\r\n{CURL}Authorization: Bearer {{TOKEN}}\r\nContent-Type: {media_type}\r\n"
        );
        send(&server, &head, body)
    };
    let created =
        put("application/x-www-form-urlencoded", "name=Pump+seal%20leaks&priority=4&account=&duedate=1767225600");
    assert_eq!((created.status, created.header("content-location")), (201, Some("/demo/api/v1/tickets/1")));
    let row = json(&created);
    assert_eq!(row["name"], "Pump seal leaks");
    assert_eq!(
        (row["priority"].as_i64(), row["duedate"].as_i64(), row["account"].is_null()),
        (Some(4), Some(1_767_225_600), true)
    );
    // What fetch sends for a bare text, and what curl -F sends.
    assert_eq!(put("text/plain;charset=UTF-8", "{\"name\":\"A\"}").status, 415);
    assert_eq!(put("multipart/form-data; boundary=x", "--x\r\n\r\nA\r\n--x--\r\n").status, 415);
}

#[test]
fn a_body_may_wait_for_leave_to_come() {
    let server = empty();
    let mut stream = TcpStream::connect(host(&server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "PUT /demo/api/v1/notes HTTP/1.1\r\nHost: {{HOST}}\r\n{CURL}Authorization: Bearer {{TOKEN}}\r\nContent-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(filled(&server, &head).as_bytes()).unwrap();
    let mut leave = [0; 25];
    stream.read_exact(&mut leave).unwrap();
    assert_eq!(&leave, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"{\"name\":\"A\"}").unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 201");
}

#[test]
fn a_body_may_come_in_chunks() {
    let server = empty();
    let head = "PUT /demo/api/v1/notes HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"nam\r\n7;x=y\r\ne\":\"A\"}\r\n0\r\nTrailer: 1\r\n\r\n";
    let answer = Connection::new(&host(&server)).ask_bytes(filled(&server, head).as_bytes(), false).unwrap();
    assert_eq!((answer.status, &json(&answer)["name"]), (201, &json!("A")));
}

#[test]
fn an_old_program_speaks_http_1_0_and_is_hung_up_on() {
    let server = demo();
    let mut stream = TcpStream::connect(host(&server)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = "POST /demo/api/v1/ledgers HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"count\":true}";
    stream.write_all(filled(&server, head).as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.0 200") && !text.contains("chunked") && text.contains("{\"count\":"), "{text}");
}

#[test]
fn requests_may_follow_each_other_before_an_answer_came() {
    let server = demo();
    let one = "HEAD /demo/api/v1/tickets/1 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n";
    let two = "GET /demo/api/v1/tickets/99999 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n";
    let mut line = Connection::new(&host(&server));
    let first = line.ask_bytes(filled(&server, &format!("{one}{two}")).as_bytes(), true).unwrap();
    assert_eq!((first.status, first.body.len()), (204, 0));
    assert!(first.header("etag").is_some() && first.header("last-modified").is_some());
    // Nothing of the first answer stands before the second.
    assert_eq!(line.ask_bytes(b"", false).unwrap().status, 404);
    assert_eq!(line.opened, 1);
}

#[test]
fn a_conditional_update_is_refused_when_somebody_was_faster() {
    let server = demo();
    let tag = fetch(&server, "GET", "/api/v1/tickets/1", "", "").header("etag").unwrap().to_owned();
    let condition = format!("{JSON}if-match: {tag}\r\n");
    assert_eq!(fetch(&server, "PATCH", "/api/v1/tickets/1", &condition, "{\"priority\":0}").status, 200);
    let late = fetch(&server, "PATCH", "/api/v1/tickets/1", &condition, "{\"priority\":3}");
    assert_eq!(late.status, 412);
    assert_eq!(json(&fetch(&server, "GET", "/api/v1/tickets/1", "", ""))["priority"], 0);
}

#[test]
fn an_old_client_logs_in_and_out_by_form() {
    let server = demo();
    let head = format!("POST /demo/auth/v1/login HTTP/1.1\r\nhost: {{HOST}}\r\n{FETCH}{FORM}");
    let login = json(&send(&server, &head, "name=mara&password=demo&identifier=shop-terminal.1"));
    assert_eq!((&login["identifier"], &login["application"]), (&json!("shop-terminal.1"), &json!(null)));
    let token = login["token"].as_str().unwrap();
    let out =
        format!("GET /demo/auth/v1/logout HTTP/1.1\r\nhost: {{HOST}}\r\nauthorization: Bearer {token}\r\n{FETCH}");
    assert_eq!(send(&server, &out, "").status, 204);
    assert_eq!(send(&server, &out, "").status, 401);
    let wrong = send(&server, &head, "name=mara&password=no&identifier=x");
    assert_eq!((wrong.status, wrong.header("www-authenticate")), (401, None));
}

const PREFLIGHT: &str = "OPTIONS /demo/api/v1/tickets/1 HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PATCH\r\nAccess-Control-Request-Headers: authorization,content-type,if-match\r\n";
const FROM_APP: &str = "origin: https://app.example\r\n";

#[test]
fn fact_9_29_a_browser_may_ask_from_the_origin_that_the_switch_names() {
    let server = switched(|switches| {
        switches.cors_origin = CorsOrigin::only("https://app.example").unwrap();
        switches.cors_credentials = true;
    });
    let preflight = send(&server, PREFLIGHT, "");
    assert_eq!((preflight.status, preflight.body.len()), (204, 0));
    assert_eq!(preflight.header("access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization,content-type,if-match"));
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
    server.zeyos.inject(Fault::status(503).retry_after("1"));
    for status in [503, 404] {
        let answer = fetch(&server, "GET", "/api/v1/tickets/1", FROM_APP, "");
        assert_eq!((answer.status, answer.header("vary")), (status, Some("origin")));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in ["ETag", "Last-Modified", "Content-Location", "WWW-Authenticate", "Retry-After"] {
            assert!(exposed.split(", ").any(|known| known == name), "{name}");
        }
    }
    assert!(server.zeyos.requests().iter().all(|seen| seen.method == "GET"), "a preflight is not a request");
}

#[test]
fn fact_10_10_a_browser_may_ask_from_anywhere_without_cookies_unless_the_switches_say_otherwise() {
    let asked = |server: &crate::client::Server| {
        let (preflight, answer) = (send(server, PREFLIGHT, ""), fetch(server, "GET", "/api/v1/config", FROM_APP, ""));
        assert_eq!((preflight.status, answer.status), (204, 200));
        for told in [&preflight, &answer] {
            assert_eq!(
                told.header("access-control-allow-credentials").is_some(),
                server.zeyos.switches().cors_credentials
            );
        }
        assert_eq!(preflight.header("access-control-allow-headers"), Some("authorization,content-type,if-match"));
        let origin = answer.header("access-control-allow-origin").map(str::to_owned);
        (origin, answer.header("vary").is_some(), answer.header("access-control-expose-headers").is_some())
    };
    let origin = || Some("https://app.example".to_owned());
    assert_eq!(asked(&empty()), (Some("*".to_owned()), false, true));
    assert_eq!(asked(&switched(|switches| switches.cors_credentials = true)), (origin(), true, true));
    assert_eq!(asked(&switched(|switches| switches.cors_expose = false)), (Some("*".to_owned()), false, false));
    let one = switched(|switches| switches.cors_origin = CorsOrigin::only("https://app.example").unwrap());
    assert_eq!(asked(&one), (origin(), true, true));
}

#[test]
fn a_browser_may_not_ask_from_elsewhere_or_if_the_switch_is_empty() {
    let elsewhere = switched(|switches| switches.cors_origin = CorsOrigin::only("https://other.example").unwrap());
    for server in [switched(|switches| switches.cors_origin = CorsOrigin::none()), elsewhere] {
        let preflight = send(&server, PREFLIGHT, "");
        assert_eq!((preflight.status, preflight.header("allow")), (405, Some("GET, HEAD, PATCH, DELETE")));
        let answer = fetch(&server, "GET", "/api/v1/config", FROM_APP, "");
        assert_eq!(answer.status, 200);
        for told in [preflight, answer] {
            assert!(told.headers.iter().all(|(name, _)| !name.starts_with("access-control")), "{told:?}");
        }
    }
}
