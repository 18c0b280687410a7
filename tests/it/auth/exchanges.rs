//! Exchanges of tokens: what is stored, who authenticates how, and what failures look like.

use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::{GrantType, TokenRequest};
use zeyos::rest::Ticket;
use zeyos::{Client, ClientAuthMethod, ClientEvent, TokenError, TokenSet};
use zeyos_emulator::switches::ClientAuth;
use zeyos_emulator::{Emulator, Fault, Seed};

use super::support::{
    CHECKED, RecordedEvents, Sent, SimpleStore, Wire, empty, emulator, emulator_with, issued, json, seen, signed_in,
    text, with_application,
};
use crate::support::profile;

fn password_grant(zeyos: &Emulator) -> TokenRequest {
    let credentials = zeyos.credentials();
    TokenRequest::new(GrantType::Password).username(&credentials.username).password(credentials.password.as_str())
}

#[tokio::test]
async fn tokens_of_a_raw_exchange_are_stored_and_used_by_the_next_call() {
    let (zeyos, store, recorded) = (emulator().await, SimpleStore::default(), RecordedEvents::default());
    let client = with_application(&zeyos).token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    let answer = client.oauth2().raw().get_token(password_grant(&zeyos)).await.unwrap().into_inner();
    let stored = store.tokens().unwrap();
    assert_eq!(stored.access_token.as_ref(), Some(&answer.access_token));
    assert!(stored.expires_at.is_some() && stored.obtained_at.is_some());
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/token basic 200", CHECKED, "POST /api/v1/tickets bearer 200"]);
    assert_eq!(recorded.events(), [ClientEvent::Received { operation: "getToken" }]);
}

#[tokio::test]
async fn tokens_of_an_exchange_that_is_read_as_a_stream_are_stored_and_in_the_stream() {
    let (zeyos, store) = (emulator().await, SimpleStore::default());
    let client = with_application(&zeyos).token_store(store.clone()).build().unwrap();
    let mut pieces =
        client.oauth2().raw().get_token(password_grant(&zeyos)).send_streamed().await.unwrap().into_inner();
    let mut answer = Vec::new();
    while let Some(piece) = pieces.next().await {
        answer.extend_from_slice(&piece.unwrap());
    }
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let stored = store.tokens().unwrap();
    assert_eq!(answer["access_token"].as_str(), stored.access_token.as_ref().map(zeyos::Secret::expose));
    assert!(stored.access_token.is_some());
}

#[tokio::test]
async fn tokens_of_a_detached_exchange_are_left_to_the_caller() {
    let (zeyos, store, recorded) = (emulator().await, SimpleStore::default(), RecordedEvents::default());
    let client = with_application(&zeyos).token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    client.oauth2().raw().get_token(password_grant(&zeyos)).detached().await.unwrap();
    let credentials = zeyos.credentials();
    let login = LoginRequest::new(&credentials.username, credentials.password.as_str(), "test");
    client.legacy_auth().raw().login(login).detached().await.unwrap();
    assert_eq!((store.tokens(), client.auth().token_set().await.unwrap()), (None, None));
    assert!(client.api().list_tickets(Ticket::query()).await.unwrap_err().refusal().is_some());
    assert!(recorded.events().is_empty());
}

#[tokio::test]
async fn a_password_token_is_stored_so_that_the_next_call_is_bearer() {
    let (zeyos, store) = (emulator().await, SimpleStore::default());
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url()).basic_user(&credentials.username, credentials.password.as_str());
    let client = client.token_store(store.clone()).build().unwrap();
    let issued = client.legacy_auth().issue_token().await.unwrap();
    assert_eq!(store.tokens().unwrap().access_token, Some(issued.access_token));
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /auth/v1/token basic 200", "POST /api/v1/tickets bearer 200"]);
}

