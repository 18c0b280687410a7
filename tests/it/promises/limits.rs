//! How much an answer may be, how long it may take, what counts as success, and how often a request goes out.

use std::time::Duration;

use http::Method;
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::rest::{NewTicket, Ticket, TicketPatch};
use zeyos::{Client, Conditional, Error, Id, TokenSet};
use zeyos_emulator::{FaultServer, WireFault};

use super::places::client_of;
use crate::auth::support::{Wire, empty, emulator, json, text, tokens};
use crate::support::clock::Stopwatch;
use crate::support::size::size;

const MEBIBYTE: usize = 1 << 20;

#[tokio::test]
async fn b11_token_answers_have_64_kib_and_30_seconds_and_connecting_has_10() {
    let wire = Wire::agreeable();
    wire.client_with_everything().build().unwrap().oauth2().refresh().await.unwrap();
    assert_eq!(wire.only().timeout, Some(Duration::from_secs(30)));

    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    server.inject(
        WireFault::reply(200, "application/json", vec![b' '; 65 * 1024]).on("POST", "/oauth2/v1/token").times(2),
    );
    let error = client_of(&zeyos, server.url()).oauth2().refresh().await.unwrap_err();
    assert!(error.body().is_none_or(|body| body.len() <= 64 * 1024), "{error:?}");

    server.inject(WireFault::hang().on("POST", "/oauth2/v1/token").always());
    let credentials = zeyos.credentials();
    let hasty = Client::builder(server.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .token_set(tokens(&zeyos))
        .timeout(Duration::from_millis(100));
    let start = Stopwatch::start();
    hasty.build().unwrap().oauth2().refresh().await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// A listener whose queue is full: a connection to it is neither made nor refused.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_that_is_not_made_in_time_counts_as_not_sent() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    loop {
        let connecting = tokio::net::TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(200), connecting).await {
            Ok(stream) => held.push(stream.unwrap()),
            Err(_) => break,
        }
    }
    let client = Client::builder(format!("http://{address}/demo"))
        .token_set(TokenSet::bearer("a0"))
        .http_client(|ours| ours.connect_timeout(Duration::from_millis(200)))
        .build()
        .unwrap();
    let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(error.is_connect() && !error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn g1_an_answer_is_read_up_to_its_bound() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let answer =
        |size: usize| WireFault::reply(200, "application/json", [vec![b' '; size - 2], b"[]".to_vec()].concat());
    let client = |builder: zeyos::ClientBuilder| builder.token_set(tokens(&zeyos)).build().unwrap();
    let (default, small) =
        (client(Client::builder(server.url())), client(Client::builder(server.url()).max_body(1000)));
    for (client, bound) in [(default, 64 * MEBIBYTE), (small, 1000)] {
        for (size, is_read) in [(bound, true), (bound + 1, false)] {
            server.inject(answer(size));
            let outcome = client.api().list_tickets(Ticket::query()).await;
            assert_eq!(outcome.is_ok(), is_read, "{size} of {bound}");
            if let Err(error) = outcome {
                assert_eq!(error.to_string(), format!("listTickets: the answer is larger than {bound} bytes"));
                assert!(error.is_too_large() && !error.is_retryable(), "{error}");
            }
        }
    }
}

/// Random texts of the kind that moves paths.
fn odd_texts(count: usize) -> impl Iterator<Item = String> {
    let pieces = [
        "..", ".", "/", "\\", "%2e", "%2E", "%2f", "%5c", "%252e", "%", "a", "ü", "?", "#", ";", "\0", "\n", " ", "{",
        "}", "//", "~", "@", ":",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..count).map(move |_| {
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        (0..next() % 6).map(|_| pieces[next() % pieces.len()]).collect()
    })
}

#[test]
fn g2_a_path_parameter_is_one_segment_whatever_it_says() {
    let client = Wire::agreeable().client_with_everything().build().unwrap();
    let depth = |text: &str| url::Url::parse(text).unwrap().path_segments().unwrap().count();
    let plain = client.operation("getTicket").path_parameter("ID", "7").call().dry_run().unwrap();
    let (mut sent, mut refused) = (0, 0);
    for text in odd_texts(size("ZEYOS_PATHS", 100_000)) {
        match client.operation("getTicket").path_parameter("ID", &text).call().dry_run() {
            Ok(dry) => {
                assert_eq!(depth(&dry.url), depth(&plain.url), "{text:?}: {}", dry.url);
                assert!(dry.url.starts_with("https://erp.example.com/demo/api/v1/tickets/"), "{}", dry.url);
                sent += 1;
            }
            Err(error) => {
                assert!(error.is_request(), "{error}");
                refused += 1;
            }
        }
    }
    assert!(sent > 10_000 && refused > 10_000, "{sent} sent, {refused} refused");
    // Typed methods take numbers.
    let typed: fn(Id<Ticket>) -> String = |id| id.to_string();
    assert_eq!(typed(Id::new(7)), "7");
}

/// One write of every kind.
pub(super) async fn write(client: &Client, kind: usize) -> Result<(), Error> {
    match kind {
        0 => client.api().create_ticket(NewTicket::new("x")).await.map(drop),
        1 => client.api().update_ticket(Id::new(1), TicketPatch::new().name("y")).await.map(drop),
        _ => client.api().delete_ticket(Id::new(1)).await.map(drop),
    }
}

