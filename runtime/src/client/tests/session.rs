//! Tests of the session of a page: which attempt lets the browser add its cookies, and which does not.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, StatusCode, header};
use zeyos_core::call::Request;
use zeyos_core::{
    AuthMode, BoxFuture, Credential, Dispatcher as _, Error, Holder, Issuer, IssuerGrant, KeyPlace, Operation,
    RequestBody, Requirement, Safety, SchemeKind, SecurityScheme, ServiceDescription,
};

use crate::{
    Client, ClientBuilder, CredentialsMode, FurtherLogin, HttpTransport, Identity, Login, SessionFallback, TokenSet,
    Transport, TransportError, TransportRequest,
};

static TOKENS: Credential = Credential::new("kennel/tokens");
static COOKIE: Credential = Credential::new("kennel/session");
static APPLICATION: Credential = Credential::new("kennel/application");
static USER: Credential = Credential::new("kennel/user");
static BEARER: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &TOKENS);
static SESSION: SecurityScheme =
    SecurityScheme::new("session", SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "SID" }, &COOKIE);
static PAIR: SecurityScheme = SecurityScheme::new("client", SchemeKind::Basic(Holder::Client), &APPLICATION);
static PERSON: SecurityScheme = SecurityScheme::new("user", SchemeKind::Basic(Holder::User), &USER);

static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "");
static DOGS: Operation = Operation::new(&SERVICE, "dogs", Method::GET, "/dogs")
    .safety(Safety::Read)
    .security(&[&[Requirement::of(&BEARER)], &[Requirement::of(&SESSION)]]);
static ADOPT: Operation = Operation::new(&SERVICE, "adopt", Method::POST, "/adopt")
    .security(&[&[Requirement::of(&BEARER)], &[Requirement::of(&SESSION)]])
    .safety(Safety::Create);
static BOTH: Operation = Operation::new(&SERVICE, "both", Method::GET, "/both")
    .security(&[&[Requirement::of(&BEARER), Requirement::of(&SESSION)]]);
static NEWS: Operation = Operation::new(&SERVICE, "news", Method::GET, "/news");
static PUPPIES: Operation =
    Operation::new(&SERVICE, "puppies", Method::GET, "/puppies").security(&[&[Requirement::of(&PERSON)]]);
static TOKEN: Operation = Operation::new(&SERVICE, "token", Method::POST, "/token")
    .security(&[&[Requirement::of(&PAIR)]])
    .safety(Safety::TokenExchange)
    .body(RequestBody::FORM);
static ISSUER: Issuer = Issuer::new("oauth", &TOKENS, IssuerGrant::OAuth2, &TOKEN);

