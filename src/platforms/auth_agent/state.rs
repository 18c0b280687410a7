//! What is known of the tokens in use, as the JavaScript library keeps it.

use zeyos_core::{Secret, Timestamp};
use zeyos_runtime::TokenSet;

use super::AuthError;

/// How long before its end a token counts as expired, and how long one lives whose answer did not say, in seconds.
const EARLY: i64 = 60;
const LIFETIME: i64 = 3600;

/// What is known of the tokens in use. Everything is empty while no one is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenState {
    /// The access token.
    pub access_token: Option<Secret>,
    /// Claims about the agent, to be read with [`parse_jwt`](super::parse_jwt): never proof.
    pub id_token: Option<Secret>,
    /// The refresh token.
    pub refresh_token: Option<Secret>,
    /// How the access token is used: `Bearer`.
    pub token_type: Option<String>,
    /// When the access token counts as expired, a minute before its end, in **milliseconds** of Unix time.
    pub expires_at: Option<i64>,
    /// What the access token allows.
    pub scopes: Option<Vec<String>>,
    now: i64,
}

impl TokenState {
    pub(super) fn of(tokens: Option<&TokenSet>, now: Timestamp) -> Self {
        let now = now.as_unix().saturating_mul(1000);
        let Some(tokens) = tokens.filter(|tokens| tokens.access_token.is_some()) else {
            return TokenState { now, ..TokenState::default() };
        };
        let end = tokens.expires_at.or_else(|| {
            Some(Timestamp::from_unix(
                tokens.obtained_at?.as_unix().saturating_add(tokens.expires_in.unwrap_or(LIFETIME)),
            ))
        });
        TokenState {
            access_token: tokens.access_token.clone(),
            id_token: tokens.id_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            token_type: Some(tokens.token_type.clone()),
            expires_at: end.map(|end| end.as_unix().saturating_sub(EARLY).saturating_mul(1000)),
            scopes: tokens
                .scope
                .as_ref()
                .map(|scope| scope.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect()),
            now,
        }
    }

    /// Whether there is no token, or it counted as expired when the state was taken.
    pub fn is_expired(&self) -> bool {
        self.access_token.is_none() || self.expires_at.is_some_and(|end| self.now >= end)
    }

    /// The access token.
    ///
    /// # Errors
    /// `token_expired` when there is none, or it counted as expired when the state was taken.
    pub fn access_token(&self) -> Result<&Secret, AuthError> {
        let expired = || AuthError::local("token_expired", "there is no access token that lives");
        self.access_token.as_ref().filter(|_| !self.is_expired()).ok_or_else(expired)
    }
}
