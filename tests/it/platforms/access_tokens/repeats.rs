//! When a call is sent again.

use std::time::Duration;

use zeyos::platforms::access_tokens::{IssueRequest, ListTokens, TokensError, UpdateRequest};
use zeyos::{RetryPolicy, TransportError};
use zeyos_emulator::Fault;
use zeyos_emulator::platforms::Platform;

use super::{EXCHANGE, builder, id};
use crate::platforms::support::{Sent, Wire, answer, server};
use crate::support::clock::TestClock;

const JWT: &str = r#"{"access_token":"jwt","token_type":"Bearer","expires_in":3600}"#;
const STEP: Duration = Duration::from_millis(100);

/// A service that gives out a JWT and fails at everything else with this status, or without one.
fn failing(status: Option<u16>) -> Wire {
    Wire::answering(move |sent: &Sent| match (sent.line().as_str(), status) {
        (EXCHANGE, _) => answer(200, "application/json", JWT),
        (_, Some(status)) => answer(status, "text/html", "<p>"),
        (_, None) => Some(Err(TransportError::connect("refused"))),
    })
}

/// How often a list is sent, and how long it takes on the clock of the client.
async fn listed(wire: &Wire) -> (usize, Duration, TokensError) {
    let (server, clock) = (server(Platform::AccessTokens, &[]).await, TestClock::new());
    let tokens = builder(&server, wire).clock(clock.clone()).build().unwrap();
    let (outcome, took) = clock.drive(STEP, tokens.list(ListTokens::new())).await;
    let lists = wire.lines().iter().filter(|line| *line != EXCHANGE).count();
    (lists, took, outcome.unwrap_err())
}

#[tokio::test]
async fn p_a5_another_way_to_fetch_decides_itself_about_repeats() {
    let server = server(Platform::AccessTokens, &[]).await;
    let wire = failing(Some(503));
    let tokens = zeyos::platforms::access_tokens::AccessTokens::builder(server.url(), super::api_key(&server));
    let tokens = tokens.fetch(wire.clone()).build().unwrap();
    tokens.list(ListTokens::new()).await.unwrap_err();
    assert_eq!(wire.lines(), [EXCHANGE, "GET /admin/tokens"], "the exchange goes over it too, and nothing is repeated");
}

#[tokio::test]
async fn p_a12_a_passing_failure_is_tried_three_times_more_after_one_two_and_four_seconds() {
    for status in [Some(408), Some(500), Some(502), Some(503), Some(504), None] {
        let (lists, took, error) = listed(&failing(status)).await;
        assert_eq!(lists, 4, "{status:?}");
        assert!(took >= Duration::from_secs(7), "{status:?} took {took:?}");
        match status {
            Some(status) => assert_eq!(error.status().unwrap(), status),
            None => assert!(error.error().unwrap().is_connect(), "{error}"),
        }
    }
}

#[tokio::test]
async fn p_a13_retry_after_is_followed() {
    let seconds = |value: &str| value.to_owned();
    for (value, least) in [(seconds("0"), 0), (seconds("5"), 15)] {
        let (server, clock, wire) = (server(Platform::AccessTokens, &[]).await, TestClock::new(), Wire::new());
        let tokens = builder(&server, &wire).clock(clock.clone()).build().unwrap();
        server.inject(Fault::status(429).retry_after(&value).on("GET", "/admin/tokens").times(3));
        let (outcome, took) = clock.drive(STEP, tokens.list(ListTokens::new())).await;
        outcome.unwrap();
        assert_eq!(wire.lines().iter().filter(|line| *line != EXCHANGE).count(), 4, "{value}");
        assert!(took >= Duration::from_secs(least), "{value}: {took:?}");
    }
}