/// Path, credential in the request, and mode.
type Row = (String, &'static str, CredentialsMode);

/// Takes the session of the page and no bearer token, and keeps what came.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<Row>>>);

impl Transport for Page {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let TransportRequest { request, credentials, .. } = request;
        assert!(!request.headers().contains_key(header::COOKIE), "a page has no value for it");
        let path = request.uri().path().to_owned();
        let authorization = request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
        let own = match authorization {
            Some(text) if text.starts_with("Bearer old") => "old",
            Some(text) if text.starts_with("Bearer") => "bearer",
            Some(_) => "basic",
            None => "",
        };
        let tokens = r#"{"access_token": "new", "refresh_token": "r2", "token_type": "bearer", "expires_in": 3600}"#;
        let mut answer =
            http::Response::new(Bytes::from_static(if path == "/token" { tokens.as_bytes() } else { b"{}" }));
        let is_in = credentials == CredentialsMode::Include || own == "basic" || path == "/news";
        *answer.status_mut() = if is_in { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        self.0.lock().unwrap().push((path, own, credentials));
        Box::pin(async move { Ok(answer) })
    }
}

impl Page {
    /// What went out for this operation.
    async fn sent(&self, client: &Client, operation: &'static Operation) -> (Vec<String>, Option<Error>) {
        self.0.lock().unwrap().clear();
        let answer = client.dispatch().send(Request::new(operation)).await;
        let row = |(path, own, mode): &Row| format!("{path} {own}:{mode:?}");
        let sent = self.0.lock().unwrap().iter().map(row).collect();
        (sent, answer.err())
    }
}

fn login() -> Login {
    let operations = [&DOGS, &ADOPT, &BOTH, &NEWS, &PUPPIES, &TOKEN];
    Login::new(&TOKENS).session(&COOKIE).client(&APPLICATION).user(&USER).service(&SERVICE, operations, &[&ISSUER])
}

fn builder() -> (Page, ClientBuilder<Client>) {
    let page = Page::default();
    let builder = ClientBuilder::new("https://kennel.example", login()).transport(page.clone()).browser_session();
    (page, builder.basic_user("mara", "pw"))
}

#[tokio::test]
async fn cookies_go_along_with_the_session_and_with_nothing_else() {
    for (mode, dogs, puppies) in [
        (AuthMode::Auto, &["/dogs old:Omit", "/dogs :Include"][..], &["/puppies basic:Omit"][..]),
        (AuthMode::OAuth, &["/dogs old:Omit"], &[]),
        (AuthMode::Session, &["/dogs :Include"], &[]),
        (AuthMode::None, &["/dogs :Omit"], &["/puppies :Omit"]),
    ] {
        let (page, builder) = builder();
        let client = builder.auth_mode(mode).token_set(TokenSet::bearer("old")).build().unwrap();
        assert_eq!(page.sent(&client, &DOGS).await.0, dogs, "{mode:?}");
        assert_eq!(page.sent(&client, &PUPPIES).await.0, puppies, "{mode:?}");
        assert_eq!(page.sent(&client, &NEWS).await.0, ["/news :Omit"], "{mode:?}");
    }
}

#[tokio::test]
async fn without_a_token_the_session_is_the_first_thing_that_goes_out() {
    let (page, builder) = builder();
    let client = builder.build().unwrap();
    assert_eq!(page.sent(&client, &DOGS).await.0, ["/dogs :Include"]);
    let dry = client.dispatch().dry_run(Request::new(&DOGS)).unwrap();
    assert_eq!(dry.credentials.first().map(|needed| needed.scheme.name), Some("session"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_only_then_the_session_follows() {
    let (page, builder) = builder();
    let tokens = TokenSet::bearer("old").with_refresh_token("r1");
    let client = builder.client_credentials("app", "s3cret").token_set(tokens).build().unwrap();
    let (sent, error) = page.sent(&client, &DOGS).await;
    assert!(error.is_none(), "{error:?}");
    // The server above refuses every token.
    assert_eq!(sent, ["/dogs old:Omit", "/token basic:Omit", "/dogs bearer:Omit", "/dogs :Include"]);
}

#[tokio::test]
async fn the_policy_of_the_fallback_counts_in_a_page_too() {
    for (policy, reads, writes) in
        [(SessionFallback::Always, 2, 2), (SessionFallback::ReadsOnly, 2, 1), (SessionFallback::Never, 1, 1)]
    {
        let (page, builder) = builder();
        let client = builder.session_fallback(policy).token_set(TokenSet::bearer("old")).build().unwrap();
        let (dogs, adopt) = (page.sent(&client, &DOGS).await.0, page.sent(&client, &ADOPT).await.0);
        assert_eq!((dogs.len(), adopt.len()), (reads, writes), "{policy:?}");
    }
}

#[tokio::test]
async fn an_operation_that_wants_token_and_session_gets_both() {
    let (page, builder) = builder();
    let client = builder.token_set(TokenSet::bearer("new")).build().unwrap();
    assert_eq!(page.sent(&client, &BOTH).await.0, ["/both bearer:Include"]);
}

#[tokio::test]
async fn only_an_exchange_of_tokens_keeps_cookies_and_only_when_it_is_asked_to() {
    let (page, builder) = builder();
    let client = builder.client_credentials("app", "s3cret").token_set(TokenSet::bearer("new")).build().unwrap();
    for (operation, keeps, wanted) in [
        (&TOKEN, false, "/token basic:Omit"),
        (&TOKEN, true, "/token basic:Include"),
        (&PUPPIES, true, "/puppies basic:Omit"),
        (&NEWS, true, "/news :Omit"),
    ] {
        let mut request = Request::new(operation);
        (request.options.keeps_cookies, request.options.detached) = (keeps, true);
        client.dispatch().send(request).await.unwrap();
        let (path, own, mode) = page.0.lock().unwrap().pop().unwrap();
        assert_eq!(format!("{path} {own}:{mode:?}"), wanted);
    }
}

#[tokio::test]
async fn the_session_is_that_of_the_user_who_has_configured_it() {
    let (page, builder) = builder();
    let client = builder.build().unwrap();
    let otto = client.for_user(Identity::from(TokenSet::bearer("old"))).unwrap();
    assert_eq!(page.sent(&otto, &DOGS).await.0, ["/dogs old:Omit"]);
    let mara = client.for_user(Identity::new().browser_session()).unwrap();
    assert_eq!(page.sent(&mara, &DOGS).await.0, ["/dogs :Include"]);
}

#[tokio::test]
async fn the_cookies_of_a_page_go_to_no_origin_that_the_client_does_not_know() {
    let (page, builder) = builder();
    static ELSEWHERE: ServiceDescription =
        ServiceDescription::new("cattery", "").root(zeyos_core::ServiceRoot::At("https://cats.example"));
    static CATS: Operation =
        Operation::new(&ELSEWHERE, "cats", Method::GET, "/cats").security(&[&[Requirement::of(&SESSION)]]);
    let (sent, error) = page.sent(&builder.build().unwrap(), &CATS).await;
    assert!(sent.is_empty() && error.unwrap().refusal().is_some());
}

#[test]
fn outside_of_a_page_there_is_no_session_of_a_page() {
    let refused = |built: Result<Client, crate::BuildError>| {
        let error = built.unwrap_err().to_string();
        assert!(error.contains("wasm32-unknown-unknown") && error.contains("session_cookie"), "{error}");
    };
    let builder = || ClientBuilder::<Client>::new("http://localhost", login());
    let own = || HttpTransport::new().unwrap();
    refused(builder().browser_session().build());
    refused(builder().browser_session().transport(own()).build());
    refused(builder().build().unwrap().for_user(Identity::new().browser_session()));
    static OTHER: Credential = Credential::new("cattery/tokens");
    let further = || FurtherLogin::new(Login::new(&OTHER)).identity(Identity::new().browser_session());
    refused(builder().further_login(further()).build());
}

/// A wrapper around the built-in transport, which no one can see into.
struct Around(HttpTransport);

impl Transport for Around {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.0.send(request)
    }
}

#[tokio::test]
async fn the_built_in_transport_sends_nothing_that_was_to_go_with_cookies_of_a_page() {
    let around = Around(HttpTransport::new().unwrap());
    let builder = ClientBuilder::<Client>::new("http://localhost:9", login()).transport(around);
    let client = builder.browser_session().build().unwrap();
    for streamed in [false, true] {
        let error = if streamed {
            client.dispatch().send_streamed(Request::new(&DOGS)).await.map(drop).unwrap_err()
        } else {
            client.dispatch().send(Request::new(&DOGS)).await.unwrap_err()
        };
        assert!(error.to_string().contains("browser_session") && !error.may_have_been_sent(), "{error}");
    }
}
