//! Why a call failed. One type, so that a caller can pass every failure on with `?`, with predicates for what callers decide on.

mod contradiction;
mod decode;
mod message;
mod predicates;
mod refusal;
mod repeat;
mod throttled;
mod token;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, iter};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::call::{Answers, Repeatable, Sent};
use crate::{Decoding, RequestId, RetryAfter, Safety, Secret, Violations};

pub use contradiction::Contradiction;
pub use decode::DecodeError;
pub(crate) use decode::Place;
pub use refusal::{Refusal, Unusable};
use repeat::Attempts;
#[doc(hidden)]
pub use repeat::Delivery;
pub use throttled::Throttled;
pub use token::{ExchangeId, SessionLoss, TokenError};

type Cause = dyn StdError + Send + Sync;
type Source = Box<Cause>;

/// Why a call failed.
///
/// The predicates say what a caller may want to decide on; [`source`](StdError::source) leads to the cause. Nothing in it
/// shows a credential: request bodies are never kept, and answers are kept as the server sent them, for
/// [`body`](Error::body), but are not part of the message beyond a short excerpt.
///
/// A clone shares the cause: all who waited for one exchange of tokens get its failure.
///
/// ```
/// use zeyos_core::Error;
///
/// fn what_to_do(error: &Error) -> &'static str {
///     if error.is_retryable() {
///         "make the call again, later"
///     } else if error.is_auth() {
///         "sign in again"
///     } else if error.is_validation() {
///         "show the text of the answer to whoever entered the values"
///     } else if error.may_have_been_sent() && error.status().is_none() {
///         "look whether it was carried out"
///     } else {
///         "give up"
///     }
/// }
///
/// # let error = Error::connect("refused").at("createTicket").towards("cloud.zeyos.com");
/// assert_eq!(error.to_string(), "createTicket: no connection to cloud.zeyos.com");
/// assert_eq!(what_to_do(&error), "make the call again, later");
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    operation: Option<&'static str>,
    /// Where the request went or was to go.
    host: Option<Box<str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    /// What led to it, where the source says something else.
    earlier: Option<Arc<Error>>,
    response: Option<Response>,
    exchange_id: Option<ExchangeId>,
    /// The name of the call that failed.
    request_id: Option<RequestId>,
    /// Whether its call may be carried out more than once, where that is known.
    repeatable: Option<Repeatable>,
    /// How far the attempts of its call came, where that is known.
    attempts: Attempts,
    /// What the request carried, until the error is cleaned.
    sent: Sent,
    /// The same once the error was cleaned, for whoever reads the answer, which stays as it came.
    carried: Sent,
}

#[derive(Clone)]
struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// What the message repeats of the body, if not its beginning.
    excerpt: Option<String>,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Refused,
    Request,
    Connect,
    Timeout,
    Transport,
    TooLarge,
    Status,
    Decode,
    Contradiction,
    Token,
    Store,
    Throttled,
    NotAllowed,
}

impl Error {
    fn new(kind: Kind, source: Option<Source>) -> Self {
        Error(Box::new(Inner {
            kind,
            operation: None,
            host: None,
            source: source.map(Arc::from),
            earlier: None,
            response: None,
            exchange_id: None,
            request_id: None,
            repeatable: None,
            attempts: Attempts::default(),
            sent: Sent::default(),
            carried: Sent::default(),
        }))
    }

    /// No configured credential fits the operation; nothing was sent.
    #[doc(hidden)]
    pub fn refused(refusal: Refusal) -> Self {
        Error::new(Kind::Refused, Some(refusal.into()))
    }

    /// The client is set to send no calls of this kind; nothing was sent.
    #[doc(hidden)]
    pub fn not_allowed(safety: Safety) -> Self {
        Error::new(
            Kind::NotAllowed,
            Some(format!("{safety:?} is not among the kinds of calls that were allowed").into()),
        )
    }

    /// The request cannot be built from what the caller gave; nothing was sent.
    #[doc(hidden)]
    pub fn request(source: impl Into<Source>) -> Self {
        Error::new(Kind::Request, Some(source.into()))
    }

    /// No connection could be made; nothing was sent.
    #[doc(hidden)]
    pub fn connect(source: impl Into<Source>) -> Self {
        Error::new(Kind::Connect, Some(source.into()))
    }

    /// The answer did not come in time.
    #[doc(hidden)]
    pub fn timeout(source: impl Into<Source>) -> Self {
        Error::new(Kind::Timeout, Some(source.into()))
    }