#[tokio::test]
async fn a_legacy_login_is_stored_so_that_the_next_call_is_bearer() {
    // With an end that the server does not say, each side assumes one of its own.
    let zeyos = emulator_with(|switches| switches.expdate_null = false).await;
    let store = SimpleStore::default();
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url()).token_store(store.clone()).build().unwrap();
    let login = LoginRequest::new(&credentials.username, credentials.password.as_str(), "test");
    let answer = client.legacy_auth().login(login).await.unwrap();
    let stored = store.tokens().unwrap();
    assert_eq!((stored.access_token, stored.expires_at), (Some(answer.token), answer.expdate));
    client.legacy_auth().verify().await.unwrap();
    client.legacy_auth().logout().await.unwrap();
    assert!(client.legacy_auth().verify().await.unwrap_err().is_auth());
    let log = ["POST /auth/v1/login none 200", "HEAD /auth/v1/ bearer 204", "GET /auth/v1/logout bearer 204"];
    assert_eq!(seen(&zeyos)[..3], log);
}

#[tokio::test]
async fn an_explicit_refresh_answers_and_stores_the_new_tokens() {
    let (zeyos, store) = (emulator().await, SimpleStore::default());
    let client = signed_in(&zeyos).token_store(store.clone()).build().unwrap();
    let tokens = client.oauth2().refresh().await.unwrap();
    assert_ne!(tokens.access_token, Some(zeyos.credentials().access_token.as_str().into()));
    assert_eq!((store.tokens(), client.auth().token_set().await.unwrap()), (Some(tokens.clone()), Some(tokens)));
}

#[tokio::test]
async fn a_code_exchange_answers_its_own_tokens_not_those_that_came_after() {
    let wire = Wire::answering(|sent| match sent.body.contains("code=first") {
        true => json(200, &issued("a-first", "r-first")),
        false => json(200, &issued("a-second", "r-second")),
    });
    let client = wire.client_with_everything().build().unwrap();
    let (one, two) = (client.oauth2(), client.oauth2());
    let (one, two) = tokio::join!(
        one.exchange_authorization_code("first", None, None),
        two.exchange_authorization_code("second", None, None)
    );
    assert_eq!(one.unwrap().access_token, Some("a-first".into()));
    assert_eq!(two.unwrap().access_token, Some("a-second".into()));
}

/// Every call that the client application authenticates.
async fn every_client_call(client: &Client) {
    let oauth2 = client.oauth2();
    oauth2.exchange_authorization_code("c", None, Some("https://app.example.com/cb")).await.unwrap();
    oauth2.refresh().await.unwrap();
    oauth2.raw().get_token(TokenRequest::new(GrantType::Password).username("mara").password("pa55")).await.unwrap();
    oauth2.introspect("t").await.unwrap();
    oauth2.revoke("t").await.unwrap();
}

#[tokio::test]
async fn by_basic_the_pair_is_in_the_header_and_never_in_the_body() {
    let wire = Wire::agreeable();
    every_client_call(&wire.client_with_everything().build().unwrap()).await;
    assert_eq!(wire.sent().len(), 7, "each of the two sign-ins is checked; the refresh renews one that was");
    for sent in wire.sent() {
        assert_eq!(sent.header("authorization"), Some("Basic YXBwOnMzY3JldA=="));
        assert!(!sent.body.contains("client_id") && !sent.body.contains("client_secret"), "{}", sent.body);
    }
}

#[tokio::test]
async fn in_the_body_the_pair_is_there_once_and_never_in_the_header() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().client_auth_method(ClientAuthMethod::Body).build().unwrap();
    every_client_call(&client).await;
    assert_eq!(wire.sent().len(), 7, "each of the two sign-ins is checked; the refresh renews one that was");
    for Sent { headers, body, .. } in wire.sent() {
        assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"));
        assert_eq!(body.matches("client_id=app").count() + body.matches("client_secret=s3cret").count(), 2, "{body}");
    }
}

