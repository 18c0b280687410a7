//! Answers that are bombs, endless, cut, mangled or too deep.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use zeyos::rest::Ticket;
use zeyos::{Client, ClientBuilder, RetryPolicy, TokenError, TokenSet};
use zeyos_emulator::{Encoding, FaultServer, WireFault};

use crate::auth::support::{Wire, emulator, json as answer, tokens};
use crate::promises::places::client_of;
use crate::support::clock::Stopwatch;

const MEBIBYTE: usize = 1 << 20;
const LIST: &str = "/api/v1/tickets";
const TOKEN: &str = "/oauth2/v1/token";

/// A client that may read so many bytes grows by no more than these and 1 MiB, beside what it takes to read from a connection at
/// all: the HTTP stack has buffers of its own, which a client that may read little shows.
#[cfg(target_os = "linux")]
async fn grows_by_its_bound_at_most(fault: WireFault, bound: usize) {
    let zeyos = emulator().await;
    let server = std::sync::Arc::new(FaultServer::before(&zeyos).await.unwrap());
    let mut grown = Vec::new();
    for bound in [LITTLE, bound] {
        server.inject(fault.clone().on("POST", LIST).after(1).times(2));
        let (server, token) = (std::sync::Arc::clone(&server), zeyos.credentials().access_token.clone());
        let measured = tokio::task::spawn_blocking(move || super::memory::growth(&server, &token, bound));
        grown.push(measured.await.unwrap());
    }
    let (stack, most) = (grown[0], (bound + MEBIBYTE) as u64 / 1024);
    assert!(stack <= 2 * MEBIBYTE as u64 / 1024, "{stack} KiB to read {LITTLE} bytes");
    assert!(grown[1] <= most + stack, "{grown:?} KiB, not {most}");
}

/// A bound that is lost among the buffers of the HTTP stack.
#[cfg(target_os = "linux")]
const LITTLE: usize = 64 * 1024;

/// Only Linux tells.
#[cfg(not(target_os = "linux"))]
async fn grows_by_its_bound_at_most(_: WireFault, _: usize) {}

#[tokio::test]
async fn fault_40_a_bomb_is_never_unpacked() {
    let lock = include_str!("../../../Cargo.lock");
    for unpacker in ["async-compression", "flate2", "brotli", "zstd", "miniz_oxide"] {
        assert!(!lock.contains(&format!("name = \"{unpacker}\"")), "{unpacker} is compiled in");
    }
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    for (encoding, outside) in [(Encoding::Gzip, 2 * MEBIBYTE), (Encoding::Zstd, MEBIBYTE / 64)] {
        for (method, path) in [("POST", LIST), ("POST", TOKEN)] {
            server.inject(WireFault::bomb(encoding, 256 << 20).on(method, path).times(if path == TOKEN {
                2
            } else {
                1
            }));
        }
        let client = client_of(&zeyos, server.url());
        let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(error.is_decode() && error.body().unwrap().len() < outside, "{error}");
        let error = client.oauth2().refresh().await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "asked, sent again, unknown: {error}");
    }
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        grows_by_its_bound_at_most(WireFault::bomb(encoding, 256 << 20), 4 * MEBIBYTE).await;
    }
    let wire = Wire::agreeable();
    wire.client_with_everything().build().unwrap().api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(wire.only().header("accept-encoding"), None, "no one asks for packed answers");
}

