//! Everything that can be asked of a client; all that comes back is written down.

use std::error::Error as StdError;
use std::fmt::Debug;

use base64::Engine as _;
use http::Method;
use serde_json::json;
use zeyos::legacy_auth::{LoginRequest, PasswordTokenReference};
use zeyos::oauth2::{Callback, CodeVerifier, GrantType, LoginError, PendingLogin, TokenReference, TokenRequest};
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{AuthMode, BaseUrl, Client, MemoryTokenStore, Secret, TokenSet};

use super::canaries as c;
use super::tokens;
use crate::support::transcript::Transcript;

const HOME: &str = "https://app.example.com/cb";

pub(super) async fn all(client: &Client, transcript: &Transcript) {
    values(client, transcript);
    calls(client, transcript);
    sign_ins(client, transcript).await;
    callbacks(client, transcript).await;
    requests(client, transcript).await;
    untyped(client, transcript).await;
    ends(client, transcript).await;
}

fn values(client: &Client, transcript: &Transcript) {
    transcript.print(&(
        client,
        client.auth(),
        client.oauth2(),
        client.legacy_auth(),
        client.api(),
        client.oauth2().raw(),
    ));
    transcript.print(&(tokens(), Some(tokens()), MemoryTokenStore::new(tokens()), Secret::from(c::TYPED)));
    transcript.print(&(
        login(),
        grant(),
        code_request(),
        TokenReference::new(c::TYPED),
        PasswordTokenReference::new(c::TYPED),
    ));
    transcript.print(&(CodeVerifier::new(c::VERIFIER), CodeVerifier::new(c::VERIFIER).secret()));
    transcript.print(&(BaseUrl::from(format!("https://m:{}@erp.example.com/demo?a={}", c::IN_URL, c::IN_URL)),));
    transcript
        .print(&TokenSet::normalize(&json!({"access_token": c::ACCESS, "refresh_token": c::REFRESH, "x": c::TYPED})));
    #[cfg(feature = "password-grant")]
    transcript.print(&client.oauth2().password_grant("mara", c::LOGIN_PASSWORD).otp(c::OTP));
}

fn login() -> LoginRequest {
    LoginRequest::new("mara", c::LOGIN_PASSWORD, "test").otp(c::OTP).appsecret(c::APP_SECRET)
}

fn grant() -> TokenRequest {
    TokenRequest::new(GrantType::Password).username("mara").password(c::LOGIN_PASSWORD).otp(c::OTP)
}

fn code_request() -> TokenRequest {
    TokenRequest::new(GrantType::RefreshToken).code(c::CODE).code_verifier(c::VERIFIER).refresh_token(c::TYPED)
}

/// What calls look like before they are sent.
fn calls(client: &Client, transcript: &Transcript) {
    let (oauth2, legacy, api) = (client.oauth2().raw(), client.legacy_auth().raw(), client.api());
    macro_rules! shown {
        ($($call:expr),* $(,)?) => {$(
            let call = $call;
            transcript.print(&call);
            let dry = call.dry_run();
            transcript.outcome(&dry);
            let _ = dry.map(|dry| transcript.write(format_args!("{dry}")));
        )*};
    }
    shown![
        legacy.login(login()),
        legacy.issue_token(),
        legacy.revoke_issued_token(PasswordTokenReference::new(c::TYPED)),
        oauth2.get_token(grant()),
        oauth2.get_token(code_request()),
        oauth2.revoke_token(TokenReference::new(c::TYPED)),
        oauth2.introspect_token(TokenReference::new(c::TYPED)),
        api.list_tickets(Ticket::query()),
        api.create_ticket(NewTicket::new("x")),
        client.operation("getToken").json(body()).call(),
        client.operation("login").json(body()).call(),
        client.operation("revokeToken").json(body()).call(),
        client.request(Method::POST, "/auth/v1/token/introspect").json(body()).call(),
    ];
    transcript.print(&client.operation("getToken").json(body()));
}

fn body() -> serde_json::Value {
    json!({"grant_type": "password", "username": "mara", "password": c::LOGIN_PASSWORD, "token": c::TYPED, "otp": c::OTP,
           "identifier": "test", "appsecret": c::APP_SECRET, "code": c::CODE, "code_verifier": c::VERIFIER})
}

