//! Refusals: a status, a code of RFC 6749 or RFC 6750 or of the vendor, and a text.

use axum::http::{StatusCode, header};

use crate::http::Reply;
use crate::json::Json;

/// Why a request is not carried out.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    description: &'static str,
}

impl Refusal {
    pub(super) const fn new(status: StatusCode, code: &'static str, description: &'static str) -> Self {
        Self { status, code, description }
    }

    pub(super) const fn request(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(super) const fn client(description: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub(super) const fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_token", "the access token is unknown, expired or revoked")
    }

    pub(super) const fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
    }

    fn members(&self) -> [(&'static str, Json); 2] {
        [("error", self.code.into()), ("error_description", self.description.into())]
    }

    pub(super) fn into_reply(self) -> Reply {
        let reply = Reply::json(self.status, &Json::object(self.members()));
        let challenges = matches!(self.code, "invalid_token" | "insufficient_scope");
        if challenges { reply.with(header::WWW_AUTHENTICATE, format!("Bearer error=\"{}\"", self.code)) } else { reply }
    }

    /// The same for a sign-in on the back channel, which also says that it failed.
    pub(super) fn into_unsuccessful(self) -> Reply {
        let [error, description] = self.members();
        Reply::json(self.status, &Json::object([("success", false.into()), error, description]))
    }
}
