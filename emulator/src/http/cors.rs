//! Cross-origin requests: what a browser must be told before it lets the script of another page ask and read (Fetch
//! standard, "CORS protocol"). Off unless the switch `cors_origin` names an origin. It stands before everything else, so
//! that a preflight meets no fault and is not logged as a request.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;

/// The switch value that stands for every origin.
const ANY: &str = "*";

/// The methods that the services have.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// What a script may read beside the few headers that it always may.
const EXPOSED: &str = "ETag, Last-Modified, Content-Location, WWW-Authenticate, Retry-After";

/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";

/// Answers preflights, and tells the origin beside every other answer.
pub(crate) async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let switches = app.switches();
    let switch = switches.cors_origin.as_str();
    if switch.is_empty() {
        return next.run(request).await;
    }
    let origin = allowed(switch, request.headers());
    let mut response = match &origin {
        Some(_) if is_preflight(&request) => preflight(request.headers()),
        _ => next.run(request).await,
    };
    // The answer differs by origin, also where the origin is missing or another one.
    response.headers_mut().append(header::VARY, HeaderValue::from_name(header::ORIGIN));
    if let Some(origin) = origin {
        tell(response.headers_mut(), origin);
    }
    response
}

/// The origin of a request, if the switch allows it.
fn allowed(switch: &str, headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ORIGIN).filter(|origin| switch == ANY || *origin == switch).cloned()
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// With credentials a star stands for itself alone, so the headers that are asked for are named again.
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

fn tell(headers: &mut HeaderMap, origin: HeaderValue) {
    let told: [(HeaderName, HeaderValue); 3] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED)),
    ];
    for (name, value) in told {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(origin: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))])
    }

    #[test]
    fn an_origin_is_allowed_whole_or_not_at_all() {
        assert!(allowed("https://app.example", &from("https://app.example")).is_some());
        assert!(allowed("https://app.example", &from("https://app.example.evil")).is_none());
        assert!(allowed("https://app.example", &from("http://app.example")).is_none());
        assert!(allowed("https://app.example", &HeaderMap::new()).is_none());
    }

    #[test]
    fn a_star_allows_every_origin_by_its_name() {
        assert_eq!(allowed("*", &from("null")).unwrap(), "null");
        assert!(allowed("*", &HeaderMap::new()).is_none());
    }
}
