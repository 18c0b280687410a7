//! Answers, and the ways a handler can give up. No text here or elsewhere ever quotes SQL or a secret.

use axum::http::{HeaderName, StatusCode, header};

use crate::json::Json;
use crate::switches::{ErrorTexts, RuleStatus, Switches};

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A JSON answer of text that is JSON already.
    pub(crate) fn json_text(status: StatusCode, text: String) -> Self {
        let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        Self { status, headers, body: text.into_bytes() }
    }

    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, value: &Json) -> Self {
        Self::json_text(status, value.to_text())
    }

    /// A plain text answer.
    pub(crate) fn text(status: StatusCode, text: &str) -> Self {
        Self::of_type(status, "text/plain; charset=utf-8", text.to_owned())
    }

    /// An answer of another media type.
    pub(crate) fn of_type(status: StatusCode, media_type: &str, body: String) -> Self {
        Self { status, headers: vec![(header::CONTENT_TYPE, media_type.to_owned())], body: body.into_bytes() }
    }

    /// An answer that holds a secret: no cache may store it (RFC 6749, section 5.1).
    pub(crate) fn secret(mut self) -> Self {
        self.headers.retain(|(name, _)| name != header::CACHE_CONTROL && name != header::PRAGMA);
        self.with(header::CACHE_CONTROL, "no-store").with(header::PRAGMA, "no-cache")
    }

    /// A redirection by GET.
    pub(crate) fn see_other(location: String) -> Self {
        Self::empty(StatusCode::SEE_OTHER).with(header::LOCATION, location)
    }

    /// The same answer with one more header.
    pub(crate) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why a handler gave up. Whatever it had written is undone, unless it says otherwise.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It knows its answer.
    Answer(Box<Reply>),
    /// An answer with a published text, and what that leaves open.
    Published(Box<Reply>, &'static str),
    /// A refusal whose writes are kept: it has counted or ended something.
    Kept(Box<Self>),
    /// A rule of a table is broken.
    Rule,
    /// The database failed, through no fault of the request.
    Database(rusqlite::Error),
    /// Something that should not happen.
    Internal,
}

impl Failure {
    /// A plain text answer.
    pub(crate) fn text(status: StatusCode, text: &str) -> Self {
        Self::Answer(Box::new(Reply::text(status, text)))
    }

    /// 400
    pub(crate) fn bad_request(text: &str) -> Self {
        Self::text(StatusCode::BAD_REQUEST, text)
    }

    /// 404
    pub(crate) fn not_found() -> Self {
        Self::text(StatusCode::NOT_FOUND, "not found")
    }

    /// 409
    pub(crate) fn conflict(text: &str) -> Self {
        Self::text(StatusCode::CONFLICT, text)
    }

    /// 410
    pub(crate) fn gone() -> Self {
        Self::text(StatusCode::GONE, "gone")
    }

    /// 405 with the methods that would do.
    pub(crate) fn method_not_allowed(allowed: &str) -> Self {
        let reply = Reply::text(StatusCode::METHOD_NOT_ALLOWED, "this method is not allowed here");
        Self::Answer(Box::new(reply.with(header::ALLOW, allowed)))
    }

    /// A published text; `because` says what it leaves open.
    pub(crate) fn published(text: Published, because: &'static str) -> Self {
        Self::Published(Box::new(Reply::text(text.status(), text.as_str())), because)
    }

    /// 401 asking for a bearer token.
    pub(crate) fn bearer(instance: &str, because: &'static str) -> Self {
        let challenge = format!("Bearer realm=\"{instance}\" error=\"invalid_token\"");
        Self::published(Published::BearerToken, because).challenging(challenge)
    }

    /// 401 asking for a user name and password.
    pub(crate) fn basic(instance: &str, because: &'static str) -> Self {
        Self::published(Published::Credentials, because).challenging(format!("Basic realm=\"{instance}\""))
    }

    /// The same failure with a challenge.
    pub(crate) fn challenging(self, challenge: String) -> Self {
        let with = |reply: Box<Reply>| Box::new(reply.with(header::WWW_AUTHENTICATE, challenge));
        match self {
            Self::Answer(reply) => Self::Answer(with(reply)),
            Self::Published(reply, because) => Self::Published(with(reply), because),
            other => other,
        }
    }

    /// The same refusal, after which what was written stays.
    pub(crate) fn kept(self) -> Self {
        Self::Kept(Box::new(self))
    }

    /// The answer that it stands for.
    pub(crate) fn into_reply(self, switches: &Switches) -> Reply {
        match self {
            Self::Answer(reply) => *reply,
            Self::Published(mut reply, because) => {
                if switches.error_texts == ErrorTexts::Explained {
                    reply.body.extend_from_slice(format!(" ({because})").as_bytes());
                }
                *reply
            }
            Self::Kept(failure) => failure.into_reply(switches),
            Self::Rule => Reply::text(status_of(switches.rule_status), "a rule of the table does not allow this"),
            Self::Database(_) | Self::Internal => {
                Reply::text(StatusCode::INTERNAL_SERVER_ERROR, "the server could not do this")
            }
        }
    }
}

/// The texts of errors that the published samples have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Published {
    BearerToken,
    Credentials,
    Client,
    Permission,
    ApplicationContext,
    RefreshToken,
    SelectionField,
    /// Seen for a filter; no sample has it.
    Field,
}

impl Published {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BearerToken => "Unauthorized: Invalid bearer token",
            Self::Credentials => "Unauthorized: Invalid credentials",
            Self::Client => "Unauthorized: Unknown client application",
            Self::Permission => "Forbidden: Lacking access permission",
            Self::ApplicationContext => "Forbidden: Invalid application context",
            Self::RefreshToken => "Forbidden: Invalid or expired refresh_token",
            Self::SelectionField => "Bad Request: Invalid selection field",
            Self::Field => "Bad Request: Invalid field",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::BearerToken | Self::Credentials | Self::Client => StatusCode::UNAUTHORIZED,
            Self::Permission | Self::ApplicationContext | Self::RefreshToken => StatusCode::FORBIDDEN,
            Self::SelectionField | Self::Field => StatusCode::BAD_REQUEST,
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
            Some(rusqlite::ErrorCode::OperationInterrupted) => {
                Self::text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable: the request took too long")
            }
            _ => Self::Database(error),
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
        let reply = Failure::from(error).into_reply(&Switches::default());
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!String::from_utf8(reply.body).unwrap().contains("nowhere"));
    }

    #[test]
    fn a_broken_rule_takes_its_status_from_the_switch() {
        let status = |rule_status| Failure::Rule.into_reply(&Switches { rule_status, ..Switches::default() }).status;
        assert_eq!(status(RuleStatus::Conflict), StatusCode::CONFLICT);
        assert_eq!(status(RuleStatus::BadRequest), StatusCode::BAD_REQUEST);
    }
}
