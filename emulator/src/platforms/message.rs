//! Requests and answers as these platforms read and write them.

use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::html;
use crate::http::{Reply, Request};
use crate::json::Json;

/// The bearer token of a request. The scheme word counts only as written.
pub(super) fn bearer(request: &Request) -> Option<&str> {
    request.header(&header::AUTHORIZATION)?.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty())
}

/// Whether the body is of this media type, whatever its parameters.
pub(super) fn is_of_type(request: &Request, media_type: &str) -> bool {
    let sent = request.header(&header::CONTENT_TYPE).unwrap_or_default();
    sent.split(';').next().is_some_and(|sent| sent.trim().eq_ignore_ascii_case(media_type))
}

/// The fields of a form.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Those of the body, if it is a form.
    pub(super) fn of_body(request: &Request) -> Option<Self> {
        is_of_type(request, "application/x-www-form-urlencoded").then(|| Self::read(&request.body))
    }

    /// Those of the query.
    pub(super) fn of_query(request: &Request) -> Self {
        Self::read(request.raw_query.as_bytes())
    }

    fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Those of another form behind these.
    pub(super) fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The first field of this name that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Whether a name stands twice.
    pub(super) fn repeats(&self) -> bool {
        self.0.iter().enumerate().any(|(at, (name, _))| self.0[..at].iter().any(|(earlier, _)| earlier == name))
    }
}

/// The object in a JSON body.
pub(super) fn json_object(request: &Request) -> Option<Json> {
    Json::parse(&request.body).filter(|body| body.as_object().is_some())
}

/// A text of a JSON object that is not empty.
pub(super) fn text<'a>(object: &'a Json, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Json::as_text).filter(|text| !text.is_empty())
}

/// An answer as JSON of several members, of which some may be missing.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Option<Json>)>) -> Json {
    let there = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(there.collect())
}

/// The challenge of a PKCE verifier (RFC 7636, section 4.2).
pub(super) fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

/// Whether a verifier answers a challenge.
pub(super) fn answers(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, _) => true,
        (Some(challenge), Some(verifier)) => s256(verifier) == challenge,
        (Some(_), None) => false,
    }
}

/// A page that says one thing.
pub(super) fn page(status: StatusCode, title: &str, content: &str) -> Reply {
    let title = html::escape(title);
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>{content}</body>\n</html>\n"
    );
    Reply::of_type(status, "text/html; charset=utf-8", body)
}

/// A redirection to this address.
pub(super) fn redirect(status: StatusCode, location: String) -> Reply {
    Reply::empty(status).with(header::LOCATION, location)
}
