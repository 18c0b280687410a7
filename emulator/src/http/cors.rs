//! Cross-origin requests: what a browser must be told before it lets the script of another page ask and read (Fetch
//! standard, "CORS protocol"), as the switches `cors_origin`, `cors_credentials` and `cors_expose` say. It runs before faults
//! and the log, so that a preflight meets none and is not logged as a request.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::switches::Switches;

/// The methods that the services have.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// What a script may read beside the few headers that it always may.
const EXPOSED: &str = "ETag, Last-Modified, Content-Location, WWW-Authenticate, Retry-After";

/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";

/// Answers preflights, and tells beside every other answer whose scripts may read it.
pub(crate) async fn around<F: Future<Output = Response>>(
    switches: &Switches,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    if switches.cors_origin.is_none() {
        return next(request).await;
    }
    let origin = allowed(switches, request.headers());
    let mut response = match &origin {
        Some(_) if is_preflight(&request) => preflight(request.headers()),
        _ => next(request).await,
    };
    if switches.cors_credentials || !switches.cors_origin.is_any() {
        // The answer differs by origin, also where the origin is missing or another one.
        response.headers_mut().append(header::VARY, HeaderValue::from_name(header::ORIGIN));
    }
    if let Some(origin) = origin {
        tell(response.headers_mut(), switches, origin);
    }
    response
}

/// The origin that an answer names, if the switches allow the one of the request. To a star no browser sends cookies.
fn allowed(switches: &Switches, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN).filter(|origin| switches.cors_origin.allows(origin.as_bytes()))?;
    let star = switches.cors_origin.is_any() && !switches.cors_credentials;
    Some(if star { HeaderValue::from_static("*") } else { origin.clone() })
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// A star in place of the headers would not stand for `Authorization`, so those that are asked for are named again.
fn preflight(asked: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(MAX_AGE));
    if let Some(names) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}

fn tell(headers: &mut HeaderMap, switches: &Switches, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if switches.cors_credentials {
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if switches.cors_expose {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
}
