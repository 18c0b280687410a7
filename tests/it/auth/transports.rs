//! The built-in transport, shared by clients and inside a transport of the user's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zeyos::rest::Ticket;
use zeyos::{BoxFuture, ByteStream, Client, HttpTransport, Transport, TransportBody, TransportError, TransportRequest};
use zeyos_emulator::Emulator;

use super::support::{emulator, tokens};

/// What goes through the built-in transport is counted.
#[derive(Clone)]
struct Counted {
    inner: HttpTransport,
    whole: Arc<AtomicUsize>,
    streamed: Arc<AtomicUsize>,
}

impl Transport for Counted {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<bytes::Bytes>, TransportError>> {
        self.whole.fetch_add(1, Ordering::SeqCst);
        self.inner.send(request)
    }

    fn send_streamed(
        self: Arc<Self>,
        request: TransportRequest<TransportBody>,
    ) -> BoxFuture<Result<http::Response<ByteStream<TransportError>>, TransportError>> {
        self.streamed.fetch_add(1, Ordering::SeqCst);
        Arc::new(self.inner.clone()).send_streamed(request)
    }
}

#[tokio::test]
async fn the_built_in_transport_can_be_shared_and_wrapped() {
    let (one, other) = (emulator().await, emulator().await);
    let transport = HttpTransport::new().unwrap();
    let shared = |zeyos: &Emulator| {
        Client::builder(zeyos.url()).transport(transport.clone()).token_set(tokens(zeyos)).build().unwrap()
    };
    for zeyos in [&one, &other] {
        shared(zeyos).api().list_tickets(Ticket::query().limit(1)).await.unwrap();
    }
    let counted = Counted { inner: transport.clone(), whole: Arc::default(), streamed: Arc::default() };
    let client = Client::builder(one.url()).transport(counted.clone()).token_set(tokens(&one)).build().unwrap();
    client.api().list_tickets(Ticket::query().limit(1)).await.unwrap();
    let mut answer = client.api().list_tickets(Ticket::query().limit(1)).send_streamed().await.unwrap().into_inner();
    assert!(answer.next().await.unwrap().unwrap().starts_with(b"["));
    assert_eq!((counted.whole.load(Ordering::SeqCst), counted.streamed.load(Ordering::SeqCst)), (1, 1));
    assert_eq!((one.requests().len(), other.requests().len()), (3, 1));
}

#[test]
fn settings_that_a_transport_cannot_have_are_refused_where_it_is_made() {
    let headers =
        || http::HeaderMap::from_iter([(http::header::CONNECTION, http::HeaderValue::from_static("hunter2"))]);
    let error = HttpTransport::customized(move |ours| ours.default_headers(headers())).unwrap_err();
    assert!(error.to_string().contains("connection") && !format!("{error:?}").contains("hunter2"), "{error}");
    HttpTransport::customized(|ours| ours.tcp_nodelay(true)).unwrap();
}
