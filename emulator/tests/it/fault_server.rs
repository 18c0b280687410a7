//! The server that misbehaves: what it breaks, what it passes on, what it counts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zeyos_emulator::{Encoding, FaultServer, WireFault};

use crate::client::{Answer, RequestBuilder, Server, block_on, empty, switched};

fn before(server: &Server) -> FaultServer {
    block_on(FaultServer::before(&server.zeyos)).unwrap()
}

fn oauth(server: &Server, faults: &FaultServer, what: &str, body: &str) -> std::io::Result<Answer> {
    let credentials = server.credentials();
    let ask = RequestBuilder::new(faults.url(), "POST", &format!("/oauth2/v1/{what}"));
    ask.basic(&credentials.client_id, &credentials.client_secret).form(body).try_send()
}

fn refresh(server: &Server, faults: &FaultServer, token: &str) -> std::io::Result<Answer> {
    oauth(server, faults, "token", &format!("grant_type=refresh_token&refresh_token={token}"))
}

fn is_active(server: &Server, faults: &FaultServer, token: &str) -> bool {
    oauth(server, faults, "introspect", &format!("token={token}")).unwrap().json()["active"] == json!(true)
}

/// Everything that comes back for a plain request, until the connection closes or a second has passed.
fn raw(faults: &FaultServer, path: &str) -> Vec<u8> {
    raw_until_silent(faults, path, Duration::from_secs(1))
}

/// What a server sends that goes on by itself, until there is enough of it. Of such a one a busy machine may keep quiet for long.
fn endless(faults: &FaultServer) -> Vec<u8> {
    raw_until_silent(faults, "/", Duration::from_secs(60))
}

fn raw_until_silent(faults: &FaultServer, path: &str, silence: Duration) -> Vec<u8> {
    let (host, instance) = faults.url().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(silence)).unwrap();
    write!(stream, "GET /{instance}{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        bytes.extend(&buffer[..read]);
        if bytes.len() > 1 << 20 {
            break;
        }
    }
    bytes
}

#[test]
fn what_no_fault_fits_is_passed_on() {
    let server = empty();
    let faults = before(&server);
    let ask = RequestBuilder::new(faults.url(), "GET", "/api/v1/config").bearer(&server.credentials().access_token);
    assert_eq!(ask.send().status, 200);
    assert_eq!(RequestBuilder::new(faults.url(), "GET", "/api/v1/config").send().error(), 401);
    assert_eq!(server.zeyos.requests().len(), 2);
    assert_eq!(faults.counts().connections, 2);
}

#[test]
fn a_request_that_is_cut_anywhere_is_not_carried_out() {
    let server = empty();
    let faults = before(&server);
    let token = server.credentials().refresh_token.clone();
    faults.inject(WireFault::before_commit());
    assert!(refresh(&server, &faults, &token).is_err());
    let len = faults.exchanges()[0].request_len;
    for (cut, resets) in (0..len).step_by(9).flat_map(|cut| [(cut, false), (cut, true)]) {
        let fault = WireFault::cut_request(cut);
        faults.inject(if resets { fault.reset() } else { fault });
        assert!(refresh(&server, &faults, &token).is_err());
    }
    let counts = faults.counts();
    assert_eq!((counts.carried_out, counts.replays), (0, 0));
    assert!(counts.unguarded + 1 == counts.token_posts && counts.token_posts > 50);
    assert!(is_active(&server, &faults, &token));
    assert_eq!(refresh(&server, &faults, &token).unwrap().status, 200);
    assert_eq!(faults.counts().unguarded, counts.unguarded, "the introspection has made it a guarded one");
}

