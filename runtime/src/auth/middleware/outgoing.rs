//! From a described request to the one that goes out: URL, headers, body, credentials.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use zeyos_core::call::{Body, Request, Sent};
use zeyos_core::{BodyFormat, DryRun, Error, Operation, Requirement, ResponseBody, Service, ServiceRoot};

use super::super::apply::{Credential, Target};
use super::super::select::Bearer;
use super::{Middleware, TIMEOUT, TOKEN_BODY, TOKEN_TIMEOUT};
use crate::bits::random_name;
use crate::transport::{TransportBody, TransportError, TransportRequest};

/// Where the services are.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    /// Without a slash at the end.
    pub url: String,
    /// Services that are elsewhere.
    pub services: Vec<(&'static Service, String)>,
}

impl Base {
    /// Every URL of the caller that requests go below. Those that documents name are https.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let services = self.services.iter().map(|(_, url)| url.as_str());
        std::iter::once(self.url.as_str()).chain(services)
    }

    /// The URL that was named for a service. A service is known by its `static`, since another document may have its name.
    fn named(&self, service: &Service) -> Option<&str> {
        let is_it = |(known, _): &&(&'static Service, String)| std::ptr::eq(*known, service);
        self.services.iter().rev().find(is_it).map(|(_, url)| url.as_str())
    }

    /// Whether the caller has named a URL for a service.
    pub(crate) fn is_named(&self, service: &Service) -> bool {
        self.named(service).is_some()
    }

    /// Base URL of a service that is not below the usual one.
    pub(crate) fn elsewhere(&self, service: &Service) -> Option<String> {
        let url = self.of(service);
        let is_elsewhere = url.strip_prefix(&self.url).is_none_or(|path| path != service.path);
        is_elsewhere.then_some(url)
    }

    /// Base URL of a service, without a slash at the end.
    pub(crate) fn of(&self, service: &Service) -> String {
        match self.named(service) {
            Some(url) => url.to_owned(),
            None => format!("{}{}", self.root(service), service.path),
        }
    }

    /// What the path of a service is below, where the caller has named no URL for it.
    fn root(&self, service: &Service) -> &str {
        match service.root {
            ServiceRoot::Origin => origin_of(&self.url),
            ServiceRoot::At(origin) => origin,
            _ => &self.url,
        }
    }

    /// Scheme, host and port of a service.
    pub(crate) fn origin(&self, service: &Service) -> &str {
        origin_of(self.named(service).unwrap_or_else(|| self.root(service)))
    }
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> &str {
    let path = url.find("://").and_then(|scheme| Some(scheme + 3 + url[scheme + 3..].find('/')?));
    &url[..path.unwrap_or(url.len())]
}

/// What a request carries that nobody else may see.
pub(super) fn sent(request: &Request, credentials: &[Credential]) -> Sent {
    Sent::new(request.secrets().into_iter().chain(credentials.iter().map(|credential| credential.secret().clone())))
}

/// What limits a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Those of the caller and of the client.
    Call,
    /// Those of every exchange of tokens, whatever caller and client are set to: an exchange that is broken off may cost the
    /// login.
    Exchange,
}

impl Middleware {
    /// The request as it goes out.
    pub(super) fn outgoing(
        &self,
        request: &Request,
        credentials: &[Credential],
        kind: Kind,
    ) -> Result<TransportRequest<TransportBody>, Error> {
        let operation = request.operation;
        let mut body = request.body.clone();
        let boundary = boundary(&body, operation)?;
        let (mut url, mut headers) = (self.url(request), self.headers(request, body.media_type(operation, &boundary)?));
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
        if credentials.iter().any(Credential::is_in_url) {
            self.warn_of_url(operation);
        }
        let body = TransportBody::from(body.content(operation, &boundary)?.open()?);
        let (timeout, max_body) = self.limits(request, &body, kind);
        let mut outgoing = http::Request::new(body);
        *outgoing.method_mut() = operation.method.clone();
        *outgoing.uri_mut() = url.parse().map_err(Error::request)?;
        *outgoing.headers_mut() = headers;
        Ok(TransportRequest { request: outgoing, timeout, max_body, fresh_connection: kind == Kind::Exchange })
    }

