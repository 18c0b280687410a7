//! From a described request to the one that goes out: URL, headers, body, credentials.

mod apply;
mod credential;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use zeyos_core::call::{Body, Request, Sent};
use zeyos_core::{
    BodyFormat, BoxFuture, Content, DryRun, Error, Operation, RequestId, ResponseBody, ScopedFuture, Secret,
};

use crate::bits::random_name;
use crate::runtime::Deadlines;
use crate::shared::{Shared, header_value};
use crate::transport::{CredentialsMode, TransportBody, TransportError, TransportRequest};

pub(crate) use apply::Credential;
use apply::{Target, Unwritable, write_cookies, write_secret_query};
pub(crate) use credential::{ClientCredentials, UserCredentials, is_b64token};

/// How large an answer of a token endpoint may be, and how long it may take.
const TOKEN_BODY: usize = 64 * 1024;
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long any other answer may take.
const TIMEOUT: Duration = Duration::from_secs(600);

/// What limits a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those of the caller and of the client.
    Call,
    /// Those of every exchange of tokens, whatever caller and client are set to: an exchange that is broken off may cost the
    /// login.
    Exchange,
}

/// A request that was given to the transport.
enum Sending<'a> {
    Whole(BoxFuture<Result<http::Response<Bytes>, TransportError>>),
    Streamed(ScopedFuture<'a, Result<http::Response<TransportBody>, TransportError>>),
}

impl Shared {
    /// What a request carries that no one else may see.
    pub(crate) fn sent(&self, request: &Request, signed: impl Iterator<Item = Secret>) -> Sent {
        let mut secrets = request.secrets();
        secrets.reserve_exact(signed.size_hint().0.max(1) + self.settings.header_secrets.len());
        secrets.extend(signed);
        secrets.extend_from_slice(&self.settings.header_secrets);
        Sent::new(secrets)
    }

    /// The request as it goes out, except for its body: a stream that can be sent once is opened only when nothing holds the request
    /// back any more.
    pub(crate) fn build(
        &self,
        request: &Request,
        credentials: &[Credential],
        kind: Kind,
    ) -> Result<TransportRequest<Content>, Error> {
        let operation = request.operation;
        // Copied where a credential becomes a member of it, and nowhere else.
        let mut body = Cow::Borrowed(&request.body);
        let boundary = boundary(&body, operation)?;
        let (mut url, mut headers) = (self.url(request), self.headers(request, body.media_type(operation, &boundary)?));
        write_cookies(&mut headers, &request.cookies).map_err(|unwritable| Error::request(unwritable.to_string()))?;
        for credential in credentials {
            let target = Target { headers: &mut headers, url: &mut url, body: &mut body };
            credential.apply(target).map_err(|unwritable| Error::request(unwritable.to_string()))?;
        }
        if let (Some(media_type), false) =
            (body.media_type(operation, &boundary)?, headers.contains_key(header::CONTENT_TYPE))
        {
            // A credential may be all that the body has.
            headers.insert(header::CONTENT_TYPE, media_type);
        }
        let refused = |unwritable: Unwritable| Error::request(unwritable.to_string());
        write_secret_query(&mut url, &request.secret_query).map_err(refused)?;
        if credentials.iter().any(Credential::is_in_url) || !request.secret_query.is_empty() {
            self.warn_of_url(operation);
        }
        let is_spent = body.is_spent();
        let body = body.content(operation, &boundary)?;
        if is_spent {
            // Says that it was sent, before the request waits for its turn.
            body.open()?;
        }
        let (timeout, max_body) = self.limits(request, &body, kind);
        let mut outgoing = http::Request::new(body);
        *outgoing.method_mut() = operation.method.clone();
        *outgoing.uri_mut() = Uri::from_maybe_shared(Bytes::from(url)).map_err(Error::request)?;
        *outgoing.headers_mut() = headers;
        let fresh_connection = kind == Kind::Exchange;
        let credentials = credentials_mode(request, credentials, kind);
        Ok(TransportRequest { request: outgoing, timeout, max_body, fresh_connection, credentials })
    }

