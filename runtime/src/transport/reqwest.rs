//! The built-in transport. Everything that reqwest would do on its own is switched off.

mod address;
mod clients;
mod settings;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header;
use http::uri::Scheme;
use zeyos_core::{BoxFuture, ByteStream};

use super::cookies::NO_PAGE;
use super::pieces::Pieces;
#[cfg(feature = "rustls")]
use super::roots::SystemRoots;
use super::{CredentialsMode, IDLE, Transport, TransportBody, TransportError, TransportRequest};
use crate::BuildError;
use address::Addresses;
use clients::{Clients, Route, Settings};
use settings::Proxying;
use tls::Tls;

pub use settings::HttpSettings;
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) use tls::NO_TLS;

type Streamed = Result<http::Response<ByteStream<TransportError>>, TransportError>;

/// The built-in transport: reqwest over rustls, or over what the features of this crate say. It is what a client has that was given none;
/// make one to share its connections between several clients, or to put something of your own around it. Cloning is cheap and shares
/// connections.
///
/// It follows no redirect, repeats nothing and keeps no cookies. Connecting may take 10 seconds, and a server may be silent for 60. The
/// system's root certificates are read with the first connection over TLS, once for the process. Proxies that the environment names
/// are used for https alone. [`HttpSettings`] change that.
///
/// ```
/// use zeyos::{Client, HttpTransport};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let transport = HttpTransport::new()?;
/// let demo = Client::builder("https://cloud.zeyos.com/demo").transport(transport.clone()).build()?;
/// let shop = Client::builder("https://cloud.zeyos.com/shop").transport(transport).build()?;
/// # let _ = (demo, shop);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpTransport(Arc<Inner>);

struct Inner {
    settings: Settings,
    secure: Clients,
    /// Plain http is for this machine, so no proxy of the environment has a part in it.
    plain: Clients,
    addresses: Addresses,
}

impl HttpTransport {
    /// With our settings.
    ///
    /// # Errors
    /// When reqwest refuses them.
    pub fn new() -> Result<Self, BuildError> {
        HttpTransport::with_settings(HttpSettings::new())
    }

    /// With these settings on top of ours.
    ///
    /// # Errors
    /// When a certificate, a key or the address of a proxy cannot be read, or reqwest refuses the settings.
    pub fn with_settings(settings: HttpSettings) -> Result<Self, BuildError> {
        HttpTransport::set_up(IDLE, settings)
    }

