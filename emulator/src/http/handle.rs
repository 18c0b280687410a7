//! From a request to its answer as axum sends it: the handlers run on a thread that may wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::{Failure, Reply, Request};
use crate::app::App;
use crate::clock;
use crate::route;
use crate::store::limit::Limit;

/// Ends the work of a request when its future is dropped: then nobody waits for the answer.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs the handlers. A panic among them is an answer like any other.
pub(crate) async fn handled(app: &Arc<App>, request: &Arc<Request>, now: i64) -> Reply {
    let (app, request) = (Arc::clone(app), Arc::clone(request));
    let switches = app.switches();
    let gone = Arc::new(AtomicBool::new(false));
    let _waiting = Waiting(Arc::clone(&gone));
    let work = move || {
        let limit = Limit { deadline: Instant::now().checked_add(app.deadline), gone };
        route::answer(&app, &request, now, &limit)
    };
    let handled = tokio::task::spawn_blocking(work).await;
    handled.unwrap_or_else(|_| Failure::Internal.into_reply(&switches))
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
