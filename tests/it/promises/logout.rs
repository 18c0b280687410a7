//! E1 and E2: a logout ends the tokens where they were issued, then here, and says so when it could not.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use zeyos::legacy_auth::LoginRequest;
use zeyos::{Client, TokenSet};
use zeyos_emulator::Fault;

use crate::auth::support::{
    SimpleStore, Wire, empty, emulator, json as answer, seen, signed_in, text, tokens, with_application,
};

#[tokio::test]
async fn e1_a_logout_kills_both_tokens_then_clears_the_store() {
    let (zeyos, store) = (emulator().await, SimpleStore::default());
    let client = signed_in(&zeyos).token_store(store.clone()).build().unwrap();
    let held = client.oauth2().refresh().await.unwrap();
    zeyos.clear_requests();
    client.oauth2().logout().await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/revoke basic 200"]);
    assert_eq!((store.tokens(), client.auth().token_set().await.unwrap()), (None, None));
    let other = with_application(&zeyos).build().unwrap();
    for token in [held.access_token.unwrap(), held.refresh_token.unwrap()] {
        assert!(!other.oauth2().introspect(token).await.unwrap().active);
    }
    client.oauth2().logout().await.unwrap();
    client.auth().logout().await.unwrap();
    assert_eq!(zeyos.requests().len(), 3, "without tokens there is nothing to do");
}

#[tokio::test]
async fn without_a_refresh_token_the_access_token_is_revoked() {
    let wire = Wire::agreeable();
    let client = wire.client().client_credentials("app", "s3cret").token_set(TokenSet::bearer("a0")).build().unwrap();
    client.oauth2().logout().await.unwrap();
    assert_eq!((wire.only().body.as_str(), client.auth().token_set().await.unwrap()), ("token=a0", None));
}

/// Signs in by each service in turn and logs out; what each is ended by.
#[tokio::test]
async fn every_token_ends_at_the_service_that_issued_it() {
    let zeyos = emulator().await;
    let credentials = zeyos.credentials();
    let builder = || with_application(&zeyos).basic_user(&credentials.username, credentials.password.as_str());
    let client = builder().build().unwrap();

    let login = LoginRequest::new(&credentials.username, credentials.password.as_str(), "test");
    let legacy = client.legacy_auth().login(login.clone()).await.unwrap().token;
    zeyos.clear_requests();
    client.auth().logout().await.unwrap();
    assert_eq!(seen(&zeyos), ["GET /auth/v1/logout bearer 204"]);

    let issued = client.legacy_auth().issue_token().await.unwrap().access_token;
    zeyos.clear_requests();
    client.auth().logout().await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /auth/v1/token/revoke basic 200"]);
    assert!(!client.legacy_auth().introspect_issued_token(issued.clone()).await.unwrap().active);

    for dead in [legacy, issued] {
        let bearer = Client::builder(zeyos.url()).token_set(TokenSet::bearer(dead)).build().unwrap();
        assert!(bearer.legacy_auth().verify().await.unwrap_err().is_auth());
    }

    let restored = client.legacy_auth().login(login.clone()).await.unwrap().token;
    let later = builder().token_set(TokenSet::bearer(restored)).build().unwrap();
    zeyos.clear_requests();
    later.auth().logout().await.unwrap();
    assert_eq!(seen(&zeyos), ["GET /auth/v1/logout bearer 204"], "a set that says nothing: the legacy service");

    let oauth = builder().token_set(tokens(&zeyos)).build().unwrap();
    zeyos.clear_requests();
    oauth.auth().logout().await.unwrap();
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/revoke basic 200"]);

    // The store says who issued what it holds, also to the next run of the program.
    for issuer in ["GET /auth/v1/logout bearer 204", "POST /auth/v1/token/revoke basic 200"] {
        let store = SimpleStore::default();
        let before = builder().token_store(store.clone()).build().unwrap();
        match issuer {
            "GET /auth/v1/logout bearer 204" => drop(before.legacy_auth().login(login.clone()).await.unwrap()),
            _ => drop(before.legacy_auth().issue_token().await.unwrap()),
        }
        let kept = store.tokens().unwrap().to_json_exposing_secrets();
        let later = builder().token_set(TokenSet::from_json(&kept).unwrap()).build().unwrap();
        zeyos.clear_requests();
        later.auth().logout().await.unwrap();
        assert_eq!(seen(&zeyos), [issuer]);
    }

    let issued = builder().build().unwrap();
    issued.legacy_auth().issue_token().await.unwrap();
    zeyos.clear_requests();
    issued.legacy_auth().logout_issued_token().await.unwrap();
    assert_eq!(
        (seen(&zeyos)[0].as_str(), issued.auth().token_set().await.unwrap()),
        ("POST /auth/v1/token/revoke basic 200", None)
    );
}

