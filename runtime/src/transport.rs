//! What carries requests: reqwest by default, anything else by [`Transport`].

mod body;
mod bounded;
mod cookies;
#[cfg(all(not(target_family = "wasm"), feature = "rustls"))]
mod crypto;
#[cfg(any(test, all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))))]
mod fetch;
pub(crate) mod gate;
mod idle;
mod pieces;
#[cfg(not(target_family = "wasm"))]
mod reqwest;
#[cfg(all(not(target_family = "wasm"), feature = "rustls"))]
mod roots;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{BoxFuture, ByteStream, Error, MaybeSend, MaybeSync};

use crate::retry::Outcome;

pub use self::body::TransportBody;
pub(crate) use self::bounded::Bounded;
pub use self::cookies::CredentialsMode;
pub(crate) use self::cookies::NO_PAGE;
#[cfg(all(not(target_family = "wasm"), feature = "rustls"))]
pub(crate) use self::crypto::{NO_PROVIDER, provide_crypto};
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use self::fetch::FetchTransport;
#[cfg(feature = "tower")]
pub(crate) use self::pieces::Pieces;
#[cfg(all(not(target_family = "wasm"), not(any(feature = "rustls", feature = "native-tls"))))]
pub(crate) use self::reqwest::NO_TLS;
#[cfg(not(target_family = "wasm"))]
pub use self::reqwest::{HttpSettings, HttpTransport};

/// Carries one HTTP request and its answer. It follows no redirect, repeats nothing, keeps no cookies.
///
/// Implement it to run over another HTTP stack, or in tests without a network.
///
/// Calls are sent on the runtime of the caller, if there is one. Exchanges of tokens (requests that want a
/// [fresh connection](TransportRequest::fresh_connection)) are sent on the runtime of exchanges: that of the library, or the one
/// named with [`refresh_on`](crate::ClientBuilder::refresh_on). What a transport opens belongs to the runtime on which it is
/// called: a connection that was made on one must not be used on the other, which may stand still. A transport that blocks its
/// thread delays the exchanges of its own client alone, and the runtime of a caller.
///
/// ```
/// use zeyos::bytes::Bytes;
/// use zeyos::{BoxFuture, Client, HttpTransport, Transport, TransportError, TransportRequest, http};
///
/// /// Says which addresses are called.
/// struct Telling(HttpTransport);
///
/// impl Transport for Telling {
///     fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
///         println!("{} {}", request.request.method(), request.request.uri().path());
///         self.0.send(request)
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder("https://cloud.zeyos.com/demo").transport(Telling(HttpTransport::new()?)).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transport",
    label = "no transport",
    note = "`HttpTransport::new()?` makes the built-in one; `Transport` is implemented for any other"
)]
pub trait Transport: MaybeSend + MaybeSync + 'static {
    /// Sends the request and reads the whole answer.
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>>;

    /// Sends a request whose body may be a stream, and answers as soon as the head of the answer is there. When what it answers is
    /// dropped, before or within the body, the transfer ends, on the other side too.
    ///
    /// A transport that does not implement it has no streams: it refuses a body of more than 64 MiB, and an answer comes in one
    /// piece after all of it was read by [`send`](Transport::send).
    fn send_streamed(
        self: Arc<Self>,
        request: TransportRequest<TransportBody>,
    ) -> BoxFuture<Result<http::Response<ByteStream<TransportError>>, TransportError>> {
        Box::pin(async move { self.send(request.whole().await?).await.map(|answer| answer.map(ByteStream::from)) })
    }
}

/// How long a server may be silent, before its answer and within it, unless a client is set to something else.
pub(crate) const IDLE: Duration = Duration::from_secs(60);

/// The longest body of a stream that is gathered for a transport without streams, in bytes.
const GATHERED: usize = 64 * 1024 * 1024;

/// A request that is ready to be sent, credentials included. What it says of itself may grow: [`new`](TransportRequest::new) makes one.
#[non_exhaustive]
pub struct TransportRequest<B = Bytes> {
    /// Method, URL, headers and body. Headers with credentials are marked as sensitive.
    pub request: http::Request<B>,
    /// How long it may take until the last byte of the answer; `None` for as long as it takes. A transport that does not keep to
    /// it is given up a second later.
    ///
    /// For an exchange of tokens (refresh, sign-in, introspection by the client, the revocation of a logout) it is always 30 s,
    /// whatever client and call are set to. Let no shorter limit of your own end it: the server may have carried the exchange out,
    /// and a login whose answer is thrown away is lost.
    pub timeout: Option<Duration>,
    /// How many bytes the body of the answer may have. Of an answer that is a stream the client counts them.
    pub max_body: usize,
    /// Whether it needs a connection of its own. An idle one may have been closed by the server in the meantime, and then no one
    /// can tell a request that was lost from one that was carried out.
    pub fresh_connection: bool,
    /// Whether a browser adds the cookies that it holds for the origin, and keeps those that the answer sets. A transport that has none
    /// of its own must refuse what it cannot [include](CredentialsMode::Include).
    pub credentials: CredentialsMode,
}

impl<B> TransportRequest<B> {
    /// A request whose answer may have this many bytes, without a time limit, over any connection, without the cookies of
    /// a browser. Its fields change that.
    pub const fn new(request: http::Request<B>, max_body: usize) -> Self {
        TransportRequest {
            request,
            timeout: None,
            max_body,
            fresh_connection: false,
            credentials: CredentialsMode::Omit,
        }
    }

