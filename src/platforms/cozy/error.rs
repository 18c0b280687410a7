//! Why something failed at an instance.

use std::error::Error as StdError;
use std::fmt;

use http::{StatusCode, header};
use zeyos_core::{Error, Json, TokenError};
use zeyos_runtime::StoreError;
use zeyos_runtime::oauth2::LoginError;

/// Why something failed: the answer of the instance with its address, or what kept the call from being made.
#[derive(Debug)]
pub struct CozyError {
    cause: Cause,
    url: Option<String>,
    /// What was asked for, for what 401 and 404 mean.
    asked: Asked,
}

/// What a call was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A client that is to be registered.
    Registration,
    /// The registration of a client, to be read or removed.
    Client,
    /// The same, to be changed.
    Change,
    Other,
}

/// What an instance says that takes no more registrations or changes for now; of a client that it does not know it says something else.
const THROTTLED: &str = "Not found";

#[derive(Debug)]
enum Cause {
    Call(Error),
    Login(LoginError),
    Store(StoreError),
    /// Nothing was sent.
    Local(&'static str),
}

/// The body of an answer.
#[derive(Clone, PartialEq)]
pub enum CozyBody {
    /// Of a media type with `json` in it, read as JSON.
    Json(Json),
    /// Any other.
    Text(String),
}

impl CozyError {
    pub(super) fn call(error: Error, url: Option<String>) -> Self {
        CozyError { cause: Cause::Call(error), url, asked: Asked::Other }
    }

    pub(super) fn about(self, asked: Asked) -> Self {
        CozyError { asked, ..self }
    }

    pub(super) fn login(error: LoginError, url: String) -> Self {
        match error {
            LoginError::Exchange(error) => CozyError::call(error, Some(url)),
            other => CozyError { cause: Cause::Login(other), url: None, asked: Asked::Other },
        }
    }

    pub(super) fn store(error: StoreError) -> Self {
        CozyError { cause: Cause::Store(error), url: None, asked: Asked::Other }
    }

    pub(super) fn local(reason: &'static str) -> Self {
        CozyError { cause: Cause::Local(reason), url: None, asked: Asked::Other }
    }

    /// The error of the call, if one was made.
    pub fn error(&self) -> Option<&Error> {
        match &self.cause {
            Cause::Call(error) => Some(error),
            _ => None,
        }
    }

    /// Why a login brought no tokens.
    pub fn login_error(&self) -> Option<&LoginError> {
        match &self.cause {
            Cause::Login(error) => Some(error),
            _ => None,
        }
    }

    /// Whether nothing was sent.
    pub fn is_local(&self) -> bool {
        matches!(self.cause, Cause::Local(_) | Cause::Login(_))
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        let error = self.error()?;
        error.status().or_else(|| match error.token_error()? {
            TokenError::Refused { status, .. } | TokenError::ClientAuth { status } => Some(*status),
            _ => None,
        })
    }

    /// The address that was asked.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The body of the answer, if there was one.
    pub fn body(&self) -> Option<CozyBody> {
        let error = self.error()?;
        let media_type = error.headers()?.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let json =
            media_type.filter(|name| name.contains("json")).and_then(|_| serde_json::from_slice(error.body()?).ok());
        Some(json.map_or_else(|| CozyBody::Text(error.text().unwrap_or_default()), CozyBody::Json))
    }

    /// The code of the failure in the words of RFC 6749 and RFC 7591. The token endpoint answers in words alone: they stand for the code
    /// that they mean, and are in the [body](CozyError::body).
    pub fn code(&self) -> Option<String> {
        let error = self.error()?;
        match error.token_error() {
            Some(TokenError::Refused { code, .. }) => return Some(code.clone()),
            Some(TokenError::ClientAuth { .. }) => return Some("invalid_client".to_owned()),
            _ => {}
        }
        match self.body()? {
            // A secret that the instance has written back is not a code.
            CozyBody::Json(body) => body
                .get("error")?
                .as_str()
                .filter(|code| !error.carried().any(|secret| !secret.is_empty() && code.contains(secret.expose())))
                .map(str::to_owned),
            CozyBody::Text(_) => None,
        }
    }

    /// Whether the instance does not know the client any more: it was removed there.
    pub fn is_client_revoked(&self) -> bool {
        let is_gone = matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND));
        matches!(self.asked, Asked::Client | Asked::Change) && is_gone && !self.is_throttled()
    }

    /// Whether there were more registrations and changes of them within an hour than the instance takes: it answers 404 then. What was
    /// registered before is registered still; try again later.
    pub fn is_throttled(&self) -> bool {
        let is_limited = match self.asked {
            Asked::Registration => true,
            Asked::Change => self.code().as_deref() == Some(THROTTLED),
            Asked::Client | Asked::Other => false,
        };
        is_limited && self.status() == Some(StatusCode::NOT_FOUND)
    }
}

/// Without what the instance has written, which may repeat a secret.
impl fmt::Debug for CozyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CozyBody::Json(_) => "Json(..)",
            CozyBody::Text(_) => "Text(..)",
        })
    }
}

impl fmt::Display for CozyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Call(_) if self.is_client_revoked() => f.write_str("the client was revoked; register it again"),
            Cause::Call(error) => write!(f, "{error}"),
            Cause::Login(error) => write!(f, "{error}"),
            Cause::Store(error) => write!(f, "{error}"),
            Cause::Local(reason) => f.write_str(reason),
        }
    }
}

impl StdError for CozyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.cause {
            Cause::Call(error) => Some(error),
            Cause::Login(error) => Some(error),
            Cause::Store(error) => Some(error),
            Cause::Local(_) => None,
        }
    }
}
