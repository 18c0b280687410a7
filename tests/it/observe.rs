//! What a collector of OpenTelemetry gets of calls, by the names of its conventions for HTTP clients.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::sync::Notify;
use tracing::Instrument as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{
    BoxFuture, Client, ClientEvent, Drift, Id, RetryPolicy, TokenSet, Transport, TransportError, TransportRequest,
};
use zeyos_emulator::Fault;

use crate::auth::support::{emulator, signed_in, tokens};
use crate::wire;

/// Collects the spans of this thread until it is dropped.
struct Collector {
    exporter: InMemorySpanExporter,
    provider: SdkTracerProvider,
    _guard: DefaultGuard,
}

impl Collector {
    fn start() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tests"));
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
        Collector { exporter, provider, _guard: guard }
    }

    /// The spans that have ended since the last time.
    fn spans(&self) -> Vec<SpanData> {
        self.provider.force_flush().unwrap();
        let spans = self.exporter.get_finished_spans().unwrap();
        self.exporter.reset();
        spans
    }

    fn only(&self) -> SpanData {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans.remove(0)
    }
}

/// The attributes that are ours; the layer adds where in the sources a span is made.
fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let ours = ["http.", "url.", "server.", "error.", "api."];
    let known = span.attributes.iter().filter(|known| ours.iter().any(|own| known.key.as_str().starts_with(own)));
    known.map(|known| (known.key.to_string(), known.value.to_string())).collect()
}

/// The same without the name of the call, which is another one each time.
fn named(span: &SpanData) -> BTreeMap<String, String> {
    let mut known = attributes(span);
    assert!(known.remove("api.request_id").is_some_and(|name| name.len() > 17), "{span:?}");
    known
}

fn table<'a>(rows: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    rows.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn port(url: &str) -> &str {
    url.split(':').nth(2).unwrap().split('/').next().unwrap()
}

#[tokio::test]
async fn a_call_is_one_span_below_that_of_its_caller() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let collector = Collector::start();
    let call = client.api().list_tickets(Ticket::query());
    call.into_future().instrument(tracing::info_span!("nightly job")).await.unwrap();
    let spans = collector.spans();
    let [span, job] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((&*job.name, span.parent_span_id), ("nightly job", job.span_context.span_id()));
    assert_eq!(
        (&*span.name, &span.span_kind, &span.status),
        ("POST /demo/api/v1/tickets", &SpanKind::Client, &Status::Unset)
    );
    let wanted = table([
        ("api.credential", "bearer"),
        ("api.operation", "listTickets"),
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("server.address", "127.0.0.1"),
        ("server.port", port(zeyos.url())),
        ("url.template", "/demo/api/v1/tickets"),
    ]);
    assert_eq!(named(span), wanted);
}

#[tokio::test]
async fn a_span_says_what_a_call_failed_with_and_no_value_of_it() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let collector = Collector::start();
    client.api().get_ticket(Id::new(987_654)).await.unwrap_err();
    let span = collector.only();
    assert_eq!((&*span.name, &span.status), ("GET /demo/api/v1/tickets/{ID}", &Status::error("")));
    let found = attributes(&span);
    assert_eq!((&*found["error.type"], &*found["http.response.status_code"]), ("404", "404"));
    assert!(!format!("{span:?}").contains("987654"), "{span:?}");
    for (host, address) in [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")] {
        let nowhere =
            Client::builder(format!("https://{host}:9/demo")).token_set(TokenSet::bearer("a0")).build().unwrap();
        nowhere.api().get_ticket(Id::new(987_654)).retry(RetryPolicy::None).await.unwrap_err();
        let span = collector.only();
        let wanted = table([
            ("api.credential", "bearer"),
            ("api.operation", "getTicket"),
            ("error.type", "connect"),
            ("http.request.method", "GET"),
            ("server.address", address),
            ("server.port", "9"),
            ("url.template", "/demo/api/v1/tickets/{ID}"),
        ]);
        assert_eq!(named(&span), wanted);
        assert!(!format!("{span:?}").contains("987654"), "{span:?}");
    }
}

#[tokio::test]
async fn a_span_says_the_path_that_a_request_goes_to() {
    let nowhere = Client::builder("https://127.0.0.1:9/demo").token_set(TokenSet::bearer("a0"));
    let nowhere = nowhere.path_at(&zeyos::rest::SERVICE, "/tickets", "/desk").build().unwrap();
    let collector = Collector::start();
    nowhere.api().get_ticket(Id::new(987_654)).retry(RetryPolicy::None).await.unwrap_err();
    let span = collector.only();
    let template = attributes(&span)["url.template"].clone();
    assert_eq!((&*span.name, &*template), ("GET /demo/api/v1/desk/{ID}", "/demo/api/v1/desk/{ID}"));
}