    /// The same request with another body.
    pub fn map<C>(self, body: impl FnOnce(B) -> C) -> TransportRequest<C> {
        let TransportRequest { request, timeout, max_body, fresh_connection, credentials } = self;
        TransportRequest { request: request.map(body), timeout, max_body, fresh_connection, credentials }
    }
}

impl TransportRequest<TransportBody> {
    /// With a body that is not a stream, or as it was.
    #[expect(clippy::result_large_err, reason = "it is not an error, and a box would be made for every stream")]
    pub(crate) fn into_whole(self) -> Result<TransportRequest, Self> {
        match self.request.body() {
            TransportBody::Whole(_) => Ok(self.map(TransportBody::into_bytes)),
            TransportBody::Pieces { .. } => Err(self),
        }
    }

    /// With its whole body.
    pub(crate) async fn whole(self) -> Result<TransportRequest, TransportError> {
        let TransportRequest { request, timeout, max_body, fresh_connection, credentials } = self;
        let (parts, body) = request.into_parts();
        let too_large = || {
            TransportError::unsendable(format!(
                "this transport sends no streams, and the body is larger than {GATHERED} bytes"
            ))
        };
        let body = body.collected(GATHERED).await;
        let body = body.map_err(|error| if error.kind == Kind::TooLarge { too_large() } else { error })?;
        let request = http::Request::from_parts(parts, body);
        Ok(TransportRequest { request, timeout, max_body, fresh_connection, credentials })
    }
}

/// Why a request brought no answer.
pub struct TransportError {
    kind: Kind,
    partial: Bytes,
    source: Box<dyn StdError + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unsendable,
    Connect,
    Timeout,
    TooLarge,
    Other,
}

#[cfg(feature = "testing")]
impl Kind {
    const NAMES: [(Kind, &str); 5] = [
        (Kind::Unsendable, "unsendable"),
        (Kind::Connect, "connect"),
        (Kind::Timeout, "timeout"),
        (Kind::TooLarge, "too large"),
        (Kind::Other, "other"),
    ];

    pub(crate) fn name(self) -> &'static str {
        Kind::NAMES.iter().find(|(kind, _)| *kind == self).map_or("other", |(_, name)| name)
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Kind::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

impl TransportError {
    /// The transport cannot carry this request: nothing was sent, and nothing would be at a second try.
    pub fn unsendable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Unsendable, partial: Bytes::new(), source: source.into() }
    }

    /// No connection could be made: the request was certainly not sent.
    pub fn connect(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Connect, partial: Bytes::new(), source: source.into() }
    }

    /// The answer did not come in time; the request may have been carried out.
    pub fn timeout(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Timeout, partial: Bytes::new(), source: source.into() }
    }

    /// The answer has more bytes than the request [allows](TransportRequest::max_body).
    pub fn too_large(max_body: usize) -> Self {
        let source = format!("the answer is larger than {max_body} bytes").into();
        TransportError { kind: Kind::TooLarge, partial: Bytes::new(), source }
    }

    /// The connection failed later; the request may have been carried out.
    pub fn other(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Other, partial: Bytes::new(), source: source.into() }
    }

    /// What had come in of the body before the connection failed.
    #[must_use]
    pub fn with_partial(mut self, body: impl Into<Bytes>) -> Self {
        self.partial = body.into();
        self
    }

    /// What had come in of the body before the connection failed.
    pub fn partial(&self) -> &Bytes {
        &self.partial
    }

    /// Whether the request was certainly not sent.
    pub fn is_connect(&self) -> bool {
        self.kind == Kind::Connect
    }

    /// Of this kind, with this message.
    #[cfg(feature = "testing")]
    pub(crate) fn of_kind(kind: Kind, message: String) -> Self {
        TransportError { kind, partial: Bytes::new(), source: message.into() }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether nothing of the request left.
    pub(crate) fn is_unsent(&self) -> bool {
        matches!(self.kind, Kind::Unsendable | Kind::Connect)
    }

    /// What kind of failure it is, as errors of calls name it.
    pub(crate) fn error_type(&self) -> &'static str {
        match self.kind {
            Kind::Unsendable => "request",
            Kind::Connect => "connect",
            Kind::Timeout => "timeout",
            Kind::TooLarge => "too_large",
            Kind::Other => "transport",
        }
    }

    /// What became of the request.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.kind {
            Kind::Unsendable => Outcome::None,
            Kind::Connect => Outcome::Unsent,
            Kind::TooLarge => Outcome::TooLarge,
            Kind::Timeout | Kind::Other => Outcome::Lost,
        }
    }

    /// What came in before the failure is left behind: an error must not keep a token.
    pub(crate) fn into_error(mut self) -> Error {
        self.partial = Bytes::new();
        match self.kind {
            Kind::Unsendable => Error::request(self),
            Kind::Connect => Error::connect(self),
            Kind::Timeout => Error::timeout(self),
            Kind::TooLarge => Error::too_large(self),
            Kind::Other => Error::transport(self),
        }
    }
}

/// The partial body may hold tokens, so it is not shown.
impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("kind", &self.kind)
            .field("partial", &self.partial.len())
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.source()
    }
}

impl<B> fmt::Debug for TransportRequest<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportRequest")
            .field("method", self.request.method())
            .field("uri", &self.request.uri().path())
            .field("timeout", &self.timeout)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