#[tokio::test]
async fn g3_a_write_is_sent_once_whatever_comes_back() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let mut faults: Vec<WireFault> =
        [429, 500, 502, 503, 504].map(|status| WireFault::status(status).carried_out()).to_vec();
    faults.push(WireFault::status(503).header("Retry-After", "0").carried_out());
    faults.extend([WireFault::after_commit(), WireFault::after_commit().reset(), WireFault::before_commit().reset()]);
    faults.extend([WireFault::cut_reply(30), WireFault::cut_request(10).reset()]);
    for fault in faults {
        for kind in 0..3 {
            let client = client_of(&zeyos, server.url());
            // On a connection that was used before, too: a repeat is most tempting there.
            client.api().list_tickets(Ticket::query()).await.unwrap();
            server.clear_counts();
            server.inject(fault.clone());
            write(&client, kind).await.unwrap_err();
            let counts = server.counts();
            assert!(counts.requests == 1 && counts.carried_out <= 1, "{fault:?}: {counts:?}");
        }
    }
}

#[tokio::test]
async fn g4_a_wait_beyond_the_budget_is_an_error_with_the_time() {
    let wire = Wire::answering(|_| {
        let mut answer = text(429, "slow down");
        answer.headers_mut().insert("retry-after", "3600".parse().unwrap());
        answer
    });
    let client = wire.client_with_everything().build().unwrap();
    let first = client.api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(first.is_rate_limited() && first.retry_after() == Some(Duration::from_secs(3600)));
    for _ in 0..10 {
        let error = client.api().create_ticket(NewTicket::new("x")).await.unwrap_err();
        let held = error.throttled_error().unwrap();
        assert!((3590..=3600).contains(&held.wait.as_secs()), "{held:?}");
        assert!(error.is_rate_limited() && error.is_retryable() && error.status().is_none());
        let message = error.to_string();
        assert!(
            message.starts_with(
                "createTicket: the server asked to wait: nothing was sent, because requests are held back for 3"
            ),
            "{message}"
        );
    }
    wire.only();
}

#[tokio::test]
async fn g5_success_is_what_the_document_says() {
    let lists: [(u16, &str, bool); 10] = [
        (200, "[]", true),
        (200, "<html>please sign in</html>", false),
        (200, "[", false),
        (200, "{}", false),
        (200, "", false),
        (200, "\"text\"", false),
        (201, "[]", false),
        (204, "", false),
        (206, "[]", false),
        (302, "[]", false),
    ];
    for (status, body, is_success) in lists {
        let wire = Wire::answering(move |_| text(status, body));
        let client = wire.client_with_everything().build().unwrap();
        let outcome = client.api().list_tickets(Ticket::query()).await;
        assert_eq!(outcome.is_ok(), is_success, "{status} {body}");
        if let (200, Err(error)) = (status, outcome) {
            assert!(error.is_decode(), "{error}");
        }
    }
    for (depth, is_read) in [(127, true), (128, false), (100_000, false)] {
        let body = "[".repeat(depth) + &"]".repeat(depth);
        let wire = Wire::answering(move |_| json(200, &serde_json::Value::Null).map(|_| body.clone().into()));
        let client = wire.client_with_everything().build().unwrap();
        assert_eq!(client.request(Method::GET, "/gadgets").call().await.is_ok(), is_read, "{depth}");
    }
    let zeyos = emulator().await;
    let client = client_of(&zeyos, zeyos.url());
    let query = AuthorizeQuery::new(&zeyos.credentials().client_id, "http://127.0.0.1:9/cb", ResponseType::Code);
    assert_eq!(client.oauth2().raw().authorize(query).await.unwrap().status().as_u16(), 303);
    let wire = Wire::answering(|_| empty(304));
    let client = wire.client_with_everything().build().unwrap();
    let read = client.api().get_ticket(Id::new(1)).if_none_match("\"1\"").await.unwrap().into_inner();
    assert!(matches!(read, Conditional::NotModified));
    assert!(client.api().get_ticket(Id::new(1)).await.is_err(), "304 answers a condition and nothing else");
}

#[tokio::test]
async fn g6_nothing_switches_certificates_off_and_nothing_is_sent_that_the_service_lacks() {
    let builder = include_str!("../../../runtime/src/client/builder.rs");
    for switch in ["danger", "accept_invalid", "insecure", "verify(", "fn tls"] {
        assert!(!builder.contains(switch), "{switch}");
    }
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    client.oauth2().refresh().await.unwrap();
    client.oauth2().introspect("t").await.unwrap();
    client.oauth2().revoke("t").await.unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(wire.sent().len(), 5, "no request but those, and the check of the login (row 77)");
    for sent in wire.sent() {
        assert!(!sent.url.contains(".well-known") && !sent.url.contains("register"), "{}", sent.url);
        assert!(!sent.headers.contains_key("dpop"));
    }
    // Expired, wrong-host and self-signed certificates: fault 2, over a true TLS server.
    crate::faults::tls::bad_certificates_are_refused().await;
}
