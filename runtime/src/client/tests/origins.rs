//! Tests of where credentials go when services are at several origins.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, header};
use zeyos_core::call::Request;
use zeyos_core::{
    BoxFuture, Credential, Dispatcher as _, Error, Holder, Issuer, IssuerGrant, KeyPlace, Operation, Requirement,
    Safety, SchemeKind, SecurityScheme, ServiceDescription, ServiceRoot,
};

use crate::{Client, ClientBuilder, Login, TokenSet, Transport, TransportError, TransportRequest};

static TOKENS: Credential = Credential::new("kennel/tokens");
static KEY: Credential = Credential::new("kennel/key");
static APPLICATION: Credential = Credential::new("kennel/application");
static BEARER: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &TOKENS);
static API_KEY: SecurityScheme =
    SecurityScheme::new("key", SchemeKind::ApiKey { place: KeyPlace::Header, name: "x-key" }, &KEY);
static PAIR: SecurityScheme = SecurityScheme::new("client", SchemeKind::Basic(Holder::Client), &APPLICATION);

static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "/v1");
static UPLOADS: ServiceDescription =
    ServiceDescription::new("kennel uploads", "/up").root(ServiceRoot::At("https://uploads.example"));
static FILES: ServiceDescription = ServiceDescription::new("kennel files", "/files").root(ServiceRoot::Origin);
static LOGIN: ServiceDescription =
    ServiceDescription::new("kennel login", "").root(ServiceRoot::At("https://login.example"));

const OF_BEARER: &[&[Requirement]] = &[&[Requirement::of(&BEARER)]];
const OF_KEY: &[&[Requirement]] = &[&[Requirement::of(&API_KEY)]];

static DOGS: Operation = Operation::new(&SERVICE, "dogs", Method::GET, "/dogs").security(OF_BEARER);
static KEYED: Operation = Operation::new(&SERVICE, "keyed", Method::GET, "/keyed").security(OF_KEY);
static UPLOAD: Operation = Operation::new(&UPLOADS, "upload", Method::GET, "/a").security(OF_BEARER);
static UPLOAD_KEYED: Operation = Operation::new(&UPLOADS, "uploadKeyed", Method::GET, "/k").security(OF_KEY);
static FILE: Operation = Operation::new(&FILES, "file", Method::GET, "/a").security(OF_BEARER);
static TOKEN: Operation = Operation::new(&LOGIN, "token", Method::POST, "/token")
    .security(&[&[Requirement::of(&PAIR)]])
    .safety(Safety::TokenExchange)
    .body(zeyos_core::RequestBody::FORM);
static AUTHORIZE: Operation = Operation::new(&LOGIN, "authorize", Method::GET, "/authorize?audience=dogs");
static ISSUER: Issuer = Issuer::new("oauth", &TOKENS, IssuerGrant::OAuth2, &TOKEN).authorization(&AUTHORIZE);

/// Answers everything and keeps where it went, and with which credential.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<(String, String)>>>);

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let request = request.request;
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let credential = header(header::AUTHORIZATION).or_else(|| header(http::HeaderName::from_static("x-key")));
        self.0.lock().unwrap().push((request.uri().to_string(), credential.unwrap_or_default()));
        let tokens = r#"{"access_token": "newer", "token_type": "bearer"}"#;
        Box::pin(async move { Ok(http::Response::new(Bytes::from_static(tokens.as_bytes()))) })
    }
}

fn builder(url: &str) -> (Recorder, ClientBuilder<Client>) {
    let operations = [&DOGS, &KEYED, &UPLOAD, &UPLOAD_KEYED, &FILE];
    let login = Login::new(&TOKENS).client(&APPLICATION).service(&SERVICE, operations, &[&ISSUER]);
    let recorder = Recorder::default();
    let builder = ClientBuilder::new(url, login)
        .service_url(&SERVICE, url)
        .token_set(TokenSet::bearer("access"))
        .client_credentials("app", "s3cret")
        .credential(&SERVICE, &API_KEY, "k3y")
        .transport(recorder.clone());
    (recorder, builder)
}

