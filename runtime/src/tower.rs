//! Middleware of [tower](https://docs.rs/tower) around a transport (feature `tower`).
//!
//! [`TowerTransport`] is a [`Transport`] that any `Service` of HTTP requests carries, and [`TransportService`] is such a service over
//! any transport: with both, layers for traces, limits of concurrency, headers or other HTTP stacks stand below the client. What the
//! client decides (credentials, refresh, retries, the rate limit) stays above them: a layer that repeats requests or follows redirects
//! undoes it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use tower_service::Service;
use zeyos_core::BoxFuture;

use crate::transport::{CredentialsMode, Pieces, Transport, TransportError, TransportRequest};

/// What a client wants of the transport beside the request itself: in the [extensions](http::Extensions) of each request that a service
/// gets. A service that opens connections keeps to it as [`TransportRequest`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportLimits {
    /// How long it may take until the last byte of the answer.
    pub timeout: Option<Duration>,
    /// How many bytes the body of the answer may have.
    pub max_body: usize,
    /// Whether it needs a connection of its own.
    pub fresh_connection: bool,
    /// Whether a browser adds its cookies.
    pub credentials: CredentialsMode,
}

/// A transport that a service of tower carries.
///
/// The service is cloned for each request, and is called once it is ready. Bodies go through it whole: a client with such a transport
/// sends no streams of more than 64 MiB.
///
/// An error of the service is one of the connection, after which no one knows whether the request was carried out; a [`TransportError`]
/// keeps what it says. What came in of a body before it broke off is in the error
/// ([`partial`](TransportError::partial)).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos_runtime::HttpTransport;
/// use zeyos_runtime::tower::{TowerTransport, TransportService};
///
/// let service = tower::ServiceBuilder::new()
///     .concurrency_limit(8)
///     .service(TransportService::new(HttpTransport::new()?));
/// let transport = TowerTransport::new(service);
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct TowerTransport<S> {
    service: S,
}

impl<S> TowerTransport<S> {
    /// A transport that this service carries.
    pub const fn new(service: S) -> Self {
        TowerTransport { service }
    }
}

impl<S, B> Transport for TowerTransport<S>
where
    S: Service<http::Request<Full<Bytes>>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn StdError + Send + Sync>>,
    S::Future: Send,
    B: Body<Data = Bytes> + Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let mut service = self.service.clone();
        Box::pin(async move {
            let TransportRequest { mut request, timeout, max_body, fresh_connection, credentials } = request;
            request.extensions_mut().insert(TransportLimits { timeout, max_body, fresh_connection, credentials });
            // A service that does not get ready was given nothing.
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(|error| kept(error, TransportError::connect))?;
            let answer = service.call(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| kept(error, TransportError::other))?.into_parts();
            Ok(http::Response::from_parts(parts, collected(body, max_body).await?))
        })
    }
}

/// The error of a transport below, or one made of another.
fn kept<E>(error: E, otherwise: impl FnOnce(Box<dyn StdError + Send + Sync>) -> TransportError) -> TransportError
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    match error.into().downcast::<TransportError>() {
        Ok(own) => *own,
        Err(other) => otherwise(other),
    }
}

/// All of a body, if it has no more bytes than this. What came before it broke off is in the error: it may hold a refresh token.
async fn collected<B>(body: B, max_body: usize) -> Result<Bytes, TransportError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let too_large = || TransportError::too_large(max_body);
    if body.size_hint().lower() > max_body as u64 {
        return Err(too_large());
    }
    let (mut body, mut came) = (pin!(body), Pieces::default());
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(piece)) if came.length() + piece.len() > max_body => {
                return Err(too_large().with_partial(came.beginning()));
            }
            Ok(Ok(piece)) => came.extend(&piece),
            // Trailers.
            Ok(Err(_)) => {}
            Err(error) => {
                let error = kept(error, TransportError::other);
                return Err(if came.length() == 0 { error } else { error.with_partial(came.beginning()) });
            }
        }
    }
    Ok(came.joined())
}

