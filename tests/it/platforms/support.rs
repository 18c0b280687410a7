//! What the tests of all platforms need: a server, and a transport that remembers what was sent.

use std::sync::{Arc, Mutex};

use zeyos::bytes::Bytes;
use zeyos::http::{self, HeaderMap, Response, header};
use zeyos::{BoxFuture, HttpTransport, Transport, TransportError, TransportRequest};
use zeyos_emulator::platforms::{Platform, PlatformServer};

/// The server of a platform with some switches.
pub(crate) async fn server(platform: Platform, switches: &[(&str, &str)]) -> PlatformServer {
    let builder = switches
        .iter()
        .fold(PlatformServer::builder(platform), |builder, (name, value)| builder.switch(name, value).unwrap());
    builder.start().await.unwrap()
}

/// A request as it went out.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// How long it may take.
    timeout: Option<std::time::Duration>,
}

impl Sent {
    /// Method and path.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Everything of it as one text, to look for what must not be there.
    pub(crate) fn whole(&self) -> String {
        format!("{} {}?{} {:?} {}", self.method, self.path, self.query, self.shown(), self.body)
    }

    /// The headers with values that are marked as secret.
    fn shown(&self) -> Vec<(String, String)> {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    /// The fields of a form, in their order.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }
}

type Answering = dyn Fn(&Sent) -> Option<Result<Response<Bytes>, TransportError>> + Send + Sync;

/// A transport that remembers what was sent, and answers by itself where a test says so.
#[derive(Clone)]
pub(crate) struct Wire {
    under: HttpTransport,
    sent: Arc<Mutex<Vec<Sent>>>,
    answering: Arc<Answering>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        Wire::answering(|_| None)
    }

    /// Answers what this function answers; everything else goes to the server.
    pub(crate) fn answering(
        answering: impl Fn(&Sent) -> Option<Result<Response<Bytes>, TransportError>> + Send + Sync + 'static,
    ) -> Self {
        Wire { under: HttpTransport::new().unwrap(), sent: Arc::default(), answering: Arc::new(answering) }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// Methods and paths of everything that was sent.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.sent().iter().map(Sent::line).collect()
    }

    /// How long each request may take.
    pub(crate) fn timeouts(&self) -> Vec<Option<std::time::Duration>> {
        self.sent().iter().map(|sent| sent.timeout).collect()
    }

    /// The last request.
    pub(crate) fn last(&self) -> Sent {
        self.sent().pop().expect("something was sent")
    }
}

impl Transport for Wire {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let parts = &request.request;
        let sent = Sent {
            method: parts.method().to_string(),
            path: parts.uri().path().to_owned(),
            query: parts.uri().query().unwrap_or_default().to_owned(),
            headers: parts.headers().clone(),
            body: String::from_utf8_lossy(parts.body()).into_owned(),
            timeout: request.timeout,
        };
        self.sent.lock().unwrap().push(sent.clone());
        match (self.answering)(&sent) {
            Some(answer) => Box::pin(async move { answer }),
            None => self.under.send(request),
        }
    }
}

/// An answer of this media type.
pub(crate) fn answer(status: u16, media_type: &str, body: &str) -> Option<Result<Response<Bytes>, TransportError>> {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, media_type);
    Some(Ok(response.body(Bytes::copy_from_slice(body.as_bytes())).unwrap()))
}

/// Opens an address as a browser would. Where it leads is not followed.
pub(crate) async fn visited(url: &str) -> Response<Bytes> {
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let request = TransportRequest::new(request, 1 << 20);
    HttpTransport::new().unwrap().send(request).await.unwrap()
}
