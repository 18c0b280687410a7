//! What tests of a program need, without a server: answers of which one names the columns that matter, the others get the empty value of
//! their type; recorded conversations ([`cassette`]); planned failures of the network ([`faults`]).
//!
//! ```
//! use serde_json::json;
//! use zeyos::rest::{NewTicket, Ticket};
//! use zeyos::testing::{self, Mock};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A record, for functions that take one.
//! let ticket: Ticket = testing::record(json!({"ID": 7, "name": "Pump seal leaks"}))?;
//! assert_eq!((ticket.name.as_str(), ticket.duedate), ("Pump seal leaks", None));
//!
//! // A client, for functions that call.
//! let mock = Mock::new().answer(json!([{"ID": 7, "name": "Pump seal leaks"}])).answer(json!({"ID": 8})).status(404, json!(null));
//! let api = mock.client()?.api();
//! assert_eq!(api.list_tickets(Ticket::query()).await?[0].id, ticket.id);
//! api.create_ticket(NewTicket::new("Bearing is loud")).await?;
//! assert!(api.get_ticket(ticket.id).await.unwrap_err().is_not_found());
//!
//! let created = &mock.sent()[1];
//! assert_eq!((created.path.as_str(), &created.body), ("/demo/api/v1/tickets", &Some(json!({"name": "Bearing is loud"}))));
//! # Ok(())
//! # }
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value as Json;
use zeyos_core::decode;
use zeyos_core::{BoxFuture, DecodeError, Decoding, RetryPolicy};
use zeyos_runtime::dependencies::serde::{Serialize, de::DeserializeOwned};
use zeyos_runtime::{BuildError, TokenSet, Transport, TransportError, TransportRequest};

use crate::Client;

#[cfg(not(target_family = "wasm"))]
pub use zeyos_runtime::cassette;
pub use zeyos_runtime::faults;

/// A record, row or object with these members. What must have a value but is not named gets the empty value of its type: 0, an empty text.
///
/// # Errors
/// When a member has a value that its type cannot have; the error names it.
pub fn record<T: DeserializeOwned>(members: Json) -> Result<T, DecodeError> {
    decode::json(members.to_string().as_bytes(), Decoding::Tolerant).map(|(record, _)| record)
}

/// Answers calls in the order in which the answers were given, and keeps what was sent. Clones share both.
#[derive(Clone, Default)]
pub struct Mock(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    answers: VecDeque<Answer>,
    sent: Vec<SentRequest>,
}

struct Answer {
    /// Unless named, what the service answers to such a request.
    status: Option<u16>,
    body: Result<String, serde_json::Error>,
}

/// A request that a [`Mock`] has answered.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SentRequest {
    /// The method.
    pub method: Method,
    /// The path, instance included.
    pub path: String,
    /// The query of the address.
    pub query: Option<String>,
    /// The body, if it is JSON.
    pub body: Option<Json>,
}

impl Mock {
    /// Without answers: a call fails before it is sent, in words that tell which one it was.
    pub fn new() -> Self {
        Mock::default()
    }

    /// The next answer: JSON, or a record, or a list of them. A record may lack members, as with [`record`].
    #[must_use]
    pub fn answer(self, body: impl Serialize) -> Self {
        self.push(None, body)
    }

    /// The next answer, with a status of its own.
    #[must_use]
    pub fn status(self, status: u16, body: impl Serialize) -> Self {
        self.push(Some(status), body)
    }

    fn push(self, status: Option<u16>, body: impl Serialize) -> Self {
        let body = serde_json::to_string(&body);
        self.kept(|kept| kept.answers.push_back(Answer { status, body }));
        self
    }

    /// A client that calls it: with a token, [tolerant](Decoding::Tolerant), and without repeats, so that each call takes one answer.
    ///
    /// # Errors
    /// Those of [`build`](crate::ClientBuilder::build).
    pub fn client(&self) -> Result<Client, BuildError> {
        Client::builder("https://mock.example/demo")
            .token_set(TokenSet::bearer("mock"))
            .decoding(Decoding::Tolerant)
            .retry(RetryPolicy::None)
            .transport(self.clone())
            .build()
    }

    /// What was sent so far.
    pub fn sent(&self) -> Vec<SentRequest> {
        self.kept(|kept| kept.sent.clone())
    }

    fn kept<T>(&self, look: impl FnOnce(&mut Kept) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for Mock {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        let request = request.request;
        let sent = SentRequest {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(str::to_owned),
            body: serde_json::from_slice(request.body()).ok(),
        };
        let what = format!("{} {}", sent.method, sent.path);
        let creates = sent.method == Method::PUT;
        let answer = self.kept(|kept| {
            let answer = kept.answers.pop_front();
            kept.sent.extend(answer.is_some().then_some(sent));
            answer
        });
        let none = || TransportError::unsendable(format!("the mock has no answer left for {what}"));
        Box::pin(std::future::ready(answer.ok_or_else(none).and_then(|answer| answer.into_response(creates))))
    }
}

impl Answer {
    fn into_response(self, creates: bool) -> Result<Response<Bytes>, TransportError> {
        let body = self.body.map_err(TransportError::unsendable)?;
        let status = self.status.unwrap_or(if creates { 201 } else { 200 });
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(status).map_err(TransportError::unsendable)?;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kept(|kept| {
            let (answers, sent) = (kept.answers.len(), kept.sent.len());
            f.debug_struct("Mock").field("answers", &answers).field("sent", &sent).finish()
        })
    }
}

/// Without query and body, which are the caller's.
impl fmt::Debug for SentRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
