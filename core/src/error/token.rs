//! What went wrong at a token endpoint.

use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The token endpoint refused with an error code (RFC 6749, section 5.2). The member `error` decides, not the status: the
    /// server answers a wrong grant with 403 where the RFC has 400.
    Refused {
        /// The error code, such as `invalid_grant`.
        code: String,
        /// The server's explanation, shortened.
        description: Option<String>,
        /// The status of the answer.
        status: StatusCode,
    },
    /// The answer is neither tokens nor an error in the shape of RFC 6749.
    Malformed {
        /// What is wrong with it; never its content.
        reason: String,
        /// The status of the answer.
        status: StatusCode,
    },
    /// Identifier and secret of the client application are needed but not configured; nothing was sent.
    NoClientCredentials,
    /// There is no refresh token; nothing was sent.
    NoRefreshToken,
    /// The exchange ended without a result: its runtime was shut down, or the store or the transport panicked. The server may
    /// have carried it out.
    Interrupted,
}

impl TokenError {
    /// The error code of RFC 6749, if the server gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            TokenError::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The grant is used up, expired or revoked: only a new login helps.
    pub fn is_invalid_grant(&self) -> bool {
        self.code() == Some("invalid_grant")
    }

    /// Identifier or secret of the client application is wrong: the tokens themselves may still be good.
    pub fn is_invalid_client(&self) -> bool {
        self.code() == Some("invalid_client")
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TokenError::Refused { code, description: Some(text), status } => {
                write!(f, "the token endpoint refused with {code} ({status}): {text}")
            }
            TokenError::Refused { code, description: None, status } => {
                write!(f, "the token endpoint refused with {code} ({status})")
            }
            TokenError::Malformed { reason, status } => {
                write!(f, "the answer of the token endpoint ({status}) cannot be used: {reason}")
            }
            TokenError::NoClientCredentials => f.write_str(
                "identifier and secret of the client application are needed; configure `client_credentials(id, secret)`",
            ),
            TokenError::NoRefreshToken => {
                f.write_str("there is no refresh token; sign in again, or configure a `token_set` that has one")
            }
            TokenError::Interrupted => {
                f.write_str("the exchange of tokens ended without a result; try again, and sign in again if that fails")
            }
        }
    }
}

impl StdError for TokenError {}