    /// Tells the server the name of the call, if there is a header for it.
    pub(crate) fn stamp<B>(&self, outgoing: &mut TransportRequest<B>, id: RequestId) {
        let Some(name) = &self.settings.request_id_header else { return };
        let request = &mut outgoing.request;
        request.extensions_mut().insert(id);
        if let Some(value) = header_value(id) {
            request.headers_mut().insert(name.clone(), value);
        }
    }

    /// How long a request may take, and how large its answer may be. A stream takes as long as it has pieces, unless that was limited.
    fn limits(&self, request: &Request, body: &Content, kind: Kind) -> (Option<Duration>, usize) {
        if kind == Kind::Exchange {
            return (Some(TOKEN_TIMEOUT), TOKEN_BODY);
        }
        let is_stream = request.is_streamed || body.bytes().is_none();
        let timeout = self.settings.limit(request).or((!is_stream).then_some(TIMEOUT));
        let own = request.options.max_body.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
        let max = if request.is_streamed { self.settings.max_streamed } else { self.settings.max_body };
        (timeout, own.unwrap_or(max))
    }

    /// Carries a request. The answer is whole unless it is a result that is to be handed over piece by piece.
    pub(crate) fn carried<'a>(
        &'a self,
        request: &'a Request,
        outgoing: TransportRequest<TransportBody>,
        deadlines: &'a Deadlines,
    ) -> impl Future<Output = Result<http::Response<TransportBody>, TransportError>> + use<'a> {
        let streamed = |outgoing| Sending::Streamed(Box::pin(self.streamed(request, outgoing, deadlines)));
        // The request is not part of the future: a call that is moved would move it along.
        let sending = match outgoing.into_whole() {
            Ok(whole) if !request.is_streamed => Sending::Whole(self.transport.send(whole)),
            Ok(whole) => streamed(whole.map(TransportBody::Whole)),
            Err(pieces) => streamed(pieces),
        };
        async move {
            match sending {
                Sending::Whole(answer) => answer.await.map(|answer| answer.map(TransportBody::Whole)),
                Sending::Streamed(answer) => answer.await,
            }
        }
    }

    /// Carries a request of which a body is a stream, its own or that of its answer.
    async fn streamed(
        &self,
        request: &Request,
        outgoing: TransportRequest<TransportBody>,
        deadlines: &Deadlines,
    ) -> Result<http::Response<TransportBody>, TransportError> {
        let (max_body, limit) = (outgoing.max_body, outgoing.timeout.unwrap_or(TIMEOUT));
        let answer = Arc::clone(&self.transport).send_streamed(outgoing).await?;
        let is_result = request.operation.success.contains(&answer.status().as_u16());
        let (parts, pieces) = answer.into_parts();
        let body = TransportBody::Pieces { pieces, length: None };
        let body = if request.is_streamed && is_result {
            body
        } else {
            // What is read as a whole has an end, also where the stream that was asked for would have none.
            let whole = deadlines.within(limit, body.collected(max_body.min(self.settings.max_body))).await;
            let late = || TransportError::timeout(format!("the answer did not end within {} s", limit.as_secs_f64()));
            TransportBody::Whole(whole.unwrap_or_else(|| Err(late()))?)
        };
        Ok(http::Response::from_parts(parts, body))
    }

    /// Said once for a client: the document demands it, and whoever runs it should know.
    fn warn_of_url(&self, operation: &'static Operation) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            let operation = operation.id;
            tracing::warn!(
                target: "zeyos", operation,
                "a credential goes along in the query of a URL, as the document demands; servers and proxies write URLs into their logs"
            );
        }
    }

    /// What the request would look like, credentials left out.
    pub(crate) fn described(&self, request: &Request) -> Result<DryRun, Error> {
        request.check()?;
        let body = &request.body;
        let mut dry = DryRun::new(request.operation.method.clone(), self.url(request));
        let mut headers = self.headers(request, body.media_type(request.operation, "[random]")?);
        write_cookies(&mut headers, &request.cookies).map_err(|unwritable| Error::request(unwritable.to_string()))?;
        dry.headers = headers.iter().map(|(name, value)| (name.to_string(), shown(value).to_owned())).collect();
        dry.body = match body {
            Body::Fields(fields) => Some(fields.redacted()),
            _ => None,
        };
        Ok(dry)
    }

    pub(crate) fn url(&self, request: &Request) -> String {
        let mut url = self.settings.base.url_for(request);
        if !request.query.is_empty() {
            let pairs = form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
            url.push('?');
            url.push_str(&pairs);
        }
        url
    }

    fn headers(&self, request: &Request, media_type: Option<HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept(request.operation.answer));
        headers.insert(header::USER_AGENT, self.settings.user_agent.clone());
        if let Some(media_type) = media_type {
            headers.insert(header::CONTENT_TYPE, media_type);
        }
        if !self.settings.headers.is_empty() && self.settings.base.is_chosen(request.operation.service) {
            // What a call has of its own counts more.
            headers.extend(self.settings.headers.clone());
        }
        for own in [&request.headers, &request.options.headers] {
            if !own.is_empty() {
                headers.extend(own.clone());
            }
        }
        headers
    }
}

