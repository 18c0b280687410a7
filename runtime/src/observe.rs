//! What `tracing` learns of calls: a span for each, with the names of the OpenTelemetry conventions for HTTP clients, in it an event for
//! each request, and a span for each renewal of tokens. No body, no header and no value of a caller is in it; without a subscriber
//! nothing of it is made.

mod measured;

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use http::StatusCode;
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};
use zeyos_core::{Error, KeyPlace, Operation, RequestId};

use crate::request::Credential;
use crate::retry::Progress;
use crate::runtime::Deadlines;
use crate::shared::{Base, Shared};
use crate::transport::TransportError;
use measured::Stopwatch;
#[cfg(feature = "metrics")]
pub use measured::describe_metrics;

/// The target of spans and events.
const TARGET: &str = "zeyos";

/// Where servers are whose URL names no port (RFC 9110, sections 4.2.1 and 4.2.2).
const PORT_OF_HTTP: u16 = 80;
const PORT_OF_HTTPS: u16 = 443;

/// A call under way, as far as it is reported.
pub(crate) struct Watch {
    span: Span,
    stopwatch: Stopwatch,
    operation: &'static Operation,
    /// The name of the call.
    pub id: RequestId,
    /// How many requests were given to the transport.
    requests: AtomicU32,
    /// The kinds of credentials of the last one, none before the first.
    signed: AtomicU8,
}

/// One attempt of a call that is watched.
pub(crate) struct UnderWay<'a> {
    pub progress: Progress,
    pub watch: &'a Watch,
}

impl<'a> UnderWay<'a> {
    /// Before anything of it is sent.
    pub(crate) fn of(watch: &'a Watch) -> Self {
        UnderWay { progress: Progress::default(), watch }
    }
}

/// A request that is about to be sent.
pub(crate) struct Attempt {
    operation: &'static Operation,
    number: u32,
    kinds: Kinds,
    stopwatch: Stopwatch,
}

/// Kinds of credentials, one bit each; the first says that there was a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Kinds(u8);

impl Watch {
    /// A call of this operation, before anything of it is sent.
    pub(crate) fn begin(operation: &'static Operation, shared: &Shared, clock: &Deadlines) -> Self {
        let id = shared.request_ids.next();
        let span = call(operation, &shared.settings.base, id);
        let stopwatch = Stopwatch::start(clock);
        Watch { span, stopwatch, operation, id, requests: AtomicU32::new(0), signed: AtomicU8::new(0) }
    }

    /// The rest of a call within its span, which says how it ended. The call is pinned before: a future is there twice in one that
    /// takes it by value, as what is given and as what is awaited.
    pub(crate) async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, Error>> + Unpin,
        status: impl FnOnce(&T) -> StatusCode,
    ) -> Result<T, Error> {
        let outcome = call.instrument(self.span.clone()).await.map_err(|error| error.with_request_id(self.id));
        self.stopwatch.call(self.operation, outcome.as_ref().err());
        if !self.span.is_disabled() {
            self.ended(outcome.as_ref().map(status));
        }
        outcome
    }

    fn ended(&self, outcome: Result<StatusCode, &Error>) {
        let status = outcome.map_or_else(Error::status, Some);
        if let Some(status) = status {
            self.span.record("http.response.status_code", status.as_u16());
        }
        if let Err(error) = outcome {
            failed(&self.span, error);
        }
    }

    /// A request with these credentials is given to the transport. They are reported by kind.
    pub(crate) fn sends(&self, credentials: &[Credential], clock: &Deadlines) -> Attempt {
        let number = self.hands_over(credentials);
        Attempt { number, ..exchange(self.operation, credentials, clock) }
    }

    /// A request with these credentials is handed over to a task of its own, which reports the [`exchange`] itself. Answers how many
    /// requests there were before it.
    pub(crate) fn hands_over(&self, credentials: &[Credential]) -> u32 {
        self.signed.store(Kinds::of(credentials).0, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed)
    }
}

/// What is known at the end alone: a field that is recorded twice would be there twice. It is said of a call that is given up too.
impl Drop for Watch {
    fn drop(&mut self) {
        if self.span.is_disabled() {
            return;
        }
        if let Some(kinds) = Kinds(*self.signed.get_mut()).text() {
            self.span.record("api.credential", &*kinds);
        }
        let resent = self.requests.get_mut().saturating_sub(1);
        if resent > 0 {
            self.span.record("http.request.resend_count", resent);
        }
    }
}

/// A request of an exchange of tokens is given to the transport: within the span of its call, or of the renewal.
pub(crate) fn exchange(operation: &'static Operation, credentials: &[Credential], clock: &Deadlines) -> Attempt {
    Attempt { operation, number: 0, kinds: Kinds::of(credentials), stopwatch: Stopwatch::start(clock) }
}

impl Attempt {
    /// The transport has answered.
    pub(crate) fn answered<B>(&self, base: &Base, answer: Result<&http::Response<B>, &TransportError>) {
        let (status, error) = (answer.ok().map(http::Response::status), answer.err().map(TransportError::error_type));
        self.stopwatch.request(self.operation, base, status, error);
        tracing::debug!(
            target: TARGET,
            {
            http.request.resend_count = (self.number > 0).then_some(self.number),
            http.response.status_code = status.map(|status| status.as_u16()),
            "error.type" = error,
            api.operation = self.operation.id,
            api.credential = self.kinds.text().as_deref(),
            },
            "attempt"
        );
    }
}