#[tokio::test]
async fn fault_41_an_answer_of_10_gb_is_read_up_to_its_bound() {
    const TEN_GB: u64 = 10_000_000_000;
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let client = Client::builder(server.url()).token_set(tokens(&zeyos)).max_body(MEBIBYTE).build().unwrap();
    for fault in [WireFault::endless_chunks(TEN_GB), WireFault::false_length(TEN_GB, TEN_GB)] {
        let (before, start) = (server.counts().bytes_out, Stopwatch::start());
        server.inject(fault.on("POST", LIST));
        let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(error.is_too_large() && error.to_string().contains("larger than 1048576 bytes"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(20));
        // The connection is dropped, so the server cannot go on: what it got rid of is in buffers of the two sockets.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let sent = server.counts().bytes_out - before;
        assert!(sent < 32 * MEBIBYTE as u64, "{sent}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(server.counts().bytes_out - before, sent);
    }
    for fault in [WireFault::endless_chunks(TEN_GB), WireFault::false_length(TEN_GB, TEN_GB)] {
        grows_by_its_bound_at_most(fault, 8 * MEBIBYTE).await;
    }
    // More than is allowed on a token endpoint is not even there when the client may read 64 MiB.
    let client = client_of(&zeyos, server.url());
    server.inject(WireFault::endless_chunks(TEN_GB).on("POST", TOKEN).times(2));
    let before = server.counts().bytes_out;
    client.oauth2().refresh().await.unwrap_err();
    assert!(server.counts().bytes_out - before < 32 * MEBIBYTE as u64);
}

/// A client whose list answers this.
fn answering(body: impl Into<Bytes>) -> Client {
    let body: Bytes = body.into();
    let wire = Wire::answering(move |_| answer(200, &json!(null)).map(|_| body.clone()));
    wire.client().token_set(TokenSet::bearer("a0")).build().unwrap()
}

#[tokio::test]
async fn fault_44_a_cut_answer_is_never_a_short_list() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let client = client_of(&zeyos, server.url());
    for name in ["one", "two", "three"] {
        client.api().create_ticket(zeyos::rest::NewTicket::new(name)).await.unwrap();
    }
    let query = || Ticket::query().limit(3);
    let whole = client.api().list_tickets(query()).with_body().await.unwrap().into_inner();
    assert_eq!(whole.value.len(), 3);
    for cut in 0..whole.body.len() {
        let error = answering(whole.body.slice(..cut)).api().list_tickets(query()).await.unwrap_err();
        assert!(error.is_decode(), "{cut}: {error}");
    }
    for cut in 0..whole.body.len() {
        let fault = WireFault::cut_body(cut).on("POST", LIST);
        server.inject(if cut % 2 == 0 { fault.reset() } else { fault });
        let error = client.api().list_tickets(query()).retry(RetryPolicy::None).await.unwrap_err();
        assert!(error.is_retryable() && !error.is_connect(), "{cut}: {error}");
    }
}

#[tokio::test]
async fn fault_45_text_that_is_not_utf_8_is_an_error_with_its_place() {
    let row = |name: &[u8]| [b"[{\"ID\": 1, \"name\": \"".as_slice(), name, b"\"}]"].concat();
    let name = |body: Vec<u8>| async move {
        answering(body).request(http::Method::GET, "/gadgets").call().await.map(|rows| rows[0]["name"].clone())
    };
    for odd in [b"\xff".as_slice(), b"\xc3", b"\xed\xa0\x80", b"a\xc0\x80b", b"\xf8\x88\x80\x80\x80"] {
        let error = name(row(odd)).await.unwrap_err();
        assert!(error.is_decode(), "{error}");
        let told = error.decode_error().unwrap().to_string();
        assert!(told.chars().any(|c| c.is_ascii_digit()) && !told.contains('\u{fffd}'), "{told}");
    }
    let marked = [b"\xef\xbb\xbf".as_slice(), &row(b"x")].concat();
    assert!(name(marked).await.unwrap_err().is_decode());
    // A replacement character that the server sends is a character like any other, where text may stand.
    assert_eq!(name(row("\u{fffd}".as_bytes())).await.unwrap(), json!("\u{fffd}"));
    // In a token it is none.
    let wire = Wire::agreeable();
    assert!(wire.client().token_set(TokenSet::bearer("a\u{fffd}b")).build().is_err());
}

#[tokio::test]
async fn fault_46_depth_is_an_error_and_no_abort() {
    for body in ["[".repeat(1_000_000), "{\"a\":".repeat(1_000_000), format!("[{{\"name\": {}", "[".repeat(1_000_000))]
    {
        let client = answering(body);
        assert!(client.api().list_tickets(Ticket::query()).await.unwrap_err().is_decode());
        assert!(client.request(http::Method::GET, "/gadgets").call().await.unwrap_err().is_decode());
    }
    let deep = "[".repeat(60_000);
    let wire = Wire::answering(move |_| answer(200, &json!(null)).map(|_| deep.clone().into()));
    let client: ClientBuilder = wire.client_with_everything();
    client.build().unwrap().oauth2().refresh().await.unwrap_err();
}
