//! What went wrong at a token endpoint.

use std::error::Error as StdError;
use std::{fmt, iter};

use http::StatusCode;

use super::Clean;
use crate::Timestamp;

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
    /// No connection to the token endpoint: the refresh token was not sent and is as good as before.
    NotSent,
    /// The request was sent, and it is unknown whether the server has carried it out. The tokens are kept, and nothing is sent
    /// again before the server has said what became of the refresh token.
    Unknown {
        /// Since when it is unknown.
        since: Timestamp,
    },
    /// The refresh token is of no more use: only a new sign-in helps.
    SessionLost(SessionLoss),
    /// The server refuses the client application, not the tokens: they are kept.
    ClientAuth {
        /// The status of the answer.
        status: StatusCode,
    },
    /// The store cannot be written, so the refresh token was not spent. The access token is used until the server refuses it.
    StoreNotWritable {
        /// What the store said.
        reason: String,
    },
    /// The tokens in use could not be stored: if the program ends now, the login is lost.
    Unpersisted {
        /// What the store said.
        reason: String,
    },
    /// Another process held the lock of the store for too long.
    LockTimeout,
    /// Locks do not work where the store is, so it cannot be shared.
    LockUnsupported {
        /// What the store said.
        reason: String,
    },
    /// The store holds the login of another instance or client application. Nothing was changed.
    OtherLogin {
        /// Whose login it is: instance and client identifier.
        owner: String,
        /// What this client is.
        client: String,
    },
    /// No one is signed in.
    NeedsLogin {
        /// What was found instead of tokens.
        reason: String,
    },
    /// The server has issued a token that is not a bearer token, so it is not used. Its refresh token is kept.
    UnsupportedTokenType,
    /// The server has refused tokens that have only just come: no more are asked for before a time, and the call had less.
    OnHold {
        /// When the hold ends.
        until: Timestamp,
    },
    /// The profile of the user has become that of another user within one login, so it is not to be trusted.
    SubjectChanged,
    /// The exchange ended without a result: its runtime was shut down, or the store or the transport panicked. The server may
    /// have carried it out.
    Interrupted,
}

/// Why a refresh token is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionLoss {
    /// It was spent, and the answer with its successor never arrived: the connection broke, or the program ended in between.
    RotationOutcomeUnknown,
    /// The store holds older tokens than it once did: an old copy was restored.
    StaleStore,
    /// The server calls it invalid, and nothing here explains why: it was revoked, or another program has spent it.
    Revoked,
    /// Its lifetime has ended.
    Expired,
}

impl fmt::Display for SessionLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SessionLoss::RotationOutcomeUnknown => "the refresh token was spent, and the answer to it never arrived",
            SessionLoss::StaleStore => "the store holds an old copy of the tokens, whose refresh token is spent",
            SessionLoss::Revoked => "the server no longer takes the refresh token: it was revoked or spent elsewhere",
            SessionLoss::Expired => "the refresh token has ended",
        })
    }
}

impl TokenError {
    /// Without secrets in what the server or the store said; `None` where there are none.
    pub(super) fn cleaned(&self, clean: Clean<'_>) -> Option<Self> {
        let mut cleaned = self.clone();
        let mut is_clean = true;
        for text in cleaned.texts() {
            if let Some(without) = clean(text) {
                (*text, is_clean) = (without, false);
            }
        }
        (!is_clean).then_some(cleaned)
    }

