//! The one seam between described calls and the client that sends them.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;

use super::ByteStream;
use super::request::Request;
use crate::decode::{self, Decoding, Drifts, FilledDefault};
use crate::error::Error;
use crate::maybe_send::{BoxFuture, MaybeSend, MaybeSync};
use crate::model::{Json, JsonMap};
use crate::operation::{Operation, Requirement};
use crate::query::FilterMember;
use crate::redact::{self, Outline, Values};
use crate::secret::Secret;
use crate::write::{Validation, Violations};

/// Sends described requests. The client implements it once; tests may implement it too.
pub trait Dispatch: MaybeSend + MaybeSync + 'static {
    /// Sends a request and answers the response if its status is a result of the operation.
    ///
    /// # Errors
    /// Everything else: no credential, no connection, another status.
    fn send(self: Arc<Self>, request: Request) -> BoxFuture<Result<http::Response<Bytes>, Error>>;

    /// Sends a request and answers the response as soon as its head is there; its body comes piece by piece.
    ///
    /// # Errors
    /// Those of [`send`](Dispatch::send).
    fn send_streamed(self: Arc<Self>, request: Request) -> BoxFuture<Result<http::Response<ByteStream>, Error>>;

    /// Shows what `send` would send first.
    ///
    /// # Errors
    /// When nothing would be sent.
    fn dry_run(&self, request: Request) -> Result<DryRun, Error>;

    /// The base URL of the service that a request goes to, without a slash at the end. No credential stands there.
    ///
    /// # Errors
    /// When nothing would be sent.
    fn base_url(&self, request: &Request) -> Result<String, Error> {
        let url = self.dry_run(request.clone())?.url;
        let place = url.split('?').next().unwrap_or_default();
        let base = place.strip_suffix(request.path.as_str()).map(str::to_owned);
        base.ok_or_else(|| Error::request("the URL of the request does not end in its path"))
    }

    /// The name under which list requests send their filter.
    fn filter_member(&self) -> FilterMember {
        FilterMember::default()
    }

    /// What readers do about missing values.
    fn decoding(&self) -> Decoding {
        Decoding::Strict
    }

    /// What is done about a write that breaks a documented rule.
    fn validation(&self) -> Validation {
        Validation::Strict
    }

    /// Hears of a write that breaks documented rules and is sent all the same.
    fn violated(&self, _operation: &'static Operation, _violations: &Violations) {}

    /// Takes secrets out of an error that repeats what the server has sent: those that are known anyway, those of the call, and
    /// those that [its request carried](crate::Error::sent).
    fn cleaned(&self, error: Error, _own: &[Secret]) -> Error {
        error
    }

    /// Hears of a value that a tolerant reader filled in.
    fn defaulted(&self, _operation: &'static Operation, _defaulted: &FilledDefault) {}

    /// Whether anybody wants to hear how answers differ from the document.
    fn hears_of_drift(&self) -> bool {
        false
    }

    /// Hears how an answer differs from the document, if anybody wants to. Names in it are the server's own text, which may repeat what
    /// the request carried.
    fn drifted(&self, _operation: &'static Operation, _drifts: Drifts, _sent: &[Secret]) {}

    /// Hears that a stream has read a page with so many rows.
    fn page_read(&self, _operation: &'static Operation, _rows: usize) {}

    /// Hears that a stream goes on with pages of so many rows, because larger ones were too large for the server.
    fn page_halved(&self, _operation: &'static Operation, _rows: u32) {}
}

impl dyn Dispatch {
    /// Reads an answer, and tells how it differs from the document.
    pub(crate) fn watched<T>(&self, operation: &'static Operation, sent: &[Secret], read: impl FnOnce() -> T) -> T {
        let (read, drifts) = decode::watched(self.hears_of_drift(), read);
        if !drifts.is_empty() {
            self.drifted(operation, drifts, sent);
        }
        read
    }
}

/// What calls can be sent with: a client. An emitted service is put on one by its `on`.
pub trait Dispatcher {
    /// The way that described requests take.
    fn dispatch(&self) -> Arc<dyn Dispatch>;
}

impl Dispatcher for Arc<dyn Dispatch> {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        Arc::clone(self)
    }
}

/// What a call would send. Credentials and secrets are not part of it, nor are values that are secrets by their names, at any depth;
/// `Debug` shows no text of the caller at all.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct DryRun {
    /// The HTTP method.
    pub method: Method,
    /// The whole URL with its query.
    pub url: String,
    /// The headers but for credentials, in the order of sending.
    pub headers: Vec<(String, String)>,
    /// The members of the body, secrets redacted, and of files how many bytes they have; `None` where there is no body or it is not
    /// made of members.
    pub body: Option<JsonMap>,
    /// The credentials that would go along: the alternative of the operation that is tried first. Empty for a bare request.
    pub credentials: &'static [Requirement],
}

impl DryRun {
    /// A dry run with nothing but method and URL.
    pub fn new(method: Method, url: String) -> Self {
        let url = redact::url(&url, Values::Shown);
        DryRun { method, url, headers: Vec::new(), body: None, credentials: &[] }
    }
}

impl fmt::Debug for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&String> = self.headers.iter().map(|(name, _)| name).collect();
        let body = self.body.clone().map(Json::Object);
        f.debug_struct("DryRun")
            .field("method", &self.method)
            .field("url", &redact::url(&self.url, Values::Hidden))
            .field("headers", &headers)
            .field("body", &body.as_ref().map(Outline))
            .field("credentials", &self.credentials)
            .finish()
    }
}

impl fmt::Display for DryRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, redact::url(&self.url, Values::Shown))?;
        for (name, value) in &self.headers {
            let value = if redact::is_secret(name) { redact::REDACTED } else { value };
            writeln!(f, "{name}: {value}")?;
        }
        let words: Vec<&str> = self.credentials.iter().map(|needed| needed.scheme.kind.word()).collect();
        match words.as_slice() {
            [] => writeln!(f, "(no credential)")?,
            [word] => writeln!(f, "({word} credential)")?,
            words => writeln!(f, "({} credentials)", words.join(" and "))?,
        }
        match &self.body {
            Some(body) => writeln!(f, "\n{}", Json::Object(redact::members(body))),
            None => Ok(()),
        }
    }
}
