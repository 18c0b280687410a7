//! One `tracing` span a call, with the names of the OpenTelemetry conventions for HTTP clients. No body, no header and no value of a
//! caller is in it; without a subscriber nothing of it is made.

use http::{StatusCode, Uri};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};
use zeyos_core::{Error, KeyPlace, Operation};

use crate::request::Credential;
use crate::shared::Base;

/// The target of the span, and its name: what says that a span is one of these.
const TARGET: &str = "zeyos";
const NAME: &str = "http_call";

/// The span of a call that is about to be sent.
pub(crate) fn call(operation: &'static Operation, base: &Base) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        NAME,
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
    );
    if !span.is_disabled() {
        place(&span, operation, base);
    }
    span
}

/// Where the call goes to: texts that only a listener pays for.
fn place(span: &Span, operation: &'static Operation, base: &Base) {
    let url = base.of(operation.service);
    let origin = base.origin(operation.service);
    let template = [url.strip_prefix(origin).unwrap_or_default(), operation.path].concat();
    span.record("otel.name", display(format_args!("{} {template}", operation.method)));
    span.record("url.template", &*template);
    let Ok(origin) = origin.parse::<Uri>() else { return };
    if let Some(host) = origin.host() {
        // An address of IPv6 stands there without the brackets of a URL.
        span.record("server.address", host.trim_matches(['[', ']']));
    }
    let usual = if origin.scheme_str() == Some("http") { 80 } else { 443 };
    span.record("server.port", origin.port_u16().unwrap_or(usual));
}

/// The rest of a call within its span, which says how it ended.
pub(crate) async fn observed<L, B>(
    span: Span,
    call: impl Future<Output = (L, Result<http::Response<B>, Error>)>,
) -> (L, Result<http::Response<B>, Error>) {
    let (login, outcome) = call.instrument(span.clone()).await;
    if !span.is_disabled() {
        ended(&span, outcome.as_ref().map(http::Response::status));
    }
    (login, outcome)
}

fn ended(span: &Span, outcome: Result<StatusCode, &Error>) {
    let status = outcome.map_or_else(Error::status, Some);
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if let Err(error) = outcome {
        span.record("error.type", &*error.error_type());
        span.record("otel.status_code", "ERROR");
    }
}

/// Says in the span of the call how its request is signed. It is a kind, never a value.
pub(crate) fn credentials(credentials: &[Credential]) {
    let Some(span) = current() else { return };
    match credentials {
        [] => span.record("api.credential", "none"),
        [one] => span.record("api.credential", kind(one)),
        several => {
            let kinds: Vec<_> = several.iter().map(kind).collect();
            span.record("api.credential", &*kinds.join("+"))
        }
    };
}

/// Says in the span of the call how often it was sent again so far.
pub(crate) fn resent(count: u32) {
    if let Some(span) = current().filter(|_| count > 0) {
        span.record("http.request.resend_count", count);
    }
}

/// The span that runs now, if it is that of a call; the spans of callers are theirs.
fn current() -> Option<Span> {
    let span = Span::current();
    let is_of_a_call = span.metadata().is_some_and(|known| known.target() == TARGET && known.name() == NAME);
    is_of_a_call.then_some(span)
}

fn kind(credential: &Credential) -> &'static str {
    match credential {
        Credential::Bearer(_) => "bearer",
        Credential::Client(_) | Credential::User(_) => "basic",
        Credential::Key { place: KeyPlace::Cookie, .. } | Credential::Browser => "session",
        Credential::Key { .. } | Credential::Member { .. } => "key",
    }
}
