//! A transport whose limits hold, whatever it does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use zeyos_core::BoxFuture;

use super::{Transport, TransportError, TransportRequest};
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
}
