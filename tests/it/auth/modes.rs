//! Which credential each mode sends.

use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::raw::{AuthorizeQuery, ResponseType};
use zeyos::oauth2::{GrantType, TokenRequest};
use zeyos::rest::Ticket;
use zeyos::{AuthMode, Client};

use super::support::{
    RecordedEvents, SimpleStore, Wire, empty, emulator, issued, json, seen, signed_in, with_application,
};

const MODES: [AuthMode; 4] = [AuthMode::Auto, AuthMode::OAuth, AuthMode::Session, AuthMode::None];

fn everything(wire: &Wire, mode: AuthMode) -> Client {
    wire.client_with_everything().auth_mode(mode).build().unwrap()
}

/// One call of every kind of tag. What is refused before sending is not on the wire.
async fn call_every_kind(client: &Client) {
    let _ = client.api().list_tickets(Ticket::query()).await;
    let _ = client.oauth2().raw().get_user_info().await;
    let _ = client.legacy_auth().verify().await;
    let _ = client.legacy_auth().logout().await;
    let _ = client.oauth2().introspect("t").await;
    let _ = client.oauth2().revoke("t").await;
    let _ = client.legacy_auth().introspect_issued_token("t").await;
}

#[tokio::test]
async fn mode_none_sends_everything_bare() {
    let wire = Wire::agreeable();
    let client = everything(&wire, AuthMode::None);
    call_every_kind(&client).await;
    client.legacy_auth().raw().issue_token().await.unwrap();
    let request = TokenRequest::new(GrantType::Password);
    client.oauth2().raw().get_token(request.username("mara").password("pa55")).await.unwrap();
    assert_eq!(wire.sent().len(), 9);
    assert!(wire.sent().iter().all(|sent| sent.credentials().is_empty()), "{:?}", wire.log());
}

#[tokio::test]
async fn mode_none_stays_bare_at_the_server_too() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).auth_mode(AuthMode::None);
    let error = client.build().unwrap().api().list_tickets(Ticket::query()).await.unwrap_err();
    assert!(error.is_auth() && error.status().is_some_and(|status| status == 401), "{error}");
    assert_eq!(seen(&zeyos), ["POST /api/v1/tickets none 401"]);
}

#[tokio::test]
async fn mode_oauth_sends_the_pair_of_the_client_where_asked_for_and_else_bearer() {
    let wire = Wire::agreeable();
    call_every_kind(&everything(&wire, AuthMode::OAuth)).await;
    assert_eq!(
        wire.log(),
        [
            "POST /api/v1/tickets bearer",
            "GET /oauth2/v1/userinfo bearer",
            "HEAD /auth/v1/ bearer",
            "GET /auth/v1/logout bearer",
            "POST /oauth2/v1/introspect basic",
            "POST /oauth2/v1/revoke basic",
        ]
    );
}

#[tokio::test]
async fn mode_session_sends_nothing_but_the_cookie() {
    let wire = Wire::agreeable();
    call_every_kind(&everything(&wire, AuthMode::Session)).await;
    assert_eq!(wire.log(), ["POST /api/v1/tickets cookie", "GET /oauth2/v1/userinfo cookie", "HEAD /auth/v1/ cookie"]);
    assert_eq!(wire.sent()[0].header("cookie"), Some("ZEYOSID=c00kie"));
}

#[tokio::test]
async fn mode_auto_prefers_basic_then_bearer_then_the_cookie() {
    let wire = Wire::agreeable();
    call_every_kind(&everything(&wire, AuthMode::Auto)).await;
    assert_eq!(
        wire.log(),
        [
            "POST /api/v1/tickets bearer",
            "GET /oauth2/v1/userinfo bearer",
            "HEAD /auth/v1/ bearer",
            "GET /auth/v1/logout bearer",
            "POST /oauth2/v1/introspect basic",
            "POST /oauth2/v1/revoke basic",
            "POST /auth/v1/token/introspect basic",
        ]
    );
    let (wire, recorded) = (Wire::agreeable(), RecordedEvents::default());
    let client = wire.client().session_cookie("c00kie").on_event(recorded.listener()).build().unwrap();
    call_every_kind(&client).await;
    assert!(recorded.events().is_empty(), "a cookie that goes first is no fallback: {:?}", recorded.names());
    assert_eq!(wire.log(), ["POST /api/v1/tickets cookie", "GET /oauth2/v1/userinfo cookie", "HEAD /auth/v1/ cookie"]);
}

#[tokio::test]
async fn the_two_pairs_are_told_apart() {
    let wire = Wire::agreeable();
    let client = everything(&wire, AuthMode::Auto);
    client.oauth2().introspect("t").await.unwrap();
    client.legacy_auth().introspect_issued_token("t").await.unwrap();
    let pairs: Vec<_> = wire.sent().iter().map(|sent| sent.header("authorization").unwrap().to_owned()).collect();
    // app:s3cret and mara:pa55
    assert_eq!(pairs, ["Basic YXBwOnMzY3JldA==", "Basic bWFyYTpwYTU1"]);
}

#[tokio::test]
async fn a_call_can_choose_another_mode_than_its_client() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).session_cookie(zeyos.credentials().session.as_str()).build().unwrap();
    for mode in MODES {
        let outcome = client.api().list_tickets(Ticket::query()).auth_mode(mode).await;
        assert_eq!(outcome.is_ok(), mode != AuthMode::None, "{mode:?}");
    }
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let kinds: Vec<_> = zeyos.requests().iter().map(|seen| seen.credential.as_str()).collect();
    assert_eq!(kinds, ["bearer", "bearer", "session", "none", "bearer"]);
}

#[tokio::test]
async fn public_operations_go_out_bare_in_every_mode() {
    let wire = Wire::answering(|sent| match sent.url.contains("/login") {
        true => json(200, &issued("a1", "r1")),
        false => {
            let mut answer = empty(303);
            answer.headers_mut().insert("location", "https://erp.example.com/page".parse().unwrap());
            answer
        }
    });
    for mode in MODES {
        let client = everything(&wire, mode);
        client.legacy_auth().login(LoginRequest::new("mara", "pa55", "test")).await.unwrap();
        let query = AuthorizeQuery::new("app", "https://app.example.com/cb", ResponseType::Code);
        assert_eq!(client.oauth2().raw().authorize(query).await.unwrap().location, "https://erp.example.com/page");
    }
    assert_eq!(wire.sent().len(), 8);
    assert!(wire.sent().iter().all(|sent| sent.credentials().is_empty()), "{:?}", wire.log());
}

#[tokio::test]
async fn a_public_operation_needs_no_store() {
    let store = SimpleStore::default();
    store.fail_to_read(true);
    let zeyos = emulator().await;
    let client = with_application(&zeyos).token_store(store).build().unwrap();
    client.oauth2().introspect("t").await.unwrap();
    assert!(client.api().list_tickets(Ticket::query()).await.unwrap_err().is_store());
    assert_eq!(seen(&zeyos), ["POST /oauth2/v1/introspect basic 200"]);
}
