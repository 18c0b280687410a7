//! Errors of the token endpoints (RFC 6749, section 5.2).

use axum::http::StatusCode;

use crate::http::{Failure, Published, Reply};
use crate::json::Json;

/// An error of the token endpoints (RFC 6749, section 5.2).
pub(super) fn error(status: StatusCode, error: &str, description: &str) -> Reply {
    Reply::json(status, &Json::object([("error", error.into()), ("error_description", description.into())]))
}

/// 403 `invalid_grant`; RFC 6749 would have 400, the service answers 403.
pub(super) fn invalid_grant(description: &str) -> Failure {
    error(StatusCode::FORBIDDEN, "invalid_grant", description).into()
}

/// 401 `invalid_client`, asking for the Basic pair of a client.
pub(super) fn invalid_client(instance: &str) -> Failure {
    let failure = Failure::published(Published::Client, "the client is not known or its secret is wrong");
    failure.challenging(format!("Basic realm=\"{instance}\""))
}

/// 400 `invalid_request`.
pub(super) fn invalid_request(description: &str) -> Failure {
    error(StatusCode::BAD_REQUEST, "invalid_request", description).into()
}
