//! How the login is doing, for health checks.

use zeyos_core::{SessionLoss, Timestamp};

use super::Manager;

/// How the login of a client is doing, as [`Auth::status`](crate::Auth::status) tells it. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthStatus {
    /// Whether the store has been read, or tokens have come since.
    pub is_loaded: bool,
    /// Whether there are tokens that have not been found dead.
    pub is_signed_in: bool,
    /// Grows with every change of the tokens.
    pub generation: u64,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token ends: by then someone has to refresh or sign in.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Why the refresh token is of no more use.
    pub lost: Option<SessionLoss>,
    /// Why the tokens in use are not stored: they are lost if the program ends now.
    pub unpersisted: Option<String>,
    /// How the last refresh failed, and when. None if the last one succeeded.
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