    /// The connection failed after it was made.
    #[doc(hidden)]
    pub fn transport(source: impl Into<Source>) -> Self {
        Error::new(Kind::Transport, Some(source.into()))
    }

    /// The answer is larger than the call takes.
    #[doc(hidden)]
    pub fn too_large(source: impl Into<Source>) -> Self {
        Error::new(Kind::TooLarge, Some(source.into()))
    }

    /// A token endpoint refused, or a token could not be had for another reason.
    #[doc(hidden)]
    pub fn token(error: TokenError) -> Self {
        Error::new(Kind::Token, Some(error.into()))
    }

    /// A token endpoint refused, or answered what is no use; the answer stays reachable.
    #[doc(hidden)]
    pub fn token_answer(error: TokenError, response: http::Response<Bytes>) -> Self {
        Error::token(error).with_response(response)
    }

    /// The token store failed.
    #[doc(hidden)]
    pub fn store(source: impl Into<Source>) -> Self {
        Error::new(Kind::Store, Some(source.into()))
    }

    /// The server asked to wait for longer than the call may; nothing was sent.
    #[doc(hidden)]
    pub fn throttled(throttled: Throttled) -> Self {
        Error::new(Kind::Throttled, Some(throttled.into()))
    }

    /// The server answered with a status that is not a result of the operation.
    #[doc(hidden)]
    pub fn status_of(response: http::Response<Bytes>) -> Self {
        Error::new(Kind::Status, None).with_response(response)
    }

    /// The answer is not what the document promises.
    #[doc(hidden)]
    pub fn decode(error: DecodeError, response: http::Response<Bytes>) -> Self {
        Error::new(Kind::Decode, Some(error.into())).with_response(response)
    }

    /// A row of the answer is none that was asked for.
    pub(crate) fn contradicting(contradiction: Contradiction, response: http::Response<Bytes>) -> Self {
        Error::new(Kind::Contradiction, Some(contradiction.into())).with_response(response)
    }

    fn with_response(mut self, response: http::Response<Bytes>) -> Self {
        let (mut parts, body) = response.into_parts();
        self = self.carrying(parts.extensions.remove().unwrap_or_default());
        self.0.response = Some(Response { status: parts.status, headers: parts.headers, body, excerpt: None });
        self
    }

    /// Says what the request carried that no one may see, where there is no answer to say it.
    #[doc(hidden)]
    #[must_use]
    pub fn carrying(mut self, sent: Sent) -> Self {
        self.0.request_id = self.0.request_id.or(sent.call());
        self.0.sent = sent;
        self
    }

    /// What the requests carried that this error and those before it are about; nothing once it is cleaned.
    #[doc(hidden)]
    pub fn sent(&self) -> impl Iterator<Item = &Secret> {
        let errors = iter::successors(Some(self), |error| error.0.earlier.as_deref());
        errors.flat_map(|error| error.0.sent.secrets())
    }

    /// The same of an error that was cleaned: its [answer](Error::body) stays as it was received, so that whoever shows a part of it has to
    /// look for them.
    #[doc(hidden)]
    pub fn carried(&self) -> impl Iterator<Item = &Secret> {
        let errors = iter::successors(Some(self), |error| error.0.earlier.as_deref());
        errors.flat_map(|error| error.0.carried.secrets())
    }

    /// Takes secrets out of what the message and its causes repeat: of the server's own text, of what a transport or a store
    /// says. `clean` answers a text without its secrets, `None` where it has none. [`body`](Error::body) stays as it was received.
    #[doc(hidden)]
    #[must_use]
    pub fn cleaned(self, clean: impl Fn(&str) -> Option<String>) -> Self {
        self.cleaned_by(&clean)
    }

    fn cleaned_by(mut self, clean: Clean<'_>) -> Self {
        let sent = std::mem::take(&mut self.0.sent);
        if !sent.secrets().is_empty() {
            self.0.carried = sent;
        }
        if let Some(response) = &mut self.0.response {
            let text = response.excerpt.take();
            let text = text.map_or_else(|| String::from_utf8_lossy(beginning(&response.body)), Into::into);
            response.excerpt = clean(&text).or_else(|| Some(text.into_owned()));
        }
        if let Some(cleaned) = self.0.source.as_deref().and_then(|source| cleaned_source(source, clean)) {
            self.0.source = Some(cleaned);
        }
        self.0.earlier = self.0.earlier.take().map(|earlier| Arc::new(earlier.as_ref().clone().cleaned_by(clean)));
        self
    }

