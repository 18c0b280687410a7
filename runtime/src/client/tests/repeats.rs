//! Calls that are sent again: over a transport that answers what the test says, by a clock that moves only while someone waits.

use std::collections::VecDeque;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use zeyos_core::call::{Call, RawCall, kind};
use zeyos_core::{
    BodyFormat, BoxFuture, Content, Dispatcher as _, Operation, RequestBody, RetryPolicy, RetryRules, Safety,
    ServiceDescription, Timestamp,
};

use crate::clock::Clock;
use crate::testing::{self, ISSUER};
use crate::{Client, ClientBuilder, ClientEvent, Identity, Login, Transport, TransportError, TransportRequest};

static SERVICE: ServiceDescription = ServiceDescription::new("kennel", "/kennel");
/// The verbs say the opposite of the tags.
static LIST: Operation = Operation::new(&SERVICE, "listDogs", Method::POST, "/list").safety(Safety::Read);
static CREATE: Operation = Operation::new(&SERVICE, "createDog", Method::PUT, "/dogs").safety(Safety::Create);
static UPDATE: Operation = Operation::new(&SERVICE, "updateDog", Method::GET, "/dog").safety(Safety::Update);
static FEED: Operation =
    Operation::new(&SERVICE, "feed", Method::POST, "/feed").safety(Safety::Create).idempotency_key("Idempotency-Key");
static UPLOAD: Operation = Operation::new(&SERVICE, "upload", Method::POST, "/picture")
    .safety(Safety::Idempotent)
    .body(RequestBody::new(BodyFormat::Bytes, "image/png"));

/// What the server does with a request.
#[derive(Clone, Copy, Debug)]
enum Does {
    Answer(u16),
    AskToWait(u16, u64),
    Refuse,
    Break,
    Hang,
    Flood,
}

/// Does one thing after the other, the last one for ever, and keeps what came.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    does: VecDeque<Does>,
    requests: Vec<http::Request<Bytes>>,
    timeouts: Vec<Option<Duration>>,
}

impl Server {
    fn that(does: impl IntoIterator<Item = Does>) -> Self {
        let server = Server::default();
        server.0.lock().unwrap().does = does.into_iter().collect();
        server
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().requests.len()
    }

    fn paths(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.iter().map(|request| request.uri().path().to_owned()).collect()
    }
}

