//! Tests of operations whose alternatives belong to several logins of a client.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode, header};
use zeyos_core::call::Request;
use zeyos_core::{
    BoxFuture, Credential, Dispatcher as _, Error, KeyPlace, Operation, Requirement, RetryPolicy, RetryRules, Safety,
    SchemeKind, SecurityScheme, ServiceDescription,
};

use crate::{
    Client, ClientBuilder, FurtherLogin, Identity, Login, TokenSet, Transport, TransportError, TransportRequest,
};

static PEOPLE: Credential = Credential::new("club/people");
static ROBOTS: Credential = Credential::new("club/robots");
static PERSON: SecurityScheme = SecurityScheme::new("person", SchemeKind::Bearer, &PEOPLE);
static ROBOT: SecurityScheme = SecurityScheme::new("robot", SchemeKind::Bearer, &ROBOTS);
const OF_PERSON: &[Requirement] = &[Requirement::of(&PERSON)];
const OF_ROBOT: &[Requirement] = &[Requirement::of(&ROBOT)];

static SERVICE: ServiceDescription = ServiceDescription::new("club", "");
static EITHER: Operation =
    Operation::new(&SERVICE, "either", Method::GET, "/either").security(&[OF_PERSON, OF_ROBOT]).safety(Safety::Read);
static ROBOTS_FIRST: Operation = Operation::new(&SERVICE, "robotsFirst", Method::GET, "/robots")
    .security(&[OF_ROBOT, OF_PERSON])
    .safety(Safety::Read);

static GATE: SecurityScheme =
    SecurityScheme::new("gate", SchemeKind::ApiKey { place: KeyPlace::Header, name: "x-gate" }, &GATES);
static GATES: Credential = Credential::new("club/gates");
static GUARDED: Operation = Operation::new(&SERVICE, "guarded", Method::GET, "/guarded")
    .security(&[&[Requirement::of(&ROBOT), Requirement::of(&GATE)]])
    .safety(Safety::Read);
static ORDER: Operation = Operation::new(&SERVICE, "order", Method::POST, "/orders")
    .security(&[OF_PERSON, OF_ROBOT])
    .safety(Safety::Create)
    .idempotency_key("Order-Key");

/// Keeps the tokens that come, and refuses those that begin with `bad`.
#[derive(Clone, Default)]
struct Door(Arc<Mutex<Vec<String>>>);

impl Transport for Door {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let token = request.request.headers()[header::AUTHORIZATION].to_str().unwrap().replace("Bearer ", "");
        let mut answer = http::Response::new(Bytes::from_static(b"{}"));
        if token.starts_with("bad") {
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
        }
        self.0.lock().unwrap().push(token);
        Box::pin(async move { Ok(answer) })
    }
}

impl Door {
    /// The tokens that one call was tried with, and its error.
    async fn tried(&self, client: &Client, operation: &'static Operation) -> (Vec<String>, Option<Error>) {
        let answer = client.dispatch().send(Request::new(operation)).await;
        (std::mem::take(&mut *self.0.lock().unwrap()), answer.err())
    }
}

fn client(person: &str, robot: &str) -> (Door, Client) {
    let login = |tokens| Login::new(tokens).service(&SERVICE, [&EITHER, &ROBOTS_FIRST], &[]);
    let (door, mut robots) = (Door::default(), FurtherLogin::new(login(&ROBOTS)));
    let mut builder = ClientBuilder::new("https://club.example", login(&PEOPLE)).transport(door.clone());
    if !person.is_empty() {
        builder = builder.token_set(TokenSet::bearer(person));
    }
    if !robot.is_empty() {
        robots = robots.identity(TokenSet::bearer(robot));
    }
    (door, builder.further_login(robots).build().unwrap())
}

#[tokio::test]
async fn the_login_that_has_something_to_send_sends() {
    for (person, robot, expected) in [("p", "", "p"), ("", "r", "r"), ("p", "r", "p")] {
        let (door, client) = client(person, robot);
        let (tried, error) = door.tried(&client, &EITHER).await;
        assert!(tried == [expected] && error.is_none(), "{person} {robot}: {tried:?} {error:?}");
        let dry = client.dispatch().dry_run(Request::new(&EITHER)).unwrap();
        assert_eq!(dry.credentials, if expected == "p" { OF_PERSON } else { OF_ROBOT });
    }
}

#[tokio::test]
async fn the_order_of_the_document_decides_where_both_could() {
    let (door, client) = client("p", "r");
    assert_eq!(door.tried(&client, &ROBOTS_FIRST).await.0, ["r"]);
    assert_eq!(door.tried(&client, &EITHER).await.0, ["p"]);
}

#[tokio::test]
async fn a_login_that_is_refused_gives_way_to_the_next() {
    let (door, first) = client("bad-p", "r");
    let (tried, error) = door.tried(&first, &EITHER).await;
    assert!(tried == ["bad-p", "r"] && error.is_none(), "{tried:?} {error:?}");
    let (door, both) = client("bad-p", "bad-r");
    let (tried, error) = door.tried(&both, &ROBOTS_FIRST).await;
    assert_eq!(
        (tried, error.unwrap().status()),
        (vec!["bad-r".into(), "bad-p".into()], Some(StatusCode::UNAUTHORIZED))
    );
    // What the server said counts more than that another login has nothing.
    let (door, one) = client("bad-p", "");
    let (tried, error) = door.tried(&one, &EITHER).await;
    assert_eq!((tried, error.unwrap().status()), (vec!["bad-p".into()], Some(StatusCode::UNAUTHORIZED)));
}

