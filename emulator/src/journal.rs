//! The log of requests, for tests to look at. It never holds a secret: no query, no header value, no body.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::http::Method;

use crate::http::Request;
use crate::http::body;
use crate::http::credential::CredentialKind;

/// The most requests that are remembered; the oldest go first.
const KEPT: usize = 10_000;

/// The grant types that may be named; another one could be a secret sent by mistake.
const GRANT_TYPES: [&str; 3] = ["authorization_code", "password", "refresh_token"];

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
    /// The status of the answer; none if a fault kept it back.
    pub status: Option<u16>,
    /// The grant type of a post to the token endpoint, if it is one that exists.
    pub grant_type: Option<&'static str>,
}

impl SeenRequest {
    pub(crate) fn of(request: &Request, status: Option<u16>) -> Self {
        Self {
            method: request.method.as_str().to_owned(),
            path: request.raw_path.clone(),
            credential: CredentialKind::of(&request.headers),
            status,
            grant_type: grant_type(request),
        }
    }
}

fn grant_type(request: &Request) -> Option<&'static str> {
    let path: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    if request.method != Method::POST || !matches!(path[..], [_, "oauth2", "v1", "token"]) {
        return None;
    }
    let members = body::members(request, true).ok()?;
    let sent = members.get("grant_type")?.as_text()?;
    GRANT_TYPES.into_iter().find(|known| *known == sent)
}

/// The requests seen so far.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<VecDeque<SeenRequest>>);

impl Journal {
    /// Remembers one.
    pub fn push(&self, seen: SeenRequest) {
        let mut list = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() == KEPT {
            list.pop_front();
        }
        list.push_back(seen);
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Vec<SeenRequest> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// All of them, and forgets them.
    pub fn take(&self) -> Vec<SeenRequest> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, header};

    use super::*;

    fn token_post(body: &'static str) -> SeenRequest {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        let uri = "/demo/oauth2/v1/token?x=secret".parse().unwrap();
        SeenRequest::of(&Request::new(Method::POST, &uri, headers, Bytes::from(body)), Some(200))
    }

    #[test]
    fn a_token_post_shows_its_grant_type_and_nothing_else() {
        let seen = token_post("grant_type=password&password=hunter2");
        assert_eq!(seen.grant_type, Some("password"));
        let shown = format!("{seen:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_grant_type_that_does_not_exist_is_not_repeated() {
        assert_eq!(token_post("grant_type=hunter2").grant_type, None);
    }

    #[test]
    fn the_log_is_bounded() {
        let journal = Journal::default();
        for _ in 0..=KEPT {
            journal.push(token_post("grant_type=password"));
        }
        assert_eq!(journal.all().len(), KEPT);
        journal.clear();
        assert!(journal.all().is_empty());
    }
}
