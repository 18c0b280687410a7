//! Answers, and the ways a handler can give up. No text here or elsewhere ever quotes SQL or a secret.

use axum::http::{HeaderName, StatusCode, header};

use crate::json::Json;
use crate::switches::RuleStatus;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A JSON answer of text that is JSON already.
    pub fn json_text(status: StatusCode, text: String) -> Self {
        let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        Self { status, headers, body: text.into_bytes() }
    }

    /// A JSON answer.
    pub fn json(status: StatusCode, value: &Json) -> Self {
        Self::json_text(status, value.to_text())
    }

    /// A plain text answer.
    pub fn text(status: StatusCode, text: &str) -> Self {
        Self::of_type(status, "text/plain; charset=utf-8", text.to_owned())
    }

    /// An answer of another media type.
    pub fn of_type(status: StatusCode, media_type: &str, body: String) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, media_type.to_owned())], body: body.into_bytes() }
    }

    /// An answer that holds a secret: nobody on the way may keep it (RFC 6749, section 5.1).
    pub fn secret(self) -> Self {
        self.with(header::CACHE_CONTROL, "no-store")
    }

    /// A redirection by GET.
    pub fn see_other(location: String) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with(header::LOCATION, location)
    }

    /// The same answer with one more header.
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why a handler gave up. Whatever it had written is undone.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It knows its answer.
    Answer(Box<Reply>),
    /// A rule of a table is broken.
    Rule,
    /// Something that should not happen.
    Internal,
}

impl Failure {
    /// A plain text answer.
    pub fn text(status: StatusCode, text: &str) -> Self {
        Self::Answer(Box::new(Reply::text(status, text)))
    }

    /// 400
    pub fn bad_request(text: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, text)
    }

    /// 403
    pub fn forbidden(text: &str) -> Self {
        Self::text(StatusCode::FORBIDDEN, text)
    }

    /// 404
    pub fn not_found() -> Self {
        Self::text(StatusCode::NOT_FOUND, "not found")
    }

    /// 409
    pub fn conflict(text: &str) -> Self {
        Self::text(StatusCode::CONFLICT, text)
    }

    /// 410
    pub fn gone() -> Self {
        Self::text(StatusCode::GONE, "gone")
    }

    /// 405 with the methods that would do.
    pub fn method_not_allowed(allowed: &str) -> Self {
        let reply = Reply::text(StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed here");
        Self::Answer(Box::new(reply.with(header::ALLOW, allowed)))
    }

    /// 401 asking for a bearer token.
    pub fn bearer(instance: &str, text: &str) -> Self {
        let challenge = format!("Bearer realm=\"{instance}\" error=\"invalid_token\"");
        Self::Answer(Box::new(Reply::text(StatusCode::UNAUTHORIZED, text).with(header::WWW_AUTHENTICATE, challenge)))
    }

    /// 401 asking for a user name and password, or an identifier and secret.
    pub fn basic(instance: &str, text: &str) -> Self {
        let challenge = format!("Basic realm=\"{instance}\"");
        Self::Answer(Box::new(Reply::text(StatusCode::UNAUTHORIZED, text).with(header::WWW_AUTHENTICATE, challenge)))
    }

    /// The answer that it stands for.
    pub fn into_reply(self, rule_status: RuleStatus) -> Reply {
        match self {
            Self::Answer(reply) => *reply,
            Self::Rule => Reply::text(status_of(rule_status), "a rule of the table does not allow this"),
            Self::Internal => Reply::text(StatusCode::INTERNAL_SERVER_ERROR, "the server could not do this"),
        }
    }
}

fn status_of(status: RuleStatus) -> StatusCode {
    match status {
        RuleStatus::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
        RuleStatus::BadRequest => StatusCode::BAD_REQUEST,
        RuleStatus::Conflict => StatusCode::CONFLICT,
    }
}

impl From<Reply> for Failure {
    fn from(reply: Reply) -> Self {
        Self::Answer(Box::new(reply))
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::ConstraintViolation) => Self::Rule,
            // A statement or a row beyond what SQLite takes: the request asked for too much.
            Some(rusqlite::ErrorCode::TooBig) => Self::bad_request("the request is too complex"),
            _ => Self::Internal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_error_never_shows_its_text() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        let error = connection.execute("SELECT secret FROM nowhere", []).unwrap_err();
        let reply = Failure::from(error).into_reply(RuleStatus::InternalServerError);
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!String::from_utf8(reply.body).unwrap().contains("nowhere"));
    }

    #[test]
    fn a_broken_rule_takes_its_status_from_the_switch() {
        assert_eq!(Failure::Rule.into_reply(RuleStatus::Conflict).status, StatusCode::CONFLICT);
        assert_eq!(Failure::Rule.into_reply(RuleStatus::BadRequest).status, StatusCode::BAD_REQUEST);
    }
}
