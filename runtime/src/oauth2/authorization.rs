//! Where a login in the browser starts: what is asked for, and the address to open.

use std::fmt;

use zeyos_core::{AuthMode, Secret};

use super::authorization_url::joined;
use super::pending::Login;
use super::pkce::random_text;
use super::validation::{check_redirect, is_strong_state, shown};
use super::{CodeVerifier, LoginError, OAuth2, PendingLogin};

/// A login that has not been opened yet: what the authorization URL shall say.
#[must_use = "nothing happens until the URL is opened"]
pub struct AuthorizationRequest {
    oauth2: OAuth2,
    redirect_uri: String,
    state: Option<Secret>,
    form_post: bool,
    scope: Option<String>,
}

impl AuthorizationRequest {
    pub(super) fn new(oauth2: OAuth2, redirect_uri: String) -> Self {
        AuthorizationRequest { oauth2, redirect_uri, state: None, form_post: false, scope: None }
    }

    /// A state of the caller's own, with at least 128 random bits: 32 hexadecimal characters, or 22 of base64url. Without one a
    /// fresh one is made. It must be new for every login.
    pub fn state(mut self, state: impl Into<Secret>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Lets the browser post the answer as a form instead of putting it into the address.
    pub fn form_post(mut self) -> Self {
        self.form_post = true;
        self
    }

    /// Asks for these scopes; for whatever the server gives unless set.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scope = joined(scopes);
        self
    }

    /// Makes verifier, challenge and state. Open the URL of the result in a browser within ten minutes.
    ///
    /// # Errors
    /// When no client application is configured or the client is in mode Session, the redirect URI is neither https nor on this
    /// machine, or the state can be guessed.
    pub fn begin(self) -> Result<PendingLogin, LoginError> {
        let handle = &self.oauth2.handle;
        if handle.mode() == AuthMode::Session {
            return Err(LoginError::SessionMode);
        }
        let client_id = handle.client_id().ok_or(LoginError::NoClientCredentials)?;
        check_redirect(&self.redirect_uri)?;
        let state = match self.state {
            Some(state) if is_strong_state(state.expose()) => state,
            Some(_) => return Err(LoginError::WeakState),
            None => random_text()?,
        };
        let login = Login {
            issuer: self.oauth2.name(),
            client_id: client_id.to_owned(),
            redirect_uri: self.redirect_uri,
            verifier: CodeVerifier::generate()?,
            state,
            form_post: self.form_post,
            scope: self.scope,
            begun: handle.now(),
        };
        PendingLogin::new(self.oauth2, login)
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest").field("redirect_uri", &shown(&self.redirect_uri)).finish_non_exhaustive()
    }
}
