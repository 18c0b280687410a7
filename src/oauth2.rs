//! Signing in with OAuth 2.0 (RFC 6749) and PKCE (RFC 7636), and what the server knows about tokens.

mod authorization;
mod browser;
mod callback;
mod error;
mod flows;
mod loopback;
#[cfg(feature = "password-grant")]
mod password;
mod pending;
mod pkce;
mod rules;

use std::fmt;
use std::sync::Arc;

use zeyos_core::{Dispatch, Error, Secret, TokenError};

use crate::auth::{Exchanged, Middleware, Wait, Why};
use crate::event::Event;
use crate::{TokenIssuer, TokenSet};

pub use authorization::AuthorizationRequest;
pub use browser::{Browser, open_browser};
pub use callback::Callback;
pub use error::LoginError;
pub(crate) use flows::Flows;
pub use loopback::LoopbackReceiver;
#[cfg(feature = "password-grant")]
pub use password::PasswordGrant;
pub use pending::PendingLogin;
pub use pkce::{CodeChallenge, CodeVerifier};

/// The emitted service with all its types.
pub use zeyos_generated::zeyos::oauth2 as raw;

pub use raw::{GrantType, Introspection, TokenReference, TokenRequest, TokenResponse, UserInfo};

/// The OAuth 2.0 service of an instance, as [`Client::oauth2`](crate::Client::oauth2) gives it.
///
/// ```no_run
/// use zeyos::Client;
/// use zeyos::oauth2::Callback;
///
/// # async fn wait_for_the_browser() -> String { String::new() }
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder("https://cloud.zeyos.com/demo")
///     .client_credentials("my_application", std::env::var("ZEYOS_CLIENT_SECRET")?)
///     .build()?;
/// let login = client.oauth2().authorization_request("https://app.example.com/callback").begin()?;
/// println!("open {}", login.url());
/// login.finish(Callback::parse(&wait_for_the_browser().await)?).await?;
/// println!("signed in as {}", client.oauth2().user_info().await?.preferred_username);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OAuth2 {
    middleware: Arc<Middleware>,
}

impl OAuth2 {
    pub(crate) fn new(middleware: Arc<Middleware>) -> Self {
        OAuth2 { middleware }
    }

    /// The emitted methods. Tokens that they bring are stored too, unless the call is
    /// [`detached`](zeyos_core::Call::detached).
    pub fn raw(&self) -> raw::OAuth2 {
        raw::OAuth2::new(Arc::clone(&self.middleware) as Arc<dyn Dispatch>)
    }

    /// Starts a login in the browser that will come back to this address.
    pub fn authorization_request(&self, redirect_uri: impl Into<String>) -> AuthorizationRequest {
        AuthorizationRequest::new(Arc::clone(&self.middleware), redirect_uri.into())
    }

    /// Goes on with a login that [`into_json_exposing_secrets`](PendingLogin::into_json_exposing_secrets) kept. A login works
    /// once: delete what was kept.
    ///
    /// # Errors
    /// When it cannot be read, is more than ten minutes old, or belongs to another instance or application.
    pub fn resume_login(&self, kept: &serde_json::Value) -> Result<PendingLogin, LoginError> {
        PendingLogin::from_json(Arc::clone(&self.middleware), kept)
    }

    /// Signs a user in by name and password. Legacy: a person signs in through
    /// [`authorization_request`](OAuth2::authorization_request), where this program never sees the password.
    #[cfg(feature = "password-grant")]
    pub fn password_grant(&self, username: impl Into<String>, password: impl Into<Secret>) -> PasswordGrant {
        PasswordGrant::new(Arc::clone(&self.middleware), username.into(), password.into())
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
        let mut request = TokenRequest::new(GrantType::AuthorizationCode).code(code);
        if let Some(verifier) = verifier {
            request = request.code_verifier(verifier.secret().clone());
        }
        if let Some(uri) = redirect_uri {
            request = request.redirect_uri(uri);
        }
        let call = self.raw().get_token(request);
        let exchanged = Arc::clone(&self.middleware).exchange(call.request().clone()).await;
        exchanged.and_then(Exchanged::tokens).map_err(|error| error.at(call.request().operation.id))
    }

    /// Renews the tokens now, whatever their age. Calls that need new tokens at the same time share the exchange.
    ///
    /// # Errors
    /// When there is no refresh token, no client application is configured, or the server refuses.
    pub async fn refresh(&self) -> Result<TokenSet, Error> {
        let snapshot = self.middleware.manager.current(None).await?;
        let has_refresh_token = snapshot.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        if !has_refresh_token {
            return Err(Error::token(TokenError::NoRefreshToken));
        }
        self.middleware.check_refresh()?;
        let newer = self.middleware.refreshed(snapshot.generation, Why::Asked, Wait::For(None)).await?;
        newer.tokens.as_deref().cloned().ok_or_else(|| Error::token(TokenError::NoRefreshToken))
    }

    /// Revokes the tokens in use, then removes them here and in the store: the refresh token, which takes its access token with
    /// it, else the access token. It is sent once. Without tokens there is nothing to do.
    ///
    /// # Errors
    /// When no client application is configured, or the server does not confirm: the tokens may be alive, so they stay, and the
    /// error says when to try again ([`retry_after`](Error::retry_after)). Or when the store cannot be written.
    pub async fn logout(&self) -> Result<(), Error> {
        self.middleware.logout(Some(TokenIssuer::OAuth)).await
    }

    /// Ends a token, access or refresh; a refresh token takes its access token with it. What is stored here stays.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses: the token may be alive then.
    pub async fn revoke(&self, token: impl Into<Secret>) -> Result<(), Error> {
        self.raw().revoke_token(TokenReference::new(token)).await?;
        self.middleware.events.emit(&Event::Revoked);
        Ok(())
    }

    /// Asks whether a token is alive and whose it is. Every call asks the server; only `true` means alive.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses.
    pub async fn introspect(&self, token: impl Into<Secret>) -> Result<Introspection, Error> {
        Ok(self.raw().introspect_token(TokenReference::new(token)).await?.into_inner())
    }

    /// The profile of the signed-in user. The first one after a sign-in decides who that is.
    ///
    /// # Errors
    /// When nobody is signed in, or the profile is that of another user than before
    /// ([`TokenError::SubjectChanged`]; OpenID Connect Core, section 5.3.2).
    pub async fn user_info(&self) -> Result<UserInfo, Error> {
        let login = self.middleware.flows.login();
        let call = self.raw().get_user_info();
        let operation = call.request().operation.id;
        let before = self.middleware.manager.login();
        let user = call.await?.into_inner();
        // A profile that came while the login changed says nothing of either.
        let name = self.middleware.manager.login();
        let has_changed = before.is_some() && before != name;
        if has_changed || self.middleware.flows.is_same_subject(login, name, &user.sub) {
            Ok(user)
        } else {
            Err(Error::token(TokenError::SubjectChanged).at(operation))
        }
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth2")
    }
}
