//! Calls with the access token, and those of agents without one.

use std::time::Duration;

use serde_json::json;
use zeyos::http::header;
use zeyos::platforms::auth_agent::{
    AgentAuthRequest, AgentProfileUpdate, AgentRegistrationRequest, Click, EventData, PostRun,
};
use zeyos_emulator::Fault;

use super::{REDIRECT, Site};
use crate::platforms::support::{Wire, visited};
use crate::support::clock::TestClock;

#[tokio::test]
async fn p_g11_a_refused_token_is_told_from_a_missing_scope_and_from_none() {
    let site = Site::start().await;
    let error = site.agent.user_info().await.unwrap_err();
    assert_eq!((error.code(), error.status(), site.wire.sent().len()), ("no_token", None, 0));
    assert_eq!(site.agent.with_access_token("").unwrap_err().code(), "no_token");
    let stranger = site.agent.with_access_token("bm90LWEtdG9rZW4").unwrap();
    let error = stranger.user_info().await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), ("token_expired", 401));
    assert!(error.description().is_some());
    site.signed_in().await;
    let refused = r#"{"error":"insufficient_scope","error_description":"the scope profile is missing"}"#;
    site.server.inject(Fault::reply(403, "application/json", refused).on("GET", "/api/agents/profile"));
    let error = site.agent.profile().await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), ("forbidden", 403));
    assert_eq!(error.description(), Some("the scope profile is missing"));
}

#[tokio::test]
async fn p_g11_a_renewal_that_is_refused_on_the_way_of_a_call_says_nothing_about_its_token() {
    let site = Site::start().await;
    site.signed_in().await;
    site.server.advance_clock(std::time::Duration::from_secs(3601));
    let refused = r#"{"error":"invalid_client"}"#;
    site.server.inject(Fault::reply(401, "application/json", refused).on("POST", "/oauth2/token").always());
    let error = site.agent.user_info().await.unwrap_err();
    assert_eq!((error.code(), error.status().unwrap().as_u16()), ("refresh_failed", 401));
}

#[tokio::test]
async fn p_g12_every_failure_has_a_code_and_perhaps_words_and_a_status() {
    let site = Site::start().await;
    let request =
        || AgentRegistrationRequest::new("agent-of-a-test", "long-enough", "model", "Mara", "mara@example.com");
    site.agent.register_agent(request()).await.unwrap();
    let error = site.agent.register_agent(request()).await.unwrap_err();
    assert!(!error.code().is_empty() && error.status().unwrap().is_client_error(), "{error}");
    assert!(error.error().is_some() && std::error::Error::source(&error).is_some());
    let local = site.agent.revoke_token("").await.unwrap_err();
    assert!(local.error().is_none() && local.description().is_some());
    assert_eq!(local.to_string(), "no_token: the token is empty");
}