#[tokio::test]
async fn p_a13_a_retry_after_beyond_the_longest_wait_ends_the_call_with_its_time() {
    for (longest, lists) in [(None, 1), (Some(Duration::from_secs(60)), 2)] {
        let (server, clock, wire) = (server(Platform::AccessTokens, &[]).await, TestClock::new(), Wire::new());
        let built = builder(&server, &wire).clock(clock.clone());
        let built = longest.into_iter().fold(built, |built, wait| built.max_wait(wait));
        server.inject(Fault::status(429).retry_after("31").on("GET", "/admin/tokens"));
        let (outcome, took) = clock.drive(STEP, built.build().unwrap().list(ListTokens::new())).await;
        assert_eq!(wire.lines().iter().filter(|line| *line != EXCHANGE).count(), lists);
        match outcome {
            Ok(_) => assert!(longest.is_some() && took >= Duration::from_secs(31), "{took:?}"),
            Err(error) => assert!(longest.is_none() && error.error().unwrap().is_rate_limited(), "{error}"),
        }
    }
}

#[tokio::test]
async fn p_a14_creates_are_sent_once_unless_the_caller_says_otherwise() {
    let server = server(Platform::AccessTokens, &[]).await;
    for (repeats, times) in [(false, 1), (true, 4)] {
        let (clock, wire) = (TestClock::new(), failing(Some(503)));
        let built = builder(&server, &wire).clock(clock.clone());
        let tokens = if repeats { built.retry_creates() } else { built }.build().unwrap();
        let issue = tokens.issue(IssueRequest::new("mara"));
        let (outcome, _) = clock.drive(STEP, issue).await;
        let error = outcome.unwrap_err();
        let sent: Vec<Sent> = wire.sent().into_iter().filter(|sent| sent.line() != EXCHANGE).collect();
        assert_eq!(sent.len(), times);
        let ids: Vec<String> = sent.iter().map(|sent| sent.json()["tokenId"].as_str().unwrap().to_owned()).collect();
        assert!(ids.iter().all(|id| id == error.issued_id().unwrap().as_str()), "a repeat cannot make a second token");
    }
}

#[tokio::test]
async fn p_a14_a_repeated_issue_leaves_one_token() {
    let (server, clock, wire) = (server(Platform::AccessTokens, &[]).await, TestClock::new(), Wire::new());
    let tokens = builder(&server, &wire).clock(clock.clone()).retry_creates().build().unwrap();
    tokens.list(ListTokens::new()).await.unwrap();
    server.inject(Fault::status(503).carried_out().on("POST", "/admin/tokens").times(1));
    let (outcome, _) = clock.drive(STEP, tokens.issue(IssueRequest::new("mara"))).await;
    let error = outcome.unwrap_err();
    let batch = tokens.batch([error.issued_id().unwrap().as_str()]).await.unwrap();
    assert_eq!((batch.found.len(), batch.not_found.len()), (1, 0), "the error names the token that was made");
    let mara = tokens.list(ListTokens::new()).await.unwrap();
    assert_eq!(mara.iter().filter(|record| record.owner == "mara").count(), 1);
}

#[tokio::test]
async fn p_a12_updates_that_may_be_repeated_are() {
    let (server, clock, wire) = (server(Platform::AccessTokens, &[]).await, TestClock::new(), failing(Some(502)));
    let tokens = builder(&server, &wire).clock(clock.clone()).build().unwrap();
    let (outcome, _) = clock.drive(STEP, tokens.update(&id('x'), UpdateRequest::new().owner("a"))).await;
    outcome.unwrap_err();
    assert_eq!(wire.lines().iter().filter(|line| line.starts_with("PATCH")).count(), 4);
}

#[tokio::test]
async fn p_a15_no_other_answer_is_asked_for_again() {
    for status in [400, 403, 404, 409, 410, 422, 501] {
        let (lists, _, error) = listed(&failing(Some(status))).await;
        assert_eq!((lists, error.status().unwrap().as_u16()), (1, status));
    }
    let server = server(Platform::AccessTokens, &[]).await;
    let wire = failing(Some(503));
    let tokens = builder(&server, &wire).retry(RetryPolicy::None).build().unwrap();
    tokens.list(ListTokens::new()).await.unwrap_err();
    assert_eq!(wire.sent().len(), 2);
}
