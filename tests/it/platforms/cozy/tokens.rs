//! Tokens: what they are, and how they are renewed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use zeyos::TokenSet;
use zeyos::http::{Method, header};
use zeyos_emulator::Fault;

use super::{Site, sign_in};

const TOKENS: &str = "POST /auth/access_token";
const PROBE: &str = "GET /permissions/self";

async fn probed(client: &zeyos::platforms::cozy::CozyClient) -> Result<(), zeyos::Error> {
    client.request(Method::GET, "/permissions/self").call().await.map(drop)
}

#[tokio::test]
async fn p_c15_a_refresh_keeps_the_refresh_token_where_none_comes() {
    for (rotation, changes) in [("off", false), ("on", true)] {
        let site = Site::switched(&[("rotation", rotation)]).await;
        let (client, before) = site.signed_in().await;
        // Two tokens of one second are the same.
        site.server.advance_clock(Duration::from_secs(2));
        let after = client.refresh().await.unwrap();
        assert_ne!(after.access_token, before.access_token);
        assert_eq!(after.refresh_token != before.refresh_token, changes, "rotation {rotation}");
        let sent = site.wire.last();
        assert_eq!((sent.line().as_str(), sent.header(header::AUTHORIZATION)), (TOKENS, None));
        let form: BTreeMap<String, String> = sent.form().into_iter().collect();
        let names: Vec<&str> = form.keys().map(String::as_str).collect();
        assert_eq!(names, ["client_id", "client_secret", "grant_type", "refresh_token"]);
        assert_eq!(form["refresh_token"], before.refresh_token.unwrap().expose());
    }
}

#[tokio::test]
async fn p_c16_a_token_has_type_scope_and_refresh_token_and_is_read_in_both_spellings() {
    let site = Site::start().await;
    let (_, tokens) = site.signed_in().await;
    assert_eq!((tokens.token_type.as_str(), tokens.scope.as_deref()), ("bearer", Some("io.cozy.files")));
    assert!(tokens.access_token.is_some() && tokens.refresh_token.is_some());
    assert_eq!((tokens.expires_in, tokens.expires_at), (None, None), "the instance does not say when it ends");
    let camel = json!({"tokenType": "bearer", "accessToken": "a", "refreshToken": "r", "scope": "s"});
    let snake = json!({"token_type": "bearer", "access_token": "a", "refresh_token": "r", "scope": "s"});
    assert_eq!(TokenSet::normalize(&camel), TokenSet::normalize(&snake));
    assert_eq!(TokenSet::normalize(&camel).unwrap().scope.as_deref(), Some("s"));
    assert_eq!(TokenSet::from_json(&tokens.to_json_exposing_secrets()), Some(tokens));
}

#[tokio::test]
async fn p_c18_a_token_that_ended_is_renewed_and_the_call_sent_once_more() {
    for status in ["400", "401"] {
        let site = Site::switched(&[("expired_status", status)]).await;
        let (client, before) = site.signed_in().await;
        site.wire.take();
        site.server.advance_clock(Duration::from_secs(604_801));
        probed(&client).await.unwrap();
        assert_eq!(site.wire.lines(), [PROBE, TOKENS, PROBE], "{status}");
        let after = client.auth().token_set().await.unwrap().unwrap();
        assert_ne!(after.access_token, before.access_token, "the new one is kept");
        assert_eq!(after.refresh_token, before.refresh_token);
        probed(&client).await.unwrap();
        assert_eq!(site.wire.lines().len(), 4);
    }
}

#[tokio::test]
async fn p_c18_another_400_renews_nothing_and_the_token_endpoint_never_does() {
    let site = Site::start().await;
    let (client, _) = site.signed_in().await;
    site.wire.take();
    site.server
        .inject(Fault::reply(400, "application/json", r#"{"error":"bad query"}"#).on("GET", "/permissions/self"));
    assert_eq!(probed(&client).await.unwrap_err().status().unwrap(), 400);
    assert_eq!(site.wire.lines(), [PROBE]);
    site.server.inject(
        Fault::reply(400, "application/json", r#"{"error":"invalid refresh token"}"#).on("POST", "/auth/access_token"),
    );
    client.refresh().await.unwrap_err();
    assert_eq!(site.wire.lines(), [PROBE, TOKENS]);
}

#[tokio::test]
async fn p_c18_a_call_is_sent_once_more_alone_whatever_it_was_sent_for() {
    let site = Site::start().await;
    let (client, _) = site.signed_in().await;
    site.wire.take();
    for _ in 0..4 {
        site.server.inject(Fault::invalid_token().on("GET", "/permissions/self"));
    }
    probed(&client).await.unwrap_err();
    let probes = site.wire.lines().iter().filter(|line| *line == PROBE).count();
    assert_eq!((probes, site.wire.lines().len()), (2, 3), "{:?}", site.wire.lines());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_late_refusals_costs_one_refresh() {
    let site = Site::switched(&[("rotation", "on")]).await;
    let client = site.registered().await;
    sign_in(&client).await;
    for round in 1..=3 {
        site.server.advance_clock(Duration::from_secs(604_801));
        site.wire.take();
        let crowd: Vec<_> = (0..100)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { probed(&client).await })
            })
            .collect();
        for caller in crowd {
            caller.await.unwrap().unwrap();
        }
        let refreshes = site.wire.lines().iter().filter(|line| *line == TOKENS).count();
        assert_eq!(refreshes, 1, "round {round}");
    }
}
