//! No secret is printed: not by `Debug`, not by `Display`, in no error, event, dry run or log line.

use http::Method;
use serde_json::json;
use zeyos::legacy_auth::{LoginRequest, PasswordTokenReference};
use zeyos::oauth2::{Callback, CodeVerifier, GrantType, TokenReference, TokenRequest};
use zeyos::rest::Ticket;
use zeyos::{AuthMode, BaseUrl, Client, MemoryTokenStore, Secret, TokenSet};
use zeyos_emulator::Fault;

use super::support::{RecordedEvents, SimpleStore, Wire, emulator, in_seconds, issued, json, text};
use crate::support::transcript::Transcript;

/// One for every place where a secret can be.
const CANARIES: [&str; 14] = [
    "canary-access",
    "canary-refresh",
    "canary-secret",
    "canary-password",
    "canary-cookie",
    "canary-otp",
    "canary-appsecret",
    "canary-code",
    "canary-verifier-0123456789012345678901234567",
    "canary-token",
    "canary-issued",
    "canary-renewed",
    "canary-state-0123456789xyz",
    "canary-url",
];

/// Fails if a canary is there, plain or encoded, whole or cut.
fn check(transcript: &Transcript) {
    transcript.check(&CANARIES);
    assert!(!transcript.text().contains("canary-"), "a piece of a secret is printed");
}

fn tokens() -> TokenSet {
    TokenSet::bearer("canary-access").with_refresh_token("canary-refresh")
}

fn client(wire: &Wire) -> zeyos::ClientBuilder {
    wire.client()
        .token_set(tokens())
        .client_credentials("app", "canary-secret")
        .session_cookie("canary-cookie")
        .basic_user("mara", "canary-password")
}

#[test]
fn values_that_hold_secrets_print_none() {
    let transcript = Transcript::default();
    let wire = Wire::agreeable();
    transcript.print(&client(&wire));
    let built = client(&wire).build().unwrap();
    transcript.print(&(
        built.clone(),
        built.auth(),
        built.oauth2(),
        built.legacy_auth(),
        built.api(),
        built.oauth2().raw(),
    ));
    transcript.print(&(tokens(), Some(tokens()), MemoryTokenStore::new(tokens()), Secret::from("canary-token")));
    transcript.print(&BaseUrl::from("https://mara:canary-url@erp.example.com/demo"));
    transcript.print(&BaseUrl::from("https://erp.example.com/demo?key=canary-url#canary-url"));
    let request =
        built.oauth2().authorization_request("https://app.example.com/cb").state("canary-state-0123456789xyz");
    transcript.print(&request);
    transcript.print(&request.begin().unwrap());
    let back = "https://app.example.com/cb?code=canary-code&state=canary-state-0123456789xyz";
    transcript.print(&Callback::parse(back).unwrap());
    transcript.print(&CodeVerifier::new("canary-verifier-0123456789012345678901234567"));
    check(&transcript);
}

#[test]
fn calls_with_secrets_in_their_bodies_print_none() {
    let transcript = Transcript::default();
    let built = client(&Wire::agreeable()).build().unwrap();
    let (oauth2, legacy) = (built.oauth2().raw(), built.legacy_auth().raw());
    let login = LoginRequest::new("mara", "canary-password", "test").otp("canary-otp").appsecret("canary-appsecret");
    let token = TokenRequest::new(GrantType::Password)
        .password("canary-password")
        .otp("canary-otp")
        .code("canary-code")
        .code_verifier("canary-verifier-0123456789012345678901234567")
        .refresh_token("canary-refresh");
    transcript.print(&(login.clone(), token.clone(), TokenReference::new("canary-token")));
    macro_rules! shown {
        ($($call:expr),* $(,)?) => {$(
            let call = $call;
            transcript.print(&call);
            let dry = call.dry_run().unwrap();
            transcript.print(&dry);
            transcript.write(format_args!("{dry}"));
        )*};
    }
    let body = || json!({"grant_type": "password", "password": "canary-password", "token": "canary-token"});
    shown![
        legacy.login(login),
        oauth2.get_token(token),
        oauth2.revoke_token(TokenReference::new("canary-token")),
        oauth2.introspect_token(TokenReference::new("canary-token")),
        legacy.revoke_issued_token(PasswordTokenReference::new("canary-token")),
        built.api().list_tickets(Ticket::query()),
        built.operation("getToken").json(body()).call(),
        built.operation("login").json(body()).call(),
        built.operation("revokeToken").json(body()).call(),
        built.request(Method::POST, "/auth/v1/token/introspect").json(body()).call(),
    ];
    transcript.print(&built.operation("getToken").json(body()));
    check(&transcript);
}

/// A server whose answers hold tokens and whose refusals do not.
fn talkative() -> Wire {
    Wire::answering(|sent| match (sent.url.rsplit('/').next().unwrap_or_default(), sent.header("authorization")) {
        ("token", _) if sent.body.contains("canary-code") => json(403, &json!({"error": "invalid_grant"})),
        ("token", _) => json(200, &issued("canary-renewed", "canary-refresh")),
        ("login", _) if sent.body.contains("canary-otp") => text(401, "Unauthorized"),
        ("login", _) => json(200, &issued("canary-issued", "canary-refresh")),
        (_, Some("Bearer canary-access")) => text(401, "Unauthorized"),
        ("introspect", _) => json(200, &json!({"access_token": "canary-token"})),
        _ if sent.header("cookie").is_some() => text(401, "Unauthorized"),
        _ => json(200, &json!([])),
    })
}

