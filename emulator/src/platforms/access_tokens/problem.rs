//! Why a request is not carried out, and how that looks: JSON always where a credential is refused, else what the application makes
//! of it.

use axum::http::{StatusCode, header};

use super::switches::ErrorHandler;
use crate::html::escape;
use crate::http::{Reply, Request};
use crate::json::Json;
use crate::platforms::message::object;
use crate::platforms::rate::Left;

/// Why a request is not carried out.
#[derive(Debug)]
pub(super) enum Problem {
    /// The credential is refused: a text, and the code of a library for JWTs.
    Unauthorized(&'static str, Option<&'static str>),
    Forbidden(&'static str),
    /// The request does not fit: a line for each fault.
    Invalid(Vec<String>),
    /// The body is not JSON.
    Unreadable,
    /// No token has this identifier.
    Unknown(String),
    /// Something that the routes do not expect.
    Thrown(&'static str),
    TooMany(Left),
    NoRoute,
}

impl Problem {
    /// One text for all that can be wrong with a personal access token.
    pub(super) fn credential() -> Self {
        Self::Unauthorized("Invalid client credentials", None)
    }

    pub(super) fn jwt(code: &'static str) -> Self {
        Self::Unauthorized("Invalid access token", Some(code))
    }

    pub(super) fn invalid(line: &str) -> Self {
        Self::Invalid(vec![line.to_owned()])
    }

    pub(super) fn into_reply(self, request: &Request, handler: ErrorHandler) -> Reply {
        match self {
            Self::Unauthorized(message, code) => json(StatusCode::UNAUTHORIZED, message, code, None),
            Self::Forbidden(message) => json(StatusCode::FORBIDDEN, message, None, None),
            Self::TooMany(left) => too_many(left),
            Self::NoRoute => {
                let text = format!("Cannot {} {}", request.method, request.raw_path);
                html(StatusCode::NOT_FOUND, &text)
            }
            Self::Invalid(lines) => thrown(handler, StatusCode::BAD_REQUEST, "Invalid request", Some(lines.join("\n"))),
            Self::Unreadable => thrown(handler, StatusCode::BAD_REQUEST, "The body is not valid JSON", None),
            Self::Unknown(id) => {
                let is_mapped = handler == ErrorHandler::Mapped;
                let status = if is_mapped { StatusCode::NOT_FOUND } else { StatusCode::INTERNAL_SERVER_ERROR };
                thrown(handler, status, &format!("Token not found: {id}"), None)
            }
            Self::Thrown(message) => thrown(handler, StatusCode::INTERNAL_SERVER_ERROR, message, None),
        }
    }
}

fn thrown(handler: ErrorHandler, status: StatusCode, message: &str, details: Option<String>) -> Reply {
    match handler {
        ErrorHandler::None => html(status, &format!("Error: {message}")),
        ErrorHandler::Json | ErrorHandler::Mapped => json(status, message, None, details),
    }
}

/// JSON as Express sends it, with the charset beside its type.
pub(super) fn answered(status: StatusCode, value: &Json) -> Reply {
    Reply::of_type(status, "application/json; charset=utf-8", value.to_text())
}

fn json(status: StatusCode, message: &str, code: Option<&str>, details: Option<String>) -> Reply {
    let members =
        [("message", Some(message.into())), ("code", code.map(Json::from)), ("details", details.map(Json::from))];
    answered(status, &Json::object([("error", object(members))]))
}

/// The page that Express makes of an error.
fn html(status: StatusCode, text: &str) -> Reply {
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n\
         <pre>{}</pre>\n</body>\n</html>\n",
        escape(text)
    );
    Reply::of_type(status, "text/html; charset=utf-8", body)
}

fn too_many(left: Left) -> Reply {
    let seconds = left.seconds.to_string();
    let reply =
        json(StatusCode::TOO_MANY_REQUESTS, "Too many requests", None, None).with(header::RETRY_AFTER, &*seconds);
    limits(reply, left)
}

/// The same answer with what is left of a window.
pub(super) fn limits(reply: Reply, left: Left) -> Reply {
    let name = |name: &'static str| axum::http::HeaderName::from_static(name);
    reply
        .with(name("ratelimit-limit"), left.limit.to_string())
        .with(name("ratelimit-remaining"), left.remaining.to_string())
        .with(name("ratelimit-reset"), left.seconds.to_string())
}