/// A service of tower that a transport carries. Requests that did not come from a client have no time limit, and answers to them 64 MiB.
#[derive(Clone)]
pub struct TransportService {
    transport: Arc<dyn Transport>,
}

/// Without limits of a client.
const LIMITS: TransportLimits = TransportLimits {
    timeout: None,
    max_body: 64 * 1024 * 1024,
    fresh_connection: false,
    credentials: CredentialsMode::Omit,
};

impl TransportService {
    /// A service that this transport carries.
    pub fn new(transport: impl Transport) -> Self {
        TransportService { transport: Arc::new(transport) }
    }
}

impl<B> Service<http::Request<B>> for TransportService
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = http::Response<Full<Bytes>>;
    type Error = TransportError;
    type Future = BoxFuture<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let transport = Arc::clone(&self.transport);
        Box::pin(async move {
            let limits = request.extensions().get::<TransportLimits>().copied().unwrap_or(LIMITS);
            let (parts, body) = request.into_parts();
            // What cannot be read was not sent.
            let body = body.collect().await.map_err(TransportError::unsendable)?.to_bytes();
            let mut outgoing = TransportRequest::new(http::Request::from_parts(parts, body), limits.max_body);
            let TransportLimits { timeout, fresh_connection, credentials, .. } = limits;
            (outgoing.timeout, outgoing.fresh_connection, outgoing.credentials) =
                (timeout, fresh_connection, credentials);
            Ok(transport.send(outgoing).await?.map(Full::new))
        })
    }
}

impl std::fmt::Debug for TransportService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportService").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;
    use std::pin::Pin;

    use http::HeaderMap;
    use http_body::Frame;

    use super::*;

    /// These frames, and then an error, if there is one.
    struct Frames(VecDeque<Frame<Bytes>>, Option<Box<dyn StdError + Send + Sync>>);

    impl Body for Frames {
        type Data = Bytes;
        type Error = Box<dyn StdError + Send + Sync>;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let next = self.0.pop_front().map(Ok);
            Poll::Ready(next.or_else(|| self.1.take().map(Err)))
        }
    }

    fn frames(pieces: &[&'static str], error: Option<Box<dyn StdError + Send + Sync>>) -> Frames {
        Frames(pieces.iter().map(|piece| Frame::data(Bytes::from(*piece))).collect(), error)
    }

    #[tokio::test]
    async fn a_body_is_read_frame_by_frame_without_its_trailers() {
        let mut whole = frames(&["ab", "", "cd"], None);
        whole.0.push_back(Frame::trailers(HeaderMap::new()));
        assert_eq!(collected(whole, 4).await.unwrap(), "abcd");
    }

    #[tokio::test]
    async fn what_came_before_a_body_broke_off_is_in_the_error() {
        let broken = collected(frames(&["ab", "cd"], Some(Box::new(io::Error::other("reset")))), 9).await.unwrap_err();
        assert_eq!((broken.to_string().as_str(), &broken.partial()[..]), ("reset", &b"abcd"[..]));
        let large = collected(frames(&["ab", "cd"], None), 3).await.unwrap_err();
        assert_eq!((large.to_string().contains("3 bytes"), &large.partial()[..]), (true, &b"ab"[..]));
    }

    #[tokio::test]
    async fn a_transport_error_of_a_body_keeps_its_own_words_and_what_it_has() {
        let own = || Box::new(TransportError::timeout("7 s").with_partial("own"));
        let late = collected(frames(&[], Some(own())), 9).await.unwrap_err();
        assert_eq!((late.to_string().as_str(), &late.partial()[..]), ("7 s", &b"own"[..]));
        let late = collected(frames(&["ab"], Some(own())), 9).await.unwrap_err();
        assert_eq!((late.to_string().as_str(), &late.partial()[..]), ("7 s", &b"ab"[..]));
    }
}
