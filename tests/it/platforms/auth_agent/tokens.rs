//! Tokens: renewed, ended, asked about, and what is known of them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use zeyos::TokenSet;
use zeyos_emulator::Fault;

use super::{Site, builder, sign_in};
use crate::platforms::support::Wire;
use crate::support::clock::TestClock;

type Told = Arc<Mutex<Vec<TokenSet>>>;

/// A site whose renewals are written down.
async fn telling(switches: &[(&str, &str)]) -> (Site, Told) {
    let told = Told::default();
    let ear = Arc::clone(&told);
    let site = Site::of(Wire::new(), switches, |builder| {
        builder.on_tokens_refreshed(move |tokens| {
            let ear = Arc::clone(&ear);
            async move { ear.lock().unwrap().push(tokens) }
        })
    })
    .await;
    (site, told)
}

#[tokio::test]
async fn p_g8_a_refresh_keeps_the_refresh_token_where_none_comes_and_takes_the_new_one_otherwise() {
    for (rotation, changes) in [("off", false), ("on", true)] {
        let (site, told) = telling(&[("rotation", rotation)]).await;
        let before = site.signed_in().await;
        let after = site.agent.refresh_access_token(before.refresh_token.clone().unwrap()).await.unwrap();
        assert_ne!(after.access_token, before.access_token);
        assert_eq!(after.refresh_token != before.refresh_token, changes, "rotation {rotation}");
        assert_eq!(told.lock().unwrap().as_slice(), std::slice::from_ref(&after));
        assert_eq!(site.agent.auth().token_set().await.unwrap().unwrap(), after);
        assert_eq!(after.id_token.is_some(), before.id_token.is_some());
    }
}

#[tokio::test]
async fn p_g8_a_refresh_token_of_elsewhere_is_taken_into_use() {
    let site = Site::start().await;
    let token = site.signed_in().await.refresh_token.unwrap();
    let other = builder(&site.server, &site.wire).build().unwrap();
    other.refresh_access_token(token.clone()).await.unwrap();
    other.user_info().await.unwrap();
    assert_eq!(other.auth().token_set().await.unwrap().unwrap().refresh_token, Some(token));
}

#[tokio::test]
async fn p_g8_a_refresh_token_that_is_refused_leaves_the_login_that_works() {
    let site = Site::switched(&[("rotation", "on")]).await;
    let first = site.signed_in().await;
    let used = site.agent.refresh().await.unwrap();
    for token in [first.refresh_token.clone().unwrap(), "mistyped".into()] {
        let error = site.agent.refresh_access_token(token).await.unwrap_err();
        assert_eq!(error.code(), "refresh_failed", "{error}");
        assert_eq!(site.agent.auth().token_set().await.unwrap().as_ref(), Some(&used));
    }
}

#[tokio::test]
async fn p_g8_the_tokens_of_another_login_take_the_place_of_those_in_use() {
    let site = Site::start().await;
    let first = site.signed_in().await;
    let second = site.signed_in().await;
    assert_ne!(first.refresh_token, second.refresh_token);
    let taken = site.agent.refresh_access_token(first.refresh_token.clone().unwrap()).await.unwrap();
    assert_eq!(site.agent.auth().token_set().await.unwrap().unwrap(), taken);
    site.agent.user_info().await.unwrap();
}

#[tokio::test]
async fn p_g8_without_a_refresh_token_nothing_is_sent_and_a_refusal_is_named() {
    let site = Site::start().await;
    assert_eq!(site.agent.refresh_access_token("").await.unwrap_err().code(), "no_refresh_token");
    assert_eq!(site.agent.refresh().await.unwrap_err().code(), "no_refresh_token");
    assert_eq!(site.wire.sent().len(), 0);
    for status in ["401", "400"] {
        let site = Site::switched(&[("invalid_grant_status", status)]).await;
        let error = site.agent.refresh_access_token("no-such-token").await.unwrap_err();
        assert_eq!(error.code(), "refresh_failed", "{error}");
    }
}

#[tokio::test]
async fn p_g8_a_renewal_on_the_way_of_a_call_is_told_too() {
    let (site, told) = telling(&[]).await;
    site.signed_in().await;
    site.server.advance_clock(Duration::from_secs(3601));
    site.agent.user_info().await.unwrap();
    site.agent.user_info().await.unwrap();
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn p_g9_a_token_is_revoked_and_the_callback_told() {
    let told = Arc::new(Mutex::new(0));
    let ear = Arc::clone(&told);
    let site = Site::of(Wire::new(), &[], |builder| {
        builder.on_tokens_revoked(move |()| {
            *ear.lock().unwrap() += 1;
            async {}
        })
    })
    .await;
    assert_eq!(site.agent.revoke_token("").await.unwrap_err().code(), "no_token");
    assert_eq!(site.wire.sent().len(), 0);
    let tokens = site.signed_in().await;
    site.agent.revoke_token(tokens.access_token.clone().unwrap()).await.unwrap();
    assert_eq!(*told.lock().unwrap(), 1);
    assert!(!site.agent.introspect_token(tokens.access_token.unwrap()).await.unwrap().active);
    site.server.inject(Fault::status(500).on("POST", "/oauth2/revoke"));
    let error = site.agent.revoke_token("x").await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), ("revoke_failed", 500));
    assert_eq!(*told.lock().unwrap(), 1);
}

