//! The log of requests, for tests to look at. It never holds a secret: no header value, and of queries and bodies what
//! `record` leaves of them, if that is asked for.

mod redact;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::http::Method;

use redact::Recorded;
pub(crate) use redact::is_secret;

use crate::credentials::Credentials;
use crate::http::Request;
use crate::http::body;
use crate::http::credential::CredentialKind;

/// The most requests that are remembered; the oldest go first. `tests/it/bulk/losses.rs` has the number too.
const KEPT: usize = 10_000;

/// The grant types that may be named; another one could be a secret sent by mistake.
const GRANT_TYPES: [&str; 3] = ["authorization_code", "password", "refresh_token"];

/// The same for the servers of platforms.
const PLATFORM_GRANT_TYPES: [&str; 3] = ["authorization_code", "client_credentials", "refresh_token"];

/// One request that the emulator saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeenRequest {
    /// The method in upper case.
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The kind of credential that came with it.
    pub credential: CredentialKind,
    /// The status of the answer; none if a fault kept it back or the client left before it, though the request may have been carried out.
    pub status: Option<u16>,
    /// The name of the call, where the client sent one as `x-request-id`: letters, digits and dashes, at most 64.
    pub request_id: Option<String>,
    /// The grant type of a post to the token endpoint, if it is one that exists.
    pub grant_type: Option<&'static str>,
    /// The query of a request to `/api` or to the server of a platform, if queries and bodies are
    /// [recorded](crate::Builder::record_bodies);
    /// the servers of platforms always do.
    pub query: Option<String>,
    /// The body of such a request as JSON, a form included, if bodies are [recorded](crate::Builder::record_bodies) and
    /// it could be read. Secrets are replaced by `[secret]`, texts of more than 1 KiB and bodies of more than 16 KiB by
    /// their length.
    pub body: Option<String>,
}

impl SeenRequest {
    fn of(request: &Request, status: Option<u16>, recorded: Recorded) -> Self {
        Self {
            method: request.method.as_str().to_owned(),
            path: request.raw_path.clone(),
            credential: CredentialKind::of(&request.headers),
            status,
            request_id: request_id(request),
            grant_type: grant_type(request),
            query: recorded.query,
            body: recorded.body,
        }
    }
}

/// The name that the client gave to its call. Anything else in its place may be a secret.
fn request_id(request: &Request) -> Option<String> {
    let id = request.headers.get("x-request-id")?.to_str().ok()?;
    let is_name = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| id.to_owned())
}

fn grant_type(request: &Request) -> Option<&'static str> {
    let is_token = || request.segments.get(1..).is_some_and(|path| path == ["oauth2", "v1", "token"]);
    if request.method != Method::POST || !is_token() {
        return None;
    }
    sent_grant_type(request, GRANT_TYPES)
}

fn sent_grant_type(request: &Request, known: [&'static str; 3]) -> Option<&'static str> {
    let members = body::members(request, true).ok()?;
    let sent = members.get("grant_type")?.as_text()?;
    known.into_iter().find(|known| *known == sent)
}

/// The requests seen so far.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    seen: Mutex<VecDeque<SeenRequest>>,
    /// Whether queries and bodies are kept.
    bodies: AtomicBool,
}

impl RequestLog {
    /// Whether queries and bodies are kept.
    pub(crate) fn records_bodies(&self) -> bool {
        self.bodies.load(Ordering::Relaxed)
    }

    /// Keeps queries and bodies from now on, or keeps them no longer.
    pub(crate) fn record_bodies(&self, record: bool) {
        self.bodies.store(record, Ordering::Relaxed);
    }

    /// Remembers a request with the status of its answer; `credentials` are what the emulator has handed out.
    pub(crate) fn push(&self, request: &Request, status: Option<u16>, credentials: Option<&Credentials>) {
        let recorded = if self.records_bodies() { Recorded::of(request, credentials) } else { Recorded::default() };
        self.add(SeenRequest::of(request, status, recorded));
    }

    /// Remembers a request to the server of a platform, with what it sent but for secrets; `credentials` are what the server has
    /// handed out.
    pub(crate) fn push_of_platform(&self, request: &Request, status: Option<u16>, credentials: &[String]) {
        let seen = SeenRequest::of(request, status, Recorded::of_platform(request, credentials));
        let grant_type = sent_grant_type(request, PLATFORM_GRANT_TYPES);
        self.add(SeenRequest { grant_type, ..seen });
    }

    fn add(&self, seen: SeenRequest) {
        let mut list = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() == KEPT {
            list.pop_front();
        }
        list.push_back(seen);
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<SeenRequest> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// All of them, and forgets them.
    pub(crate) fn take(&self) -> Vec<SeenRequest> {
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Forgets them.
    pub(crate) fn clear(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, header};

    use super::*;

    fn token_post(body: &'static str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        let uri = "/demo/oauth2/v1/token?x=secret".parse().unwrap();
        Request::new(Method::POST, &uri, headers, Bytes::from(body))
    }

    fn seen(body: &'static str) -> SeenRequest {
        SeenRequest::of(&token_post(body), Some(200), Recorded::default())
    }

    #[test]
    fn a_token_post_shows_its_grant_type_and_nothing_else() {
        let seen = seen("grant_type=password&password=hunter2");
        assert_eq!(seen.grant_type, Some("password"));
        let shown = format!("{seen:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_grant_type_that_does_not_exist_is_not_repeated() {
        assert_eq!(seen("grant_type=hunter2").grant_type, None);
    }

    #[test]
    fn the_log_is_bounded() {
        let request_log = RequestLog::default();
        for _ in 0..=KEPT {
            request_log.push(&token_post("grant_type=password"), Some(200), None);
        }
        assert_eq!(request_log.all().len(), KEPT);
        request_log.clear();
        assert!(request_log.all().is_empty());
    }
}