    /// Names the operation that failed, unless it is named already.
    #[doc(hidden)]
    #[must_use]
    pub fn at(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Names the host that it was about, with its port where that is not the usual one, unless it is named already.
    #[doc(hidden)]
    #[must_use]
    pub fn towards(mut self, host: &str) -> Self {
        self.0.host.get_or_insert_with(|| host.into());
        self
    }

    /// Names a failure that came before this one and led to it.
    #[doc(hidden)]
    #[must_use]
    pub fn after(mut self, earlier: Error) -> Self {
        self.0.earlier.get_or_insert_with(|| Arc::new(earlier));
        self
    }

    /// Says which exchange of tokens it was, unless that is said already.
    #[doc(hidden)]
    #[must_use]
    pub fn of(mut self, exchange_id: ExchangeId) -> Self {
        self.0.exchange_id.get_or_insert(exchange_id);
        self
    }

    /// Which exchange of tokens failed, for the logs of this side and the other.
    pub fn exchange_id(&self) -> Option<&ExchangeId> {
        self.0.exchange_id.as_ref().or_else(|| self.0.earlier.as_deref()?.exchange_id())
    }

    /// Names the call that failed, unless it is named already.
    #[doc(hidden)]
    #[must_use]
    pub fn with_request_id(mut self, call: RequestId) -> Self {
        self.0.request_id.get_or_insert(call);
        self
    }

    /// The name that the client gave to the call, by which it is found in traces, and in the logs of a server that was told
    /// (`ClientBuilder::request_id_header`). `None` where nothing was about to be sent.
    pub fn request_id(&self) -> Option<RequestId> {
        self.0.request_id
    }

    /// Id of the operation that failed.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// The headers of the answer, if there was one.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// The body of the answer as received, if there was one.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|response| &response.body)
    }

    /// The body of the answer as text. Errors of the REST API are plain text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Option<String> {
        self.body().map(|body| String::from_utf8_lossy(body).into_owned())
    }

    /// The answer as a value, read only now: any type that is read from JSON, or the enum in which an emitted crate tells the documented
    /// errors of an operation apart. `None` where there is no answer, or it is none that `T` describes.
    ///
    /// # Errors
    /// When it should be one and has another form. The error names the place and repeats nothing of the answer, which may hold anything.
    ///
    /// ```
    /// # use zeyos_core::{Error, bytes::Bytes};
    /// # let body = Bytes::from_static(b"{\"title\": \"Taken\"}");
    /// # let error = Error::status_of(http::Response::builder().status(409).body(body)?);
    /// let problem: Option<std::collections::BTreeMap<String, String>> = error.answer()?;
    /// assert_eq!(problem.unwrap()["title"], "Taken");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer<T: Answers>(&self) -> Result<Option<T>, DecodeError> {
        let Some(Response { status, headers, body, .. }) = &self.0.response else { return Ok(None) };
        let mut response = http::Response::new(body.clone());
        (*response.status_mut(), *response.headers_mut()) = (*status, headers.clone());
        let read = T::read(&response, Decoding::Strict).map_err(DecodeError::without_text)?;
        Ok(read.map(|(value, _)| value))
    }

    /// How long the server asks to wait by `Retry-After` (RFC 9110, section 10.2.3): one value, seconds or a date. A date counts
    /// from the `Date` of the same answer, so that a clock that goes wrong here does not matter; without that it is not read.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.throttled_error() {
            Some(held) => Some(held.wait),
            None => RetryAfter::wait_of(self.headers()?, None),
        }
    }

    /// Until when the server has asked to wait, if nothing was sent for that reason.
    pub fn throttled_error(&self) -> Option<&Throttled> {
        self.cause()
    }

    /// Why no credential fitted, if that is the failure or its cause.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.cause()
    }

    /// Why the answer could not be read, if that is the failure or its cause.
    pub fn decode_error(&self) -> Option<&DecodeError> {
        self.cause()
    }

    /// Which row contradicts which condition, where the rows of a [verified](crate::Query::verified) list are not those that were
    /// asked for.
    pub fn contradiction(&self) -> Option<&Contradiction> {
        self.cause()
    }

    /// Which documented rules a create or an update breaks, if it was not sent for that reason.
    pub fn violations(&self) -> Option<&Violations> {
        self.cause()
    }

    /// Why there is no token, if that is the failure or its cause.
    pub fn token_error(&self) -> Option<&TokenError> {
        self.cause()
    }

    fn cause<T: StdError + 'static>(&self) -> Option<&T> {
        let own = self.0.source.as_deref().and_then(|source| source.downcast_ref::<T>());
        own.or_else(|| self.0.earlier.as_deref()?.cause())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.0.operation {
            write!(f, "{operation}: ")?;
        }
        self.write_reason(f)?;
        self.0.attempts.fmt(f)
    }
}

