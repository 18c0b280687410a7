//! The front: takes a request from axum, lets faults have their way, has it handled, keeps the log. It knows no path but that of the instance.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Router, middleware};

use super::body::LIMIT;
use super::handle::{handled, response};
use super::link::Link;
use super::{Reply, Request, cors};
use crate::app::App;
use crate::faults::act;
use crate::journal::SeenRequest;

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
