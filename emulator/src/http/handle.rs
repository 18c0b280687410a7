//! From a request to its answer: all handlers but the shortest run on a thread that may block.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use axum::http::Method;

use super::{Failure, Reply, Request};
use crate::app::App;
use crate::route;
use crate::store::limit::Limit;

/// Ends the work of a request when its future is dropped, since its client is gone.
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
    let is_short = is_short(&app, &request);
    let work = move || {
        let limit = Limit { deadline: Instant::now().checked_add(app.deadline), gone };
        route::answer(&app, &request, now, &limit)
    };
    let handled = if is_short {
        catch_unwind(AssertUnwindSafe(work)).map_err(drop)
    } else {
        tokio::task::spawn_blocking(work).await.map_err(drop)
    };
    handled.unwrap_or_else(|()| Failure::Internal.into_reply(&switches))
}

/// Whether a request takes less time than it would to hand it to another thread: one record, read by its number as it is stored.
fn is_short(app: &App, request: &Request) -> bool {
    let reads = request.method == Method::GET || request.method == Method::HEAD;
    let is_plain = request.raw_query.is_empty() && !app.switches().permissions;
    reads && is_plain && matches!(request.segments.as_slice(), [_, api, _, _, _] if api == "api")
}
