//! The status of the login, for health checks.

use zeyos_core::{SessionLoss, Timestamp};

use super::Manager;

/// The status of the login of a client, from [`Auth::status`](crate::Auth::status). It contains no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthStatus {
    /// Whether the store has been read, or tokens have come since.
    pub is_loaded: bool,
    /// Whether there are tokens that are not known to be lost.
    pub is_signed_in: bool,
    /// Grows with every change of the tokens.
    pub generation: u64,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token expires: before that, a refresh or a sign-in is needed.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Why the refresh token can no longer be used.
    pub lost: Option<SessionLoss>,
    /// Why the tokens in use are not stored: they are lost if the program ends now.
    pub unpersisted: Option<String>,
    /// When and how the last refresh failed; none if it succeeded.
    pub last_failure: Option<(Timestamp, String)>,
}

impl Manager {
    pub(crate) fn status(&self) -> AuthStatus {
        let state = self.state();
        let known = self.known();
        let is_loaded = known.is_some();
        let snapshot = known.unwrap_or_default();
        let tokens = snapshot.tokens.as_deref();
        AuthStatus {
            is_loaded,
            is_signed_in: tokens.is_some() && snapshot.lost.is_none(),
            generation: snapshot.generation,
            expires_at: tokens.and_then(|tokens| tokens.expires_at),
            refresh_token_expires_at: tokens.and_then(|tokens| tokens.refresh_token_expires_at),
            lost: snapshot.lost,
            unpersisted: state.unpersisted.clone(),
            last_failure: state.failed.as_ref().map(|(_, at, error)| (at.wall, error.to_string())),
        }
    }
}
