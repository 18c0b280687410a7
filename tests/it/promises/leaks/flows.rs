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
use crate::support::paper::Paper;

const HOME: &str = "https://app.example.com/cb";

pub(super) async fn all(client: &Client, paper: &Paper) {
    values(client, paper);
    calls(client, paper);
    sign_ins(client, paper).await;
    callbacks(client, paper).await;
    requests(client, paper).await;
    untyped(client, paper).await;
    ends(client, paper).await;
}

fn values(client: &Client, paper: &Paper) {
    paper.print(&(client, client.auth(), client.oauth2(), client.legacy_auth(), client.api(), client.oauth2().raw()));
    paper.print(&(tokens(), Some(tokens()), MemoryTokenStore::new(tokens()), Secret::from(c::TYPED)));
    paper.print(&(
        login(),
        grant(),
        code_request(),
        TokenReference::new(c::TYPED),
        PasswordTokenReference::new(c::TYPED),
    ));
    paper.print(&(CodeVerifier::new(c::VERIFIER), CodeVerifier::new(c::VERIFIER).secret()));
    paper.print(&(BaseUrl::from(format!("https://m:{}@erp.example.com/demo?a={}", c::IN_URL, c::IN_URL)),));
    paper.print(&TokenSet::normalize(&json!({"access_token": c::ACCESS, "refresh_token": c::REFRESH, "x": c::TYPED})));
    #[cfg(feature = "password-grant")]
    paper.print(&client.oauth2().password_grant("mara", c::LOGIN_PASSWORD).otp(c::OTP));
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
fn calls(client: &Client, paper: &Paper) {
    let (oauth2, legacy, api) = (client.oauth2().raw(), client.legacy_auth().raw(), client.api());
    macro_rules! shown {
        ($($call:expr),* $(,)?) => {$(
            let call = $call;
            paper.print(&call);
            let dry = call.dry_run();
            paper.outcome(&dry);
            let _ = dry.map(|dry| paper.write(format_args!("{dry}")));
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
    paper.print(&client.operation("getToken").json(body()));
}

fn body() -> serde_json::Value {
    json!({"grant_type": "password", "username": "mara", "password": c::LOGIN_PASSWORD, "token": c::TYPED, "otp": c::OTP,
           "identifier": "test", "appsecret": c::APP_SECRET, "code": c::CODE, "code_verifier": c::VERIFIER})
}

async fn sign_ins(client: &Client, paper: &Paper) {
    let (oauth2, legacy) = (client.oauth2(), client.legacy_auth());
    let verifier = CodeVerifier::new(c::VERIFIER);
    paper.failed(oauth2.exchange_authorization_code(c::CODE, Some(&verifier), Some(HOME)).await);
    paper.failed(oauth2.exchange_authorization_code(c::CODE, None, None).await);
    told(client, paper);
    // What a raw answer holds is what the server says; only what goes wrong is this crate's own.
    paper.failed(oauth2.raw().get_token(grant()).await.map(drop));
    paper.failed(oauth2.raw().get_token(code_request()).detached().await.map(drop));
    paper.failed(legacy.login(login()).await);
    paper.failed(legacy.raw().login(login()).detached().await);
    paper.failed(legacy.issue_token().await.map(drop));
    told(client, paper);
    paper.failed(client.auth().set_token_set(tokens()).await);
    paper.failed(oauth2.refresh().await);
    paper.failed(oauth2.refresh().await);
    told(client, paper);
    #[cfg(feature = "password-grant")]
    paper.failed(oauth2.password_grant("mara", c::LOGIN_PASSWORD).otp(c::OTP).send().await);
}

/// A login whose verifier is known: begun, kept and resumed.
fn begun(client: &Client, paper: &Paper) -> PendingLogin {
    let request = client.oauth2().authorization_request(HOME).state(c::STATE);
    paper.print(&request);
    let begun = request.begin().unwrap();
    paper.print(&begun);
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
        finished(&client.oauth2().resume_login(&odd), paper);
    }
    let resumed = client.oauth2().resume_login(&kept).unwrap();
    paper.print(&resumed);
    resumed
}

fn finished<T: Debug>(outcome: &Result<T, LoginError>, paper: &Paper) {
    paper.outcome(outcome);
    if let Err(error) = outcome {
        let boxed: &(dyn StdError + 'static) = error;
        paper.print(&boxed.to_string());
    }
}

async fn callbacks(client: &Client, paper: &Paper) {
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
        finished(&callback, paper);
        let login = begun(client, paper);
        if let Ok(callback) = callback {
            finished(&login.finish(callback.clone()).await, paper);
            finished(&begun(client, paper).finish(callback).await, paper);
        }
        told(client, paper);
    }
    let wrong = [("http://example.com/cb", c::STATE), (HOME, "tooshort"), (c::IN_URL, c::STATE)];
    for (home, state) in wrong {
        finished(&client.oauth2().authorization_request(home).state(state).begin(), paper);
    }
    let guessed = format!("{}{}", &c::OTHER_STATE[..12], "a");
    finished(&client.oauth2().authorization_request(HOME).state(guessed).begin(), paper);
}

async fn requests(client: &Client, paper: &Paper) {
    let (api, oauth2, legacy) = (client.api(), client.oauth2(), client.legacy_auth());
    paper.failed(client.auth().set_token_set(tokens()).await);
    for mode in [AuthMode::Auto, AuthMode::OAuth, AuthMode::Session] {
        paper.failed(api.list_tickets(Ticket::query()).auth_mode(mode).await.map(|rows| rows.len()));
        paper.failed(api.create_ticket(NewTicket::new("x")).auth_mode(mode).await.map(drop));
    }
    paper.failed(api.get_ticket(zeyos::Id::new(1)).await.map(drop));
    paper.failed(oauth2.introspect(c::TYPED).await);
    paper.failed(oauth2.revoke(c::TYPED).await);
    paper.failed(oauth2.user_info().await);
    paper.failed(legacy.verify().await);
    paper.failed(legacy.user_info().await);
    paper.failed(legacy.introspect_issued_token(c::TYPED).await);
    paper.failed(legacy.revoke_issued_token(c::TYPED).await);
    told(client, paper);
    // What no header may hold.
    for end in ["\r\n", "\0", " x"] {
        paper.failed(client.auth().set_token_set(TokenSet::bearer(format!("{}{end}", c::ACCESS))).await);
        paper.failed(api.list_tickets(Ticket::query()).await.map(|rows| rows.len()));
    }
    paper.failed(client.auth().set_token_set(tokens()).await);
}

async fn untyped(client: &Client, paper: &Paper) {
    // The answer of a sign-in is what the caller asked for; what goes wrong is not.
    let unprinted = |outcome: Result<_, zeyos::Error>| paper.failed(outcome.map(drop));
    unprinted(client.operation("getToken").json(body()).call().await.map(drop));
    unprinted(client.operation("login").json(body()).call().await.map(drop));
    unprinted(client.operation("revokeToken").json(body()).call().await.map(drop));
    unprinted(client.request(Method::GET, "/gadgets").call().await.map(drop));
    unprinted(client.request(Method::POST, "/auth/v1/token/introspect").json(body()).call().await.map(drop));
    unprinted(client.operation("nothing").json(body()).call().await.map(drop));
    told(client, paper);
}

async fn ends(client: &Client, paper: &Paper) {
    paper.failed(client.auth().set_token_set(tokens()).await);
    paper.failed(client.oauth2().logout().await);
    paper.failed(client.auth().set_token_set(tokens()).await);
    paper.failed(client.legacy_auth().logout().await);
    paper.failed(client.auth().set_token_set(tokens()).await);
    paper.failed(client.legacy_auth().logout_issued_token().await);
    paper.failed(client.auth().logout().await);
    paper.failed(client.auth().token_set().await);
    paper.failed(client.auth().close().await);
    paper.failed(client.auth().clear_token_set().await);
    told(client, paper);
}

/// What a health check shows.
pub(super) fn told(client: &Client, paper: &Paper) {
    paper.print(&client.auth().status());
}

/// What a builder refuses.
pub(super) fn refused_settings(paper: &Paper) {
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
        paper.print(&refused);
        paper.error(&refused.build().unwrap_err());
    }
}
