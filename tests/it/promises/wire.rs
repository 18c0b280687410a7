//! What is on the wire: who authenticates how, which headers are marked, what an error repeats.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use zeyos::legacy_auth::LoginRequest;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{AuthMode, Client, Error, TokenSet};
use zeyos_emulator::{FaultServer, WireFault};

use crate::auth::support::{RecordedEvents, Sent, Wire, emulator, json, text, tokens};

/// Identifier and secret as the header has them.
fn pair(sent: &Sent) -> String {
    let value = sent.header("authorization").unwrap().strip_prefix("Basic ").unwrap();
    String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
}

#[tokio::test]
async fn b2_identifier_and_secret_are_form_encoded_before_basic() {
    for (id, secret, expected) in [
        ("a:b", "c:d", "a%3Ab:c%3Ad"),
        ("a%b", "100%", "a%25b:100%25"),
        ("a+b", "c d", "a%2Bb:c+d"),
        ("ü", "päss", "%C3%BC:p%C3%A4ss"),
        ("app", "519d6241f455abbe0123456789abcdef01234567", "app:519d6241f455abbe0123456789abcdef01234567"),
    ] {
        let wire = Wire::agreeable();
        let client = wire.client().client_credentials(id, secret).build().unwrap();
        client.oauth2().introspect("t").await.unwrap();
        assert_eq!(pair(&wire.only()), expected);
    }
}

const SECRETS: [&str; 9] = [
    "access-51423679",
    "refresh-51423679",
    "secret-51423679",
    "cookie-51423679",
    "password-51423679",
    "code-51423679",
    "verifier-51423679",
    "typed-51423679",
    "login-51423679",
];

fn client_with_secrets(wire: &Wire) -> zeyos::ClientBuilder {
    wire.client()
        .token_set(TokenSet::bearer("access-51423679").with_refresh_token("refresh-51423679"))
        .client_credentials("app", "secret-51423679")
        .session_cookie("cookie-51423679")
        .basic_user("mara", "password-51423679")
}

/// One call of every kind, with what came of each.
async fn every_call(client: &Client) -> Vec<Result<(), Error>> {
    let (api, oauth2, legacy) = (client.api(), client.oauth2(), client.legacy_auth());
    let login = LoginRequest::new("mara", "login-51423679", "test");
    let redirect = Some("https://app.example.com/cb");
    let verifier = zeyos::oauth2::CodeVerifier::new("verifier-51423679-0123456789-0123456789-0123");
    vec![
        api.list_tickets(Ticket::query()).await.map(drop),
        api.list_tickets(Ticket::query()).auth_mode(AuthMode::Session).await.map(drop),
        api.create_ticket(NewTicket::new("x")).await.map(drop),
        api.get_ticket(zeyos::Id::new(1)).await.map(drop),
        client.request(Method::GET, "/gadgets").call().await.map(drop),
        oauth2.introspect("typed-51423679").await.map(drop),
        oauth2.revoke("typed-51423679").await.map(drop),
        oauth2.user_info().await.map(drop),
        legacy.verify().await.map(drop),
        legacy.raw().issue_token().detached().await.map(drop),
        legacy.login(login).await.map(drop),
        oauth2.exchange_authorization_code("code-51423679", Some(&verifier), redirect).await.map(drop),
        oauth2.refresh().await.map(drop),
    ]
}

#[tokio::test]
async fn b3_credentials_are_in_headers_and_bodies_alone_and_never_twice() {
    let wire = Wire::agreeable();
    every_call(&client_with_secrets(&wire).build().unwrap()).await;
    assert!(wire.sent().len() >= 12, "{:?}", wire.log());
    for sent in wire.sent() {
        for secret in SECRETS {
            assert!(!sent.url.contains(secret), "{}", sent.url);
        }
        assert!(!sent.url.contains('@') && !sent.url.contains("token="), "{}", sent.url);
        assert!(sent.credentials().len() <= 1, "{} {:?}", sent.url, sent.credentials());
        assert!(sent.headers.get_all("authorization").iter().count() <= 1);
    }
}