#[test]
fn a_reply_is_cut_at_every_byte() {
    let server = empty();
    let faults = before(&server);
    let whole = raw(&faults, "/api/v1/config");
    assert_eq!(faults.exchanges()[0].reply_len, whole.len());
    for cut in 0..whole.len() {
        faults.inject(WireFault::cut_reply(cut));
        // The date in the head moves on.
        assert_eq!(raw(&faults, "/api/v1/config").len(), cut);
    }
    let head = faults.exchanges()[0].reply_head_len;
    faults.inject(WireFault::cut_body(3));
    assert_eq!(raw(&faults, "/api/v1/config").len(), head + 3);
    assert_eq!(faults.counts().carried_out as usize, whole.len() + 2);
}

#[test]
fn a_token_that_was_spent_and_comes_again_is_a_replay() {
    let server = empty();
    let faults = before(&server);
    let token = server.credentials().refresh_token.clone();
    faults.inject(WireFault::after_commit().reset());
    assert!(refresh(&server, &faults, &token).is_err());
    assert!(!is_active(&server, &faults, &token));
    assert_eq!(refresh(&server, &faults, &token).unwrap().status, 403);
    let counts = faults.counts();
    assert_eq!((counts.token_posts, counts.introspections), (2, 1));
    assert_eq!((counts.replays, counts.unguarded, counts.repeats), (1, 1, 1));
}