#[tokio::test]
async fn p_g10_a_dead_token_is_no_error_and_an_empty_one_is() {
    let site = Site::start().await;
    let sent = |site: &Site| site.wire.sent().len();
    assert_eq!(site.agent.introspect_token("").await.unwrap_err().code(), "no_token");
    assert_eq!(sent(&site), 0);
    assert!(!site.agent.introspect_token("nothing").await.unwrap().active);
    let before = sent(&site);
    site.server.inject(Fault::status(503).on("POST", "/oauth2/introspect").times(9));
    assert_eq!(site.agent.introspect_token("x").await.unwrap_err().status().unwrap(), 503);
    assert_eq!(sent(&site), before + 1, "what asks about tokens is sent once");
    let site = Site::of(site.wire.clone(), &[], |builder| builder).await;
    site.server.inject(Fault::status(400).on("POST", "/oauth2/introspect"));
    assert_eq!(site.agent.introspect_token("x").await.unwrap_err().code(), "introspection_failed");
}

#[tokio::test]
async fn p_g14_the_state_has_milliseconds_and_is_empty_without_a_login() {
    let clock = TestClock::new();
    let timed = clock.clone();
    let site = Site::of(Wire::new(), &[], |builder| builder.clock(timed)).await;
    let state = site.agent.token_state().await.unwrap();
    assert_eq!((state.access_token.clone(), state.id_token.clone(), state.refresh_token.clone()), (None, None, None));
    assert_eq!((state.token_type.clone(), state.expires_at, state.scopes.clone()), (None, None, None));
    assert!(state.is_expired());
    let tokens = site.signed_in().await;
    let state = site.agent.token_state().await.unwrap();
    assert_eq!((&state.access_token, &state.refresh_token), (&tokens.access_token, &tokens.refresh_token));
    assert_eq!((state.token_type.as_deref(), state.id_token.is_some()), (Some("Bearer"), true));
    assert_eq!(state.expires_at, Some((crate::support::clock::START + 3540) * 1000));
    assert_eq!(state.scopes.unwrap(), ["openid", "profile", "email", "agent"]);
}

#[tokio::test]
async fn p_g15_a_token_counts_as_expired_a_minute_before_its_end() {
    let clock = TestClock::new();
    let timed = clock.clone();
    let site = Site::of(Wire::new(), &[("access_token_ttl", "61")], |builder| builder.clock(timed)).await;
    let tokens = site.signed_in().await;
    let state = site.agent.token_state().await.unwrap();
    assert_eq!(state.access_token().unwrap(), tokens.access_token.as_ref().unwrap());
    clock.advance(1);
    let state = site.agent.token_state().await.unwrap();
    assert!(state.is_expired());
    assert_eq!(state.access_token().unwrap_err().code(), "token_expired");
    // A renewal that brings no refresh token keeps the one that there is.
    site.agent.refresh().await.unwrap();
    assert_eq!(site.agent.token_state().await.unwrap().refresh_token, tokens.refresh_token);
    site.agent.auth().clear_token_set().await.unwrap();
    assert!(site.agent.token_state().await.unwrap().access_token.is_none());
}

#[tokio::test]
async fn p_g15_a_lifetime_that_is_missing_is_an_hour() {
    let clock = TestClock::new();
    let timed = clock.clone();
    let wire = Wire::answering(|sent| match sent.path.as_str() {
        "/oauth2/token" => {
            crate::platforms::support::answer(200, "application/json", r#"{"access_token":"a","token_type":"Bearer"}"#)
        }
        _ => None,
    });
    let site = Site::of(wire, &[], |builder| builder.clock(timed)).await;
    let begun = site.agent.authorization_url(super::REDIRECT, None, None).unwrap();
    site.agent.exchange_code("c", begun.state, super::REDIRECT).await.unwrap();
    let state = site.agent.token_state().await.unwrap();
    assert_eq!(state.expires_at, Some((crate::support::clock::START + 3540) * 1000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_late_401_costs_one_refresh() {
    let site = Site::switched(&[("rotation", "on")]).await;
    sign_in(&site.agent).await;
    for round in 1..=3 {
        site.server.advance_clock(Duration::from_secs(3601));
        site.wire.take();
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let agent = site.agent.clone();
                tokio::spawn(async move { agent.user_info().await.map(drop) })
            })
            .collect();
        for caller in crowd {
            caller.await.unwrap().unwrap();
        }
        let refreshes = site.wire.lines().iter().filter(|line| *line == "POST /oauth2/token").count();
        assert_eq!(refreshes, 1, "round {round}");
    }
}