/// The sentence with its causes, so that a `main` that returns it prints something to read; `{:#?}` shows the parts.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            return f
                .debug_struct("Error")
                .field("message", &format_args!("{self}"))
                .field("kind", &self.0.kind)
                .field("operation", &self.0.operation)
                .field("status", &self.status())
                .field("source", &self.0.source)
                .field("earlier", &self.0.earlier)
                .finish();
        }
        write!(f, "{self}")?;
        let mut causes = iter::successors(self.source(), |cause| (*cause).source());
        causes.try_for_each(|cause| write!(f, "; caused by: {cause}"))?;
        match &self.0.earlier {
            Some(earlier) if self.own_source().is_some() => write!(f, "; after: {earlier:?}"),
            _ => Ok(()),
        }
    }
}

/// What the message already says is not a source as well, so that a printed chain says everything once.
impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.own_source().or_else(|| self.0.earlier.as_deref().map(|earlier| earlier as _))
    }
}

/// The text without its secrets, `None` where it has none.
type Clean<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The cause without secrets, `None` where it has none. One of another crate becomes its message, since nothing else of it is
/// known.
fn cleaned_source(source: &(dyn StdError + Send + Sync + 'static), clean: Clean<'_>) -> Option<Arc<Cause>> {
    if let Some(token) = source.downcast_ref::<TokenError>() {
        return token.cleaned(clean).map(|token| Arc::new(token) as _);
    }
    if let Some(decode) = source.downcast_ref::<DecodeError>() {
        return decode.cleaned(clean).map(|decode| Arc::new(decode) as _);
    }
    let first: &(dyn StdError + 'static) = source;
    let mut causes = iter::successors(Some(first), |error| (*error).source());
    let is_clean = causes.all(|error| clean(&error.to_string()).is_none() && clean(&format!("{error:?}")).is_none());
    let message = || clean(&source.to_string()).unwrap_or_else(|| source.to_string());
    (!is_clean).then(|| Arc::from(Source::from(message())))
}

/// As much of a body as an excerpt can be made of, however large it is.
fn beginning(body: &Bytes) -> &[u8] {
    &body[..body.len().min(4096)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Error {
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("retry-after", "7".parse().unwrap());
        Error::status_of(response).at("getPen")
    }

    #[test]
    fn status_headers_and_body_stay_reachable() {
        let error = answer(403, "Forbidden: no\nink");
        assert_eq!(error.to_string(), "getPen: the server answered 403 Forbidden: Forbidden: no ink");
        assert_eq!(error.text().unwrap(), "Forbidden: no\nink");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }

    #[test]
    fn what_the_message_says_is_not_a_source_as_well() {
        let error = Error::token(TokenError::NoRefreshToken).at("getPen");
        assert!(error.to_string().starts_with("getPen: no access token: there is no refresh token"), "{error}");
        assert!(error.source().is_none() && error.token_error() == Some(&TokenError::NoRefreshToken));
        let error = Error::store(std::io::Error::other("disk full")).at("listPens");
        assert_eq!(error.to_string(), "listPens: the token store failed: disk full");
        assert!(error.is_store() && error.source().is_none());
        let error = Error::connect(std::io::Error::other("no one there"));
        assert!(!error.to_string().contains("no one") && error.source().unwrap().to_string() == "no one there");
    }

    #[test]
    fn a_failure_keeps_the_one_before_it_as_its_cause() {
        let error = answer(401, "").after(Error::token(TokenError::NoRefreshToken).at("getToken"));
        assert!(error.is_auth() && error.status() == Some(StatusCode::UNAUTHORIZED));
        assert!(error.source().unwrap().to_string().starts_with("getToken: no access token"));
        assert_eq!(error.token_error(), Some(&TokenError::NoRefreshToken));
        let owned = Error::connect(std::io::Error::other("no one there")).after(answer(401, ""));
        assert_eq!(owned.source().unwrap().to_string(), "no one there");
        let lost = Error::token(TokenError::NotSent).after(owned);
        assert!(
            lost.is_connect() && !lost.is_auth() && lost.source().unwrap().to_string() == "no connection to the server"
        );
    }
}
