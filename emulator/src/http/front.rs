//! The front: takes a request from axum, lets faults have their way, runs the handlers on a blocking thread, keeps
//! the log. It knows no path but that of the instance.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_core::Stream;

use super::body::LIMIT;
use super::link::Link;
use super::{Failure, Reply, Request};
use crate::app::App;
use crate::faults::{Effect, Fault};
use crate::journal::SeenRequest;
use crate::route;

/// Answers one request.
pub(crate) async fn answer(
    State(app): State<Arc<App>>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LIMIT).await;
    let too_large = bytes.is_err();
    let request = Arc::new(Request::new(parts.method, &parts.uri, parts.headers, bytes.unwrap_or_default()));
    let fault = app.faults.take(request.method.as_str(), app.inner_path(&request.raw_path));
    if let Some(fault) = &fault {
        tokio::time::sleep(fault.delay).await;
    }
    let handled = match &fault {
        _ if too_large => Some(Reply::text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")),
        Some(fault) => instead(fault),
        None => None,
    };
    let reply = match handled {
        Some(reply) => reply,
        None => run(Arc::clone(&app), Arc::clone(&request)).await,
    };
    let silent = fault.as_ref().is_some_and(|fault| fault.effect.is_silent());
    app.journal.push(SeenRequest::of(&request, (!silent).then(|| reply.status.as_u16())));
    if silent {
        link.cut();
    }
    response(reply, fault.map(|fault| fault.effect))
}

/// Runs the handlers. A panic among them is an answer like any other.
async fn run(app: Arc<App>, request: Arc<Request>) -> Reply {
    let rule_status = app.switches.rule_status;
    let handled = tokio::task::spawn_blocking(move || route::answer(&app, &request)).await;
    handled.unwrap_or_else(|_| Failure::Internal.into_reply(rule_status))
}

/// What a fault answers without asking the handlers.
fn instead(fault: &Fault) -> Option<Reply> {
    match fault.effect {
        Effect::CloseBefore => Some(Reply::empty(StatusCode::OK)),
        Effect::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut reply = Reply::text(status, "an injected fault");
            reply.headers.extend(fault.headers.iter().cloned());
            Some(reply)
        }
        _ => None,
    }
}

fn response(reply: Reply, effect: Option<Effect>) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status;
    for (name, value) in reply.headers {
        // A value with a control character in it cannot be sent; it never comes from a handler.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(name, value);
        }
    }
    match effect {
        Some(Effect::CutBody(kept)) => {
            let length = HeaderValue::from(reply.body.len().max(kept.saturating_add(1)));
            response.headers_mut().insert(header::CONTENT_LENGTH, length);
            *response.body_mut() = Body::from_stream(Cut::new(&reply.body, kept));
        }
        Some(Effect::ReplaceBody(body)) => *response.body_mut() = Body::from(body),
        _ => *response.body_mut() = Body::from(reply.body),
    }
    response
}

/// A body that breaks off: its first bytes, then an error, at which the connection closes.
struct Cut {
    kept: Option<Bytes>,
}

impl Cut {
    fn new(body: &[u8], kept: usize) -> Self {
        Self { kept: Some(Bytes::copy_from_slice(&body[..kept.min(body.len())])) }
    }
}

impl Stream for Cut {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(self.kept.take().ok_or_else(|| std::io::ErrorKind::ConnectionAborted.into())))
    }
}
