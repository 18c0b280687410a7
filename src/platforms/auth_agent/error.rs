//! Why something failed: a code, the words of the server, the status.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use zeyos_core::{Error, TokenError};
use zeyos_runtime::Handle;
use zeyos_runtime::oauth2::LoginError;

use super::raw;

/// Why something failed at Auth-Agent.
///
/// The code is one of the client's own, such as `state_mismatch`, `pkce_missing`, `no_token` and `no_refresh_token` before anything is
/// sent, `token_expired` and `forbidden` for a token that is refused, `refresh_failed`, `revoke_failed` and `introspection_failed`; else it
/// is that of the server.
#[derive(Debug)]
pub struct AuthError {
    code: String,
    description: Option<String>,
    status: Option<StatusCode>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What was to be done, for what a failure is called.
#[derive(Debug, Clone, Copy)]
pub(super) enum Doing {
    Exchange,
    Refresh,
    Revoke,
    Introspect,
    /// A call with the access token.
    WithToken,
    /// A call with the credentials of the agent, or none.
    Other,
}

impl AuthError {
    /// One of the client's own, before anything was sent.
    pub(super) fn local(code: &str, description: &str) -> Self {
        AuthError { code: code.to_owned(), description: Some(description.to_owned()), status: None, source: None }
    }

    pub(super) fn of(doing: Doing, error: Error, handle: &Handle) -> Self {
        let (said, description) = told(&error);
        let clean = |text: String| handle.cleaned_text(&text, &error);
        let (said, description) = (said.map(clean), description.map(clean));
        let status = error.status().or_else(|| status_of(error.token_error()?));
        let code = match (doing, status.map(|status| status.as_u16())) {
            (Doing::Refresh, _) if matches!(error.token_error(), Some(TokenError::NoRefreshToken)) => {
                "no_refresh_token"
            }
            (Doing::WithToken, _) if error.refusal().is_some() => "no_token",
            // A renewal on the way of the call: what came is an answer of the token endpoint, and says nothing about the access token.
            (Doing::WithToken, _) if error.token_error().is_some() => "refresh_failed",
            (Doing::Refresh, _) => "refresh_failed",
            (Doing::Revoke, _) => "revoke_failed",
            (Doing::Introspect, _) => "introspection_failed",
            (Doing::WithToken, Some(401)) => "token_expired",
            (Doing::WithToken, Some(403)) => "forbidden",
            (Doing::Exchange, _) => said.as_deref().unwrap_or("token_exchange_failed"),
            _ => said.as_deref().unwrap_or(if error.is_timeout() { "timeout" } else { "request_failed" }),
        };
        let code = code.to_owned();
        let description = description.or(said).or_else(|| Some(error.to_string()));
        AuthError { code, description, status, source: Some(Box::new(error)) }
    }

    pub(super) fn of_login(error: LoginError, handle: &Handle) -> Self {
        let code = match error {
            LoginError::StateMismatch | LoginError::StateMissing => "state_mismatch",
            LoginError::Expired | LoginError::AlreadyUsed | LoginError::NoCode => "invalid_request",
            LoginError::Denied { error, description } => {
                return AuthError { code: error, description, status: None, source: None };
            }
            LoginError::Exchange(error) => return AuthError::of(Doing::Exchange, error, handle),
            _ => "invalid_request",
        };
        let description = Some(error.to_string());
        AuthError { code: code.to_owned(), description, status: None, source: Some(Box::new(error)) }
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The reason in words, of the server where it has given any.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The error of the call, if one was made.
    pub fn error(&self) -> Option<&Error> {
        self.source.as_ref()?.downcast_ref()
    }
}

/// Code and words of the server.
fn told(error: &Error) -> (Option<String>, Option<String>) {
    if let Some(TokenError::Refused { code, description, .. }) = error.token_error() {
        return (Some(code.clone()), description.clone());
    }
    match error.answer::<raw::Error>() {
        Ok(Some(raw::Error { error, error_description, .. })) => (Some(error), error_description),
        _ => (None, None),
    }
}

fn status_of(error: &TokenError) -> Option<StatusCode> {
    match error {
        TokenError::Refused { status, .. }
        | TokenError::ClientAuth { status }
        | TokenError::Malformed { status, .. } => Some(*status),
        _ => None,
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.description {
            Some(description) => write!(f, "{}: {description}", self.code),
            None => f.write_str(&self.code),
        }
    }
}

impl StdError for AuthError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