    /// With settings for reqwest on top of ours, as [`http_client`](crate::ClientBuilder::http_client) takes them. The settings of TLS
    /// are reqwest's then, which reads the root certificates by itself.
    ///
    /// # Errors
    /// When reqwest refuses them, or a default header is one that only the client writes.
    pub fn customized(
        customize: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Result<Self, BuildError> {
        HttpTransport::with_settings(HttpSettings::new().customize(customize))
    }

    pub(crate) fn set_up(idle: Duration, http: HttpSettings) -> Result<Self, BuildError> {
        let tls = Tls::new(
            &http,
            #[cfg(feature = "rustls")]
            &SystemRoots::of_process(),
        )?;
        HttpTransport::over(tls, idle, http)
    }

    fn over(tls: Tls, idle: Duration, http: HttpSettings) -> Result<Self, BuildError> {
        let proxy = match &http.proxy {
            Proxying::Named(url) => Some(proxy(url.expose())?),
            _ => None,
        };
        let settings = Settings { idle, tls, proxy, http };
        // The first one is made here, so that settings that reqwest refuses show at once.
        let secure = Clients::checked(&settings, Route::Environment)?;
        let plain = Clients::new(Route::Direct);
        Ok(HttpTransport(Arc::new(Inner { settings, secure, plain, addresses: Addresses::default() })))
    }

    fn clients<B>(&self, request: &http::Request<B>) -> &Clients {
        let is_plain = request.uri().scheme() == Some(&Scheme::HTTP);
        if is_plain { &self.0.plain } else { &self.0.secure }
    }

    /// The request in the form that reqwest takes.
    fn prepared<B>(&self, request: http::Request<B>) -> Result<reqwest::Request, TransportError>
    where
        reqwest::Body: From<B>,
    {
        #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
        if request.uri().scheme() == Some(&Scheme::HTTPS) {
            return Err(TransportError::unsendable(NO_TLS));
        }
        let url = self.0.addresses.url_of(request.uri())?;
        let (parts, body) = request.into_parts();
        let mut prepared = reqwest::Request::new(parts.method, url);
        *prepared.headers_mut() = parts.headers;
        *prepared.version_mut() = parts.version;
        *prepared.body_mut() = Some(body.into());
        Ok(prepared)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let clients = self.clients(&request.request);
        let settings = &self.0.settings;
        let client = if request.fresh_connection { clients.fresh(settings) } else { clients.pooled(settings) };
        let TransportRequest { request, timeout, max_body, fresh_connection: _, credentials } = request;
        let request = no_cookies(credentials).and_then(|()| self.prepared(request));
        // Nothing is begun before the future is polled: reqwest needs the runtime that polls it.
        Box::pin(async move {
            let mut request = request?;
            *request.timeout_mut() = timeout;
            read(client?.execute(request).await.map_err(failed)?, max_body).await
        })
    }

    fn send_streamed(self: Arc<Self>, request: TransportRequest<TransportBody>) -> BoxFuture<Streamed> {
        let client = self.clients(&request.request).streams(&self.0.settings);
        let TransportRequest { request, timeout, credentials, .. } = request;
        let length = request.body().length().filter(|_| matches!(request.body(), TransportBody::Pieces { .. }));
        let request = no_cookies(credentials).and_then(|()| self.prepared(request.map(outgoing)));
        Box::pin(async move {
            let mut request = request?;
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

/// It keeps none, and a call without the session that it was planned with would be another call.
fn no_cookies(credentials: CredentialsMode) -> Result<(), TransportError> {
    match credentials {
        CredentialsMode::Omit => Ok(()),
        CredentialsMode::Include => Err(TransportError::unsendable(NO_PAGE)),
    }
}

/// Its address may hold a password, so nothing repeats it.
fn proxy(url: &str) -> Result<reqwest::Proxy, BuildError> {
    reqwest::Proxy::https(url)
        .map_err(|_| BuildError::message("proxy: the address is none, as http://host:3128 is one"))
}

/// A body whose length is known is sent with it; any other goes in chunks.
fn outgoing(body: TransportBody) -> reqwest::Body {
    match body {
        TransportBody::Whole(bytes) => bytes.into(),
        TransportBody::Pieces { pieces, .. } => reqwest::Body::wrap_stream(pieces.map_err(OfBody::new)),
    }
}

/// Why the caller's body broke off, without its causes: reqwest looks among them for a connection that was never made, and what a body is
/// read from may have had one of its own.
#[derive(Debug)]
struct OfBody(String);

impl OfBody {
    fn new(error: impl fmt::Display) -> Self {
        OfBody(error.to_string())
    }
}

impl fmt::Display for OfBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OfBody {}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

/// Reads the body piece by piece, so that it cannot grow beyond its bound.
async fn read(mut response: reqwest::Response, max_body: usize) -> Result<http::Response<Bytes>, TransportError> {
    let too_large = || TransportError::too_large(max_body);
    if response.content_length().is_some_and(|length| length > max_body as u64) {
        return Err(too_large());
    }
    let mut body = Pieces::expecting(response.content_length());
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
    // What the client adds to them finds room there.
    *answer.extensions_mut() = std::mem::take(response.extensions_mut());
    Ok(answer)
}

/// The URL is left out of the error: the caller knows it, and a redirect address of a login may hold a code.
fn failed(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    // A connection that was not made in time was not made.
    if error.is_builder() {
        TransportError::unsendable(error)
    } else if error.is_connect() {
        TransportError::connect(error)
    } else if error.is_timeout() {
        TransportError::timeout(error)
    } else {
        TransportError::other(error)
    }
}

#[cfg(test)]
mod tests;
