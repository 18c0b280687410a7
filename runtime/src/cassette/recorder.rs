//! Writes down what goes over a transport.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;
use zeyos_core::{BoxFuture, RequestId};

use super::Cassette;
use super::entry::{Asked, Came, Entry, Told};
use super::mask::parts::{boundary, with_one_boundary};
use super::mask::{Mask, TELLING, is_form, text_of};
use crate::transport::{Kind, Transport, TransportError, TransportRequest};

/// Headers of requests on which an answer depends.
const OF_REQUESTS: [HeaderName; 4] = [header::ACCEPT, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];

/// Headers of answers that clients read. Any other may be secret.
const OF_ANSWERS: [HeaderName; 9] = [
    header::ALLOW,
    header::CONTENT_DISPOSITION,
    header::CONTENT_TYPE,
    header::DATE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LINK,
    header::RETRY_AFTER,
    header::WWW_AUTHENTICATE,
];

/// A transport that writes down what another one carries. Clones write to the same cassette.
///
/// Requests are carried unchanged. Bodies that are streams go through it whole, up to 64 MiB.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    below: Box<dyn Transport>,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    said: Vec<Said>,
    headers: Vec<HeaderName>,
    mask: Mask,
}

/// A request and what came of it, with secrets: what is one may be told later only.
struct Said {
    request: http::Request<Bytes>,
    /// The name of the call, if the server was told it.
    call: Option<RequestId>,
    answer: Result<http::Response<Bytes>, (Kind, String, Bytes)>,
}

impl Recorder {
    /// Writes down what this transport carries.
    pub fn new(transport: impl Transport) -> Self {
        Recorder(Arc::new(Inner { below: Box::new(transport), record: Mutex::default() }))
    }

    /// Values of members of this name are secret too, in requests and answers. Case, `_` and `-` make no difference.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.record().mask.name(name);
        self
    }

    /// Headers of answers of this name are written down too.
    #[must_use]
    pub fn header(self, name: HeaderName) -> Self {
        self.record().headers.push(name);
        self
    }

    /// What was said so far.
    pub fn cassette(&self) -> Cassette {
        let mut record = self.record();
        // First for all secrets in it: one may have been sent before its name revealed it.
        record.entries();
        Cassette { entries: record.entries() }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("entries", &self.record().said.len()).finish_non_exhaustive()
    }
}

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let this = self.clone();
        let said = copy_of(&request.request);
        let call = request.request.extensions().get().copied();
        let answer = self.0.below.send(request);
        Box::pin(async move {
            let answer = answer.await;
            let kept = match &answer {
                Ok(answer) => {
                    let mut kept = http::Response::new(answer.body().clone());
                    (*kept.status_mut(), *kept.headers_mut()) = (answer.status(), answer.headers().clone());
                    Ok(kept)
                }
                Err(error) => Err((error.kind(), error.to_string(), error.partial().clone())),
            };
            this.record().said.push(Said { request: said, call, answer: kept });
            answer
        })
    }
}

/// The same request without its extensions.
fn copy_of(request: &http::Request<Bytes>) -> http::Request<Bytes> {
    let mut copy = http::Request::new(request.body().clone());
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}

/// A request as it is compared. Its secrets are known from here on.
pub(super) fn asked(mask: &mut Mask, request: &http::Request<Bytes>) -> Asked {
    request.headers().iter().for_each(|(name, value)| learn_header(mask, name, value));
    let path = mask.compared(request.uri().path());
    let query = request.uri().query().map(|query| mask.pairs(query));
    let header = |name: &HeaderName| {
        let value = mask.compared(&with_one_boundary(request.headers().get(name)?.to_str().ok()?));
        Some((name.to_string(), value))
    };
    Asked {
        method: request.method().to_string(),
        path: query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")),
        headers: OF_REQUESTS.iter().filter_map(header).collect(),
        body: asked_body(mask, request),
    }
}