#[tokio::test]
async fn the_server_takes_either_way_and_only_the_one_it_is_set_to() {
    for (switch, good, bad) in [
        (ClientAuth::Basic, ClientAuthMethod::Basic, ClientAuthMethod::Body),
        (ClientAuth::Body, ClientAuthMethod::Body, ClientAuthMethod::Basic),
    ] {
        let mut switches = profile::switches();
        switches.client_auth = switch;
        let zeyos = Emulator::builder().seed(Seed::Empty).switches(switches).start().await.unwrap();
        let client = |method| signed_in(&zeyos).client_auth_method(method).build().unwrap();
        assert!(client(good).oauth2().introspect(zeyos.credentials().access_token.as_str()).await.unwrap().active);
        client(good).oauth2().refresh().await.unwrap();
        client(good).oauth2().revoke("t").await.unwrap();
        assert!(client(bad).oauth2().introspect("t").await.unwrap_err().is_auth());
    }
}

#[test]
fn the_pair_of_the_client_is_no_argument_of_any_method() {
    let types = include_str!("../../../generated/src/zeyos/oauth2/types.rs");
    assert!(types.contains("pub fn refresh_token(self"), "this is the file with the token request");
    assert!(!types.contains("client_secret") && !types.contains("pub fn client_id"));
}

#[tokio::test]
async fn a_pair_in_the_body_of_an_untyped_call_is_refused_before_it_goes_out_twice() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let body = serde_json::json!({"grant_type": "password", "client_id": "other", "client_secret": "hunter2"});
    let error = client.operation("getToken").json(body).call().await.unwrap_err();
    assert!(error.is_request() && error.to_string().contains("the member client_id of the body"), "{error}");
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn a_wrong_password_is_the_answer_of_the_token_endpoint_and_stays_reachable() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let request = TokenRequest::new(GrantType::Password).username("demo").password("wrong");
    let error = client.oauth2().raw().get_token(request).await.unwrap_err();
    assert!(error.token_error().is_some_and(TokenError::is_invalid_grant) && error.is_auth());
    assert!(
        error.to_string().starts_with("getToken: no access token: the token endpoint refused with invalid_grant (403")
    );
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403));
    assert!(error.headers().is_some() && error.text().unwrap().contains("error_description"));
    let error = client.legacy_auth().login(LoginRequest::new("demo", "wrong", "test")).await.unwrap_err();
    assert!(error.is_auth() && error.to_string().starts_with("login: the server answered 401"), "{error}");
    let kept = client.auth().token_set().await.unwrap();
    assert_eq!(kept, Some(super::support::tokens(&zeyos)), "the tokens in use stay");
}

#[tokio::test]
async fn a_wrong_client_secret_costs_no_tokens() {
    let zeyos = emulator().await;
    let client = Client::builder(zeyos.url()).client_credentials(&zeyos.credentials().client_id, "wrong");
    let client = client.token_set(super::support::tokens(&zeyos)).build().unwrap();
    let error = client.oauth2().refresh().await.unwrap_err();
    assert!(error.token_error().is_some_and(TokenError::is_invalid_client), "{error}");
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/token basic 401"]);
    assert_eq!(client.auth().token_set().await.unwrap(), Some(super::support::tokens(&zeyos)));
    client.api().list_tickets(Ticket::query()).await.unwrap();
}