#[tokio::test]
async fn a_span_says_how_often_a_call_was_sent_again_and_holds_no_secret() {
    let zeyos = emulator().await;
    let known = tokens(&zeyos);
    let refresh_token = known.refresh_token.clone().unwrap();
    let client = signed_in(&zeyos).token_set(TokenSet::bearer("refused").with_refresh_token(refresh_token.expose()));
    let client = client.build().unwrap();
    let collector = Collector::start();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let spans = collector.spans();
    let calls: Vec<_> = spans.iter().map(attributes).filter(|span| span["api.operation"] == "listTickets").collect();
    let [call] = &calls[..] else { panic!("{calls:?}") };
    assert_eq!((&*call["http.request.resend_count"], &*call["http.response.status_code"]), ("1", "200"));
    let text = format!("{spans:?}");
    let current = client.auth().token_set().await.unwrap().unwrap();
    for secret in [Some(refresh_token), current.access_token, current.refresh_token] {
        assert!(!text.contains(secret.unwrap().expose()), "{text}");
    }
    assert!(!text.contains("refused"), "{text}");
}

#[tokio::test]
async fn the_kind_of_credential_is_that_which_was_sent() {
    let zeyos = emulator().await;
    let session = zeyos.credentials().session.clone();
    let client = Client::builder(zeyos.url()).session_cookie(session.as_str()).build().unwrap();
    let collector = Collector::start();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    assert_eq!(attributes(&collector.only())["api.credential"], "session");
}

/// Events of a span by name, each with its attributes.
fn events(span: &SpanData) -> Vec<(String, BTreeMap<String, String>)> {
    let attributes = |event: &opentelemetry::trace::Event| {
        let known = event.attributes.iter().map(|known| (known.key.to_string(), known.value.to_string()));
        known.filter(|(name, _)| ["http.", "error.", "api."].iter().any(|own| name.starts_with(own))).collect()
    };
    span.events.events.iter().map(|event| (event.name.to_string(), attributes(event))).collect()
}

fn count(span: &SpanData, name: &str) -> usize {
    span.attributes.iter().filter(|known| known.key.as_str() == name).count()
}

#[tokio::test]
async fn the_credential_of_a_call_that_was_sent_again_is_that_of_the_last_attempt() {
    let zeyos = emulator().await;
    let session = zeyos.credentials().session.clone();
    let client = Client::builder(zeyos.url()).token_set(TokenSet::bearer("refused"));
    let client = client.session_cookie(session.as_str()).build().unwrap();
    let collector = Collector::start();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let span = collector.only();
    assert_eq!((count(&span, "api.credential"), count(&span, "http.request.resend_count")), (1, 1));
    let found = attributes(&span);
    assert_eq!((&*found["api.credential"], &*found["http.request.resend_count"]), ("session", "1"));
    let attempts: Vec<_> = events(&span).into_iter().filter(|(name, _)| name == "attempt").collect();
    let attempt = |rows: &[(&'static str, &'static str)]| ("attempt".to_owned(), table(rows.iter().copied()));
    let listed = ("api.operation", "listTickets");
    let wanted = [
        attempt(&[("api.credential", "bearer"), listed, ("http.response.status_code", "401")]),
        attempt(&[
            ("api.credential", "session"),
            listed,
            ("http.request.resend_count", "1"),
            ("http.response.status_code", "200"),
        ]),
    ];
    assert_eq!(attempts, wanted);
}

#[tokio::test]
async fn a_count_of_attempts_is_told_once_however_many_there_were() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).jitter(|| 0.0).build().unwrap();
    zeyos.inject(Fault::close_before().on("POST", "/api/v1/tickets").times(2));
    let collector = Collector::start();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let span = collector.only();
    assert_eq!((count(&span, "http.request.resend_count"), count(&span, "api.credential")), (1, 1));
    assert_eq!(attributes(&span)["http.request.resend_count"], "2");
    let failed = |(_, event): &(String, BTreeMap<String, String>)| event.get("error.type").cloned();
    let attempts: Vec<_> = events(&span).into_iter().filter(|(name, _)| name == "attempt").collect();
    assert_eq!(attempts.iter().filter_map(failed).collect::<Vec<_>>(), ["transport", "transport"]);
    assert_eq!(attempts.len(), 3);
}

/// A server that never answers. It tells that it was asked.
struct Silent(Arc<Notify>);

