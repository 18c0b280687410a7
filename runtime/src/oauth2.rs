//! Signing in with OAuth 2.0 (RFC 6749) and PKCE (RFC 7636), at any issuer.

mod authorization;
mod authorization_url;
#[cfg(not(target_family = "wasm"))]
mod browser;
mod callback;
mod claims;
mod error;
#[cfg(not(target_family = "wasm"))]
mod loopback;
#[cfg(feature = "password-grant")]
mod password;
mod pending;
mod pkce;
mod validation;

use std::fmt;

use zeyos_core::call::{Body, Request};
use zeyos_core::{Error, Fields, Issuer, Json, Secret, ServiceRoot};

use crate::TokenSet;
use crate::auth::Handle;

pub use authorization::AuthorizationRequest;
pub use authorization_url::AuthorizationUrl;
#[cfg(not(target_family = "wasm"))]
pub use browser::{Browser, open_browser};
pub use callback::Callback;
pub use claims::unverified_claims;
pub use error::LoginError;
#[cfg(not(target_family = "wasm"))]
pub use loopback::LoopbackReceiver;
#[cfg(feature = "password-grant")]
pub use password::PasswordGrant;
pub use pending::PendingLogin;
pub use pkce::{CodeChallenge, CodeVerifier, random_state};

/// Logins at one issuer of a client.
#[derive(Clone)]
pub struct OAuth2 {
    handle: Handle,
    issuer: &'static Issuer,
}

impl OAuth2 {
    pub(crate) fn new(handle: Handle, issuer: &'static Issuer) -> Self {
        OAuth2 { handle, issuer }
    }

    /// What the issuer is called (RFC 9207, section 2): the base URL where logins begin below it, else the origin at which they do.
    pub(crate) fn name(&self) -> String {
        let base = self.handle.base();
        match self.issuer.authorization.filter(|start| start.service.root != ServiceRoot::Base) {
            Some(start) => base.origin(start.service).to_owned(),
            None => base.url.clone(),
        }
    }

    /// Whether an answer that names its issuer is one of this. The name of an issuer of another document is known by its origin alone.
    pub(crate) fn is_by(&self, issuer: &str) -> bool {
        let name = self.name();
        let rest = issuer.strip_prefix(&name);
        let is_elsewhere = self.issuer.authorization.is_some_and(|start| start.service.root != ServiceRoot::Base);
        rest.is_some_and(|rest| rest.is_empty() || (is_elsewhere && rest.starts_with('/')))
    }

    /// Starts a login in the browser that will come back to this address.
    pub fn authorization_request(&self, redirect_uri: impl Into<String>) -> AuthorizationRequest {
        AuthorizationRequest::new(self.clone(), redirect_uri.into())
    }

    /// Goes on with a login that [`into_json_exposing_secrets`](PendingLogin::into_json_exposing_secrets) kept. A login works
    /// once: delete what was kept.
    ///
    /// # Errors
    /// When it cannot be read, is more than ten minutes old, or belongs to another issuer or application.
    pub fn resume_login(&self, kept: &Json) -> Result<PendingLogin, LoginError> {
        PendingLogin::from_json(self.clone(), kept)
    }

    /// Signs a user in by name and password. Legacy: a person signs in through
    /// [`authorization_request`](OAuth2::authorization_request), where this program never sees the password.
    #[cfg(feature = "password-grant")]
    pub fn password_grant(&self, username: impl Into<String>, password: impl Into<Secret>) -> PasswordGrant {
        PasswordGrant::new(self.clone(), username.into(), password.into())
    }

    /// Gets tokens for the client application itself (RFC 6749, section 4.4), with these scopes. They are stored and used like those of
    /// a user; a server rarely gives a refresh token with them, so ask again when they end.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses.
    pub async fn client_credentials_grant<S: AsRef<str>>(
        &self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<TokenSet, Error> {
        let mut fields = Fields::new();
        fields.set("grant_type", Json::from("client_credentials"));
        let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
        if !scopes.is_empty() {
            fields.set("scope", Json::from(scopes.join(" ")));
        }
        self.exchange(fields).await
    }

    /// Exchanges a code for tokens, which are stored. Give the verifier whose challenge was sent, and the same redirect URI as
    /// in the authorization request. A code works once.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses the code.
    pub async fn exchange_authorization_code(
        &self,
        code: impl Into<Secret>,
        verifier: Option<&CodeVerifier>,
        redirect_uri: Option<&str>,
    ) -> Result<TokenSet, Error> {
        let mut fields = Fields::new();
        fields.set("grant_type", Json::from("authorization_code"));
        fields.set_secret("code", code.into());
        if let Some(verifier) = verifier {
            fields.set_secret("code_verifier", verifier.secret().clone());
        }
        if let Some(uri) = redirect_uri {
            fields.set("redirect_uri", Json::from(uri));
        }
        self.exchange(fields).await
    }

    /// Sends a grant to the token endpoint.
    async fn exchange(&self, fields: Fields) -> Result<TokenSet, Error> {
        let mut request = Request::new(self.issuer.token);
        request.body = Body::Fields(fields);
        self.handle.tokens(request).await
    }

    /// Renews the tokens now, whatever their age. Calls that need new tokens at the same time share the exchange.
    ///
    /// # Errors
    /// When there is no refresh token, no client application is configured, or the server refuses.
    pub async fn refresh(&self) -> Result<TokenSet, Error> {
        self.handle.refresh().await
    }

    /// Revokes the tokens in use, then removes them here and in the store: the refresh token, which takes its access token with
    /// it, else the access token. It is sent once. Without tokens there is nothing to do. See what
    /// [ends a login](crate::Auth#ending-a-login).
    ///
    /// # Errors
    /// When no client application is configured, or the server does not confirm: the tokens may be alive, so they stay, and the
    /// error says when to try again ([`retry_after`](Error::retry_after)). Or when the store cannot be written.
    pub async fn logout(&self) -> Result<(), Error> {
        self.handle.logout(self.issuer).await
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth2")
    }
}