fn pair(answer: &Answer) -> (String, String) {
    let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

#[test]
fn a_used_refresh_token_is_dead_graced_or_ends_its_family() {
    let ended = |set: fn(&mut zeyos_emulator::Switches), wait: u64| {
        let server = switched(set);
        let faults = before(&server);
        let token = server.credentials().refresh_token.clone();
        let first = pair(&refresh(&server, &faults, &token).unwrap());
        server.zeyos.advance_clock(Duration::from_secs(wait));
        let again = refresh(&server, &faults, &token).unwrap();
        let same = again.status == 200 && pair(&again) == first;
        (again.status, same, is_active(&server, &faults, &first.1), is_active(&server, &faults, &token))
    };
    assert_eq!(ended(|_| {}, 0), (403, false, true, false));
    assert_eq!(ended(|switches| switches.reuse_ends_family = true, 0), (403, false, false, false));
    let graced = |switches: &mut zeyos_emulator::Switches| {
        switches.refresh_grace = Duration::from_secs(30);
        switches.reuse_ends_family = true;
    };
    assert_eq!(ended(graced, 0), (200, true, true, false));
    assert_eq!(ended(graced, 31), (403, false, false, false));
    assert_eq!(ended(|switches| switches.spent_looks_active = true, 0), (403, false, true, true));
}

#[test]
fn replies_are_replaced_redirected_and_relabelled() {
    let server = empty();
    let faults = before(&server);
    let ask = || {
        RequestBuilder::new(faults.url(), "GET", "/api/v1/config")
            .bearer(&server.credentials().access_token)
            .try_send()
            .unwrap()
    };
    faults.inject(WireFault::redirect(307, "https://elsewhere.example/x"));
    let answer = ask();
    assert_eq!((answer.status, answer.header("location")), (307, Some("https://elsewhere.example/x")));
    faults.inject(WireFault::media_type("text/html"));
    let answer = ask();
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html")));
    assert!(serde_json::from_slice::<Value>(&answer.body).is_ok());
    faults.inject(WireFault::body("application/json", "[1, 2"));
    assert_eq!(ask().text(), "[1, 2");
    faults.inject(WireFault::status(503).header("Retry-After", "7").carried_out());
    assert_eq!((faults.counts().carried_out, ask().status, faults.counts().carried_out), (2, 503, 3));
    faults.inject(WireFault::status(429).always().on("GET", "/api/"));
    assert!((0..20).all(|_| ask().status == 429));
    faults.clear_faults();
    assert_eq!(ask().status, 200);
}

#[test]
fn streams_and_bombs_go_out_until_the_client_has_enough() {
    let server = empty();
    let faults = before(&server);
    for fault in [
        WireFault::endless_head(u64::MAX),
        WireFault::endless_chunks(u64::MAX),
        WireFault::false_length(10_000_000_000, u64::MAX),
    ] {
        faults.inject(fault);
        assert!(endless(&faults).len() > 1 << 20);
    }
    faults.inject(WireFault::bomb(Encoding::Zstd, 256 << 20));
    let bomb = raw(&faults, "/");
    assert!(bomb.starts_with(b"HTTP/1.1 200 Injected\r\nContent-Encoding: zstd\r\n") && bomb.len() < 10_000);
    faults.inject(WireFault::trickle(Duration::from_millis(1)));
    let slow = raw(&faults, "/api/v1/config");
    assert_eq!(faults.exchanges().last().unwrap().reply_len, slow.len());
}

#[test]
fn a_server_that_hangs_delays_or_is_shut() {
    let server = empty();
    let faults = before(&server);
    faults.inject(WireFault::hang());
    assert!(raw(&faults, "/api/v1/config").is_empty());
    assert_eq!(faults.exchanges()[0].status, None);
    let start = Instant::now();
    faults.inject(WireFault::delay(Duration::from_millis(100)));
    assert!(!raw(&faults, "/api/v1/config").is_empty() && start.elapsed() >= Duration::from_millis(100));
    let address = faults.url()["http://".len()..].split('/').next().unwrap().to_owned();
    block_on(faults.shut());
    assert!(TcpStream::connect(&address).is_err());
    block_on(faults.open());
    assert!(TcpStream::connect(&address).is_ok());
}

#[test]
fn requests_share_a_connection_as_long_as_replies_are_whole() {
    let server = empty();
    let faults = before(&server);
    let (host, _) = faults.url().strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    for _ in 0..3 {
        write!(stream, "HEAD /demo/auth/v1/ HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut buffer = [0; 4096];
        assert!(stream.read(&mut buffer).unwrap() > 0);
    }
    let places: Vec<_> = faults.exchanges().iter().map(|seen| (seen.connection, seen.place)).collect();
    assert_eq!(places, [(1, 1), (1, 2), (1, 3)]);
}

#[test]
fn an_exchange_tells_what_the_emulator_answered_and_what_came_of_the_answer() {
    let server = empty();
    let faults = before(&server);
    let ask = || RequestBuilder::new(faults.url(), "GET", "/auth/v1/").header("User-Agent", "tester/7");
    let _ = ask().try_send();
    faults.inject(WireFault::after_commit().reset());
    let _ = ask().try_send();
    faults.inject(WireFault::body("text/html", "<p>busy</p>"));
    let _ = ask().try_send();
    faults.inject(WireFault::status(503));
    let _ = ask().try_send();
    let seen = faults.exchanges();
    let facts = |seen: &zeyos_emulator::Exchange| (seen.answered.is_some(), seen.delivered, seen.altered);
    let facts: Vec<_> = seen.iter().map(facts).collect();
    assert_eq!(facts, [(true, true, false), (true, false, false), (true, true, true), (false, true, true)]);
    assert!(seen.iter().all(|seen| seen.user_agent.as_deref() == Some("tester/7")));
    assert_eq!(seen[0].answered, seen[0].status);
    assert!(seen[0].answered_at >= Some(seen[0].at) && seen[0].told_at >= seen[0].answered_at);
    assert!(seen[3].answered_at.is_none() && seen[3].told_at.is_some());
}

#[test]
fn which_requests_meet_a_wire_fault_is_said_as_for_a_fault() {
    let server = empty();
    let faults = before(&server);
    let status = || RequestBuilder::new(faults.url(), "GET", "/api/v1/config").send().status;
    faults.inject(WireFault::status(503).on("*", "/api/*/config$").every(2));
    assert_eq!([status(), status(), status(), status()], [401, 503, 401, 503]);
    faults.clear_faults();
    faults.inject(WireFault::status(429).during(Duration::from_secs(60)));
    assert_eq!([status(), status()], [429, 429]);
    server.zeyos.advance_clock(Duration::from_secs(60));
    assert_eq!(status(), 401);
}