impl Kinds {
    const SENT: u8 = 1;
    const BEARER: u8 = 2;
    const BASIC: u8 = 4;
    const SESSION: u8 = 8;
    const KEY: u8 = 16;
    const NAMES: [(u8, &str); 4] =
        [(Self::BEARER, "bearer"), (Self::BASIC, "basic"), (Self::SESSION, "session"), (Self::KEY, "key")];

    fn of(credentials: &[Credential]) -> Self {
        Kinds(credentials.iter().fold(Self::SENT, |kinds, credential| kinds | kind(credential)))
    }

    /// As in `bearer` or `basic+session`; nothing before a request.
    fn text(self) -> Option<String> {
        let names = Self::NAMES.into_iter().filter(|(kind, _)| self.0 & kind != 0);
        let names = names.map(|(_, name)| name).collect::<Vec<_>>();
        match (self.0, &names[..]) {
            (0, _) => None,
            (_, []) => Some("none".to_owned()),
            _ => Some(names.join("+")),
        }
    }
}

fn kind(credential: &Credential) -> u8 {
    match credential {
        Credential::Bearer(_) => Kinds::BEARER,
        Credential::Client(_) | Credential::User(_) => Kinds::BASIC,
        Credential::Key { place: KeyPlace::Cookie, .. } | Credential::Browser => Kinds::SESSION,
        Credential::Key { .. } | Credential::Member { .. } => Kinds::KEY,
    }
}

/// The span of a call that is about to be sent.
fn call(operation: &'static Operation, base: &Base, id: RequestId) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "http_call",
        otel.kind = "client",
        otel.name = Empty,
        otel.status_code = Empty,
        http.request.method = operation.method.as_str(),
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        url.template = Empty,
        server.address = Empty,
        server.port = Empty,
        "error.type" = Empty,
        api.operation = operation.id,
        api.credential = Empty,
        api.request_id = %id,
    );
    if !span.is_disabled() {
        place(&span, operation, base);
    }
    span
}

/// Where the call goes to: texts that only a listener pays for.
fn place(span: &Span, operation: &'static Operation, base: &Base) {
    let (origin, template) = (base.origin(operation.service), template(operation, base));
    span.record("otel.name", display(format_args!("{} {template}", operation.method)));
    span.record("url.template", &*template);
    let (host, port) = server(origin);
    span.record("server.address", host);
    span.record("server.port", port);
}

/// Host and port of an origin, which has its port unless that is the usual one. An address of IPv6 is without the brackets of a URL.
fn server(origin: &str) -> (&str, u16) {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("https", origin));
    let usual = if scheme == "http" { PORT_OF_HTTP } else { PORT_OF_HTTPS };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(usual)),
        _ => (authority, usual),
    };
    (host.trim_matches(['[', ']']), port)
}

/// The path below the origin to which requests go, with parameters in braces.
fn template(operation: &Operation, base: &Base) -> String {
    let url = base.url_of(operation);
    url.strip_prefix(base.origin(operation.service)).unwrap_or_default().to_owned()
}

/// Measures a wait for a server that has asked to wait.
pub(crate) fn waits(clock: &Deadlines) -> Wait {
    Wait(Stopwatch::start(clock))
}

/// A request that waits until it may go.
pub(crate) struct Wait(Stopwatch);

impl Wait {
    /// It may go.
    pub(crate) fn ended(&self, origin: &str) {
        self.0.admitted(origin);
    }
}

/// A call is sent again.
pub(crate) fn repeated(operation: &'static Operation) {
    measured::repeated(operation);
}

fn failed(span: &Span, error: &Error) {
    span.record("error.type", &*error.error_type());
    span.record("otel.status_code", "ERROR");
}

/// What a renewal of tokens is begun with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    pub operation: Option<&'static str>,
    pub reason: &'static str,
    /// The name that its requests have, as those of a call have one.
    pub id: RequestId,
}

/// A renewal of tokens, in a span of its own: it belongs to all who wait for it. The span follows from the one in which
/// it is begun.
pub(crate) fn renewal(begun: Begun) -> Span {
    let Begun { operation, reason, id } = begun;
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "token_refresh",
        otel.kind = "internal",
        otel.status_code = Empty,
        "error.type" = Empty,
        api.operation = operation,
        api.refresh.reason = reason,
        api.request_id = %id,
    );
    if !span.is_disabled() {
        span.follows_from(Span::current());
    }
    span
}

/// How a renewal ended, which ends its span. It is counted by what it was begun with.
pub(crate) fn renewed<T>(span: Span, begun: Begun, outcome: &Result<T, Error>) {
    measured::renewed(begun.operation, begun.reason, outcome.as_ref().err());
    if let Err(error) = outcome {
        failed(&span, error);
    }
}

/// A stream has read a page of so many rows. It is an event in the span of the reader.
pub(crate) fn page(operation: &'static Operation, rows: usize) {
    tracing::debug!(target: TARGET, { api.operation = operation.id, api.page.rows = rows }, "page");
}
