//! Sends by `fetch`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Response};
use zeyos_core::{BoxFuture, ByteStream};

use super::answer::{Pieces, head};
use super::failure::Target;
use super::request::prepared;
use crate::clock::SystemClock;
use crate::page::{origin, page, words};
use crate::runtime::Deadlines;
use crate::transport::idle::{Head, Idle, Limited};
use crate::transport::{IDLE, Transport, TransportBody, TransportError, TransportRequest};

type Streamed = Result<http::Response<ByteStream<TransportError>>, TransportError>;

/// The built-in transport of a page: `fetch`, in a window, a worker, or the background of an extension. It is what a client has that was
/// given none; make one to put something of your own around it. Cloning is cheap.
///
/// It follows no redirect (one is an error), uses and fills no cache, and of the address of the page servers get the origin alone. The
/// cookies of the browser go along with the attempts that go [by the session](crate::ClientBuilder::browser_session), with exchanges whose
/// call [keeps cookies](zeyos_core::Call::keep_cookies), and with no others. When a call is dropped, the browser ends its transfer.
///
/// What a browser does not let a page do, it does not do either:
///
/// - A failure never proves that a request was not sent, since a browser tells no reasons, and may send a request again by itself over
///   another connection. So no write is repeated after one, and a refresh whose answer is lost asks the server first.
/// - A request with a header that a page may not set, such as `Cookie`, is refused before it is sent. The browser writes
///   `User-Agent`.
/// - A body that is a stream is gathered first, up to 64 MiB, and while it goes out no one sees it move: set a longer
///   [`idle_timeout`](crate::ClientBuilder::idle_timeout) for large ones.
#[derive(Clone)]
pub struct FetchTransport {
    idle: Duration,
}

impl Default for FetchTransport {
    fn default() -> Self {
        FetchTransport::new()
    }
}

impl FetchTransport {
    /// The transport of this page.
    pub const fn new() -> Self {
        FetchTransport::set_up(IDLE)
    }

    pub(crate) const fn set_up(idle: Duration) -> Self {
        FetchTransport { idle }
    }
}

impl Transport for FetchTransport {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let deadlines = Deadlines::new(Arc::new(SystemClock));
        // An exchange of tokens has its own limit alone.
        let idle = if request.fresh_connection { Duration::MAX } else { self.idle };
        let end = request.timeout.map(|timeout| (timeout, deadlines.after(timeout)));
        let max_body = request.max_body;
        let head = Head { answer: Box::pin(opened(request)), idle: Idle::new(deadlines, idle), end };
        Box::pin(async move {
            let (answer, idle, end) = head.received().await?;
            let length = announced(answer.headers()).filter(|length| *length > max_body as u64);
            let (parts, pieces) = answer.into_parts();
            let pieces = Limited { pieces, idle, end, max_body: usize::MAX, left: usize::MAX, is_waiting: false };
            let body = TransportBody::Pieces { pieces: ByteStream::new(pieces), length };
            Ok(http::Response::from_parts(parts, body.collected(max_body).await?))
        })
    }

    fn send_streamed(self: Arc<Self>, request: TransportRequest<TransportBody>) -> BoxFuture<Streamed> {
        Box::pin(async move { opened(request.whole().await?).await })
    }
}

/// How long the body says that it is. It may be longer when it was unpacked, and is counted all the same.
fn announced(headers: &http::HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Scheme, host and port.
fn server(uri: &http::Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{}://{authority}", uri.scheme_str().unwrap_or_default())
}

/// A transfer that the browser ends when no one wants it any more.
pub(super) struct Transfer(AbortController);

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends, and answers as soon as the head of the answer is there.
async fn opened(request: TransportRequest) -> Streamed {
    let TransportRequest { request, credentials, .. } = request;
    let unsendable = |exception: JsValue| TransportError::unsendable(words(&exception));
    let transfer = Transfer(AbortController::new().map_err(unsendable)?);
    let target = Target { page: origin(), server: server(request.uri()), credentials };
    let prepared = prepared(&request, credentials, &transfer.0.signal())?;
    let failed = |exception: JsValue| TransportError::other(target.failed(&words(&exception)));
    let response = JsFuture::from(page().fetch_with_request(&prepared)).await.map_err(failed)?;
    let response: Response = response.unchecked_into();
    let (parts, ()) = head(&response)?.into_parts();
    Ok(http::Response::from_parts(parts, ByteStream::new(Pieces::of(&response, transfer))))
}

impl fmt::Debug for FetchTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchTransport").finish_non_exhaustive()
    }
}
