//! The front of every server: receives a request, applies faults, calls the handler, and keeps the log. It knows no path.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::body::LIMIT;
use super::connection::ConnectionHandle;
use super::host::Refused;
use super::read::{ReadError, whole};
use super::response::response;
use super::{Reply, Request, cors};
use crate::faults::{LazyBody, apply};
use crate::served::{LoggedRequest, Served};

/// Answers one request.
pub(crate) async fn answer<S: Served>(
    app: Arc<S>,
    connection: ConnectionHandle,
    request: axum::extract::Request,
) -> Response {
    if let Err(refused) = app.hosts().check(request.version(), request.uri(), request.headers()) {
        return response(misdirected(refused), None);
    }
    if let Some(page) = app.page(request.method(), request.uri()) {
        return response(page, None);
    }
    match app.cors() {
        Some(switches) => cors::around(&switches, request, |request| asked(app, connection, request)).await,
        None => asked(app, connection, request).await,
    }
}

async fn asked<S: Served>(app: Arc<S>, connection: ConnectionHandle, request: axum::extract::Request) -> Response {
    let (Parts { method, uri, headers, .. }, body) = request.into_parts();
    let read = if is_encoded(&headers) { Err(encoded()) } else { whole(body, LIMIT).await.map_err(unread) };
    // Until here it had not come whole.
    let work = connection.work();
    let now = app.clock().now();
    let (bytes, refusal) = read.map_or_else(|refusal| (Bytes::new(), Some(refusal)), |bytes| (bytes, None));
    let request = Arc::new(Request::new(method, &uri, headers, bytes));
    let (reply, logged) = match refusal {
        Some(refusal) => (refusal, LoggedRequest::new(&app, &request)),
        None => {
            let path = app.inner_path(&request.raw_path);
            let fault = {
                let body = LazyBody::of(&request);
                app.faults().take(request.method.as_str(), path, now, |fault| fault.fits_body(&body))
            };
            if let Some(fault) = fault {
                return work.guard(apply::answer(app, connection, request, fault).await);
            }
            let logged = LoggedRequest::new(&app, &request);
            (S::handled(&app, &request, now).await, logged)
        }
    };
    logged.ends(Some(reply.status.as_u16()));
    // A clock that was moved shows; otherwise the server writes the date by itself.
    work.guard(response(reply, (app.clock().offset() != 0).then_some(now)))
}

/// Whether a body is coded in a way that is not undone here (RFC 9110, section 8.4).
fn is_encoded(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    codings.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).any(|coding| {
        let coding = coding.trim_ascii();
        !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity")
    })
}

fn encoded() -> Reply {
    let reply =
        Reply::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type: bodies are read without a coding");
    reply.with(header::ACCEPT_ENCODING, "identity")
}

fn unread(why: ReadError) -> Reply {
    let (status, text) = match why {
        ReadError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        ReadError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "the body stays out"),
        ReadError::Broken => (StatusCode::BAD_REQUEST, "the body is not whole"),
    };
    // What is left of the body cannot be told from a further request.
    Reply::text(status, text).with(header::CONNECTION, "close")
}

fn misdirected(refused: Refused) -> Reply {
    let (status, text) = match refused {
        Refused::Malformed => (StatusCode::BAD_REQUEST, "one Host header with the name of the server is needed"),
        Refused::Foreign => (
            StatusCode::FORBIDDEN,
            "the emulator answers under the names of this machine alone; --host NAME adds another",
        ),
    };
    Reply::text(status, text)
}