#[tokio::test]
async fn f2_headers_with_credentials_are_marked_as_sensitive() {
    let wire = Wire::agreeable();
    every_call(&client_with_secrets(&wire).build().unwrap()).await;
    let mut marked = 0;
    for sent in wire.sent() {
        for name in ["authorization", "cookie"] {
            if let Some(value) = sent.headers.get(name) {
                assert!(value.is_sensitive() && format!("{value:?}") == "Sensitive", "{name} of {}", sent.url);
                marked += 1;
            }
        }
        assert!(SECRETS.iter().all(|secret| !sent.debug.contains(secret)), "{}", sent.debug);
    }
    assert!(marked >= 10, "{marked}");
    // Headers are compressed in HTTP/2 alone, and a marked one never is: `tls::http2_is_spoken_..` reads that off the wire. It is not
    // even compiled in unless a feature says so.
    for manifest in [include_str!("../../../Cargo.toml"), include_str!("../../../runtime/Cargo.toml")] {
        assert!(manifest.contains("\ndefault = [\"ring\"]\n") && manifest.contains("\nring = ["), "{manifest}");
        assert!(!manifest.lines().any(|line| line.starts_with("ring = ") && line.contains("http2")));
    }
}

/// What a server may write into an error that had better not be there.
fn echo(sent: &Sent) -> String {
    let headers: Vec<_> = sent.headers.values().map(|value| value.to_str().unwrap()).collect();
    let basic =
        headers.iter().filter_map(|value| value.strip_prefix("Basic ")).filter_map(|value| STANDARD.decode(value).ok());
    let basic: Vec<_> = basic.map(|pair| String::from_utf8(pair).unwrap()).collect();
    format!("{} {} {}", sent.body, headers.join(" "), basic.join(" "))
}

#[tokio::test]
async fn f3_what_a_server_echoes_is_not_repeated() {
    let plain: fn(&Sent) -> http::Response<bytes::Bytes> = |sent| text(500, &echo(sent));
    let oauth: fn(&Sent) -> http::Response<bytes::Bytes> =
        |sent| json(400, &serde_json::json!({"error": "invalid_request", "error_description": echo(sent)}));
    for answer in [plain, oauth] {
        let (wire, recorded) = (Wire::answering(answer), RecordedEvents::default());
        let client = client_with_secrets(&wire).on_event(recorded.listener()).build().unwrap();
        for error in every_call(&client).await.into_iter().map(Result::unwrap_err) {
            let mut next: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = next {
                let shown = format!("{error} {error:?}");
                assert!(!shown.contains("51423679"), "{shown}");
                for secret in SECRETS {
                    assert!(!shown.contains(STANDARD.encode(secret).trim_end_matches('=')), "{shown}");
                }
                assert!(error.to_string().chars().count() < 330, "{error}");
                next = error.source();
            }
        }
        let events = format!("{:?}", recorded.events());
        assert!(!events.contains("51423679"), "{events}");
    }
}

#[tokio::test]
async fn a_token_request_has_a_connection_of_its_own() {
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    let credentials = zeyos.credentials();
    let client = Client::builder(server.url())
        .client_credentials(&credentials.client_id, credentials.client_secret.as_str())
        .token_set(tokens(&zeyos))
        .build()
        .unwrap();
    for _ in 0..3 {
        client.api().list_tickets(Ticket::query()).await.unwrap();
        client.oauth2().refresh().await.unwrap();
    }
    let seen = server.exchanges();
    let is_of_oauth = |path: &str| path.ends_with("/introspect") || path.ends_with("/token");
    let (exchanges, calls): (Vec<_>, Vec<_>) = seen.iter().partition(|seen| is_of_oauth(&seen.path));
    let exchanges: Vec<_> = exchanges.into_iter().filter(|seen| seen.path.ends_with("/token")).collect();
    assert!(exchanges.len() == 3 && exchanges.iter().all(|seen| seen.place == 1), "{seen:?}");
    assert!(exchanges.iter().all(|one| seen.iter().filter(|seen| seen.connection == one.connection).count() == 1));
    assert_eq!(calls.iter().map(|seen| seen.connection).max(), calls.iter().map(|seen| seen.connection).min());
}

#[tokio::test]
async fn what_came_in_of_a_body_is_handed_over_with_the_error() {
    use zeyos::{Transport, TransportError};
    let error = TransportError::other("broken").with_partial("{\"refresh_token\": \"r1\"");
    assert_eq!(error.partial().as_ref(), b"{\"refresh_token\": \"r1\"");
    assert!(!format!("{error} {error:?}").contains("r1") && !error.is_connect());
    // A transport is a trait object that anyone may implement.
    let _: Option<&dyn Transport> = None;
    let zeyos = emulator().await;
    let server = FaultServer::before(&zeyos).await.unwrap();
    server.inject(WireFault::cut_body(1));
    let client = Client::builder(server.url()).token_set(tokens(&zeyos)).build().unwrap();
    let error = client.api().list_tickets(Ticket::query()).retry(zeyos::RetryPolicy::None).await.unwrap_err();
    assert!(!error.is_connect() && error.is_retryable() && error.body().is_none(), "{error:?}");
}
