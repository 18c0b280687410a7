//! A server in memory with single-use refresh tokens, and a clock that only the benchmark moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use zeyos::{
    BoxFuture, Client, ClientBuilder, Clock, RefreshLimits, Timestamp, TokenSet, Transport, TransportError,
    TransportRequest,
};

/// How long access tokens live, in seconds.
pub(crate) const LIFETIME: i64 = 3600;

const START: i64 = 1_800_000_000;

/// The server and its clock. Tokens are numbers: `a3` and `r3` came together.
#[derive(Clone, Default)]
pub(crate) struct Server(Arc<Inner>);

#[derive(Default)]
struct Inner {
    seconds: AtomicI64,
    /// The tokens that live.
    current: AtomicU64,
    /// Access tokens with a lower number than this have ended.
    alive: AtomicU64,
    /// How long a refresh takes, in microseconds.
    refresh_takes: AtomicU64,
    /// How long a refused request waits for its answer at most, in microseconds.
    late: AtomicU64,
    refreshes: AtomicU64,
    invalid_grants: AtomicU64,
    requests: AtomicU64,
    refused: AtomicU64,
}

impl Server {
    /// A refresh takes so long, and refusals of other requests arrive up to so much later than the requests.
    pub(crate) fn slow(refresh_takes: Duration, late: Duration) -> Self {
        let server = Server::default();
        server.0.refresh_takes.store(micros(refresh_takes), Ordering::Relaxed);
        server.0.late.store(micros(late), Ordering::Relaxed);
        server
    }

    /// A client that is signed in.
    pub(crate) fn client(&self) -> ClientBuilder {
        let mut tokens = TokenSet::bearer("a0").with_refresh_token("r0");
        (tokens.expires_in, tokens.expires_at) = (Some(LIFETIME), Some(Timestamp::from_unix(START + LIFETIME)));
        let limits = RefreshLimits::default().floor(Duration::ZERO);
        let client = Client::builder("https://erp.example.com/demo").transport(self.clone()).clock(self.clone());
        client.refresh_limits(limits).client_credentials("app", "s3cret").token_set(tokens)
    }

    /// Lets time pass for client and server.
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Ends the access token. No one is told.
    pub(crate) fn end_access_token(&self) {
        self.0.alive.store(self.0.current.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    }

    /// Refresh tokens taken.
    pub(crate) fn refreshes(&self) -> u64 {
        self.0.refreshes.load(Ordering::SeqCst)
    }

    /// Refresh tokens refused: used up, or never given.
    pub(crate) fn invalid_grants(&self) -> u64 {
        self.0.invalid_grants.load(Ordering::SeqCst)
    }

    /// Requests with an access token, and how many of them were refused.
    pub(crate) fn requests(&self) -> (u64, u64) {
        (self.0.requests.load(Ordering::SeqCst), self.0.refused.load(Ordering::SeqCst))
    }

    async fn token(self, body: Bytes) -> Response<Bytes> {
        match self.0.refresh_takes.load(Ordering::Relaxed) {
            0 => tokio::task::yield_now().await,
            time => tokio::time::sleep(Duration::from_micros(time)).await,
        }
        let current = self.0.current.load(Ordering::SeqCst);
        let expected = format!("refresh_token=r{current}");
        if !body.split(|byte| *byte == b'&').any(|pair| pair == expected.as_bytes()) {
            self.0.invalid_grants.fetch_add(1, Ordering::SeqCst);
            return answer(StatusCode::FORBIDDEN, r#"{"error":"invalid_grant"}"#.into());
        }
        let next = current + 1;
        self.0.refreshes.fetch_add(1, Ordering::SeqCst);
        self.0.alive.store(next, Ordering::SeqCst);
        self.0.current.store(next, Ordering::SeqCst);
        answer(StatusCode::OK, format!(
            r#"{{"access_token":"a{next}","refresh_token":"r{next}","token_type":"Bearer","expires_in":{LIFETIME}}}"#
        ).into())
    }

    async fn request(self, bearer: Option<HeaderValue>) -> Response<Bytes> {
        let number = self.0.requests.fetch_add(1, Ordering::SeqCst);
        let token =
            bearer.as_ref().and_then(|value| value.to_str().ok()?.strip_prefix("Bearer a")?.parse::<u64>().ok());
        if token.is_some_and(|token| token >= self.0.alive.load(Ordering::SeqCst)) {
            return answer(StatusCode::OK, Bytes::from_static(b"[]"));
        }
        self.0.refused.fetch_add(1, Ordering::SeqCst);
        match self.0.late.load(Ordering::Relaxed) {
            0 => {}
            // Spread over the whole time by a step that has no common factor with most bounds.
            late => tokio::time::sleep(Duration::from_micros(number.wrapping_mul(7919) % late)).await,
        }
        answer(StatusCode::UNAUTHORIZED, Bytes::from_static(b"{}"))
    }
}

impl Transport for Server {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let (server, mut request) = (self.clone(), request.request);
        if request.uri().path().ends_with("/token") {
            let body = std::mem::take(request.body_mut());
            return Box::pin(async move { Ok(server.token(body).await) });
        }
        let bearer = request.headers_mut().remove(header::AUTHORIZATION);
        Box::pin(async move { Ok(server.request(bearer).await) })
    }
}

impl Clock for Server {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(START + self.0.seconds.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.0.seconds.load(Ordering::SeqCst).unsigned_abs())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn answer(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