#[tokio::test]
async fn calls_answers_errors_events_and_log_lines_print_none() {
    let (transcript, recorded) = (Transcript::default(), RecordedEvents::default());
    let _logged = transcript.capture();
    let wire = talkative();
    let built = client(&wire).on_event(recorded.listener()).build().unwrap();
    let (oauth2, legacy) = (built.oauth2(), built.legacy_auth());
    transcript.failed(built.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len()));
    transcript.failed(oauth2.raw().get_token(TokenRequest::new(GrantType::Password).password("canary-password")).await);
    transcript.failed(legacy.login(LoginRequest::new("mara", "canary-password", "test")).await);
    transcript.failed(legacy.login(LoginRequest::new("mara", "canary-password", "test").otp("canary-otp")).await);
    transcript.failed(legacy.issue_token().await);
    transcript.failed(oauth2.exchange_authorization_code("canary-code", None, None).await);
    transcript.failed(oauth2.refresh().await);
    transcript.failed(oauth2.introspect("canary-token").await);
    transcript.failed(built.auth().token_set().await);
    let by_cookie = built.api().list_tickets(Ticket::query()).auth_mode(AuthMode::Session);
    transcript.failed(by_cookie.await.map(|tickets| tickets.len()));
    built.auth().set_token_set(TokenSet::bearer("canary-access\r\n")).await.unwrap();
    transcript.failed(built.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len()));
    assert!(recorded.names().contains(&"Received".to_owned()) && recorded.names().contains(&"Refreshed".to_owned()));
    transcript.print(&recorded.events());
    assert!(transcript.text().contains("logged"), "the log was not recorded");
    wire.sent().iter().for_each(|sent| transcript.print(&sent.debug));
    check(&transcript);
}

#[tokio::test]
async fn failed_stores_refreshes_and_fallbacks_print_none() {
    let (transcript, recorded, store) = (Transcript::default(), RecordedEvents::default(), SimpleStore::default());
    let _logged = transcript.capture();
    let mut ending = tokens();
    ending.expires_at = in_seconds(30);
    store.put(ending);
    let wire = Wire::answering(|sent| match sent.url.ends_with("/token") {
        true => json(403, &json!({"error": "invalid_grant", "error_description": "used up"})),
        false => text(401, "Unauthorized"),
    });
    let built = client(&wire).token_store(store.clone()).on_event(recorded.listener()).build().unwrap();
    transcript.failed(built.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len()));
    store.fail_to_write(true);
    transcript.failed(built.auth().set_token_set(tokens()).await);
    transcript.print(&recorded.events());
    assert_eq!(recorded.names(), ["Lost", "RefreshFailed", "RefreshFailed", "FellBackToSession"]);
    check(&transcript);
}

#[test]
fn what_a_builder_refuses_is_not_printed() {
    let transcript = Transcript::default();
    let base = || Client::builder("https://erp.example.com/demo");
    for refused in [
        base().session_cookie("canary-cookie; x"),
        base().session_cookie("ZEYOSID=canary-cookie"),
        base().user_agent("canary-token\r\n"),
        Client::builder("https://mara:canary-url@erp.example.com/demo"),
        Client::builder("https//mara:canary-url@erp.example.com/demo"),
        Client::builder("https://erp.example.com/demo?key=canary-url"),
    ] {
        transcript.error(&refused.build().unwrap_err());
    }
    let file = std::env::temp_dir().join(format!("zeyos-it-secrets-{}.json", std::process::id()));
    let store = zeyos::FileTokenStore::open(&file).unwrap();
    std::fs::write(&file, "{\"access_token\": \"canary-access\"").unwrap();
    transcript.error(&zeyos::FileTokenStore::open(&file).unwrap_err());
    #[cfg(unix)]
    std::fs::set_permissions(&file, <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o600))
        .unwrap();
    transcript.error(&crate::support::random::now(zeyos::TokenStore::get(&store)).unwrap_err());
    std::fs::remove_file(&file).unwrap();
    for bad in ["?code=canary-code&code=canary-code", "?state=canary-state-0123456789xyz&state=x"] {
        transcript.error(&Callback::parse(bad).unwrap_err());
    }
    check(&transcript);
}

#[tokio::test]
async fn failed_sign_ins_over_the_network_print_none() {
    let zeyos = emulator().await;
    let transcript = Transcript::default();
    let _logged = transcript.capture();
    let built = Client::builder(zeyos.url())
        .token_set(tokens())
        .client_credentials("app", "canary-secret")
        .session_cookie("canary-cookie")
        .basic_user("mara", "canary-password")
        .build()
        .unwrap();
    let (oauth2, legacy) = (built.oauth2(), built.legacy_auth());
    transcript.failed(built.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len()));
    transcript.failed(legacy.login(LoginRequest::new("mara", "canary-password", "test").otp("canary-otp")).await);
    transcript.failed(legacy.issue_token().await);
    transcript.failed(oauth2.exchange_authorization_code("canary-code", None, None).await);
    transcript.failed(oauth2.introspect("canary-token").await);
    transcript.failed(oauth2.refresh().await);
    zeyos.inject(Fault::close_before().times(2));
    transcript.failed(built.api().list_tickets(Ticket::query()).await.map(|tickets| tickets.len()));
    transcript.failed(legacy.login(LoginRequest::new("mara", "canary-password", "test")).await);
    transcript.write(format_args!("{:?}", zeyos.requests()));
    check(&transcript);
}
