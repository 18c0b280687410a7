//! The PAT and its JWT.

use std::time::Duration;

use zeyos::http::header;
use zeyos::platforms::access_tokens::{AccessTokens, ListTokens};
use zeyos::{ClientEvent, TokenSet};
use zeyos_emulator::Fault;

use super::{EXCHANGE, Site, api_key, builder};
use crate::platforms::support::{Wire, server};
use crate::support::clock::TestClock;
use zeyos_emulator::platforms::Platform;

#[tokio::test]
async fn p_a1_the_first_call_exchanges_the_pat_and_later_calls_reuse_the_jwt() {
    let site = Site::start().await;
    for _ in 0..5 {
        site.tokens.list(ListTokens::new()).await.unwrap();
    }
    assert_eq!(site.wire.lines()[..2], [EXCHANGE, "GET /admin/tokens"]);
    assert_eq!((site.exchanges(), site.wire.sent().len()), (1, 6));
    let exchange = &site.wire.sent()[0];
    assert_eq!((exchange.body.as_str(), exchange.header(header::CONTENT_TYPE)), ("", None));
}

#[tokio::test]
async fn p_a2_a_jwt_is_renewed_thirty_seconds_before_its_end() {
    let server = server(Platform::AccessTokens, &[("jwt_ttl", "35")]).await;
    let (wire, clock) = (Wire::new(), TestClock::new());
    let tokens = builder(&server, &wire).clock(clock.clone()).build().unwrap();
    let list = || tokens.list(ListTokens::new());
    let exchanges = || wire.lines().iter().filter(|line| *line == EXCHANGE).count();
    list().await.unwrap();
    clock.advance(4);
    list().await.unwrap();
    assert_eq!(exchanges(), 1, "four seconds of its life are left before it is due");
    clock.advance(1);
    list().await.unwrap();
    assert_eq!(exchanges(), 2);
    clock.advance(4);
    list().await.unwrap();
    assert_eq!(exchanges(), 2);
}

#[tokio::test]
async fn p_a2_a_jwt_of_an_hour_is_renewed_at_the_same_distance() {
    let server = server(Platform::AccessTokens, &[]).await;
    let (wire, clock) = (Wire::new(), TestClock::new());
    let tokens = builder(&server, &wire).clock(clock.clone()).build().unwrap();
    for (seconds, exchanges) in [(0, 1), (3569, 1), (1, 2)] {
        clock.advance(seconds);
        tokens.list(ListTokens::new()).await.unwrap();
        assert_eq!(wire.lines().iter().filter(|line| *line == EXCHANGE).count(), exchanges, "{seconds}");
    }
}

#[tokio::test]
async fn p_a3_the_pat_is_in_the_exchange_alone() {
    let site = Site::start().await;
    let issued = site.issued("mara").await;
    let id = issued.record.token_id.as_str();
    site.tokens.list(ListTokens::new()).await.unwrap();
    site.tokens.revoke(id).await.unwrap();
    site.tokens.restore(id).await.unwrap();
    site.tokens.batch([id]).await.unwrap();
    site.server.inject(Fault::invalid_token().on("GET", "/admin/tokens"));
    site.tokens.list(ListTokens::new()).await.unwrap();
    let key = api_key(&site.server);
    let secret = key.split_once('.').unwrap().1;
    for sent in site.wire.sent() {
        let is_exchange = sent.line() == EXCHANGE;
        assert_eq!(
            sent.header(header::AUTHORIZATION) == Some(&format!("Bearer {key}")),
            is_exchange,
            "{}",
            sent.line()
        );
        assert_eq!(sent.whole().contains(secret), is_exchange, "{}", sent.line());
    }
}

