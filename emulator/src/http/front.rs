//! The front: takes a request from axum, lets faults have their way, runs the handlers on a blocking thread, keeps
//! the log. It knows no path but that of the instance.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::{Router, middleware};

use super::body::LIMIT;
use super::link::Link;
use super::{Failure, Reply, Request, cors};
use crate::app::App;
use crate::clock;
use crate::faults::act;
use crate::journal::SeenRequest;
use crate::route;

/// The service of the main door.
pub(crate) fn router(app: Arc<App>) -> Router {
    let cors = middleware::from_fn_with_state(Arc::clone(&app), cors::layer);
    Router::new().fallback(answer).layer(cors).with_state(app)
}

/// Answers one request.
async fn answer(
    State(app): State<Arc<App>>,
    ConnectInfo(link): ConnectInfo<Link>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LIMIT).await;
    let too_large = bytes.is_err();
    let request = Arc::new(Request::new(parts.method, &parts.uri, parts.headers, bytes.unwrap_or_default()));
    let now = app.clock.now();
    let reply = if too_large {
        Reply::text(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
    } else {
        let path = app.inner_path(&request.raw_path);
        if let Some(fault) = app.faults.take(request.method.as_str(), path, now) {
            return act::answer(app, link, request, fault).await;
        }
        handled(&app, &request, now).await
    };
    app.journal.push(SeenRequest::of(&request, Some(reply.status.as_u16())));
    // A clock that was moved shows; otherwise the server writes the date by itself.
    response(reply, (app.clock.offset() != 0).then_some(now))
}

/// Runs the handlers. A panic among them is an answer like any other.
pub(crate) async fn handled(app: &Arc<App>, request: &Arc<Request>, now: i64) -> Reply {
    let (app, request) = (Arc::clone(app), Arc::clone(request));
    let rule_status = app.switches().rule_status;
    let handled = tokio::task::spawn_blocking(move || route::answer(&app, &request, now)).await;
    handled.unwrap_or_else(|_| Failure::Internal.into_reply(rule_status))
}

/// The answer in the words of axum, with this moment as its date if there is one.
pub(crate) fn response(reply: Reply, date: Option<i64>) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = reply.status;
    let date = date.map(|now| (header::DATE, clock::http_date(now)));
    for (name, value) in date.into_iter().chain(reply.headers) {
        // A value with a control character in it cannot be sent; it never comes from a handler.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
