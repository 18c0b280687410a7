//! What the tests of this folder share: a transport in memory, ears for events, short ways to an emulator and its log.

use std::future::{Future, ready};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use zeyos::store::{StoreFuture, TokenStore};
use zeyos::{
    BoxFuture, Client, ClientBuilder, ClientEvent, Clock as _, RefreshLimits, SystemClock, Timestamp, TokenSet,
    Transport, TransportError, TransportRequest,
};
use zeyos_emulator::{Emulator, SeenRequest};

use crate::support::profile;

/// Where the client of a [`Wire`] believes the server to be.
pub(crate) const URL: &str = "https://erp.example.com/demo";

pub(crate) type Answered = Result<http::Response<Bytes>, TransportError>;

/// A request as it would have gone out.
/// A server is asked once in a login whether it knows the refresh token that it has just issued (row 77).
pub(crate) const CHECKED: &str = "POST /oauth2/v1/introspect basic 200";

#[derive(Clone)]
pub(crate) struct Sent {
    pub method: Method,
    pub url: String,
    pub headers: HeaderMap,
    pub body: String,
    pub timeout: Option<Duration>,
    /// How the transport saw the request printed.
    pub debug: String,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The credentials in all the places where one may be.
    pub(crate) fn credentials(&self) -> Vec<String> {
        let scheme = |value: &str| value.split(' ').next().unwrap_or_default().to_lowercase();
        let mut found: Vec<String> = self.header("authorization").map(scheme).into_iter().collect();
        found.extend(self.header("cookie").map(|_| "cookie".to_owned()));
        found.extend(self.body.contains("client_secret=").then(|| "body".to_owned()));
        found
    }
}

/// A transport without a network: remembers what was sent and answers what the test says.
#[derive(Clone)]
pub(crate) struct Wire {
    answer: Arc<dyn Fn(Sent) -> BoxFuture<Answered> + Send + Sync>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Wire {
    /// Answers at once.
    pub(crate) fn answering(answer: impl Fn(&Sent) -> http::Response<Bytes> + Send + Sync + 'static) -> Self {
        Wire::new(move |sent| ready(Ok(answer(&sent))))
    }

    /// Answers when the future of the test does.
    pub(crate) fn new<F>(answer: impl Fn(Sent) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answered> + Send + 'static,
    {
        Wire { answer: Arc::new(move |sent| Box::pin(answer(sent))), sent: Arc::default() }
    }

    /// Answers an empty list, a dead token, or whatever else the operation needs to succeed.
    pub(crate) fn agreeable() -> Self {
        Wire::answering(|sent| match sent.url.rsplit('/').next() {
            Some("token" | "login") => json(200, &issued("a1", "r1")),
            Some("introspect") => json(200, &serde_json::json!({"active": false})),
            Some("revoke") => empty(200),
            Some("v1" | "") if sent.method == Method::HEAD => empty(204),
            Some("logout") => empty(204),
            _ => json(200, &serde_json::json!([])),
        })
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// The one request that was sent, beside the check of a new login.
    pub(crate) fn only(&self) -> Sent {
        let is_sign_in = self.sent().iter().any(|sent| sent.url.ends_with("/token"));
        let is_check = |sent: &Sent| is_sign_in && sent.url.ends_with("/introspect");
        let sent: Vec<_> = self.sent().into_iter().filter(|sent| !is_check(sent)).collect();
        assert_eq!(sent.len(), 1, "requests sent");
        sent[0].clone()
    }

    /// Method and path of every request, with its credentials.
    pub(crate) fn log(&self) -> Vec<String> {
        let path = |sent: &Sent| sent.url.trim_start_matches(URL).to_owned();
        let line = |sent: &Sent| format!("{} {} {}", sent.method, path(sent), sent.credentials().join("+"));
        self.sent().iter().map(|sent| line(sent).trim_end().to_owned()).collect()
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(URL).transport(self.clone()).refresh_limits(prompt())
    }

    /// A client that has every credential there is.
    pub(crate) fn client_with_everything(&self) -> ClientBuilder {
        self.client()
            .token_set(TokenSet::bearer("a0").with_refresh_token("r0"))
            .client_credentials("app", "s3cret")
            .session_cookie("c00kie")
            .basic_user("mara", "pa55")
    }
}

impl Transport for Wire {
    fn send(&self, request: TransportRequest) -> BoxFuture<Answered> {
        let (debug, timeout) = (format!("{request:?} {:?}", request.request.headers()), request.timeout);
        let (parts, body) = request.request.into_parts();
        let body = String::from_utf8(body.to_vec()).unwrap();
        let url = parts.uri.to_string();
        let sent = Sent { method: parts.method, url, headers: parts.headers, body, timeout, debug };
        self.sent.lock().unwrap().push(sent.clone());
        (self.answer)(sent)
    }
}

pub(crate) fn json(status: u16, value: &Value) -> http::Response<Bytes> {
    answering(status, "application/json", value.to_string())
}

pub(crate) fn text(status: u16, text: &str) -> http::Response<Bytes> {
    answering(status, "text/plain", text.to_owned())
}

pub(crate) fn empty(status: u16) -> http::Response<Bytes> {
    answering(status, "text/plain", String::new())
}

/// An answer of any kind.
pub(crate) fn answering(status: u16, media_type: &'static str, body: String) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = status.try_into().unwrap();
    response.headers_mut().insert(HeaderName::from_static("content-type"), HeaderValue::from_static(media_type));
    response
}

/// The answer of a token endpoint. `token` is there for the legacy login, the rest of its members too.
pub(crate) fn issued(access: &str, refresh: &str) -> Value {
    serde_json::json!({
        "access_token": access, "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": refresh, "refresh_token_expires_in": 8_640_000,
        "user": 1, "token": access, "identifier": "test", "expdate": 4_000_000_000_i64,
    })
}

/// Events in the order in which they were heard.
#[derive(Clone, Default)]
pub(crate) struct RecordedEvents(Arc<Mutex<Vec<ClientEvent>>>);

impl RecordedEvents {
    pub(crate) fn listener(&self) -> impl Fn(&ClientEvent) + Send + Sync + 'static {
        let recorded = Arc::clone(&self.0);
        move |event| recorded.lock().unwrap().push(event.clone())
    }

    pub(crate) fn events(&self) -> Vec<ClientEvent> {
        self.0.lock().unwrap().clone()
    }

    /// The names of the events.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |event: &ClientEvent| format!("{event:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        self.events().iter().map(name).collect()
    }
}

/// A store whose content is shared with the test, and which fails when told to.
#[derive(Clone, Default)]
pub(crate) struct SimpleStore {
    tokens: Arc<Mutex<Option<TokenSet>>>,
    fails: Arc<Mutex<(bool, bool)>>,
}

impl SimpleStore {
    pub(crate) fn holding(tokens: TokenSet) -> Self {
        SimpleStore { tokens: Arc::new(Mutex::new(Some(tokens))), ..SimpleStore::default() }
    }