async fn sign_ins(client: &Client, transcript: &Transcript) {
    let (oauth2, legacy) = (client.oauth2(), client.legacy_auth());
    let verifier = CodeVerifier::new(c::VERIFIER);
    transcript.failed(oauth2.exchange_authorization_code(c::CODE, Some(&verifier), Some(HOME)).await);
    transcript.failed(oauth2.exchange_authorization_code(c::CODE, None, None).await);
    told(client, transcript);
    // What a raw answer holds is what the server says; only what goes wrong is this crate's own.
    transcript.failed(oauth2.raw().get_token(grant()).await.map(drop));
    transcript.failed(oauth2.raw().get_token(code_request()).detached().await.map(drop));
    transcript.failed(legacy.login(login()).await);
    transcript.failed(legacy.raw().login(login()).detached().await);
    transcript.failed(legacy.issue_token().await.map(drop));
    told(client, transcript);
    transcript.failed(client.auth().set_token_set(tokens()).await);
    transcript.failed(oauth2.refresh().await);
    transcript.failed(oauth2.refresh().await);
    told(client, transcript);
    #[cfg(feature = "password-grant")]
    transcript.failed(oauth2.password_grant("mara", c::LOGIN_PASSWORD).otp(c::OTP).send().await);
}

/// A login whose verifier is known: begun, kept and resumed.
fn begun(client: &Client, transcript: &Transcript) -> PendingLogin {
    let request = client.oauth2().authorization_request(HOME).state(c::STATE);
    transcript.print(&request);
    let begun = request.begin().unwrap();
    transcript.print(&begun);
    let mut kept = begun.into_json_exposing_secrets();
    kept["verifier"] = c::VERIFIER.into();
    for (name, value) in [
        ("format", json!(c::VERIFIER)),
        ("issuer", json!(c::IN_URL)),
        ("clientId", json!(c::STATE)),
        ("begunAt", json!(0)),
    ] {
        let mut odd = kept.clone();
        odd[name] = value;
        finished(&client.oauth2().resume_login(&odd), transcript);
    }
    let resumed = client.oauth2().resume_login(&kept).unwrap();
    transcript.print(&resumed);
    resumed
}

