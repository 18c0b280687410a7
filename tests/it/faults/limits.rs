//! Servers that are slow, silent, or that ask to wait.

use std::time::Duration;

use http::HeaderValue;
use zeyos::rest::Ticket;
use zeyos::{Client, RetryAfter, RetryPolicy};
use zeyos_emulator::{FaultServer, WireFault};

use crate::auth::support::{Wire, emulator, text, tokens};
use crate::promises::places::client_of;
use crate::support::clock::Stopwatch;

const LIMIT: Duration = Duration::from_millis(300);

/// Generous: what counts is that it is neither the 10 minutes of the default nor the length of the answer.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn fault_42_a_slow_or_silent_server_ends_at_a_deadline() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let client = |builder: zeyos::ClientBuilder| builder.token_set(tokens(&zeyos)).build().unwrap();
    let (total, idle) = (
        client(Client::builder(server.url()).timeout(LIMIT).retry(RetryPolicy::None)),
        client(Client::builder(server.url()).idle_timeout(LIMIT).retry(RetryPolicy::None)),
    );
    let second = Duration::from_secs(1);
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    for (client, fault) in [
        (&total, WireFault::trickle_body(second / 4)),
        (&total, WireFault::trickle(second / 20)),
        (&total, WireFault::hang()),
        (&idle, WireFault::trickle_body(second)),
        (&idle, WireFault::trickle(second)),
        (&idle, WireFault::hang()),
        (&idle, WireFault::raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n".to_vec()).answered_after(second)),
    ] {
        server.inject(fault.clone());
        let start = Stopwatch::start();
        let error = client.api().list_tickets(Ticket::query()).await.unwrap_err();
        assert!(error.is_timeout() && start.elapsed() >= LIMIT && start.elapsed() < SOON, "{fault:?}: {error:?}");
    }
    // A head that never ends is an error as soon as it is too long.
    server.inject(WireFault::endless_head(1 << 40));
    assert!(!total.api().list_tickets(Ticket::query()).await.unwrap_err().is_connect());
    drop((total, idle));
    let start = Stopwatch::start();
    while tasks() > before && start.elapsed() < SOON {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(tasks() <= before, "tasks are left behind");
}

/// What a client says about a wait after an answer with these values of `Retry-After`; it waits for nothing itself.
async fn wait_after(values: &[&'static str]) -> Option<Duration> {
    let values = values.to_vec();
    let wire = Wire::answering(move |_| {
        let mut answer = text(429, "slow down");
        for value in &values {
            answer.headers_mut().append("retry-after", HeaderValue::from_static(value));
        }
        answer.headers_mut().append("date", HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT"));
        answer
    });
    let client = wire.client_with_everything().max_wait(Duration::ZERO).retry(RetryPolicy::None).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap_err();
    let error = client.api().list_tickets(Ticket::query()).await.err();
    let held = error.and_then(|error| error.throttled_error().copied());
    assert_eq!(wire.sent().len(), if held.is_some() { 1 } else { 2 });
    held.map(|held| held.wait)
}

#[tokio::test]
async fn fault_51_retry_after_is_read_strictly_and_nothing_goes_before_the_time() {
    // The value, and the seconds from which to which the wait is.
    let table: [(&[&str], u64, u64); 4] = [
        (&["7"], 6, 8),
        (&["3599"], 3598, 3600),
        (&["Sun, 06 Nov 1994 09:49:37 GMT"], 3599, 3600),
        // The ceiling (row 72).
        (&["1000000000"], 3599, 3600),
    ];
    for (values, least, most) in table {
        let wait = wait_after(values).await.unwrap();
        assert!(wait.as_secs() >= least && wait.as_secs() <= most, "{values:?}: {wait:?}");
    }
    // No values: a wait of our own, which `max_wait` of zero makes none (row 72).
    let none: [&[&str]; 8] =
        [&[], &["0x10"], &["-5"], &["+5"], &["7.5"], &["7", "7"], &["7, 7"], &["99999999999999999999"]];
    for values in none {
        assert_eq!(wait_after(values).await, None, "{values:?}");
    }
    for over in ["0", "Sun, 06 Nov 1994 08:49:30 GMT"] {
        assert!(wait_after(&[over]).await.is_none_or(|wait| wait <= Duration::from_millis(100)), "{over}");
    }
    assert_eq!(RetryAfter::parse("0x10"), None);

    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let client = client_of(&zeyos, server.url());
    for status in [429, 503] {
        server.clear_counts();
        server.inject(WireFault::status(status).header("Retry-After", "1"));
        client.api().list_tickets(Ticket::query()).retry(RetryPolicy::None).await.unwrap_err();
        client.api().list_tickets(Ticket::query()).await.unwrap();
        let times: Vec<_> = server.exchanges().iter().map(|seen| seen.at).collect();
        assert!(times.len() == 2 && times[1] - times[0] >= Duration::from_secs(1), "{times:?}");
    }
    // A 503 without the header closes nothing.
    server.inject(WireFault::status(503));
    client.api().list_tickets(Ticket::query()).retry(RetryPolicy::None).await.unwrap_err();
    client.api().list_tickets(Ticket::query()).timeout(Duration::from_millis(900)).await.unwrap();
}
