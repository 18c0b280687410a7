//! Middleware of [tower](https://docs.rs/tower) around a transport (feature `tower`).
//!
//! [`TowerTransport`] is a [`Transport`] that any `Service` of HTTP requests carries, and [`TransportService`] is such a service over
//! any transport: with both, layers for traces, limits of concurrency, headers or other HTTP stacks stand below the client. What the
//! client decides (credentials, refresh, retries, the rate limit) stays above them: a layer that repeats requests or follows redirects
//! undoes it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use tower_service::Service;
use zeyos_core::BoxFuture;

use crate::transport::{Transport, TransportError, TransportRequest};

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
}

/// A transport that a service of tower carries.
///
/// The service is cloned for each request, and is called once it is ready. Bodies go through it whole: a client with such a transport
/// sends no streams of more than 64 MiB.
///
/// An error of the service is one of the connection, after which nobody knows whether the request was carried out; a [`TransportError`]
/// keeps what it says.
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
            let TransportRequest { mut request, timeout, max_body, fresh_connection } = request;
            request.extensions_mut().insert(TransportLimits { timeout, max_body, fresh_connection });
            // A service that does not get ready was given nothing.
            poll_fn(|context| service.poll_ready(context))
                .await
                .map_err(|error| kept(error, TransportError::connect))?;
            let answer = service.call(request.map(Full::new)).await;
            let (parts, body) = answer.map_err(|error| kept(error, TransportError::other))?.into_parts();
            let body = Limited::new(body, max_body).collect().await.map_err(|error| read(error, max_body))?;
            Ok(http::Response::from_parts(parts, body.to_bytes()))
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

fn read(error: Box<dyn StdError + Send + Sync>, max_body: usize) -> TransportError {
    match error.downcast::<LengthLimitError>() {
        Ok(_) => TransportError::too_large(max_body),
        Err(other) => kept(other, TransportError::other),
    }
}

/// A service of tower that a transport carries. Requests that did not come from a client have no time limit, and answers to them 64 MiB.
#[derive(Clone)]
pub struct TransportService {
    transport: Arc<dyn Transport>,
}

/// Without limits of a client.
const LIMITS: TransportLimits = TransportLimits { timeout: None, max_body: 64 * 1024 * 1024, fresh_connection: false };

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
            (outgoing.timeout, outgoing.fresh_connection) = (limits.timeout, limits.fresh_connection);
            Ok(transport.send(outgoing).await?.map(Full::new))
        })
    }
}

impl std::fmt::Debug for TransportService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TransportService").finish_non_exhaustive()
    }
}
