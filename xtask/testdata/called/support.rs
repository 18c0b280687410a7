//! A server that keeps what it was sent and answers what it was told to.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;
use zeyos_core::call::Opened;
use zeyos_core::{BoxFuture, ByteStream, Dispatch, DryRun, Error, Request};
use zeyos_runtime::{Transport, TransportError, TransportRequest};

/// One request as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub media_type: String,
    pub body: String,
}

/// An answer: status, media type, headers, pieces of the body.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    media_type: &'static str,
    headers: Vec<(&'static str, String)>,
    pieces: Vec<Bytes>,
}

impl Answer {
    pub fn new(status: u16, media_type: &'static str, body: &str) -> Self {
        Answer { status, media_type, headers: Vec::new(), pieces: vec![Bytes::copy_from_slice(body.as_bytes())] }
    }

    pub fn json(status: u16, body: &str) -> Self {
        Answer::new(status, "application/json", body)
    }

    pub fn pieces(media_type: &'static str, pieces: &[&str]) -> Self {
        let pieces = pieces.iter().map(|piece| Bytes::copy_from_slice(piece.as_bytes())).collect();
        Answer { status: 200, media_type, headers: Vec::new(), pieces }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The server; its clones are one.
#[derive(Clone, Default)]
pub struct Server(Arc<State>);

#[derive(Default)]
struct State {
    answers: Mutex<VecDeque<Answer>>,
    sent: Mutex<Vec<Sent>>,
}

impl Server {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let server = Server::default();
        server.0.answers.lock().unwrap().extend(answers);
        server
    }

    /// A client of it.
    pub fn client(&self) -> Arc<dyn Dispatch> {
        self.0.clone()
    }

    /// What has come in.
    pub fn sent(&self) -> Vec<Sent> {
        self.0.sent.lock().unwrap().clone()
    }

    /// The only request that has come in.
    pub fn only(&self) -> Sent {
        let sent = self.sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        sent[0].clone()
    }
}

impl State {
    fn take(&self, request: &Request) -> Result<(http::response::Parts, Vec<Bytes>), Error> {
        request.check()?;
        let operation = request.operation;
        let headers = request.headers.iter().chain(&request.options.headers);
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let media_type = request.body.media_type(operation, "B")?;
        let sent = Sent {
            method: operation.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers,
            media_type: media_type.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default(),
            body: match request.body.content(operation, "B")?.open()? {
                Opened::Whole(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Opened::Streamed(mut pieces, _) => {
                    let mut whole = Vec::new();
                    while let Some(piece) = now(pieces.next()) {
                        whole.extend_from_slice(&piece.map_err(Error::request)?);
                    }
                    String::from_utf8_lossy(&whole).into_owned()
                }
            },
        };
        self.sent.lock().unwrap().push(sent);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_else(|| Answer::json(204, ""));
        let mut response = http::Response::builder().status(answer.status);
        if !answer.media_type.is_empty() {
            response = response.header("content-type", answer.media_type);
        }
        for (name, value) in &answer.headers {
            response = response.header(*name, value);
        }
        Ok((response.body(()).unwrap().into_parts().0, answer.pieces))
    }

    fn whole(&self, request: &Request) -> Result<http::Response<Bytes>, Error> {
        let (parts, pieces) = self.take(request)?;
        let is_result = request.operation.success.contains(&parts.status.as_u16());
        let response = http::Response::from_parts(parts, Bytes::from(pieces.concat()));
        if is_result { Ok(response) } else { Err(Error::status_of(response)) }
    }
}

struct Pieces(VecDeque<Bytes>);

impl Stream for Pieces {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

impl Dispatch for State {
    fn send(self: Arc<Self>, request: Request) -> BoxFuture<Result<http::Response<Bytes>, Error>> {
        Box::pin(async move { self.whole(&request) })
    }

    fn send_streamed(self: Arc<Self>, request: Request) -> BoxFuture<Result<http::Response<ByteStream>, Error>> {
        Box::pin(async move {
            let (parts, pieces) = self.take(&request)?;
            if !request.operation.success.contains(&parts.status.as_u16()) {
                return Err(Error::status_of(http::Response::from_parts(parts, Bytes::from(pieces.concat()))));
            }
            Ok(http::Response::from_parts(parts, ByteStream::new(Pieces(pieces.into()))))
        })
    }

    fn dry_run(&self, request: Request) -> Result<DryRun, Error> {
        request.check()?;
        let operation = request.operation;
        let url = format!("https://shelves.example{}{}", operation.service.path, request.path);
        Ok(DryRun::new(operation.method.clone(), url))
    }
}

/// The output of a future that waits for nothing.
pub fn now<F: IntoFuture>(future: F) -> F::Output {
    let mut future = pin!(future.into_future());
    match Future::poll(future.as_mut(), &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits for something"),
    }
}

/// A request of a whole client, as it goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct Carried {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Carried {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A network in memory; its clones are one. It answers what it was told to, then 204.
#[derive(Clone, Default)]
pub struct Network(Arc<Wire>);

#[derive(Default)]
struct Wire {
    answers: Mutex<VecDeque<Answer>>,
    carried: Mutex<Vec<Carried>>,
}

impl Network {
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let network = Network::default();
        network.0.answers.lock().unwrap().extend(answers);
        network
    }

    /// What has come in since the last time.
    pub fn take(&self) -> Vec<Carried> {
        std::mem::take(&mut *self.0.carried.lock().unwrap())
    }
}

impl Transport for Network {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let (parts, body) = request.request.into_parts();
        let headers = parts.headers.iter();
        self.0.carried.lock().unwrap().push(Carried {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers: headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        });
        let answer = self.0.answers.lock().unwrap().pop_front().unwrap_or_else(|| Answer::new(204, "", ""));
        let mut response = http::Response::builder().status(answer.status);
        if !answer.media_type.is_empty() {
            response = response.header("content-type", answer.media_type);
        }
        for (name, value) in &answer.headers {
            response = response.header(*name, value);
        }
        let response = response.body(Bytes::from(answer.pieces.concat())).unwrap();
        Box::pin(async move { Ok(response) })
    }
}

/// The output of a future, however long it takes.
pub fn wait<F: IntoFuture>(future: F) -> F::Output {
    struct Thread(std::thread::Thread);

    impl std::task::Wake for Thread {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Thread(std::thread::current())));
    let mut future = pin!(future.into_future());
    loop {
        match Future::poll(future.as_mut(), &mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}