    /// What others have said.
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            TokenError::Refused { code, description, .. } => iter::once(code).chain(description).collect(),
            TokenError::Malformed { reason, .. }
            | TokenError::StoreNotWritable { reason }
            | TokenError::Unpersisted { reason }
            | TokenError::LockUnsupported { reason }
            | TokenError::NeedsLogin { reason } => vec![reason],
            TokenError::NoClientCredentials
            | TokenError::NoRefreshToken
            | TokenError::NotSent
            | TokenError::Unknown { .. }
            | TokenError::SessionLost(_)
            | TokenError::ClientAuth { .. }
            | TokenError::LockTimeout
            | TokenError::OtherLogin { .. }
            | TokenError::UnsupportedTokenType
            | TokenError::OnHold { .. }
            | TokenError::SubjectChanged
            | TokenError::Interrupted => Vec::new(),
        }
    }

    /// Why the session is lost, if it is: only a new sign-in helps.
    pub fn session_loss(&self) -> Option<SessionLoss> {
        match self {
            TokenError::SessionLost(loss) => Some(*loss),
            _ => None,
        }
    }

    /// Whether the store is at fault, not the tokens.
    pub fn is_store(&self) -> bool {
        matches!(
            self,
            TokenError::StoreNotWritable { .. }
                | TokenError::Unpersisted { .. }
                | TokenError::LockTimeout
                | TokenError::LockUnsupported { .. }
                | TokenError::OtherLogin { .. }
        )
    }

    /// The error code of RFC 6749, if the server gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            TokenError::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// The grant is used up, expired or revoked: only a new login helps.
    pub fn is_invalid_grant(&self) -> bool {
        self.session_loss().is_some() || self.code() == Some("invalid_grant")
    }

    /// Identifier or secret of the client application is wrong: the tokens themselves may still be good.
    pub fn is_invalid_client(&self) -> bool {
        matches!(self, TokenError::ClientAuth { .. }) || self.code() == Some("invalid_client")
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
            TokenError::NotSent => {
                f.write_str("no connection to the token endpoint, so the refresh token was not spent; try again later")
            }
            TokenError::Unknown { since } => write!(
                f,
                "it is unknown since {since} whether the server has spent the refresh token; the tokens are kept, and the server \
                 is asked again later"
            ),
            TokenError::SessionLost(loss) => write!(f, "the session is lost: {loss}; sign in again"),
            TokenError::ClientAuth { status } => write!(
                f,
                "the token endpoint refuses the client application ({status}); check `client_credentials(id, secret)`: the \
                 tokens are kept"
            ),
            TokenError::StoreNotWritable { reason } => {
                write!(f, "the token store cannot be written, so the refresh token was not spent: {reason}")
            }
            TokenError::Unpersisted { reason } => {
                write!(f, "the tokens in use are not stored, and are lost if the program ends now: {reason}")
            }
            TokenError::LockTimeout => {
                f.write_str("another process holds the lock of the token store for too long; try again later")
            }
            TokenError::LockUnsupported { reason } => {
                write!(f, "the token store cannot be shared where it is; move it to a local disk: {reason}")
            }
            TokenError::OtherLogin { owner, client } => write!(
                f,
                "the store holds the login of {owner}, and this client is {client}; give each login a store of its own"
            ),
            TokenError::NeedsLogin { reason } => write!(f, "no one is signed in: {reason}; sign in again"),
            TokenError::UnsupportedTokenType => {
                f.write_str("the server has issued a token that is not a bearer token; its refresh token is kept")
            }
            TokenError::OnHold { until } => write!(
                f,
                "the server refuses tokens that have only just come; no more are asked for before {until}"
            ),
            TokenError::SubjectChanged => f.write_str(
                "the profile is that of another user than before in this login; it is not to be trusted: sign in again",
            ),
            TokenError::Interrupted => {
                f.write_str("the exchange of tokens ended without a result; try again, and sign in again if that fails")
            }
        }
    }
}

impl StdError for TokenError {}

/// The id of an exchange of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExchangeId {
    /// The generation of the tokens that were to be refreshed.
    pub generation: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The random id of the exchange, which is also in its pending marker.
    pub request_id: String,
}

impl ExchangeId {
    /// The exchange with this request id.
    pub fn new(generation: u64, at: Timestamp, request_id: impl Into<String>) -> Self {
        ExchangeId { generation, at, request_id: request_id.into() }
    }
}