impl Transport for Silent {
    fn send(&self, _: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        self.0.notify_one();
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_tells_what_was_sent() {
    let asked = Arc::new(Notify::new());
    let client = Client::builder("https://cloud.example/demo").token_set(TokenSet::bearer("t0ken"));
    let client = client.transport(Silent(Arc::clone(&asked))).build().unwrap();
    let collector = Collector::start();
    tokio::select! {
        answer = client.api().list_tickets(Ticket::query()) => panic!("{answer:?}"),
        () = asked.notified() => {}
    }
    let span = collector.only();
    assert_eq!(
        (attributes(&span)["api.credential"].as_str(), count(&span, "http.response.status_code")),
        ("bearer", 0)
    );
}

#[tokio::test]
async fn a_stream_tells_of_its_pages_in_the_span_of_its_reader() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    for name in ["one", "two", "three"] {
        client.api().create_ticket(NewTicket::new(name)).await.unwrap();
    }
    let all = client.api().list_tickets(Ticket::query()).await.unwrap().len();
    let collector = Collector::start();
    let rows = client.api().list_tickets(Ticket::query()).stream().page_size(2);
    rows.collect().instrument(tracing::info_span!("nightly job")).await.unwrap();
    let spans = collector.spans();
    let job = spans.iter().find(|span| span.name == "nightly job").unwrap();
    let pages: Vec<_> = events(job).into_iter().filter(|(name, _)| name == "page").map(|(_, page)| page).collect();
    assert!(pages.iter().all(|page| page["api.operation"] == "listTickets"), "{pages:?}");
    let rows = pages.iter().map(|page| page["api.page.rows"].parse::<usize>().unwrap());
    assert_eq!(rows.sum::<usize>(), all);
    assert!(spans.len() > pages.len() && pages.len() >= 2, "{spans:?}");
}

#[tokio::test]
async fn a_renewal_is_a_span_of_its_own_that_follows_from_the_call() {
    let zeyos = emulator().await;
    let refresh_token = tokens(&zeyos).refresh_token.unwrap();
    let client = signed_in(&zeyos).token_set(TokenSet::bearer("refused").with_refresh_token(refresh_token.expose()));
    let client = client.request_id_header(HeaderName::from_static("x-request-id")).build().unwrap();
    zeyos.clear_requests();
    let collector = Collector::start();
    client.api().list_tickets(Ticket::query()).await.unwrap();
    client.auth().close().await.unwrap();
    let spans = collector.spans();
    let call = spans.iter().find(|span| attributes(span)["api.operation"] == "listTickets").unwrap();
    let renewal = spans.iter().find(|span| span.name == "token_refresh").unwrap();
    let found = attributes(renewal);
    assert_eq!((&*found["api.refresh.reason"], &*found["api.operation"]), ("rejected", "getToken"));
    assert!(!found.contains_key("error.type"), "{found:?}");
    let links: Vec<_> = renewal.links.iter().map(|link| link.span_context.span_id()).collect();
    assert_eq!((renewal.parent_span_id, links), (SpanId::INVALID, vec![call.span_context.span_id()]));
    // Its requests have its name, which is another one than that of the call.
    let (name, calls) = (found["api.request_id"].as_str(), attributes(call)["api.request_id"].clone());
    assert_ne!(name, calls);
    let seen: Vec<_> = zeyos.requests().into_iter().filter_map(|seen| seen.request_id).collect();
    assert_eq!(seen, [&*calls, name, name, &*calls]);
    // The token that it has brought is asked about before it is used.
    let attempts = events(renewal).into_iter().filter(|(name, _)| name == "attempt");
    let attempt = |operation| {
        table([("api.credential", "basic"), ("api.operation", operation), ("http.response.status_code", "200")])
    };
    let attempts: Vec<_> = attempts.map(|(_, attempt)| attempt).collect();
    assert_eq!(attempts, [attempt("getToken"), attempt("introspectToken")]);
}

#[tokio::test]
async fn a_sign_in_tells_of_its_request_in_the_span_of_its_call() {
    let zeyos = emulator().await;
    let client = signed_in(&zeyos).build().unwrap();
    let collector = Collector::start();
    client.oauth2().exchange_authorization_code("no code", None, None).await.unwrap_err();
    let spans = collector.spans();
    let call = spans.iter().find(|span| span.name.ends_with("/oauth2/v1/token")).unwrap();
    let attempts: Vec<_> = events(call).into_iter().filter(|(name, _)| name == "attempt").collect();
    let [(_, attempt)] = &attempts[..] else { panic!("{attempts:?}") };
    assert_eq!((&*attempt["api.operation"], &*attempt["http.response.status_code"]), ("getToken", "403"));
}

#[cfg(feature = "testing")]
#[tokio::test]
async fn one_name_of_a_call_is_in_span_error_cassette_and_the_log_of_the_server() {
    let zeyos = emulator().await;
    let recorder = zeyos::testing::cassette::Recorder::new(zeyos::HttpTransport::new().unwrap());
    let client = signed_in(&zeyos).transport(recorder.clone());
    let client = client.request_id_header(HeaderName::from_static("x-request-id")).build().unwrap();
    zeyos.inject(Fault::close_before().on("GET", "/api/v1/tickets"));
    zeyos.clear_requests();
    let collector = Collector::start();
    let error = client.api().get_ticket(Id::new(987_654)).await.unwrap_err();
    let name = error.request_id().unwrap().to_string();
    assert_eq!(attributes(&collector.only())["api.request_id"], name);
    let seen: Vec<_> = zeyos.requests().into_iter().map(|seen| seen.request_id).collect();
    assert_eq!(seen, [Some(name.clone()), Some(name.clone())]);
    let cassette = recorder.cassette().to_string();
    assert_eq!(cassette.matches(&format!("\"call\":\"{name}\"")).count(), 2, "{cassette}");
    let other = client.api().get_ticket(Id::new(987_654)).await.unwrap_err();
    assert_ne!(other.request_id().unwrap().to_string(), name);
}

#[tokio::test]
async fn without_a_header_for_it_no_server_is_told_the_name_of_a_call() {
    let wire = wire::Recorder::always(404, "text/plain", "");
    let error = wire.client().api().get_ticket(Id::new(7)).await.unwrap_err();
    let name = error.request_id().unwrap().to_string();
    let sent = wire.only();
    assert!(sent.headers.values().all(|value| !value.contains(&name)), "{:?}", sent.headers);
}

#[tokio::test]
async fn headers_of_ones_own_go_along_and_a_call_may_have_another() {
    let wire = wire::Recorder::always(404, "text/plain", "");
    let (name, other) = (HeaderName::from_static("x-gateway"), HeaderName::from_static("x-shop"));
    let client = wire.builder().token_set(TokenSet::bearer("t0ken"));
    let client = client.default_header(name.clone(), HeaderValue::from_static("reports"));
    let client = client.default_header(other.clone(), HeaderValue::from_static("7")).build().unwrap();
    client.api().get_ticket(Id::new(7)).header(other.clone(), HeaderValue::from_static("8")).await.unwrap_err();
    let sent = wire.only();
    assert_eq!((&*sent.headers[name.as_str()], &*sent.headers[other.as_str()]), ("reports", "8"));
}

#[test]
fn headers_that_the_client_writes_alone_are_no_default_headers() {
    let builder = || Client::builder("https://cloud.zeyos.com/demo");
    for name in
        ["authorization", "cookie", "host", "content-length", "content-type", "proxy-authorization", "user-agent"]
    {
        let name = HeaderName::from_static(name);
        let value = HeaderValue::from_static("hunter2");
        let error = builder().default_header(name.clone(), value).build().unwrap_err();
        assert!(error.to_string().contains(name.as_str()) && !format!("{error:?}").contains("hunter2"), "{error}");
        assert!(builder().request_id_header(name).build().is_err());
    }
}

#[tokio::test]
async fn differences_from_the_document_are_told_once_an_answer_with_a_count() {
    let zeyos = emulator().await;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listening = Arc::clone(&heard);
    let client =
        signed_in(&zeyos).on_event(move |event| listening.lock().unwrap().push(event.clone())).build().unwrap();
    for name in ["one", "two", "three"] {
        client.api().create_ticket(NewTicket::new(name)).await.unwrap();
    }
    let rows = client.api().list_tickets(Ticket::query()).await.unwrap().len();
    assert_eq!(*heard.lock().unwrap(), []);
    zeyos.inject(Fault::replace_value("/*/status", "99").on("POST", "/api/v1/tickets"));
    client.api().list_tickets(Ticket::query()).await.unwrap();
    let drift = Drift::UnknownCode { of: "TicketStatus", code: 99 };
    let wanted = ClientEvent::Drift { operation: "listTickets", drift, count: rows as u64 };
    assert_eq!(std::mem::take(&mut *heard.lock().unwrap()), [wanted]);
    zeyos.inject(
        Fault::replace_body(r#"[{"ID":1,"colour":3,"name":null},{"ID":2,"colour":4}]"#).on("POST", "/api/v1/tickets"),
    );
    client.api().list_tickets(Ticket::query()).await.unwrap_err();
    let told = heard.lock().unwrap().clone();
    let member = Drift::UnknownMember { of: "Ticket", name: "colour".into() };
    assert_eq!(told[0], ClientEvent::Drift { operation: "listTickets", drift: member, count: 1 });
    let column = |event: &ClientEvent| {
        matches!(event, ClientEvent::Drift { drift: Drift::AbsentColumn { of: "Ticket", .. }, count: 1, .. })
    };
    assert!(told.len() > 1 && told[1..].iter().all(column), "{told:?}");
}
