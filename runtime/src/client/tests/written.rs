//! Tests of what the client writes beside credentials: cookies of the caller, and keys by which a server knows a repeat.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use zeyos_core::call::{Call, Parameter, RawCall, kind};
use zeyos_core::{
    BoxFuture, Credential, Dispatcher as _, Fields, Holder, Json, KeyPlace, Operation, Requirement, Safety, SchemeKind,
    SecurityScheme, ServiceDescription, Style,
};

use crate::{Client, ClientBuilder, Login, Transport, TransportError, TransportRequest};

static SID: Credential = Credential::new("kennel/session");
static USER: Credential = Credential::new("kennel/user");
static COOKIE: SecurityScheme =
    SecurityScheme::new("session", SchemeKind::ApiKey { place: KeyPlace::Cookie, name: "SID" }, &SID);
static PAIR: SecurityScheme = SecurityScheme::new("user", SchemeKind::Basic(Holder::User), &USER);
static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "");
static FEED: Operation = Operation::new(&SERVICE, "feed", Method::POST, "/feed")
    .security(&[&[Requirement::of(&PAIR)], &[Requirement::of(&COOKIE)]])
    .safety(Safety::Idempotent)
    .idempotency_key("Idempotency-Key");
static PARAMETERS: &[(&str, Parameter)] = &[
    ("lang", Parameter::cookie("lang", Style::Form, true)),
    ("sid", Parameter::cookie("SID", Style::Form, true)),
    ("password", Parameter::query("password", Style::Form, true)),
];

/// Refuses pairs, takes cookies, and keeps what came.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<http::HeaderMap>>>, Arc<Mutex<Vec<String>>>);

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let headers = request.request.headers().clone();
        let is_refused = headers.contains_key(header::AUTHORIZATION);
        self.0.lock().unwrap().push(headers);
        self.1.lock().unwrap().push(request.request.uri().to_string());
        let mut answer = http::Response::new(Bytes::from_static(b"{}"));
        *answer.status_mut() = if is_refused { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        Box::pin(async move { Ok(answer) })
    }
}

impl Recorder {
    fn values(&self, name: &str) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter().map(|headers| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()).collect()
    }
}

fn client() -> (Recorder, Client) {
    let login = Login::without_tokens().session(&SID).user(&USER).service(&SERVICE, [&FEED], &[]);
    let recorder = Recorder::default();
    let builder = ClientBuilder::new("https://kennel.example", login);
    let builder = builder.session_cookie("c00kie").basic_user("mara", "pw").transport(recorder.clone());
    (recorder, builder.build().unwrap())
}

fn feed(client: &Client, cookies: &[(&'static str, &str)]) -> Call<Json, kind::Any> {
    let mut fields = Fields::new();
    cookies.iter().for_each(|(name, value)| fields.set(*name, Json::from(*value)));
    RawCall::new(&client.dispatch(), &FEED).parameters(PARAMETERS, fields).typed()
}

#[tokio::test]
async fn cookies_of_the_caller_stand_in_one_header_with_those_of_credentials() {
    let (recorder, client) = client();
    feed(&client, &[("lang", "de; SID=evil")]).await.unwrap();
    let encoded = "lang=de%3B%20SID%3Devil";
    assert_eq!(recorder.values("cookie"), [encoded.to_owned(), format!("{encoded}; SID=c00kie")]);
    let dry = format!("{}", feed(&client, &[("lang", "de")]).dry_run().unwrap());
    assert!(dry.contains("cookie: ") && !dry.contains("lang=de"), "{dry}");
}

#[tokio::test]
async fn a_cookie_of_the_caller_does_not_replace_that_of_a_credential() {
    let (recorder, client) = client();
    let error = feed(&client, &[("sid", "hunter2")]).await.unwrap_err();
    assert!(error.to_string().contains("SID holds a credential") && !error.to_string().contains("hunter2"), "{error}");
    assert_eq!(recorder.values("cookie"), ["SID=hunter2"], "nothing goes out with both");
}

#[tokio::test]
async fn all_attempts_of_a_call_have_one_key_and_another_call_has_another() {
    let (recorder, client) = client();
    feed(&client, &[]).await.unwrap();
    feed(&client, &[]).await.unwrap();
    let keys = recorder.values("idempotency-key");
    assert!(keys.len() == 4 && keys[0].len() == 32 && keys[0] == keys[1], "{keys:?}");
    assert!(keys[2] == keys[3] && keys[1] != keys[2], "{keys:?}");
}

#[tokio::test]
async fn a_key_of_the_caller_stays() {
    let (recorder, client) = client();
    let name = HeaderName::from_static("idempotency-key");
    feed(&client, &[]).header(name, HeaderValue::from_static("mine")).await.unwrap();
    assert_eq!(recorder.values("idempotency-key"), ["mine", "mine"]);
}

#[tokio::test]
async fn a_secret_that_the_document_wants_in_the_query_is_shown_nowhere() {
    let (recorder, client) = client();
    let call = || {
        let mut fields = Fields::new();
        fields.set_secret("password", "hunter2".into());
        let call: Call<Json, kind::Any> =
            RawCall::new(&client.dispatch(), &FEED).parameters(PARAMETERS, fields).typed();
        call
    };
    let dry = call().dry_run().unwrap();
    assert!(!format!("{dry} {dry:?} {:?}", call()).contains("hunter2"));
    call().await.unwrap();
    assert_eq!(recorder.1.lock().unwrap().last().unwrap(), "https://kennel.example/feed?password=hunter2");
}