fn finished<T: Debug>(outcome: &Result<T, LoginError>, transcript: &Transcript) {
    transcript.outcome(outcome);
    if let Err(error) = outcome {
        let boxed: &(dyn StdError + 'static) = error;
        transcript.print(&boxed.to_string());
    }
}

async fn callbacks(client: &Client, transcript: &Transcript) {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (code, state, other) = (encoded(c::CODE), encoded(c::STATE), encoded(c::OTHER_STATE));
    let echo = encoded(&[c::STATE, c::CODE, c::VERIFIER, c::CLIENT_SECRET, c::ACCESS, c::REFRESH].join(" "));
    for query in [
        format!("code={code}&state={state}"),
        format!("code={code}"),
        format!("code={code}&state={other}"),
        format!("code={code}&code={code}&state={state}"),
        format!("code={code}&state={state}&state={other}"),
        format!("code={code}&state={state}&iss={code}"),
        format!("code={code}&state={state}&error=access_denied"),
        format!("state={state}"),
        format!("state={state}&error=access_denied"),
        format!("state={state}&error=access_denied&error_description={state}+{state}&error_uri={state}"),
        format!("state={state}&error={state}&error_description={}", encoded(&super::STANDARD.encode(c::VERIFIER))),
        format!("state={state}&error=server_error&error_description={echo}"),
        format!("state={other}&error={other}&error_description={other}"),
    ] {
        let callback = Callback::parse(&format!("{HOME}?{query}"));
        finished(&callback, transcript);
        let login = begun(client, transcript);
        if let Ok(callback) = callback {
            finished(&login.finish(callback.clone()).await, transcript);
            finished(&begun(client, transcript).finish(callback).await, transcript);
        }
        told(client, transcript);
    }
    let wrong = [("http://example.com/cb", c::STATE), (HOME, "tooshort"), (c::IN_URL, c::STATE)];
    for (home, state) in wrong {
        finished(&client.oauth2().authorization_request(home).state(state).begin(), transcript);
    }
    let guessed = format!("{}{}", &c::OTHER_STATE[..12], "a");
    finished(&client.oauth2().authorization_request(HOME).state(guessed).begin(), transcript);
}

async fn requests(client: &Client, transcript: &Transcript) {
    let (api, oauth2, legacy) = (client.api(), client.oauth2(), client.legacy_auth());
    transcript.failed(client.auth().set_token_set(tokens()).await);
    for mode in [AuthMode::Auto, AuthMode::OAuth, AuthMode::Session] {
        transcript.failed(api.list_tickets(Ticket::query()).auth_mode(mode).await.map(|rows| rows.len()));
        transcript.failed(api.create_ticket(NewTicket::new("x")).auth_mode(mode).await.map(drop));
    }
    transcript.failed(api.get_ticket(zeyos::Id::new(1)).await.map(drop));
    transcript.failed(oauth2.introspect(c::TYPED).await);
    transcript.failed(oauth2.revoke(c::TYPED).await);
    transcript.failed(oauth2.user_info().await);
    transcript.failed(legacy.verify().await);
    transcript.failed(legacy.user_info().await);
    transcript.failed(legacy.introspect_issued_token(c::TYPED).await);
    transcript.failed(legacy.revoke_issued_token(c::TYPED).await);
    told(client, transcript);
    // What no header may hold.
    for end in ["\r\n", "\0", " x"] {
        transcript.failed(client.auth().set_token_set(TokenSet::bearer(format!("{}{end}", c::ACCESS))).await);
        transcript.failed(api.list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    }
    transcript.failed(client.auth().set_token_set(tokens()).await);
}

async fn untyped(client: &Client, transcript: &Transcript) {
    // The answer of a sign-in is what the caller asked for; what goes wrong is not.
    let unprinted = |outcome: Result<_, zeyos::Error>| transcript.failed(outcome.map(drop));
    unprinted(client.operation("getToken").json(body()).call().await.map(drop));
    unprinted(client.operation("login").json(body()).call().await.map(drop));
    unprinted(client.operation("revokeToken").json(body()).call().await.map(drop));
    unprinted(client.request(Method::GET, "/gadgets").call().await.map(drop));
    unprinted(client.request(Method::POST, "/auth/v1/token/introspect").json(body()).call().await.map(drop));
    unprinted(client.operation("nothing").json(body()).call().await.map(drop));
    told(client, transcript);
}

async fn ends(client: &Client, transcript: &Transcript) {
    transcript.failed(client.auth().set_token_set(tokens()).await);
    transcript.failed(client.oauth2().logout().await);
    transcript.failed(client.auth().set_token_set(tokens()).await);
    transcript.failed(client.legacy_auth().logout().await);
    transcript.failed(client.auth().set_token_set(tokens()).await);
    transcript.failed(client.legacy_auth().logout_issued_token().await);
    transcript.failed(client.auth().logout().await);
    transcript.failed(client.auth().token_set().await);
    transcript.failed(client.auth().close().await);
    transcript.failed(client.auth().clear_token_set().await);
    told(client, transcript);
}

/// What a health check shows.
pub(super) fn told(client: &Client, transcript: &Transcript) {
    transcript.print(&client.auth().status());
}

/// What a builder refuses.
pub(super) fn refused_settings(transcript: &Transcript) {
    let base = || Client::builder("https://erp.example.com/demo");
    let address = |text: String| Client::builder(text);
    for refused in [
        base().session_cookie(format!("{}; x", c::COOKIE)),
        base().session_cookie(format!("ZEYOSID={}", c::COOKIE)),
        base().user_agent(format!("{}\r\n", c::TYPED)),
        address(format!("https://mara:{}@erp.example.com/demo", c::IN_URL)),
        address(format!("https//mara:{}@erp.example.com/demo", c::IN_URL)),
        address(format!("https://erp.example.com/demo?key={}", c::IN_URL)),
        address(format!("https://erp.example.com/demo#{}", c::IN_URL)),
        address(format!("http://mara:{}@erp.example.com/demo", c::IN_URL)),
    ] {
        transcript.print(&refused);
        transcript.error(&refused.build().unwrap_err());
    }
}
