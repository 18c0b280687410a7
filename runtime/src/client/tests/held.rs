//! Tests of calls that wait for their turn: what can be sent once is not spent by waiting.

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use zeyos_core::call::{RawCall, kind};
use zeyos_core::{
    BodyFormat, BoxFuture, ByteStream, Content, Credential, Dispatcher as _, Operation, RequestBody, ServiceDescription,
};

use crate::{Client, ClientBuilder, Login, Transport, TransportError, TransportRequest};

static TOKENS: Credential = Credential::new("shelf/tokens");
static SERVICE: ServiceDescription = ServiceDescription::new("shelf", "");
static STORE: Operation = Operation::new(&SERVICE, "store", Method::PUT, "/file")
    .body(RequestBody::new(BodyFormat::Bytes, "application/octet-stream"));

/// Asks everyone to come back in an hour.
struct Busy;

impl Transport for Busy {
    fn send(&self, _: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut answer = http::Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
        Box::pin(async move { Ok(answer) })
    }
}

fn once(bytes: &'static [u8]) -> Content {
    Content::stream(ByteStream::<TransportError>::from(Bytes::from_static(bytes)))
}

#[tokio::test]
async fn a_call_that_is_not_admitted_does_not_spend_the_stream_of_its_body() {
    let login = Login::new(&TOKENS).service(&SERVICE, [&STORE], &[]);
    let client: Client = ClientBuilder::new("https://shelf.example", login).transport(Busy).build().unwrap();
    let store = |content: &Content| {
        RawCall::new(&client.dispatch(), &STORE).content(content.clone()).typed::<(), kind::Empty>()
    };
    let sent = once(b"first");
    assert_eq!(store(&sent).await.unwrap_err().status(), Some(StatusCode::TOO_MANY_REQUESTS));
    assert!(sent.open().is_err(), "what was sent once cannot be sent again");

    let held = once(b"second");
    assert!(store(&held).await.unwrap_err().throttled_error().is_some());
    assert!(held.open().is_ok(), "nothing of it was sent");
    // A stream that is spent is told at once, and does not wait.
    let error = store(&sent).await.unwrap_err();
    assert!(error.throttled_error().is_none() && error.to_string().contains("sent already"), "{error}");
}