#[tokio::test]
async fn p_g13_the_codes_of_the_client_have_the_statuses_of_their_answers_or_none() {
    let site = Site::start().await;
    let of = |error: zeyos::platforms::auth_agent::AuthError| {
        (error.code().to_owned(), error.status().map(|status| status.as_u16()))
    };
    let none = |code: &str| (code.to_owned(), None);
    assert_eq!(of(site.agent.revoke_token("").await.unwrap_err()), none("no_token"));
    assert_eq!(of(site.agent.refresh_access_token("").await.unwrap_err()), none("no_refresh_token"));
    assert_eq!(of(site.agent.exchange_code("c", "s", REDIRECT).await.unwrap_err()), none("pkce_missing"));
    site.agent.authorization_url(REDIRECT, None, None).unwrap();
    assert_eq!(of(site.agent.exchange_code("c", "s", REDIRECT).await.unwrap_err()), none("state_mismatch"));
    for (status, code) in [(400, "revoke_failed"), (401, "revoke_failed")] {
        let refused = Fault::reply(status, "application/json", r#"{"error":"invalid_request"}"#);
        site.server.inject(refused.on("POST", "/oauth2/revoke"));
        assert_eq!(of(site.agent.revoke_token("t").await.unwrap_err()), (code.to_owned(), Some(status)));
    }
    let refused = Fault::reply(400, "application/json", r#"{"error":"invalid_request"}"#);
    site.server.inject(refused.on("POST", "/oauth2/introspect"));
    let error = site.agent.introspect_token("t").await.unwrap_err();
    assert_eq!(error.description(), Some("invalid_request"));
    assert_eq!(of(error), ("introspection_failed".to_owned(), Some(400)));
}

#[tokio::test]
async fn p_g16_members_that_no_document_names_are_kept() {
    let site = Site::start().await;
    let tokens = site.signed_in().await;
    let user = site.agent.user_info().await.unwrap();
    assert!(!user.unknown.is_empty(), "{user:?}");
    let introspection = site.agent.introspect_token(tokens.access_token.unwrap()).await.unwrap();
    assert!(introspection.active && !introspection.unknown.is_empty(), "{introspection:?}");
    let event =
        EventData::new("bought").site("shop").member("price", json!({"amount": 7})).member("tags", json!([1, null]));
    site.agent.send_event(event).await.unwrap();
    let sent = json!({"event": "bought", "site": "shop", "price": {"amount": 7}, "tags": [1, null]});
    assert_eq!(site.wire.last().json(), sent);
}

#[tokio::test]
async fn p_g17_clicks_and_runs_are_events() {
    let site = Site::start().await;
    site.signed_in().await;
    site.agent.send_verified_click(Click::new("#buy", "shop")).await.unwrap();
    let click =
        json!({"event": "verified_click", "selector": "#buy", "site": "shop", "evidence": "oauth_authenticated"});
    assert_eq!(site.wire.last().json(), click);
    site.agent.send_verified_click(Click::new("#buy", "shop").evidence("seen")).await.unwrap();
    assert_eq!(site.wire.last().json()["evidence"], "seen");
    site.agent.send_post_run(PostRun::new("#done", "shop", "ü".repeat(3000))).await.unwrap();
    let sent = site.wire.last().json();
    assert_eq!((sent["event"].as_str(), sent["result"].as_str()), (Some("post_run"), Some(&*"ü".repeat(2000))));
}

#[tokio::test]
async fn p_g18_a_challenge_is_sent_back_as_it_came() {
    let site = Site::switched(&[("challenge_after", "0")]).await;
    site.signed_in().await;
    let challenge = site.agent.request_challenge().await.unwrap();
    assert!(challenge.ok, "{challenge:?}");
    site.agent.confirm_verification(&challenge).await.unwrap();
    let sent = site.wire.last();
    assert_eq!(sent.line(), "POST /verify_confirm");
    let echo = json!({
        "challenge": challenge.challenge, "expires": challenge.expires.unwrap().as_unix(), "sig": challenge.sig,
        "verify_ctx_id": challenge.verify_ctx_id,
    });
    assert_eq!(sent.json(), echo);
    site.agent.verify_status().await.unwrap();
    let mut partial = challenge;
    partial.sig = None;
    assert_eq!(site.agent.confirm_verification(&partial).await.unwrap_err().code(), "invalid_request");
}

#[tokio::test]
async fn p_g19_polling_ends_with_the_challenge_or_with_its_time() {
    let (timeout, interval) = (Duration::from_secs(30), Duration::from_secs(2));
    // The clock of the test may pass over a poll where the machine is busy.
    for (after, wanted, asked) in [("3", true, 4..=4), ("100", false, 2..=16)] {
        let clock = TestClock::new();
        let timed = clock.clone();
        let site = Site::of(Wire::new(), &[("challenge_after", after)], |builder| builder.clock(timed)).await;
        site.signed_in().await;
        site.wire.take();
        let polled = site.agent.poll_and_authenticate(None, timeout, interval);
        let (outcome, _) = clock.drive(Duration::from_millis(500), polled).await;
        assert_eq!(outcome.unwrap(), wanted);
        let polls = site.wire.lines().iter().filter(|line| *line == "GET /verify_challenge").count();
        assert!(asked.contains(&polls), "{polls}");
        assert_eq!(site.wire.lines().contains(&"POST /verify_confirm".to_owned()), wanted);
    }
}

#[tokio::test]
async fn p_g22_requests_below_api_are_json() {
    let site = Site::start().await;
    site.signed_in().await;
    let profile = site.agent.update_profile(AgentProfileUpdate::new().owner_name("Jo")).await.unwrap();
    assert_eq!(profile.owner_name, "Jo");
    assert_eq!(site.wire.last().json(), json!({"owner_name": "Jo"}));
    assert_eq!(site.agent.profile().await.unwrap().owner_name, "Jo");
    let request = AgentAuthRequest::new("model", "app", REDIRECT).state("0123456789abcdef0123456789abcdef");
    let session = site.agent.authenticate_agent(request).await.unwrap();
    let sent = site.wire.last();
    assert_eq!(sent.header(header::CONTENT_TYPE), Some("application/json"));
    let body = sent.json();
    assert_eq!(body["agent_id"], site.server.credential("agent_id").unwrap());
    assert_eq!(body["agent_secret"], site.server.credential("agent_secret").unwrap());
    assert_eq!(sent.header(header::AUTHORIZATION), None);
    assert!(session.expires_in > 0);
    visited(&session.challenge_url).await;
}