/// Loses the first answer, and then refuses that token.
#[derive(Clone, Default)]
struct Lossy(Arc<Mutex<Vec<String>>>);

impl Transport for Lossy {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut seen = self.0.lock().unwrap();
        seen.push(request.request.headers()[header::AUTHORIZATION].to_str().unwrap().replace("Bearer ", ""));
        let mut answer = http::Response::new(Bytes::from_static(b"{}"));
        *answer.status_mut() = StatusCode::UNAUTHORIZED;
        let is_first = seen.len() == 1;
        Box::pin(async move { if is_first { Err(TransportError::other("the answer was lost")) } else { Ok(answer) } })
    }
}

#[tokio::test]
async fn no_other_login_sends_a_write_that_may_have_been_carried_out() {
    for (operation, tried) in [(&ORDER, vec!["p", "p"]), (&EITHER, vec!["p", "p", "r"])] {
        let login = |tokens| Login::new(tokens).service(&SERVICE, [&EITHER, &ORDER], &[]);
        let robots = FurtherLogin::new(login(&ROBOTS)).identity(TokenSet::bearer("r"));
        let lossy = Lossy::default();
        let builder = ClientBuilder::<Client>::new("https://club.example", login(&PEOPLE)).transport(lossy.clone());
        let client = builder.token_set(TokenSet::bearer("p")).further_login(robots);
        let at_once = RetryRules::standard().first_wait(Duration::ZERO).longest_wait(Duration::ZERO);
        let client = client.retry(at_once).build().unwrap();
        let error = client.dispatch().send(Request::new(operation)).await.unwrap_err();
        assert!(error.may_have_been_sent(), "{error:?}");
        assert_eq!(*lossy.0.lock().unwrap(), tried, "{}", operation.id);
    }
}

/// Keeps the keys that come.
#[derive(Clone, Default)]
struct Keys(Arc<Mutex<Vec<String>>>);

impl Transport for Keys {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.0.lock().unwrap().push(request.request.headers()["x-gate"].to_str().unwrap().to_owned());
        Box::pin(async { Ok(http::Response::new(Bytes::from_static(b"{}"))) })
    }
}

#[tokio::test]
async fn a_key_of_a_user_goes_beside_the_tokens_of_a_further_login_too() {
    let login = |tokens| Login::new(tokens).service(&SERVICE, [&GUARDED], &[]);
    let keys = Keys::default();
    let builder = ClientBuilder::<Client>::new("https://club.example", login(&PEOPLE)).transport(keys.clone());
    let robots = FurtherLogin::new(login(&ROBOTS)).identity(TokenSet::bearer("r"));
    let client = builder.further_login(robots).credential(&SERVICE, &GATE, "everyone").build().unwrap();
    let mara = Identity::new().credential(&SERVICE, &GATE, "mara").further(&ROBOTS, TokenSet::bearer("m"));
    let mara = client.for_user(mara).unwrap();
    for client in [&client, &mara] {
        client.dispatch().send(Request::new(&GUARDED)).await.unwrap();
    }
    assert_eq!(*keys.0.lock().unwrap(), ["everyone", "mara"]);
}

#[tokio::test]
async fn the_last_login_tells_of_what_was_sent_by_those_before_it() {
    let refused_then_gone = |request: &TransportRequest| request.request.headers()[header::AUTHORIZATION] == "Bearer p";
    let login = |tokens| Login::new(tokens).service(&SERVICE, [&ORDER], &[]);
    let builder =
        ClientBuilder::<Client>::new("https://club.example", login(&PEOPLE)).transport(Gone(refused_then_gone));
    let robots = FurtherLogin::new(login(&ROBOTS)).identity(TokenSet::bearer("r"));
    let client =
        builder.token_set(TokenSet::bearer("p")).further_login(robots).retry(RetryPolicy::None).build().unwrap();
    let error = client.dispatch().send(Request::new(&ORDER)).await.unwrap_err();
    assert!(error.is_connect() && error.may_have_been_sent() && error.is_retryable(), "{error:?}");
}

/// Refuses those who meet the condition, and is not there for others.
struct Gone(fn(&TransportRequest) -> bool);

impl Transport for Gone {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let is_refused = (self.0)(&request);
        Box::pin(async move {
            let mut answer = http::Response::new(Bytes::new());
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
            if is_refused { Ok(answer) } else { Err(TransportError::connect("no one is there")) }
        })
    }
}

#[tokio::test]
async fn a_refusal_says_of_each_login_what_it_lacks() {
    let (door, client) = client("", "");
    let (tried, error) = door.tried(&client, &EITHER).await;
    let said = error.unwrap().refusal().unwrap().to_string();
    assert!(tried.is_empty() && said.matches("there is no access token").count() == 2, "{said}");
    assert!(said.contains("person (bearer)") && said.contains("robot (bearer)"), "{said}");
    let dry = client.dispatch().dry_run(Request::new(&EITHER)).unwrap_err();
    assert_eq!(dry.refusal().unwrap().to_string(), said);
}
