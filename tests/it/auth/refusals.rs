//! Calls that are not sent: only where the tag asks for a credential and none usable is configured, and the message says why.

use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client, ClientBuilder, Error, Secret, TokenSet};

use super::support::{Wire, emulator, seen};

async fn listing(client: ClientBuilder) -> Error {
    client.build().unwrap().api().list_tickets(Ticket::query()).await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_names_the_operation_each_scheme_its_reason_and_its_remedy() {
    let zeyos = emulator().await;
    let error = listing(Client::builder(zeyos.url())).await;
    assert_eq!(
        error.to_string(),
        "listTickets: no usable credential: oauth (bearer): there is no access token; configure `token_set` or a `token_store` that \
         holds one, or sign in with `client.oauth2()`. session: no session cookie is configured; configure `session_cookie` \
         or `session_provider`."
    );
    assert_eq!(error.operation(), Some("listTickets"));
    assert!(error.is_auth() && error.status().is_none());
    let schemes: Vec<_> = error.refusal().unwrap().unusable.iter().map(|unusable| unusable.scheme.name).collect();
    assert_eq!(schemes, ["oauth", "session"]);
    assert!(seen(&zeyos).is_empty());
}

#[tokio::test]
async fn mode_oauth_does_not_take_a_cookie_for_a_token() {
    let wire = Wire::agreeable();
    let error = listing(wire.client().session_cookie("c00kie").auth_mode(AuthMode::OAuth)).await;
    assert_eq!(
        error.to_string(),
        "listTickets: no usable credential: oauth (bearer): there is no access token; configure `token_set` or a `token_store` that \
         holds one, or sign in with `client.oauth2()`. session: the mode OAuth sends no cookie; call it in mode Auto or Session."
    );
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn mode_session_without_a_cookie_sends_no_token_instead() {
    let wire = Wire::agreeable();
    let error = listing(wire.client().token_set(TokenSet::bearer("a0")).auth_mode(AuthMode::Session)).await;
    assert_eq!(
        error.to_string(),
        "listTickets: no usable credential: oauth (bearer): the mode Session sends nothing but the cookie; call it in mode Auto or \
         OAuth. session: no session cookie is configured; configure `session_cookie` or `session_provider`."
    );
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn mode_session_refuses_what_takes_no_cookie() {
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().auth_mode(AuthMode::Session).build().unwrap();
    let refused = [
        client.legacy_auth().logout().await.unwrap_err(),
        client.oauth2().introspect("t").await.map(|_| ()).unwrap_err(),
        client.oauth2().revoke("t").await.unwrap_err(),
        client.legacy_auth().issue_token().await.map(|_| ()).unwrap_err(),
        client.oauth2().refresh().await.map(|_| ()).unwrap_err(),
    ];
    for error in refused {
        assert!(error.to_string().contains("the mode Session sends nothing but the cookie"), "{error}");
    }
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn a_provider_without_a_cookie_is_named_beside_the_missing_token() {
    let wire = Wire::agreeable();
    for value in [None, Some("ZEYOSID=c00kie"), Some("a;b"), Some("")] {
        let provider = move || async move { value.map(Secret::from) };
        let error = listing(wire.client().session_provider(provider)).await;
        assert_eq!(
            error.to_string(),
            "listTickets: no usable credential: oauth (bearer): there is no access token; configure `token_set` or a `token_store` \
             that holds one, or sign in with `client.oauth2()`. session: the session provider gave no usable cookie; sign in \
             to the web front end again.",
            "{value:?}"
        );
    }
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn a_provider_is_asked_for_every_call() {
    let wire = Wire::agreeable();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let provider = move || {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { Some(Secret::from(format!("c{number}"))) }
    };
    let client = wire.client().session_provider(provider).build().unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let cookies: Vec<_> = wire.sent().iter().map(|sent| sent.header("cookie").unwrap().to_owned()).collect();
    assert_eq!(cookies, ["ZEYOSID=c0", "ZEYOSID=c1"]);
}

#[tokio::test]
async fn a_lone_refresh_token_without_the_client_application_is_named() {
    let wire = Wire::agreeable();
    let lone = || TokenSet::normalize(&serde_json::json!({"refreshToken": "r0"})).unwrap();
    let error = listing(wire.client().token_set(lone())).await;
    assert!(error.to_string().contains("there is only a refresh token; configure `client_credentials(id, secret)`"));
    let error = listing(wire.client().token_set(lone()).client_credentials("app", "s").auto_refresh(false)).await;
    assert!(error.to_string().contains("leave `auto_refresh` on"), "{error}");
    assert!(wire.sent().is_empty());
}

#[tokio::test]
async fn the_basic_operations_name_what_they_need() {
    let wire = Wire::agreeable();
    let client = wire.client().token_set(TokenSet::bearer("a0")).session_cookie("c00kie").build().unwrap();
    let error = client.oauth2().introspect("t").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "introspectToken: no usable credential: basic: no client application is configured; configure \
         `client_credentials(id, secret)`."
    );
    let error = client.legacy_auth().issue_token().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "issueToken: no usable credential: user (basic): no user name and password are configured; configure \
         `basic_user(name, password)`."
    );
    assert!(wire.sent().is_empty());
}
