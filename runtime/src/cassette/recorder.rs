//! Writes down what goes over a transport.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, header};
use serde_json::Value;
use zeyos_core::BoxFuture;

use super::Cassette;
use super::entry::{Asked, Came, Entry, Told};
use super::mask::Mask;
use crate::transport::{Transport, TransportError, TransportRequest};

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
    entries: Vec<Entry>,
    headers: Vec<HeaderName>,
    mask: Mask,
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
        Cassette { entries: self.record().entries.clone() }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("entries", &self.record().entries.len()).finish_non_exhaustive()
    }
}

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let this = self.clone();
        let asked = asked(&mut this.record().mask, &request.request);
        let answer = self.0.below.send(request);
        Box::pin(async move {
            let answer = answer.await;
            let mut record = this.record();
            let came = record.came(&answer);
            record.entries.push(Entry { asked, came });
            drop(record);
            answer
        })
    }
}

/// A request as it is compared. Its secrets are known from here on.
pub(super) fn asked(mask: &mut Mask, request: &http::Request<Bytes>) -> Asked {
    learn_credentials(mask, request.headers());
    let path = mask.text(request.uri().path());
    let query = request.uri().query().map(|query| mask.pairs(query));
    Asked {
        method: request.method().to_string(),
        path: query.map_or_else(|| path.clone(), |query| format!("{path}?{query}")),
        headers: kept(mask, request.headers(), OF_REQUESTS.iter()),
        body: asked_body(mask, request),
    }
}

/// What `Authorization` and cookies hold.
fn learn_credentials(mask: &mut Mask, headers: &HeaderMap) {
    for value in headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()) {
        mask.learn("authorization", value.split_once(' ').map_or(value, |(_, credential)| credential));
    }
    for cookies in headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()) {
        for (_, value) in cookies.split(';').filter_map(|cookie| cookie.split_once('=')) {
            mask.learn("cookie", value.trim());
        }
    }
}

fn kept<'a>(mask: &Mask, headers: &HeaderMap, names: impl Iterator<Item = &'a HeaderName>) -> Vec<(String, String)> {
    let value =
        |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(|value| mask.text(value));
    names.filter_map(|name| Some((name.to_string(), value(name)?))).collect()
}

fn asked_body(mask: &mut Mask, request: &http::Request<Bytes>) -> Told {
    let media_type =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(request.body()) else { return Told::Binary(request.body().clone()) };
    if media_type.starts_with("application/x-www-form-urlencoded") {
        return Told::Text(mask.pairs(text));
    }
    match serde_json::from_str::<Value>(text) {
        Ok(mut json) => {
            mask.request("", &mut json);
            Told::Json(json)
        }
        Err(_) => Told::Text(mask.text(text)),
    }
}

impl Record {
    fn came(&mut self, answer: &Result<http::Response<Bytes>, TransportError>) -> Came {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Came::Failure { kind: error.kind(), message: self.mask.text(&error.to_string()) },
        };
        let body = match std::str::from_utf8(answer.body()) {
            Ok(text) => Told::Text(self.mask.answer(text)),
            Err(_) => Told::Binary(answer.body().clone()),
        };
        let names = OF_ANSWERS.iter().chain(&self.headers);
        let headers = kept(&self.mask, answer.headers(), names);
        let header = |(name, value): (String, String)| Some((name.parse().ok()?, value.parse().ok()?));
        Came::Answer { status: answer.status(), headers: headers.into_iter().filter_map(header).collect(), body }
    }
}