/// Sends each operation once; what went out, and which were refused.
async fn sent(
    (recorder, builder): (Recorder, ClientBuilder<Client>),
    operations: &[&'static Operation],
) -> (Vec<(String, String)>, Vec<&'static str>) {
    let client = builder.build().unwrap();
    let mut refused = Vec::new();
    for operation in operations {
        let answer: Result<_, Error> = client.dispatch().send(Request::new(operation)).await;
        if let Err(error) = answer {
            assert!(error.refusal().is_some(), "{error}");
            refused.push(operation.id);
        }
    }
    let all = recorder.0.lock().unwrap().clone();
    (all, refused)
}

fn row(url: &str, credential: &str) -> (String, String) {
    (url.to_owned(), credential.to_owned())
}

#[tokio::test]
async fn b6_an_origin_that_only_the_document_names_gets_no_credential() {
    let all = [&DOGS, &KEYED, &UPLOAD, &UPLOAD_KEYED, &FILE];
    let (out, refused) = sent(builder("https://api.example/v1"), &all).await;
    let expected = [
        row("https://api.example/v1/dogs", "Bearer access"),
        row("https://api.example/v1/keyed", "k3y"),
        row("https://api.example/files/a", "Bearer access"),
    ];
    assert_eq!((out.as_slice(), refused.as_slice()), (&expected[..], &["upload", "uploadKeyed"][..]));
}

#[tokio::test]
async fn b6_an_origin_that_the_caller_names_gets_what_its_operations_ask_for() {
    for url in ["https://uploads.example/up", "https://elsewhere.example"] {
        let (recorder, builder) = builder("https://api.example/v1");
        let builder = builder.service_url(&UPLOADS, url);
        let (out, refused) = sent((recorder, builder), &[&UPLOAD, &UPLOAD_KEYED]).await;
        let expected = [row(&format!("{url}/a"), "Bearer access"), row(&format!("{url}/k"), "k3y")];
        assert_eq!((out.as_slice(), refused.len()), (&expected[..], 0));
    }
}

#[tokio::test]
async fn b6_the_chosen_origin_gets_them_though_the_document_names_it_for_another_service() {
    let (out, refused) = sent(builder("https://uploads.example/v1"), &[&UPLOAD, &UPLOAD_KEYED]).await;
    let expected = [row("https://uploads.example/up/a", "Bearer access"), row("https://uploads.example/up/k", "k3y")];
    assert_eq!((out.as_slice(), refused.len()), (&expected[..], 0));
}

#[tokio::test]
async fn b6_the_pair_of_the_application_goes_to_the_token_endpoint_alone() {
    let (recorder, builder) = builder("https://api.example/v1");
    let client = builder.build().unwrap();
    client.oauth2(&ISSUER).exchange_authorization_code("c0de", None, None).await.unwrap();
    let out = recorder.0.lock().unwrap().clone();
    // `app:s3cret` in base64.
    assert_eq!(out, [row("https://login.example/token", "Basic YXBwOnMzY3JldA==")]);

    static MOVED: Operation =
        Operation::new(&SERVICE, "moved", Method::POST, "/token").security(&[&[Requirement::of(&PAIR)]]);
    let error = client.dispatch().send(Request::new(&MOVED)).await.unwrap_err();
    assert!(error.refusal().is_some() && recorder.0.lock().unwrap().len() == 1, "{error}");
}

#[tokio::test]
async fn a_login_begins_at_the_address_of_the_document_and_its_answer_comes_from_there() {
    let (_, builder) = builder("https://api.example/v1");
    let client = builder.build().unwrap();
    let begin = || {
        let request = client.oauth2(&ISSUER).authorization_request("https://app.example/cb");
        request.scopes(["dogs", "cats"]).begin().unwrap()
    };
    let url = begin().url().to_string();
    assert!(url.starts_with("https://login.example/authorize?audience=dogs&client_id=app&"), "{url}");
    assert!(url.contains("&scope=dogs%20cats"), "{url}");
    for (iss, is_taken) in [
        ("https://login.example", true),
        ("https://login.example/tenant", true),
        ("https://login.example.evil", false),
        ("https://api.example/v1", false),
    ] {
        let login = begin();
        let state = login.url().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("code", "c0de"), ("state", state.as_str()), ("iss", iss)])
            .finish();
        let callback = crate::oauth2::Callback::parse(&query).unwrap();
        assert_eq!(login.finish(callback).await.is_ok(), is_taken, "{iss}");
    }
    let kept = begin().into_json_exposing_secrets();
    assert!(client.oauth2(&ISSUER).resume_login(&kept).unwrap().url().as_str().contains("scope=dogs%20cats"));
}
