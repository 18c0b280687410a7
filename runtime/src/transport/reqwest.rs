//! The default transport. Everything that reqwest would do on its own is switched off.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header;
use reqwest::redirect;
use tokio::runtime::Handle;
use zeyos_core::call::{RESERVED, RESERVED_PREFIX};
use zeyos_core::{BoxFuture, ByteStream};

use crate::runtime::ByRuntime;

use super::pieces::Pieces;
use super::{Transport, TransportBody, TransportError, TransportRequest, provide_crypto};

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a server may be silent, before its answer and within it.
const IDLE: Duration = Duration::from_secs(60);

/// How long a connection of an exchange may be silent: as long as the whole exchange may take.
const EXCHANGE: Duration = Duration::from_secs(30);

type Streamed = Result<http::Response<ByteStream<TransportError>>, TransportError>;

/// Settings that a caller has for reqwest, made from ours.
pub(crate) type Customize = Box<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// How long things may take, and by which way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Without a byte from the server.
    pub idle: Duration,
    /// Whether proxies that the environment names are used. They must not see what is sent without TLS.
    pub proxies: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { idle: IDLE, proxies: true }
    }
}

/// Requests over reqwest and rustls.
pub(crate) struct HttpTransport {
    limits: Limits,
    customize: Option<Customize>,
    /// Keep connections for later requests, each of them for those of its own runtime: a connection is driven by the runtime on
    /// which it was made, and is dead while that one stands still.
    pooled: ByRuntime<reqwest::Client>,
    /// For bodies that are streams, made when the first one is sent. reqwest counts its idle limit from the beginning of a request,
    /// however much of it is still to be sent, so here is none: whoever calls sees to it.
    streams: ByRuntime<reqwest::Client>,
    /// Makes a connection for every request.
    fresh: reqwest::Client,
}

impl HttpTransport {
    /// With our settings, which the caller may change but for redirects and repeats: both would happen behind the back of the auth
    /// middleware. A cookie jar and decompression are not compiled in.
    pub(crate) fn new(limits: Limits, customize: Option<Customize>) -> Result<Self, reqwest::Error> {
        provide_crypto();
        let fresh = for_exchanges(customized(limits, Some(limits.idle), customize.as_ref())).build()?;
        // The first one is made here, so that settings that reqwest refuses show at once.
        let pooled = ByRuntime::with_first(customized(limits, Some(limits.idle), customize.as_ref()).build()?);
        Ok(HttpTransport { limits, customize, pooled, streams: ByRuntime::default(), fresh })
    }

    fn client(&self, is_fresh: bool) -> Result<reqwest::Client, TransportError> {
        if is_fresh {
            return has_runtime().map(|()| self.fresh.clone());
        }
        self.of_runtime(&self.pooled, Some(self.limits.idle))
    }

    fn of_runtime(
        &self,
        clients: &ByRuntime<reqwest::Client>,
        idle: Option<Duration>,
    ) -> Result<reqwest::Client, TransportError> {
        has_runtime()?;
        if let Some(client) = clients.get() {
            return Ok(client);
        }
        let client = customized(self.limits, idle, self.customize.as_ref()).build().map_err(TransportError::connect)?;
        Ok(clients.keep(client))
    }
}

fn has_runtime() -> Result<(), TransportError> {
    let none =
        |_| TransportError::connect("requests over reqwest need a tokio runtime; give a `transport` of your own");
    Handle::try_current().map(drop).map_err(none)
}

fn customized(limits: Limits, idle: Option<Duration>, customize: Option<&Customize>) -> reqwest::ClientBuilder {
    let ours = reqwest::Client::builder().connect_timeout(CONNECT);
    let ours = if let Some(idle) = idle { ours.read_timeout(idle) } else { ours };
    let ours = if limits.proxies { ours } else { ours.no_proxy() };
    let theirs = match customize {
        Some(customize) => customize(ours),
        None => ours,
    };
    theirs.redirect(redirect::Policy::none()).retry(reqwest::retry::never())
}

/// Without any limit that the caller has set: an exchange that is broken off may cost the login. It has 30 s in all, set with
/// each request, and 10 s to connect. HTTP/1 has no pings that could fail.
fn for_exchanges(theirs: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    let ours = theirs.pool_max_idle_per_host(0).http1_only().connect_timeout(CONNECT).read_timeout(EXCHANGE);
    let ours = ours.timeout(EXCHANGE).tcp_keepalive(None);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let ours = ours.tcp_user_timeout(EXCHANGE);
    ours
}

impl HttpTransport {
    /// A header that every request would get from the settings of the caller, and that none may have. reqwest tells of them in its
    /// `Debug` alone, where a quote within a value has a backslash before it.
    pub(crate) fn reserved_header(&self) -> Option<&'static str> {
        let shown = format!("{:?}", self.fresh);
        let is_set =
            |start: String| [format!("{{\"{start}"), format!(", \"{start}")].iter().any(|name| shown.contains(name));
        let names = RESERVED.into_iter().find(|name| is_set(format!("{name}\": ")));
        names.or_else(|| is_set(RESERVED_PREFIX.to_owned()).then_some("proxy-*"))
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let client = self.client(request.fresh_connection);
        Box::pin(async move {
            let TransportRequest { request, timeout, max_body, fresh_connection: _ } = request;
            let mut request = reqwest::Request::try_from(request).map_err(failed)?;
            *request.timeout_mut() = timeout;
            read(client?.execute(request).await.map_err(failed)?, max_body).await
        })
    }

    fn send_streamed(self: Arc<Self>, request: TransportRequest<TransportBody>) -> BoxFuture<Streamed> {
        let client = self.of_runtime(&self.streams, None);
        Box::pin(async move {
            let TransportRequest { request, timeout, .. } = request;
            let length = request.body().length().filter(|_| matches!(request.body(), TransportBody::Pieces { .. }));
            let mut request = reqwest::Request::try_from(request.map(outgoing)).map_err(failed)?;
            *request.timeout_mut() = timeout;
            if let Some(length) = length {
                request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            }
            let mut response = client?.execute(request).await.map_err(failed)?;
            let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
            let mut answer = http::Response::new(ByteStream::new(response.bytes_stream()).map_err(failed));
            *answer.status_mut() = status;
            *answer.headers_mut() = headers;
            Ok(answer)
        })
    }
}

/// A body whose length is known is sent with it; any other goes in chunks.
fn outgoing(body: TransportBody) -> reqwest::Body {
    match body {
        TransportBody::Whole(bytes) => bytes.into(),
        TransportBody::Pieces { pieces, .. } => reqwest::Body::wrap_stream(pieces),
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// Reads the body piece by piece, so that it cannot grow beyond its bound.
async fn read(mut response: reqwest::Response, max_body: usize) -> Result<http::Response<Bytes>, TransportError> {
    let too_large = || TransportError::other(format!("the answer is larger than {max_body} bytes"));
    if response.content_length().is_some_and(|length| length > max_body as u64) {
        return Err(too_large());
    }
    let mut body = Pieces::default();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Err(failed(error).with_partial(body.beginning())),
        };
        if body.length() + chunk.len() > max_body {
            return Err(too_large().with_partial(body.beginning()));
        }
        body.extend(&chunk);
    }
    let mut answer = http::Response::new(body.joined());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = std::mem::take(response.headers_mut());
    Ok(answer)
}

/// The URL is left out of the error: the caller knows it, and a redirect address of a login may hold a code.
fn failed(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    match () {
        // A connection that was not made in time was not made.
        () if error.is_connect() => TransportError::connect(error),
        () if error.is_timeout() => TransportError::timeout(error),
        () => TransportError::other(error),
    }
}
