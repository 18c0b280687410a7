//! An answer as an axum response.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::Reply;
use crate::clock;

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
