//! A transport whose limits hold, whatever it does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::{BoxFuture, ByteStream};

use super::idle::{Head, Idle, Limited, Watched};
use super::{Transport, TransportBody, TransportError, TransportRequest};
use crate::runtime::Deadlines;

/// How much longer than its limit a request may take before it is given up. A transport that keeps its limits speaks first, as it
/// may have a part of the answer.
const GRACE: Duration = Duration::from_secs(1);

/// Gives up requests that take longer than they may.
pub(crate) struct Bounded {
    pub transport: Arc<dyn Transport>,
    pub deadlines: Deadlines,
    /// Whether the transport itself sees to the limits of requests other than exchanges of tokens.
    pub keeps_limits: bool,
    /// How long nothing may move in either direction, where a body is a stream.
    pub idle: Duration,
}

impl Transport for Bounded {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let timeout = request.timeout.filter(|_| request.fresh_connection || !self.keeps_limits);
        let answer = self.transport.send(request);
        let Some(timeout) = timeout else { return answer };
        let deadlines = self.deadlines.clone();
        Box::pin(async move {
            let late = || {
                let waited = timeout.as_secs_f64();
                TransportError::timeout(format!("the answer did not come within {waited:.1} s"))
            };
            deadlines.within(timeout.saturating_add(GRACE), answer).await.unwrap_or_else(|| Err(late()))
        })
    }

    fn send_streamed(
        self: Arc<Self>,
        request: TransportRequest<TransportBody>,
    ) -> BoxFuture<Result<http::Response<ByteStream<TransportError>>, TransportError>> {
        let idle = Idle::new(self.deadlines.clone(), self.idle);
        let max_body = request.max_body;
        let end = request.timeout.map(|timeout| (timeout, self.deadlines.after(timeout.saturating_add(GRACE))));
        let request = request.map(|body| Watched::over(body, &idle));
        let head = Head { answer: Arc::clone(&self.transport).send_streamed(request), idle, end };
        Box::pin(async move {
            let (answer, idle, end) = head.received().await?;
            let limited = |pieces| Limited { pieces, idle, end, max_body, left: max_body, is_waiting: false };
            Ok(answer.map(|pieces| ByteStream::new(limited(pieces))))
        })
    }
}