impl Transport for Server {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut script = self.0.lock().unwrap();
        script.timeouts.push(request.timeout);
        script.requests.push(request.request);
        let does = if script.does.len() > 1 { script.does.pop_front() } else { script.does.front().copied() };
        let answer = |status: u16| {
            let mut response = http::Response::new(Bytes::from_static(b"{}"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        match does.unwrap_or(Does::Answer(200)) {
            Does::Answer(status) => Box::pin(ready(Ok(answer(status)))),
            Does::AskToWait(status, seconds) => {
                let mut response = answer(status);
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                Box::pin(ready(Ok(response)))
            }
            Does::Refuse => Box::pin(ready(Err(TransportError::connect("connection refused")))),
            Does::Break => Box::pin(ready(Err(TransportError::other("connection reset")))),
            Does::Hang => Box::pin(pending()),
            Does::Flood => Box::pin(ready(Err(TransportError::too_large(request.max_body)))),
        }
    }
}

/// Time passes as soon as someone waits for it.
#[derive(Clone, Default)]
struct Leaping(Arc<Mutex<Duration>>);

impl Clock for Leaping {
    fn wall(&self) -> Timestamp {
        let seconds = i64::try_from(self.monotonic().as_secs()).unwrap();
        Timestamp::from_unix(1_800_000_000 + seconds)
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        *self.0.lock().unwrap() += duration;
        Box::pin(ready(()))
    }
}

type Heard = Arc<Mutex<Vec<ClientEvent>>>;

struct Stage {
    server: Server,
    clock: Leaping,
    heard: Heard,
}

impl Stage {
    fn where_server(does: impl IntoIterator<Item = Does>) -> Self {
        Stage { server: Server::that(does), clock: Leaping::default(), heard: Heard::default() }
    }

    fn builder(&self) -> ClientBuilder<Client> {
        let heard = Arc::clone(&self.heard);
        ClientBuilder::new("https://kennel.example", Login::without_tokens())
            .transport(self.server.clone())
            .clock(self.clock.clone())
            .jitter(|| 1.0)
            .on_event(move |event| heard.lock().unwrap().push(event.clone()))
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    /// The waits between attempts, in milliseconds.
    fn waits(&self) -> Vec<u128> {
        let wait = |event: &ClientEvent| match event {
            ClientEvent::Retrying { wait, .. } => Some(wait.as_millis()),
            _ => None,
        };
        self.heard.lock().unwrap().iter().filter_map(wait).collect()
    }
}

fn call(client: &Client, operation: &'static Operation) -> Call<(), kind::Empty> {
    RawCall::new(&client.dispatch(), operation).typed()
}

fn with_tag(client: &Client, operation: &'static Operation) -> Call<(), kind::Empty> {
    call(client, operation).header(header::IF_MATCH, HeaderValue::from_static("\"7\""))
}

#[tokio::test]
async fn a_read_is_sent_again_until_it_succeeds() {
    for does in [Does::Refuse, Does::Break, Does::Answer(502), Does::Answer(503), Does::Answer(504)] {
        let stage = Stage::where_server([does, does, Does::Answer(200)]);
        call(&stage.client(), &LIST).await.unwrap();
        assert_eq!((stage.server.count(), stage.waits()), (3, vec![500, 1000]), "{does:?}");
    }
}

#[tokio::test]
async fn a_read_that_goes_on_failing_tells_the_last_failure_and_how_often_it_was_tried() {
    let stage = Stage::where_server([Does::Answer(502)]);
    let error = call(&stage.client(), &LIST).await.unwrap_err();
    assert_eq!((stage.server.count(), error.attempts()), (3, 3));
    assert!(error.is_retryable() && error.to_string().contains("(3 attempts)"), "{error}");
    let events = stage.heard.lock().unwrap().clone();
    let status = Some(StatusCode::BAD_GATEWAY);
    let first = ClientEvent::Retrying { operation: "listDogs", attempt: 1, status, wait: Duration::from_millis(500) };
    assert_eq!(events[0], first);
}

#[tokio::test]
async fn a_write_is_sent_once_unless_it_certainly_did_not_leave() {
    for operation in [&CREATE, &UPDATE] {
        for does in [Does::Break, Does::Answer(429), Does::Answer(502), Does::Answer(503), Does::Answer(504)] {
            let stage = Stage::where_server([does]);
            let error = call(&stage.client(), operation).await.unwrap_err();
            assert_eq!(stage.server.count(), 1, "{} {does:?}", operation.id);
            assert!(error.may_have_been_sent() && !error.is_retryable(), "{error}");
        }
        let stage = Stage::where_server([Does::Refuse, Does::Answer(200)]);
        call(&stage.client(), operation).await.unwrap();
        assert_eq!(stage.server.count(), 2);
        let stage = Stage::where_server([Does::Refuse]);
        let error = call(&stage.client(), operation).await.unwrap_err();
        assert!(!error.may_have_been_sent() && error.is_retryable() && error.is_connect(), "{error}");
    }
}

#[tokio::test]
async fn an_update_with_an_entity_tag_is_sent_again_and_a_412_may_be_its_own() {
    let stage = Stage::where_server([Does::Break, Does::Answer(200)]);
    with_tag(&stage.client(), &UPDATE).await.unwrap();
    for lost in [Does::Break, Does::Answer(503)] {
        let stage = Stage::where_server([lost, Does::Answer(412)]);
        let error = with_tag(&stage.client(), &UPDATE).await.unwrap_err();
        assert!(error.is_precondition_failed() && error.may_already_be_applied(), "{lost:?}: {error}");
    }
    let stage = Stage::where_server([Does::Answer(412)]);
    let error = with_tag(&stage.client(), &UPDATE).await.unwrap_err();
    assert!(error.is_precondition_failed() && !error.may_already_be_applied(), "{error}");
}

#[tokio::test]
async fn a_create_with_a_key_is_sent_again_with_the_same_key() {
    let stage = Stage::where_server([Does::Break, Does::Answer(503), Does::Answer(200)]);
    call(&stage.client(), &FEED).await.unwrap();
    let script = stage.server.0.lock().unwrap();
    let keys: Vec<_> = script.requests.iter().map(|request| request.headers()["idempotency-key"].clone()).collect();
    assert!(keys.len() == 3 && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[tokio::test]
async fn a_policy_of_the_call_goes_before_that_of_the_client() {
    let stage = Stage::where_server([Does::Answer(503)]);
    let client = stage.builder().retry(RetryRules::standard().max_retries(4)).build().unwrap();
    call(&client, &LIST).await.unwrap_err();
    assert_eq!(stage.server.count(), 5);
    call(&client, &LIST).retry(RetryPolicy::None).await.unwrap_err();
    assert_eq!(stage.server.count(), 6);
    call(&client, &CREATE).retry(RetryRules::standard().retry_busy_writes()).await.unwrap_err();
    assert_eq!(stage.server.count(), 9);
    call(&client, &CREATE).retry(RetryRules::patient().retry_creates()).await.unwrap_err();
    assert_eq!(stage.server.count(), 13);
}

#[tokio::test]
async fn the_patient_policy_waits_a_second_and_twice_as_long_each_time() {
    for status in [408, 500, 503] {
        let stage = Stage::where_server([Does::Answer(status)]);
        let client = stage.builder().retry(RetryRules::patient()).build().unwrap();
        call(&client, &LIST).await.unwrap_err();
        assert_eq!((stage.server.count(), stage.waits()), (4, vec![1000, 2000, 4000]), "{status}");
    }
    let stage = Stage::where_server([Does::Answer(501)]);
    let client = stage.builder().retry(RetryRules::patient()).build().unwrap();
    call(&client, &LIST).await.unwrap_err();
    assert_eq!(stage.server.count(), 1);
}

#[tokio::test]
async fn a_time_that_the_server_names_is_waited_for_as_far_as_the_call_may_wait() {
    for status in [429, 503] {
        let stage = Stage::where_server([Does::AskToWait(status, 7), Does::Answer(200)]);
        call(&stage.client(), &LIST).await.unwrap();
        assert_eq!((stage.server.count(), stage.waits()), (2, vec![7000]), "{status}");
        assert!(stage.clock.monotonic() >= Duration::from_secs(7));
        let stage = Stage::where_server([Does::AskToWait(status, 31)]);
        let error = call(&stage.client(), &LIST).await.unwrap_err();
        assert_eq!((stage.server.count(), error.retry_after()), (1, Some(Duration::from_secs(31))));
        assert_eq!(error.status().unwrap().as_u16(), status, "the answer itself is the error");
    }
}

#[tokio::test]
async fn jitter_spreads_the_waits_over_all_of_their_length() {
    for (drawn, waits) in [(0.0, [0, 0, 0]), (0.25, [125, 250, 500]), (1.0, [500, 1000, 2000])] {
        let stage = Stage::where_server([Does::Answer(502)]);
        let client = stage.builder().jitter(move || drawn).build().unwrap();
        call(&client, &LIST).retry(RetryRules::standard().max_retries(3)).await.unwrap_err();
        assert_eq!(stage.waits(), waits);
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_once() {
    let stage = Stage::where_server([Does::Flood]);
    let error = call(&stage.client(), &LIST).await.unwrap_err();
    assert_eq!(stage.server.count(), 1);
    assert!(!error.is_retryable() && error.may_have_been_sent(), "{error}");
}

#[tokio::test]
async fn a_stream_is_sent_again_only_if_it_can_be_made_again() {
    let piece = || stream_of("ink");
    for (content, count) in [(Content::stream(piece()), 1), (Content::stream_with(piece), 3), ("ink".into(), 3)] {
        let stage = Stage::where_server([Does::Break]);
        let call: Call<(), kind::Empty> = RawCall::new(&stage.client().dispatch(), &UPLOAD).content(content).typed();
        call.await.unwrap_err();
        assert_eq!(stage.server.count(), count);
        let script = stage.server.0.lock().unwrap();
        assert!(script.requests.iter().all(|request| request.body() == "ink"));
    }
}

/// A stream of one piece.
fn stream_of(text: &'static str) -> impl futures_core::Stream<Item = Result<Bytes, std::io::Error>> + Unpin {
    let mut piece = Some(Bytes::from_static(text.as_bytes()));
    Pieces(move || piece.take())
}

struct Pieces<F>(F);

impl<F: FnMut() -> Option<Bytes> + Unpin> futures_core::Stream for Pieces<F> {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Ready((self.0)().map(Ok))
    }
}

#[tokio::test]
async fn one_budget_serves_all_users_of_a_client() {
    let stage = Stage::where_server([Does::Answer(502)]);
    let client = stage.client();
    for user in 0..200 {
        let user = client.for_user(Identity::new().session_cookie(format!("c{user}"))).unwrap();
        call(&user, &LIST).await.unwrap_err();
    }
    // Fifty repeats, and each call once.
    assert_eq!(stage.server.count(), 250);
    let other = stage.client();
    call(&other, &LIST).await.unwrap_err();
    assert_eq!(stage.server.count(), 253, "another client has a budget of its own");
    stage.server.0.lock().unwrap().does = [Does::Answer(200)].into();
    for _ in 0..20 {
        call(&client, &LIST).await.unwrap();
    }
    stage.server.0.lock().unwrap().does = [Does::Answer(502)].into();
    let before = stage.server.count();
    call(&client, &LIST).await.unwrap_err();
    assert_eq!(stage.server.count() - before, 3, "what is served brings repeats back");
}

#[tokio::test]
async fn the_time_of_the_whole_call_ends_attempts_and_waits() {
    let total = Duration::from_secs(10);
    let stage = Stage::where_server([Does::Hang]);
    let error = call(&stage.client(), &LIST).total_timeout(total).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_been_sent() && error.is_retryable(), "{error}");
    assert_eq!(stage.server.count(), 1);
    let error = call(&stage.client(), &CREATE).total_timeout(total).await.unwrap_err();
    assert!(error.is_timeout() && error.may_have_been_sent() && !error.is_retryable(), "{error}");

    let stage = Stage::where_server([Does::Answer(502)]);
    let client = stage.builder().total_timeout(Duration::from_millis(1200)).timeout(total).build().unwrap();
    call(&client, &LIST).await.unwrap_err();
    assert_eq!((stage.server.count(), stage.waits()), (2, vec![500]), "a second would be too much");
    let timeouts = stage.server.0.lock().unwrap().timeouts.clone();
    assert_eq!(timeouts, [Some(Duration::from_millis(1200)), Some(Duration::from_millis(700))]);

    call(&client, &LIST).total_timeout(Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(stage.server.count(), 5, "the call has more time than the client gives");
    assert_eq!(stage.server.0.lock().unwrap().timeouts.last(), Some(&Some(total)));
}

#[tokio::test]
async fn a_call_that_only_waited_for_its_server_was_not_sent() {
    let stage = Stage::where_server([Does::AskToWait(429, 20)]);
    let client = stage.client();
    call(&client, &CREATE).await.unwrap_err();
    let error = call(&client, &CREATE).total_timeout(Duration::from_secs(5)).await.unwrap_err();
    assert!(error.is_rate_limited() && !error.may_have_been_sent() && error.is_retryable(), "{error}");
    assert_eq!(stage.server.count(), 1);
}

#[tokio::test]
async fn an_exchange_of_tokens_is_sent_once_whatever_the_policy() {
    for does in [Does::Break, Does::Answer(429), Does::Answer(503), Does::Refuse] {
        let stage = Stage::where_server([does]);
        let rules = RetryRules::patient().retry_creates().retry_busy_writes();
        let client = testing::client("https://kennel.example")
            .client_credentials("app", "s3cret")
            .transport(stage.server.clone())
            .retry(rules);
        let client = client.build().unwrap();
        client.oauth2(&ISSUER).exchange_authorization_code("c0de", None, None).await.unwrap_err();
        let exchanges = stage.server.paths().iter().filter(|path| path.ends_with("/token")).count();
        assert_eq!((exchanges, stage.server.count()), (1, 1), "{does:?}");
    }
}
