//! Failures of the network on demand, for tests (feature `testing`).

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::BoxFuture;

use crate::transport::{Transport, TransportError, TransportRequest};

/// What happens to a request instead of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No connection can be made: the server gets nothing.
    NotSent,
    /// The server carries the request out, and its answer is lost.
    LostAnswer,
    /// As [`LostAnswer`](Fault::LostAnswer), told as a time that has run out.
    Timeout,
    /// The server carries the request out, and its answer breaks off after this many bytes of its body.
    Cut(usize),
    /// A gateway answers with this status, and the server gets nothing.
    Status(StatusCode),
}

type Plan = dyn Fn(u64, &http::Request<Bytes>) -> Option<Fault> + Send + Sync;

/// A transport that fails as planned, and else carries what another one carries. Clones count together.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use zeyos_runtime::HttpTransport;
/// use zeyos_runtime::faults::{Fault, Faults};
///
/// // Every tenth answer is lost.
/// let transport = Faults::new(HttpTransport::new()?, |number, _| (number % 10 == 9).then_some(Fault::LostAnswer));
/// # let _ = transport;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Faults {
    below: Arc<dyn Transport>,
    plan: Arc<Plan>,
    sent: Arc<AtomicU64>,
}

impl Faults {
    /// The plan is asked for each request, with how many were sent before it.
    pub fn new(
        transport: impl Transport,
        plan: impl Fn(u64, &http::Request<Bytes>) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        Faults { below: Arc::new(transport), plan: Arc::new(plan), sent: Arc::default() }
    }

    /// How many requests there were, with those that failed.
    pub fn requests(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("requests", &self.requests()).finish_non_exhaustive()
    }
}

impl Transport for Faults {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let number = self.sent.fetch_add(1, Ordering::SeqCst);
        let fault = (self.plan)(number, &request.request);
        let below = Arc::clone(&self.below);
        Box::pin(async move {
            match fault {
                None => below.send(request).await,
                Some(Fault::NotSent) => Err(TransportError::connect("no connection, as planned")),
                Some(Fault::Status(status)) => {
                    let mut answer = http::Response::new(Bytes::new());
                    *answer.status_mut() = status;
                    Ok(answer)
                }
                Some(Fault::LostAnswer) => {
                    below.send(request).await?;
                    Err(TransportError::other("the answer is lost, as planned"))
                }
                Some(Fault::Timeout) => {
                    below.send(request).await?;
                    Err(TransportError::timeout("the answer is late, as planned"))
                }
                Some(Fault::Cut(bytes)) => {
                    let body = below.send(request).await?.into_body();
                    let came = body.slice(..bytes.min(body.len()));
                    Err(TransportError::other("the answer breaks off, as planned").with_partial(came))
                }
            }
        })
    }
}
