//! A transport that keeps what it is given and answers what a test says; what was sent, in a form that can be compared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use zeyos::{BoxFuture, Client, ClientBuilder, Json, TokenSet, Transport, TransportError, TransportRequest};

/// The instance of every test.
pub(crate) const INSTANCE: &str = "https://zeyos.example/nordwind";

type Answer = dyn Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync;

/// Keeps requests and answers them. Clones share what is kept.
#[derive(Clone)]
pub(crate) struct Recorder {
    kept: Arc<Mutex<Vec<Request<Bytes>>>>,
    answer: Arc<Answer>,
}

impl Recorder {
    pub(crate) fn new(answer: impl Fn(&Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static) -> Self {
        Recorder { kept: Arc::default(), answer: Arc::new(answer) }
    }

    /// The same JSON for every request, as created (201) where one creates.
    pub(crate) fn json(body: Json) -> Self {
        Recorder::new(move |request| {
            let status = if request.method() == Method::PUT { 201 } else { 200 };
            answer(status, "application/json", &body.to_string())
        })
    }

    /// The same answer for every request.
    pub(crate) fn always(status: u16, media_type: &'static str, body: &'static str) -> Self {
        Recorder::new(move |_| answer(status, media_type, body))
    }

    /// What was sent since the last look.
    pub(crate) fn take(&self) -> Vec<Sent> {
        self.kept.lock().unwrap().drain(..).map(|request| Sent::of(&request)).collect()
    }

    /// The one request that was sent.
    pub(crate) fn only(&self) -> Sent {
        let mut sent = self.take();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent.remove(0)
    }

    /// A client with a bearer token.
    pub(crate) fn client(&self) -> Client {
        self.builder().token_set(TokenSet::bearer("t0ken")).build().unwrap()
    }

    /// A client without credentials so far.
    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(INSTANCE).user_agent("wire-tests").transport(self.clone())
    }
}

impl Transport for Recorder {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let response = (self.answer)(&request.request);
        self.kept.lock().unwrap().push(request.request);
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// An answer with a body.
pub(crate) fn answer(status: u16, media_type: &str, body: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if !media_type.is_empty() {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type.parse().unwrap());
    }
    response
}

/// A request as it went out.
#[derive(Debug, PartialEq)]
pub(crate) struct Sent {
    pub method: String,
    /// Without its query.
    pub url: String,
    /// Sorted, decoded.
    pub query: Vec<(String, String)>,
    pub headers: BTreeMap<String, String>,
    /// JSON as it stands; the pairs of a form, sorted, as a list of lists.
    pub body: Option<Json>,
}

impl Sent {
    fn of(request: &Request<Bytes>) -> Self {
        let uri = request.uri().to_string();
        let (url, query) = uri.split_once('?').unwrap_or((&uri, ""));
        Sent {
            method: request.method().to_string(),
            url: url.to_owned(),
            query: pairs(query.as_bytes()),
            headers: headers(request.headers()),
            body: body(request),
        }
    }

    /// The path below the instance.
    pub(crate) fn path(&self) -> &str {
        self.url.strip_prefix(INSTANCE).unwrap()
    }

    /// The body, which must be there.
    pub(crate) fn json(&self) -> &Json {
        self.body.as_ref().unwrap()
    }
}

/// A header that stands twice is joined, so that it differs from one that stands once.
fn headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut map: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = value.to_str().unwrap();
        map.entry(name.to_string())
            .and_modify(|known| *known = format!("{known} AND {value}"))
            .or_insert(value.to_owned());
    }
    map
}

fn body(request: &Request<Bytes>) -> Option<Json> {
    let body = request.body();
    match request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap()) {
        None => {
            assert!(body.is_empty(), "a body without a type");
            None
        }
        Some("application/json") => Some(serde_json::from_slice(body).unwrap()),
        Some("application/x-www-form-urlencoded") => {
            Some(pairs(body).into_iter().map(|(name, value)| serde_json::json!([name, value])).collect())
        }
        Some(other) => panic!("a body of type {other}"),
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(encoded).into_owned().collect();
    pairs.sort();
    pairs
}
