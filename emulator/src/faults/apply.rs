//! Applies a fault: what comes before the request, whether it is handled, and what is left of the answer.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use super::chunks::Chunks;
use super::{Effect, Fault, HeaderText, body};
use crate::clock;
use crate::http::connection::ConnectionHandle;
use crate::http::response::response;
use crate::http::{Reply, Request};
use crate::served::{LoggedRequest, Served};

/// Answers a request that meets a fault.
pub(crate) async fn answer<S: Served>(
    app: Arc<S>,
    connection: ConnectionHandle,
    request: Arc<Request>,
    fault: Fault,
) -> Response {
    let logged = LoggedRequest::new(&app, &request);
    tokio::time::sleep(fault.delay).await;
    let now = app.clock().now().saturating_add(fault.clock);
    if let Some(end) = fault.token {
        S::end_token(&app, &request, end, now).await;
    }
    let truth = if fault.carries_out() { Some(S::handled(&app, &request, now).await) } else { None };
    tokio::time::sleep(fault.reply_delay).await;
    let silent = fault.effect == Effect::Close;
    let mut reply = fault.leaves(|| app.refusal(&request), truth);
    fault.add_headers(&mut reply, now);
    logged.ends((!silent).then(|| reply.status.as_u16()));
    if silent {
        connection.close(fault.reset);
    }
    let date = (app.clock().offset() != 0 || fault.clock != 0).then_some(now);
    let headless = request.method == Method::HEAD;
    fault.send(response(reply, date), if headless { None } else { Some(connection) }).await
}

impl Fault {
    fn carries_out(&self) -> bool {
        match self.effect {
            Effect::Nothing | Effect::CutBody(_) | Effect::Body(_) => true,
            Effect::Answer(..) | Effect::Refuse | Effect::Close => self.carried_out,
        }
    }

    /// The answer that the fault leaves of the true one.
    fn leaves(&self, refusal: impl FnOnce() -> Reply, truth: Option<Reply>) -> Reply {
        match (&self.effect, truth) {
            (Effect::Answer(status, media_type, body), _) => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let reply = Reply::empty(status).with(header::CONTENT_TYPE, media_type.clone());
                Reply { body: body.clone(), ..reply }
            }
            (Effect::Refuse, _) => refusal(),
            (Effect::Body(change), Some(mut reply)) => {
                body::change(&mut reply, change);
                reply
            }
            (_, Some(reply)) => reply,
            (_, None) => Reply::empty(StatusCode::OK),
        }
    }

    fn add_headers(&self, reply: &mut Reply, now: i64) {
        let own = |name: &HeaderName| self.headers.iter().any(|(own, _)| own == name);
        reply.headers.retain(|(name, _)| !own(name));
        for (name, value) in &self.headers {
            let value = match value {
                HeaderText::Fixed(value) => value.clone(),
                HeaderText::Date(seconds) => clock::http_date(now.saturating_add(*seconds)),
            };
            reply.headers.push((name.clone(), value));
        }
    }

    /// The answer as it goes out: at once, bit by bit, or not to its end. One without a body has no connection.
    async fn send(self, response: Response, connection: Option<ConnectionHandle>) -> Response {
        let kept = match self.effect {
            Effect::CutBody(kept) => Some(kept),
            _ => None,
        };
        let Some(connection) = connection.filter(|_| kept.is_some() || self.trickle.is_some()) else { return response };
        let (mut parts, body) = response.into_parts();
        // The body is in memory, so it is read at once and has no end to run beyond.
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        // One that is cut must be told to be longer than what comes.
        let told = kept.map_or(bytes.len(), |kept| bytes.len().max(kept.saturating_add(1)));
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(told));
        let sent = bytes.slice(..kept.unwrap_or(bytes.len()).min(bytes.len()));
        let chunks = Chunks::new(sent, self.trickle, connection);
        let chunks = if kept.is_some() { chunks.broken_off(self.reset) } else { chunks };
        Response::from_parts(parts, Body::from_stream(chunks))
    }
}