/// What a header of a request or an answer holds, if it holds a secret.
fn learn_header(mask: &mut Mask, name: &HeaderName, value: &HeaderValue) {
    if !value.is_sensitive() && !mask.is_secret(name.as_str()) {
        return;
    }
    let value = text_of(value.as_bytes()).map_or_else(Cow::Owned, Cow::Borrowed);
    if name == header::COOKIE {
        let cookies = value.split(';').filter_map(|cookie| cookie.split_once('='));
        cookies.for_each(|(_, value)| drop(mask.learn("cookie", value.trim().trim_matches('"'))));
        return;
    }
    if name == header::SET_COOKIE {
        let cookie = value.split(';').next().and_then(|cookie| cookie.split_once('='));
        mask.learn("cookie", cookie.map_or("", |(_, value)| value.trim().trim_matches('"')));
        return;
    }
    let (scheme, credential) = value.split_once(' ').unwrap_or(("", &value));
    mask.learn(name.as_str(), credential.trim());
    if scheme.eq_ignore_ascii_case("basic") {
        learn_basic(mask, credential.trim());
    }
}

/// Both halves of Basic (RFC 7617), which an application that signs in has written as a form (RFC 6749, section 2.3.1).
fn learn_basic(mask: &mut Mask, credential: &str) {
    let Ok(decoded) = STANDARD.decode(credential) else { return };
    let decoded = text_of(&decoded).map_or_else(Cow::Owned, Cow::Borrowed);
    let (user, secret) = decoded.split_once(':').unwrap_or(("", &decoded));
    for (name, half) in [("password", secret), ("user", user)] {
        let form = format!("={}", half.replace('&', "%26"));
        let read = form_urlencoded::parse(form.as_bytes()).next().map(|(_, value)| value.into_owned());
        for half in [Some(half.to_owned()), read].into_iter().flatten() {
            // A short name of a user may be a part of anything.
            if name == "password" || half.len() >= TELLING {
                mask.learn(name, &half);
            }
        }
    }
}

fn media_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn asked_body(mask: &mut Mask, request: &http::Request<Bytes>) -> Told {
    let (media_type, body) = (media_type(request.headers()), request.body());
    if let Some(boundary) = boundary(media_type) {
        return Told::masked(body, |text| mask.parts(boundary, text));
    }
    if is_form(media_type) {
        return Told::masked(body, |text| mask.pairs(text));
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut json) => {
            mask.request("", &mut json);
            Told::Json(json)
        }
        Err(_) => Told::masked(body, |text| mask.compared_body(text)),
    }
}

impl Record {
    /// What was said, without the secrets that are known by now.
    fn entries(&mut self) -> Vec<Entry> {
        let Record { said, headers, mask } = self;
        let entry = |said: &Said| Entry {
            call: said.call.map(|call| call.to_string()),
            asked: asked(mask, &said.request),
            came: came(mask, headers, &said.answer),
        };
        said.iter().map(entry).collect()
    }
}

fn came(mask: &mut Mask, named: &[HeaderName], answer: &Result<http::Response<Bytes>, (Kind, String, Bytes)>) -> Came {
    let answer = match answer {
        Ok(answer) => answer,
        Err((kind, message, partial)) => {
            let partial = Told::masked(partial, |text| mask.answer("", text));
            return Came::Failure { kind: *kind, message: mask.text(message), partial };
        }
    };
    answer.headers().iter().for_each(|(name, value)| learn_header(mask, name, value));
    let media_type = media_type(answer.headers());
    let body = Told::masked(answer.body(), |text| mask.answer(media_type, text));
    let header = |name: &HeaderName| {
        let value = header_value(mask, name, answer.headers().get(name)?.to_str().ok()?);
        Some((name.clone(), value.parse().ok()?))
    };
    let headers = OF_ANSWERS.iter().chain(named).filter_map(header).collect();
    Came::Answer { status: answer.status(), headers, body }
}

/// A header of an answer. One that is secret by name is replaced even if it is short.
fn header_value(mask: &mut Mask, name: &HeaderName, value: &str) -> String {
    if name == header::SET_COOKIE {
        let (cookie, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
        let Some((name, secret)) = cookie.split_once('=') else { return mask.text(value) };
        return format!("{name}={}{rest}", mask.learn("cookie", secret.trim().trim_matches('"')));
    }
    if mask.is_secret(name.as_str()) { mask.learn(name.as_str(), value) } else { mask.text(value) }
}