#[tokio::test]
async fn tokens_that_come_during_a_logout_are_ended_too_and_not_just_dropped() {
    let client: Arc<OnceLock<Client>> = Arc::default();
    let held = Arc::clone(&client);
    let wire = Wire::new(move |sent| {
        let client = Arc::clone(&held);
        async move {
            if sent.body == "token=r0" {
                let newer = TokenSet::bearer("a1").with_refresh_token("r1");
                client.get().unwrap().auth().set_token_set(newer).await.unwrap();
            }
            Ok(empty(200))
        }
    });
    let built = wire.client_with_everything().build().unwrap();
    client.set(built.clone()).unwrap();
    built.auth().logout().await.unwrap();
    let bodies: Vec<String> = wire.sent().into_iter().map(|sent| sent.body).collect();
    assert_eq!((bodies, built.auth().token_set().await.unwrap()), (vec!["token=r0".into(), "token=r1".into()], None));
}

fn with_retry_after(mut response: http::Response<Bytes>) -> http::Response<Bytes> {
    response.headers_mut().insert("retry-after", "7".parse().unwrap());
    response
}

#[tokio::test]
async fn e2_tokens_stay_until_the_server_confirms_and_the_caller_hears_when_to_try_again() {
    for status in [401, 403, 429, 500, 503] {
        let wire = Wire::answering(move |_| {
            with_retry_after(match status {
                401 => answer(401, &json!({"error": "invalid_client"})),
                _ => text(status, "not now"),
            })
        });
        let store = SimpleStore::holding(TokenSet::bearer("a0").with_refresh_token("r0"));
        let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
        for logout in 0..2 {
            let outcome = match logout {
                0 => client.oauth2().logout().await,
                _ => client.auth().logout().await,
            };
            let error = outcome.unwrap_err();
            assert_eq!(
                (error.status().unwrap().as_u16(), error.retry_after()),
                (status, Some(Duration::from_secs(7))),
                "{error}"
            );
            assert_eq!(error.operation(), Some("revokeToken"));
            assert_eq!(wire.sent().len(), logout + 1, "sent once each time");
        }
        let kept = client.auth().token_set().await.unwrap();
        assert_eq!(
            (store.tokens(), kept.unwrap().refresh_token),
            (Some(TokenSet::bearer("a0").with_refresh_token("r0")), Some("r0".into()))
        );
    }
    // 200 means that the token is not valid now, whatever it was before (RFC 7009, section 2.2).
    let wire = Wire::answering(|_| empty(200));
    let client = wire.client_with_everything().build().unwrap();
    client.auth().logout().await.unwrap();
    assert_eq!((wire.sent().len(), client.auth().token_set().await.unwrap()), (1, None));

    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    zeyos.inject(Fault::status(503).retry_after("7").on("POST", "/oauth2/v1/revoke"));
    client.auth().logout().await.unwrap_err();
    client.legacy_auth().verify().await.unwrap();
    client.auth().logout().await.unwrap();
    assert!(client.legacy_auth().verify().await.is_err());
}

#[tokio::test]
async fn a_logout_that_cannot_be_authenticated_or_stored_says_so_and_loses_nothing() {
    let wire = Wire::agreeable();
    let bare = wire.client().token_set(TokenSet::bearer("a0").with_refresh_token("r0")).build().unwrap();
    assert!(bare.auth().logout().await.unwrap_err().refusal().is_some());
    assert!(bare.auth().token_set().await.unwrap().is_some() && wire.sent().is_empty());

    let store = SimpleStore::holding(TokenSet::bearer("a0").with_refresh_token("r0"));
    let client = wire.client().client_credentials("app", "s3cret").token_store(store.clone()).build().unwrap();
    store.fail_to_write(true);
    assert!(client.auth().logout().await.unwrap_err().is_store());
    store.fail_to_write(false);
    client.auth().logout().await.unwrap();
    assert_eq!(store.tokens(), None);
}