/// A browser adds its cookies to what uses them, and to nothing else. An exchange of tokens has a credential of its own, so it does
/// only for a caller who wants to keep the cookie that the answer sets.
fn credentials_mode(request: &Request, credentials: &[Credential], kind: Kind) -> CredentialsMode {
    let keeps_cookies = kind == Kind::Exchange && request.options.keeps_cookies;
    if keeps_cookies || credentials.iter().any(Credential::is_of_browser) {
        CredentialsMode::Include
    } else {
        CredentialsMode::Omit
    }
}

/// The request with its body, which is spent now if it can be sent once.
pub(crate) fn opened(outgoing: TransportRequest<Content>) -> Result<TransportRequest<TransportBody>, Error> {
    let body = TransportBody::from(outgoing.request.body().open()?);
    Ok(outgoing.map(|_| body))
}

/// Gives the request the key by which a server knows its repeats, unless the caller has set one.
pub(crate) fn with_idempotency_key(request: &mut Request) -> Result<(), Error> {
    let Some(name) = request.operation.idempotency_key else { return Ok(()) };
    let name = HeaderName::try_from(name).map_err(Error::request)?;
    if request.headers.contains_key(&name) || request.options.headers.contains_key(&name) {
        return Ok(());
    }
    let key = random_name::<16>().map_err(Error::request)?;
    request.headers.insert(name, HeaderValue::try_from(key).map_err(Error::request)?);
    Ok(())
}

/// The media type of the answer before those of errors.
fn accept(answer: ResponseBody) -> HeaderValue {
    const USUAL: HeaderValue = HeaderValue::from_static("application/json, text/plain;q=0.9, */*;q=0.1");
    match answer.media_type {
        "" | "application/json" => USUAL,
        "*/*" => HeaderValue::from_static("*/*"),
        other => {
            let value = format!("{other}, application/json;q=0.9, text/plain;q=0.8, */*;q=0.1");
            HeaderValue::try_from(value).unwrap_or(USUAL)
        }
    }
}

/// What no file holds by chance (RFC 2046, section 5.1.1), where the body has parts.
fn boundary(body: &Body, operation: &Operation) -> Result<String, Error> {
    if !matches!(body, Body::Fields(_)) || operation.body.format != BodyFormat::Multipart {
        return Ok(String::new());
    }
    random_name::<16>().map_err(Error::request)
}

/// A header for people.
fn shown(value: &HeaderValue) -> &str {
    if value.is_sensitive() { "[redacted]" } else { value.to_str().unwrap_or("(not text)") }
}

/// Host and port of an origin.
pub(crate) fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
