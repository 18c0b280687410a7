//! Why something about tokens failed.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use zeyos_core::{Error, Timestamp};
use zeyos_runtime::Handle;

use super::raw::{self, TokenRecord};
use super::{ErrorDetails, TokenId};

/// Why something about tokens failed: what was to be done, and the error of the call as its [source](StdError::source).
#[derive(Debug, Clone)]
pub struct TokensError {
    action: Action,
    /// What the service says, where it does.
    api: Option<Box<ApiError>>,
    /// The answer is as documented, but its values are not.
    invalid: Option<&'static str>,
    error: Option<Error>,
}

/// What a service says of a failure.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ApiError {
    /// The reason in words.
    pub message: String,
    /// The code of the reason, such as `ERR_JWT_EXPIRED`.
    pub code: Option<String>,
    /// What does not fit, as text with line breaks or as an object.
    pub details: Option<ErrorDetails>,
}

/// What was to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Authenticate,
    List,
    BatchLoad,
    Issue(Option<TokenId>),
    Register(String),
    Update(String),
    Revoke(String),
    Restore(String),
}

impl TokensError {
    pub(super) fn of(action: Action, error: Error, handle: &Handle) -> Self {
        // Whatever was to be done, it was the exchange that failed.
        let action = if error.token_error().is_some() { Action::Authenticate } else { action };
        TokensError {
            action,
            api: ApiError::of(&error).map(|api| Box::new(api.cleaned(&error, handle))),
            invalid: None,
            error: Some(error),
        }
    }

    pub(super) fn invalid(action: Action, reason: &'static str) -> Self {
        TokensError { action, api: None, invalid: Some(reason), error: None }
    }

    /// What the service says. An application without an error handler answers many failures with a page of HTML: then the
    /// [status](TokensError::status) is all that there is.
    pub fn api_error(&self) -> Option<&ApiError> {
        self.api.as_deref()
    }

    /// Whether the service says why, in the form that it documents.
    pub fn is_api_error(&self) -> bool {
        self.api.is_some()
    }

    /// Whether the answer came but its values are none that the service documents.
    pub fn is_invalid_response(&self) -> bool {
        self.invalid.is_some() || self.error.as_ref().is_some_and(Error::is_decode)
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.error.as_ref()?.status()
    }

    /// The error of the call, with everything that is known of it.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The identifier of the token that was to be issued. After an answer that was lost it may exist: look it up with
    /// [`batch`](super::AccessTokens::batch), and revoke it, since no one has its secret.
    pub fn issued_id(&self) -> Option<&TokenId> {
        match &self.action {
            Action::Issue(id) => id.as_ref(),
            _ => None,
        }
    }
}

impl TokensError {
    /// Whether the service may have done what it was asked: the request left, and no answer says that it was refused.
    fn may_have_been_made(&self) -> bool {
        let is_sent = self.error.as_ref().is_none_or(Error::may_have_been_sent);
        is_sent && self.status().is_none_or(|status| status.is_success() || status.is_server_error())
    }
}

impl ApiError {
    /// Without the secrets that the service may have written back.
    fn cleaned(self, error: &Error, handle: &Handle) -> Self {
        let clean = |text: String| handle.cleaned_text(&text, error);
        let details = self.details.map(|details| match details {
            ErrorDetails::Text(text) => ErrorDetails::Text(clean(text)),
            // What is not a text is looked at as it is written.
            other => {
                let written = match &other {
                    ErrorDetails::Object(members) => serde_json::Value::Object(members.clone()),
                    ErrorDetails::Unknown(value) => value.clone(),
                    _ => serde_json::Value::Null,
                }
                .to_string();
                let cleaned = clean(written.clone());
                if cleaned == written { other } else { ErrorDetails::Text(cleaned) }
            }
        });
        ApiError { message: clean(self.message), code: self.code.map(clean), details }
    }

    /// The nested form of the service, else the flat one of RFC 6749, section 5.2.
    fn of(error: &Error) -> Option<Self> {
        if let Ok(Some(raw::ApiError { error, .. })) = error.answer::<raw::ApiError>() {
            let raw::ApiErrorError { message, code, details, .. } = error;
            return Some(ApiError { message, code, details });
        }
        let flat: std::collections::BTreeMap<String, serde_json::Value> = error.answer().ok()??;
        let text = |name: &str| flat.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let code = text("error")?;
        Some(ApiError {
            message: text("error_description").unwrap_or_else(|| code.clone()),
            code: Some(code),
            details: None,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Authenticate => f.write_str("failed to authenticate"),
            Action::List => f.write_str("failed to list tokens"),
            Action::BatchLoad => f.write_str("failed to batch load tokens"),
            Action::Issue(_) => f.write_str("failed to issue token"),
            Action::Register(id) => write!(f, "failed to register token {id}"),
            Action::Update(id) => write!(f, "failed to update token {id}"),
            Action::Revoke(id) => write!(f, "failed to revoke token {id}"),
            Action::Restore(id) => write!(f, "failed to restore token {id}"),
        }
    }
}

impl fmt::Display for TokensError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.action)?;
        match (&self.api, self.invalid, &self.error) {
            (Some(api), ..) => f.write_str(&api.message)?,
            (_, Some(reason), _) => write!(f, "invalid response: {reason}")?,
            (_, _, Some(error)) => match error.status() {
                Some(status) if !status.is_success() => {
                    f.write_str(status.canonical_reason().unwrap_or("no reason"))?
                }
                Some(_) => write!(f, "invalid response: {error}")?,
                None => write!(f, "{error}")?,
            },
            _ => {}
        }
        match self.issued_id().filter(|_| self.may_have_been_made()) {
            Some(id) => write!(f, "; the token {id} may have been made"),
            None => Ok(()),
        }
    }
}

impl StdError for TokensError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.as_ref().map(|error| error as _)
    }
}

/// A record whose values are those that the service documents.
pub(super) fn checked(action: Action, record: TokenRecord) -> Result<TokenRecord, TokensError> {
    let times = [record.last_used_at, record.expires_at, record.revoked_at].map(Option::flatten);
    let is_odd = |time: &Timestamp| time.as_unix() < 0;
    if !TokenId::fits(&record.token_id) {
        return Err(TokensError::invalid(action, "the identifier of a token is not 21 letters and digits"));
    }
    if is_odd(&record.created_at) || times.iter().flatten().any(is_odd) {
        return Err(TokensError::invalid(action, "a time of a token is before 1970"));
    }
    Ok(record)
}
