//! What stands below a client, and what tests of programs use.

use std::future::ready;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::Full;
use serde_json::json;
use zeyos::testing::cassette::Recorder;
use zeyos::testing::faults::{Fault, Faults};
use zeyos::{BoxFuture, HttpTransport, Transport, TransportError, TransportRequest};

use super::Case;
use crate::promises::leaks::shown::{Stage, c, members};

/// Answers what it was sent.
struct Echo;

impl Transport for Echo {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut answer = http::Response::new(request.request.body().clone());
        answer.headers_mut().insert("set-cookie", HeaderValue::from_static(c::COOKIE));
        Box::pin(ready(Ok(answer)))
    }
}

/// Sends a request with a secret wherever one is known by its place or its name.
fn carry(stage: &Stage, transport: &impl Transport) {
    let mut body = members();
    body["message"] = format!("the token {} is unknown", c::PROVIDED).into();
    let mut request = http::Request::new(Bytes::from(body.to_string()));
    *request.uri_mut() =
        format!("https://a.example/{}?code={}&x={}", c::PROVIDED, c::CODE, c::PROVIDED).parse().unwrap();
    let headers = request.headers_mut();
    headers.insert("authorization", HeaderValue::from_str(&format!("Bearer {}", c::PROVIDED)).unwrap());
    headers.insert("cookie", HeaderValue::from_str(&format!("ZEYOSID={}; x=y", c::ISSUED)).unwrap());
    headers.insert("x-of-their-own", HeaderValue::from_static(c::OTHER_STATE));
    stage.runtime.block_on(transport.send(TransportRequest::new(request, 10_000))).unwrap();
}

fn recorded(stage: &Stage) -> Recorder {
    let recorder = Recorder::new(Echo);
    carry(stage, &recorder);
    assert_eq!(recorder.cassette().len(), 1);
    recorder
}

pub(super) fn all() -> Vec<(&'static str, Case)> {
    vec![
        ("runtime/src/cassette.rs Cassette", |stage, transcript| {
            let recorder = recorded(stage);
            transcript.print(&recorder.cassette());
            transcript.print(&zeyos::testing::cassette::Cassette::parse(&recorder.cassette().to_string()).unwrap());
        }),
        ("runtime/src/cassette.rs CassetteError", |_, transcript| {
            let line = json!({"request": members(), "failure": members()}).to_string();
            transcript.print(&zeyos::testing::cassette::Cassette::parse(&line).unwrap_err());
        }),
        ("runtime/src/cassette/recorder.rs Recorder", |stage, transcript| transcript.print(&recorded(stage))),
        ("runtime/src/cassette/player.rs Player", |stage, transcript| {
            transcript.print(&zeyos::testing::cassette::Player::new(recorded(stage).cassette()));
        }),
        ("runtime/src/faults.rs Fault", |_, transcript| transcript.print(&Fault::LostAnswer)),
        ("runtime/src/faults.rs Faults", |_, transcript| {
            transcript.print(&Faults::new(HttpTransport::new().unwrap(), |_, _| None));
        }),
        ("runtime/src/blocking.rs Iter", |stage, transcript| {
            let rows = stage.client.api().list_tickets(zeyos::rest::Ticket::query()).stream();
            transcript.print(&zeyos::blocking::iter(rows));
        }),
        ("runtime/src/tower.rs TransportLimits", |stage, transcript| {
            let seen = Arc::new(Mutex::new(None));
            let told = Arc::clone(&seen);
            let service = tower::service_fn(move |request: http::Request<Full<Bytes>>| {
                *told.lock().unwrap() = request.extensions().get::<zeyos::tower::TransportLimits>().copied();
                ready(Ok::<_, std::convert::Infallible>(http::Response::new(Full::from("[]"))))
            });
            carry(stage, &zeyos::tower::TowerTransport::new(service));
            transcript.print(&seen.lock().unwrap().unwrap());
        }),
        ("runtime/src/tower.rs TransportService", |_, transcript| {
            transcript.print(&zeyos::tower::TransportService::new(HttpTransport::new().unwrap()));
        }),
        ("runtime/src/tower.rs TowerTransport", |_, transcript| {
            let service = zeyos::tower::TransportService::new(HttpTransport::new().unwrap());
            transcript.print(&zeyos::tower::TowerTransport::new(service));
        }),
    ]
}
