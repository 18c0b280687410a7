//! Tests of lost answers at servers that say nothing of their refresh tokens, or say that they stay.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, StatusCode, header};
use zeyos_core::call::Request;
use zeyos_core::{
    BoxFuture, Credential, Dispatcher as _, Holder, Issuer, IssuerGrant, Operation, Refreshing, RequestBody,
    Requirement, Safety, SchemeKind, SecurityScheme, ServiceDescription,
};

use crate::{Client, ClientBuilder, Login, TokenSet, Transport, TransportError, TransportRequest};

static TOKENS: Credential = Credential::new("kennel/tokens");
static APPLICATION: Credential = Credential::new("kennel/application");
static BEARER: SecurityScheme = SecurityScheme::new("oauth", SchemeKind::Bearer, &TOKENS);
static PAIR: SecurityScheme = SecurityScheme::new("client", SchemeKind::Basic(Holder::Client), &APPLICATION);
static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "");
static DOGS: Operation = Operation::new(&SERVICE, "dogs", Method::GET, "/dogs")
    .security(&[&[Requirement::of(&BEARER)]])
    .safety(Safety::Read);
static TOKEN: Operation = Operation::new(&SERVICE, "token", Method::POST, "/token")
    .security(&[&[Requirement::of(&PAIR)]])
    .safety(Safety::TokenExchange)
    .body(RequestBody::FORM);
static UNKNOWN: Issuer = issuer(Refreshing::Unknown);
static STATIC: Issuer = issuer(Refreshing::Static);
static ROTATING: Issuer = issuer(Refreshing::Rotating);

const fn issuer(refreshing: Refreshing) -> Issuer {
    Issuer::new("oauth", &TOKENS, IssuerGrant::OAuth2, &TOKEN).refreshing(refreshing)
}

/// Takes the access token `b` alone, and loses the first answers of its token endpoint.
#[derive(Clone)]
struct Server {
    lost: Arc<Mutex<u32>>,
    posts: Arc<Mutex<u32>>,
}

impl Transport for Server {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let request = request.request;
        let answer = |status, text: &'static str| {
            let mut answer = http::Response::new(Bytes::from_static(text.as_bytes()));
            *answer.status_mut() = status;
            Ok(answer)
        };
        let answer = if request.uri().path() == "/token" {
            *self.posts.lock().unwrap() += 1;
            let mut lost = self.lost.lock().unwrap();
            if *lost > 0 {
                *lost -= 1;
                Err(TransportError::other("reset"))
            } else {
                answer(StatusCode::OK, r#"{"access_token": "b", "token_type": "bearer"}"#)
            }
        } else {
            let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let is_new = token == Some("Bearer b");
            answer(if is_new { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, "{}")
        };
        Box::pin(async move { answer })
    }
}

/// Calls as often as this where so many answers are lost; whether each call worked, and how often the token was sent.
async fn played(issuer: &'static Issuer, lost: u32, calls: u32) -> (Vec<bool>, u32) {
    let server = Server { lost: Arc::new(Mutex::new(lost)), posts: Arc::default() };
    let login = Login::new(&TOKENS).client(&APPLICATION).service(&SERVICE, [&DOGS, &TOKEN], &[issuer]);
    let client: Client = ClientBuilder::new("https://kennel.example", login)
        .token_set(TokenSet::bearer("a").with_refresh_token("r"))
        .client_credentials("app", "s3cret")
        .transport(server.clone())
        .build()
        .unwrap();
    let mut worked = Vec::new();
    for _ in 0..calls {
        worked.push(client.dispatch().send(Request::new(&DOGS)).await.is_ok());
    }
    let posts = *server.posts.lock().unwrap();
    (worked, posts)
}

#[tokio::test]
async fn a_lost_answer_of_a_token_that_stays_is_asked_for_again() {
    assert_eq!(played(&STATIC, 1, 2).await, (vec![true, true], 2));
}

#[tokio::test]
async fn a_token_of_unknown_kind_has_one_more_try_once_the_access_token_is_refused() {
    assert_eq!(played(&UNKNOWN, 1, 2).await, (vec![true, true], 2));
    assert_eq!(played(&UNKNOWN, 2, 3).await, (vec![false, false, false], 2));
}

#[tokio::test]
async fn a_token_that_rotates_is_not_sent_again_where_nobody_can_be_asked() {
    assert_eq!(played(&ROTATING, 1, 3).await, (vec![false, false, false], 1));
}
