//! Requests that are counted, and what is told about it.

use axum::http::{HeaderName, StatusCode, header};

use super::refusal::Refusal;
use super::state::State;
use crate::http::{Reply, Request};

impl State {
    /// Counts a request, if requests are counted, and answers it if it is not one too many.
    pub(super) fn counted(
        &mut self,
        request: &Request,
        path: &[&str],
        now: i64,
        answer: impl FnOnce(&mut Self) -> Result<Reply, Refusal>,
    ) -> Reply {
        if !self.switches.rate_limits {
            return answer(self).unwrap_or_else(Refusal::into_reply);
        }
        let left = self.limits.count(request, path, now);
        let reply = if left.exceeded {
            let text = "there were too many requests";
            let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", text);
            refusal.into_reply().with(header::RETRY_AFTER, left.seconds.to_string())
        } else {
            answer(self).unwrap_or_else(Refusal::into_reply)
        };
        reply
            .with(HeaderName::from_static("x-ratelimit-limit"), left.limit.to_string())
            .with(HeaderName::from_static("x-ratelimit-remaining"), left.remaining.to_string())
            .with(HeaderName::from_static("x-ratelimit-reset"), now.saturating_add(left.seconds).to_string())
    }
}