    /// How long a request may take, and how large its answer may be. A stream takes as long as it has pieces, unless that was limited.
    fn limits(&self, request: &Request, body: &TransportBody, kind: Kind) -> (Option<Duration>, usize) {
        if kind == Kind::Exchange {
            return (Some(TOKEN_TIMEOUT), TOKEN_BODY);
        }
        let is_stream = request.is_streamed || matches!(body, TransportBody::Pieces { .. });
        let timeout = self.limit(request).or((!is_stream).then_some(TIMEOUT));
        let own = request.options.max_body.map(|max| usize::try_from(max).unwrap_or(usize::MAX));
        let max = if request.is_streamed { self.settings.max_streamed } else { self.settings.max_body };
        (timeout, own.unwrap_or(max))
    }

    /// Carries a request. The answer is whole unless it is a result that is to be handed over piece by piece.
    pub(super) async fn carried(
        &self,
        request: &Request,
        outgoing: TransportRequest<TransportBody>,
    ) -> Result<http::Response<TransportBody>, TransportError> {
        let max_body = outgoing.max_body;
        let outgoing = match outgoing.into_whole() {
            Ok(whole) if !request.is_streamed => {
                return Ok(self.transport.send(whole).await?.map(TransportBody::Whole));
            }
            Ok(whole) => whole.map(TransportBody::Whole),
            Err(pieces) => pieces,
        };
        let answer = Arc::clone(&self.transport).send_streamed(outgoing).await?;
        let is_result = request.operation.success.contains(&answer.status().as_u16());
        let (parts, pieces) = answer.into_parts();
        let body = TransportBody::Pieces { pieces, length: None };
        let body = if request.is_streamed && is_result {
            body
        } else {
            TransportBody::Whole(body.collected(max_body.min(self.settings.max_body)).await?)
        };
        Ok(http::Response::from_parts(parts, body))
    }

    /// Said once for a client: the document demands it, and whoever runs it should know.
    fn warn_of_url(&self, operation: &'static Operation) {
        if !self.has_warned.swap(true, Ordering::Relaxed) {
            let operation = operation.id;
            tracing::warn!(target: "zeyos", operation, "a credential goes along in the query of a URL, as the document demands; servers and proxies write URLs into their logs");
        }
    }

    /// What the request would look like, credentials left out.
    pub(super) fn describe(&self, request: &Request) -> Result<DryRun, Error> {
        self.allowed.check(request.operation)?;
        request.check()?;
        let body = &request.body;
        let mut dry = DryRun::new(request.operation.method.clone(), self.url(request));
        let headers = self.headers(request, body.media_type(request.operation, "[random]")?);
        dry.headers = headers.iter().map(|(name, value)| (name.to_string(), shown(value).to_owned())).collect();
        dry.body = match body {
            Body::Fields(fields) => Some(fields.redacted()),
            _ => None,
        };
        dry.credentials = self.first_alternative(request)?;
        Ok(dry)
    }

    /// What would be tried first. A store that has not been read yet is taken to hold a token.
    fn first_alternative(&self, request: &Request) -> Result<&'static [Requirement], Error> {
        let bearer = self.manager.peek().map_or(Bearer::Present, |tokens| self.bearer(tokens.as_deref()));
        let plan = self.plan(request, self.available(request, bearer))?;
        Ok(plan.first().copied().unwrap_or_default())
    }

    fn url(&self, request: &Request) -> String {
        let base = self.settings.base.of(request.operation.service);
        let mut url = format!("{base}{}", request.path);
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
        headers.extend(request.headers.clone());
        headers.extend(request.options.headers.clone());
        headers
    }
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

/// A header for people.
fn shown(value: &HeaderValue) -> &str {
    if value.is_sensitive() { "[redacted]" } else { value.to_str().unwrap_or("(not text)") }
}

/// What no file holds by chance (RFC 2046, section 5.1.1), where the body has parts.
fn boundary(body: &Body, operation: &Operation) -> Result<String, Error> {
    if !matches!(body, Body::Fields(_)) || operation.body.format != BodyFormat::Multipart {
        return Ok(String::new());
    }
    random_name::<16>().map_err(Error::request)
}
