//! What carries requests: reqwest by default, anything else by [`Transport`].

mod bounded;
mod crypto;
pub(crate) mod gate;
mod reqwest;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{BoxFuture, Error};

pub(crate) use self::bounded::Bounded;
pub(crate) use self::crypto::provide_crypto;
pub(crate) use self::reqwest::{Customize, HttpTransport, Limits};

/// Carries one HTTP request and its answer. It follows no redirect, repeats nothing, keeps no cookies.
///
/// Implement it to run over another HTTP stack, or in tests without a network.
///
/// Calls are sent on the runtime of the caller, if he has one. Exchanges of tokens (requests that want a
/// [fresh connection](TransportRequest::fresh_connection)) are sent on the runtime of exchanges: that of the library, or the one
/// named with [`refresh_on`](crate::ClientBuilder::refresh_on). What a transport opens belongs to the runtime on which it is
/// called: a connection that was made on one must not be used on the other, which may stand still. A transport that blocks its
/// thread delays the exchanges of its own client alone, and the runtime of a caller.
pub trait Transport: Send + Sync + 'static {
    /// Sends the request and reads the whole answer.
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>>;
}

/// A request that is ready to be sent, credentials included.
pub struct TransportRequest {
    /// Method, URL, headers and body. Headers with credentials are marked as sensitive.
    pub request: http::Request<Bytes>,
    /// How long it may take until the last byte of the answer; `None` for as long as it takes. A transport that does not keep to
    /// it is given up a second later.
    ///
    /// For an exchange of tokens (refresh, sign-in, introspection by the client, the revocation of a logout) it is always 30 s,
    /// whatever client and call are set to. Let no shorter limit of your own end it: the server may have carried the exchange out,
    /// and a login whose answer is thrown away is lost.
    pub timeout: Option<Duration>,
    /// How many bytes the body of the answer may have.
    pub max_body: usize,
    /// Whether it needs a connection of its own. An idle one may have been closed by the server in the meantime, and then nobody
    /// can tell a request that was lost from one that was carried out.
    pub fresh_connection: bool,
}

/// Why a request brought no answer.
pub struct TransportError {
    kind: Kind,
    partial: Bytes,
    source: Box<dyn StdError + Send + Sync>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Connect,
    Timeout,
    Other,
}

impl TransportError {
    /// No connection could be made: the request was certainly not sent.
    pub fn connect(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Connect, partial: Bytes::new(), source: source.into() }
    }

    /// The answer did not come in time; the request may have been carried out.
    pub fn timeout(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TransportError { kind: Kind::Timeout, partial: Bytes::new(), source: source.into() }
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

    /// What came in before the failure is left behind: an error must not keep a token.
    pub(crate) fn into_error(mut self) -> Error {
        self.partial = Bytes::new();
        match self.kind {
            Kind::Connect => Error::connect(self),
            Kind::Timeout => Error::timeout(self),
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

impl fmt::Debug for TransportRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportRequest")
            .field("method", self.request.method())
            .field("uri", &self.request.uri().path())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
