//! What a recorder of metrics gets of calls, by the names and labels that the docs list.

use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use zeyos::rest::Ticket;
use zeyos::{RetryPolicy, TokenSet, describe_metrics};
use zeyos_emulator::Fault;

use crate::auth::support::{emulator, signed_in, tokens};

/// A metric with its labels, the last one `count` for how often it was recorded.
type Seen = BTreeMap<(String, BTreeMap<String, String>), u64>;

fn seen(snapshotter: &Snapshotter) -> Seen {
    let rows = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let key = key.key();
        let labels = key.labels().map(|label| (label.key().to_owned(), label.value().to_owned())).collect();
        let count = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => {
                assert!(values.iter().all(|value| (0.0..60.0).contains(&value.into_inner())), "{values:?}");
                values.len() as u64
            }
            DebugValue::Gauge(_) => panic!("there is no gauge"),
        };
        ((key.name().to_owned(), labels), count)
    });
    rows.collect()
}

fn labels(rows: &[(&str, &str)]) -> BTreeMap<String, String> {
    rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// One test, since a recorder is that of the whole process. It needs cargo-nextest, where each test is a process: beside others, their
/// calls would be counted too.
#[tokio::test]
async fn calls_requests_repeats_waits_and_renewals_are_measured() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    describe_metrics();
    let zeyos = emulator().await;
    let refresh_token = tokens(&zeyos).refresh_token.unwrap();
    let client = signed_in(&zeyos).token_set(TokenSet::bearer("refused").with_refresh_token(refresh_token.expose()));
    let client = client.build().unwrap();
    let list = || client.api().list_tickets(Ticket::query());
    // Refused for its token and sent again with a new one; sent again after a broken connection; then a server that wants to be left alone
    // for a moment, which the next call waits for.
    list().await.unwrap();
    zeyos.inject(Fault::close_before().on("POST", "/api/v1/tickets"));
    list().await.unwrap();
    zeyos.inject(Fault::status(503).on("POST", "/api/v1/tickets").retry_after("1"));
    list().retry(RetryPolicy::None).await.unwrap_err();
    list().await.unwrap();
    client.auth().close().await.unwrap();
    let seen = seen(&snapshotter);
    let text = format!("{seen:?}");
    let listed = ("api.operation", "listTickets");
    let count = |name: &str, wanted: &[(&str, &str)]| seen.get(&(name.to_owned(), labels(wanted))).copied();
    assert_eq!(count("api.client.call.duration", &[listed]), Some(3), "{text}");
    assert_eq!(count("api.client.call.duration", &[listed, ("error.type", "503")]), Some(1), "{text}");
    assert_eq!(count("api.client.call.retries", &[listed]), Some(1), "{text}");
    let renewal = [("api.operation", "getToken"), ("api.refresh.reason", "rejected")];
    assert_eq!(count("api.client.token.refreshes", &renewal), Some(1), "{text}");
    let port = zeyos.address().port().to_string();
    let server = [("server.address", "127.0.0.1"), ("server.port", &*port)];
    assert_eq!(count("api.client.throttled.duration", &server), Some(1), "{text}");
    let answered = |status| ("http.response.status_code", status);
    let failed = ("error.type", "transport");
    for (ending, requests) in [(answered("401"), 1), (answered("503"), 1), (answered("200"), 3), (failed, 1)] {
        let [address, port] = server;
        let method = ("http.request.method", "POST");
        let template = ("url.template", "/demo/api/v1/tickets");
        let wanted = [address, port, method, template, ending];
        assert_eq!(count("http.client.request.duration", &wanted), Some(requests), "{ending:?} {text}");
    }
    let [address, port] = server;
    let renewal =
        [address, port, ("http.request.method", "POST"), ("url.template", "/demo/oauth2/v1/token"), answered("200")];
    assert_eq!(count("http.client.request.duration", &renewal), Some(1), "{text}");
    assert!(!text.contains(refresh_token.expose()), "{text}");
}