#[tokio::test]
async fn an_answer_without_tokens_of_use_costs_nothing_and_stays_reachable() {
    let answers = [
        text(200, "<html>please sign in</html>"),
        json(200, &serde_json::json!({"refresh_token": "r9"})),
        json(200, &serde_json::json!({"access_token": "a9", "token_type": "mac"})),
        empty(200),
    ];
    for answer in answers {
        let body = answer.body().clone();
        let (store, recorded) =
            (SimpleStore::holding(TokenSet::bearer("a0").with_refresh_token("r0")), RecordedEvents::default());
        let wire = Wire::answering(move |_| answer.clone());
        let client =
            wire.client().client_credentials("app", "s").token_store(store.clone()).on_event(recorded.listener());
        let client = client.build().unwrap();
        let error = client.oauth2().exchange_authorization_code("c", None, None).await.unwrap_err();
        let is_known =
            matches!(error.token_error(), Some(TokenError::Malformed { .. } | TokenError::UnsupportedTokenType));
        assert!(is_known, "{error}");
        assert_eq!((error.operation(), error.body()), (Some("getToken"), Some(&body)));
        let error = client.oauth2().refresh().await.unwrap_err();
        assert!(matches!(error.token_error(), Some(TokenError::Unknown { .. })), "{error}");
        assert_eq!((error.operation(), error.body()), (Some("getToken"), None), "it may hold tokens");
        assert_eq!(store.tokens().unwrap().access_token, Some("a0".into()));
        assert_eq!(recorded.names(), ["NothingStored"]);
    }
}

#[tokio::test]
async fn a_raw_exchange_answers_what_it_does_not_store_and_says_so() {
    let recorded = RecordedEvents::default();
    let wire = Wire::answering(|_| json(200, &serde_json::json!({"access_token": "a9", "token_type": "mac"})));
    let client = wire.client_with_everything().on_event(recorded.listener()).build().unwrap();
    let answer = client.legacy_auth().raw().issue_token().await.unwrap();
    assert_eq!((answer.access_token.expose(), answer.token_type.as_deref()), ("a9", Some("mac")));
    client.legacy_auth().raw().issue_token().detached().await.unwrap();
    let reason = TokenError::UnsupportedTokenType.to_string();
    assert_eq!(recorded.events(), [ClientEvent::NothingStored { operation: "issueToken", reason }]);
    assert_eq!(client.auth().token_set().await.unwrap().unwrap().access_token, Some("a0".into()));
}

#[tokio::test]
async fn an_answer_of_a_token_endpoint_is_read_up_to_64_kib() {
    for (size, is_read) in [(64 * 1024, true), (64 * 1024 + 1, false)] {
        let zeyos = emulator().await;
        zeyos.inject(Fault::replace_body(vec![b' '; size]).on("POST", "/oauth2/v1/token"));
        let client = signed_in(&zeyos).build().unwrap();
        let error = client.oauth2().exchange_authorization_code("c", None, None).await.unwrap_err();
        assert_eq!(error.status().is_some(), is_read, "{error}");
        assert_eq!(error.to_string().contains("larger than 65536 bytes"), !is_read, "{error}");
        assert_eq!(error.is_too_large(), !is_read, "{error}");
    }
}

#[tokio::test]
async fn a_revoked_token_stays_in_the_store() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    client.oauth2().revoke(zeyos.credentials().refresh_token.as_str()).await.unwrap();
    assert_eq!(client.auth().token_set().await.unwrap(), Some(super::support::tokens(&zeyos)));
    assert!(!client.oauth2().introspect(zeyos.credentials().access_token.as_str()).await.unwrap().active);
}

#[tokio::test]
async fn an_exchange_outlives_a_panic_in_the_store() {
    struct Panics;
    impl zeyos::TokenStore for Panics {
        fn get(&self) -> zeyos::store::StoreFuture<'_, Option<TokenSet>> {
            Box::pin(std::future::ready(Ok(None)))
        }
        fn set<'a>(&'a self, _: Option<&'a TokenSet>) -> zeyos::store::StoreFuture<'a, ()> {
            panic!("as told")
        }
    }
    let client = Wire::agreeable().client_with_everything().token_store(Panics).build().unwrap();
    let error = client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap_err();
    assert_eq!(error.token_error(), Some(&TokenError::Interrupted));
    let error = client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap_err();
    assert_eq!(error.token_error(), Some(&TokenError::Interrupted), "the lock is free again");
}
