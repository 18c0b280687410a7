//! What a collector of OpenTelemetry gets of calls, by the names of its conventions for HTTP clients.

use std::collections::BTreeMap;

use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;
use zeyos::rest::Ticket;
use zeyos::{Client, Id, RetryPolicy, TokenSet};

use crate::auth::support::{emulator, signed_in, tokens};

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
    assert_eq!(attributes(span), wanted);
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
        assert_eq!(attributes(&span), wanted);
        assert!(!format!("{span:?}").contains("987654"), "{span:?}");
    }
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