#[tokio::test]
async fn p_a4_both_paths_can_be_chosen() {
    let site = Site::start().await;
    site.tokens.list(ListTokens::new()).await.unwrap();
    assert_eq!(site.wire.lines(), [EXCHANGE, "GET /admin/tokens"]);

    let moved = server(Platform::AccessTokens, &[("auth_path", "/login/v2"), ("admin_path", "/tokens-of")]).await;
    let wire = Wire::new();
    let tokens = builder(&moved, &wire).auth_path("/login/v2").admin_path("/tokens-of/").build().unwrap();
    let issued = tokens.issue(super::IssueRequest::new("mara")).await.unwrap();
    tokens.revoke(&issued.record.token_id).await.unwrap();
    tokens.batch([issued.record.token_id.clone()]).await.unwrap();
    let revoke = format!("PUT /tokens-of/tokens/{}/revoke", issued.record.token_id);
    let wanted = ["POST /login/v2/token", "POST /tokens-of/tokens", &revoke, "POST /tokens-of/tokens/batch"];
    assert_eq!(wire.lines(), wanted);
}

#[tokio::test]
async fn p_a4_a_path_that_leads_elsewhere_is_refused() {
    for odd in ["admin", "/../admin", "/a?b", "/a#b", "https://evil.example/x"] {
        let refused = AccessTokens::builder("https://tokens.example.com", "pat_x").admin_path(odd).build();
        assert!(refused.is_err(), "{odd}");
    }
}

#[tokio::test]
async fn p_a19_a_jwt_that_is_refused_is_exchanged_anew_once() {
    let site = Site::start().await;
    site.tokens.list(ListTokens::new()).await.unwrap();
    site.server.advance_clock(Duration::from_secs(3601));
    site.tokens.list(ListTokens::new()).await.unwrap();
    let list = "GET /admin/tokens";
    assert_eq!(site.wire.lines(), [EXCHANGE, list, list, EXCHANGE, list]);
}

#[tokio::test]
async fn p_a19_a_pat_that_was_revoked_is_not_tried_on_and_on() {
    let site = Site::start().await;
    let own = site.tokens.list(ListTokens::new()).await.unwrap().remove(0).token_id;
    site.tokens.revoke(&own).await.unwrap();
    site.server.advance_clock(Duration::from_secs(3601));
    let error = site.tokens.list(ListTokens::new()).await.unwrap_err();
    assert!(error.to_string().starts_with("failed to authenticate: "), "{error}");
    assert_eq!(site.exchanges(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p_a20_calls_at_the_same_time_share_one_exchange() {
    let site = Site::start().await;
    let crowd: Vec<_> = (0..100)
        .map(|_| {
            let tokens = site.tokens.clone();
            tokio::spawn(async move { tokens.list(ListTokens::new()).await })
        })
        .collect();
    for caller in crowd {
        caller.await.unwrap().unwrap();
    }
    assert_eq!((site.exchanges(), site.wire.sent().len()), (1, 101));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p_a20_a_storm_of_late_401_costs_one_exchange() {
    let server = server(Platform::AccessTokens, &[]).await;
    let (wire, heard) = (Wire::new(), std::sync::Arc::new(std::sync::Mutex::new(Vec::new())));
    let ear = std::sync::Arc::clone(&heard);
    let tokens =
        builder(&server, &wire).on_event(move |event| ear.lock().unwrap().push(event.clone())).build().unwrap();
    tokens.list(ListTokens::new()).await.unwrap();
    for round in 1..=3 {
        server.advance_clock(Duration::from_secs(3601));
        wire.take();
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let tokens = tokens.clone();
                tokio::spawn(async move { tokens.list(ListTokens::new()).await })
            })
            .collect();
        for caller in crowd {
            caller.await.unwrap().unwrap();
        }
        assert_eq!(wire.lines().iter().filter(|line| *line == EXCHANGE).count(), 1, "round {round}");
    }
    let renewed = heard.lock().unwrap().iter().filter(|event| matches!(event, ClientEvent::Refreshed { .. })).count();
    assert_eq!(renewed, 4);
}

#[tokio::test]
async fn a_jwt_that_was_kept_is_used_before_the_pat_is_exchanged() {
    let site = Site::start().await;
    site.tokens.list(ListTokens::new()).await.unwrap();
    let kept = site.tokens.auth().token_set().await.unwrap().unwrap().to_json_exposing_secrets();
    let wire = Wire::new();
    let tokens = builder(&site.server, &wire).token_set(TokenSet::from_json(&kept).unwrap()).build().unwrap();
    tokens.list(ListTokens::new()).await.unwrap();
    assert_eq!(wire.lines(), ["GET /admin/tokens"]);
}