    pub(crate) fn tokens(&self) -> Option<TokenSet> {
        self.tokens.lock().unwrap().clone()
    }

    pub(crate) fn put(&self, tokens: TokenSet) {
        *self.tokens.lock().unwrap() = Some(tokens);
    }

    pub(crate) fn fail_to_read(&self, fails: bool) {
        self.fails.lock().unwrap().0 = fails;
    }

    pub(crate) fn fail_to_write(&self, fails: bool) {
        self.fails.lock().unwrap().1 = fails;
    }
}

impl TokenStore for SimpleStore {
    fn get(&self) -> StoreFuture<'_, Option<TokenSet>> {
        let fails = self.fails.lock().unwrap().0;
        let read = if fails { Err(zeyos::StoreError::message("the store cannot be read")) } else { Ok(self.tokens()) };
        Box::pin(ready(read))
    }

    fn set<'a>(&'a self, tokens: Option<&'a TokenSet>) -> StoreFuture<'a, ()> {
        if self.fails.lock().unwrap().1 {
            return Box::pin(ready(Err(zeyos::StoreError::message("the store cannot be written"))));
        }
        *self.tokens.lock().unwrap() = tokens.cloned();
        Box::pin(ready(Ok(())))
    }
}

pub(crate) async fn emulator() -> Emulator {
    emulator_with(|_| {}).await
}

/// An emulator of the profile with what a test presupposes, whatever the profile says.
pub(crate) async fn emulator_with(set: impl FnOnce(&mut zeyos_emulator::Switches)) -> Emulator {
    let mut switches = profile::switches();
    set(&mut switches);
    Emulator::builder().seed(zeyos_emulator::Seed::Empty).switches(switches).start().await.unwrap()
}

/// The tokens of the emulator's demo user.
pub(crate) fn tokens(zeyos: &Emulator) -> TokenSet {
    let credentials = zeyos.credentials();
    TokenSet::bearer(credentials.access_token.as_str()).with_refresh_token(credentials.refresh_token.as_str())
}

/// A client with the pair of the application and the tokens of the demo user.
pub(crate) fn signed_in(zeyos: &Emulator) -> ClientBuilder {
    with_application(zeyos).token_set(tokens(zeyos))
}

/// A client with the pair of the application alone.
pub(crate) fn with_application(zeyos: &Emulator) -> ClientBuilder {
    let credentials = zeyos.credentials();
    let client = Client::builder(zeyos.url()).refresh_limits(prompt());
    client.client_credentials(&credentials.client_id, credentials.client_secret.as_str())
}

/// Limits for tests that renew more often than anyone should.
pub(crate) fn prompt() -> RefreshLimits {
    let blink = Duration::from_millis(1);
    RefreshLimits::default().floor(Duration::ZERO).backoff(blink).reread(blink)
}

/// What the emulator saw: method, path below the instance, credential, status.
pub(crate) fn seen(zeyos: &Emulator) -> Vec<String> {
    let line = |seen: &SeenRequest| {
        let path = seen.path.trim_start_matches("/demo");
        let status = seen.status.map_or("-".to_owned(), |status| status.to_string());
        format!("{} {path} {} {status}", seen.method, seen.credential.as_str())
    };
    zeyos.requests().iter().map(line).collect()
}

/// Visits the one-time address of a receiver: where it leads to, and the cookie that it gives.
pub(crate) fn started(url: &str) -> (String, String) {
    let answer = visit(url, "");
    let field = |name: &str| {
        let lines = answer.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let location = field("location").unwrap_or_else(|| panic!("no redirect: {answer}"));
    (location, field("set-cookie").unwrap().split(';').next().unwrap().to_owned())
}

/// The answer to a GET with this cookie.
pub(crate) fn visit(url: &str, cookie: &str) -> String {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let cookie = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{cookie}\r\n").unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// What a browser does whose page agrees at once: it follows the redirects to the address of the application.
pub(crate) fn browse(url: &str) -> String {
    let mut url = url.to_owned();
    for _ in 0..5 {
        let (origin, path) = url.split_at(url[7..].find('/').unwrap() + 7);
        let host = origin.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let line = answer.lines().find(|line| line.to_lowercase().starts_with("location: "));
        let location = line.unwrap_or_else(|| panic!("no redirect: {answer}"))[10..].to_owned();
        if !location.starts_with(origin) {
            return location;
        }
        url = location;
    }
    panic!("too many redirects")
}

/// Now and some seconds.
pub(crate) fn in_seconds(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_unix(SystemClock.wall().as_unix() + seconds))
}
