//! Signing in with OAuth 2.0 (RFC 6749) and PKCE (RFC 7636), and what the server knows about tokens.

use std::fmt;
use std::ops::Deref;

use zeyos_core::{Error, Secret, TokenError};

use zeyos_runtime::Handle;

#[cfg(feature = "password-grant")]
pub use zeyos_runtime::oauth2::PasswordGrant;
pub use zeyos_runtime::oauth2::{
    AuthorizationRequest, Callback, CodeChallenge, CodeVerifier, LoginError, PendingLogin,
};
// What needs a system with sockets and programs.
#[cfg(not(target_family = "wasm"))]
pub use zeyos_runtime::oauth2::{Browser, LoopbackReceiver, open_browser};

/// The emitted service with all its types.
pub use zeyos_generated::zeyos::oauth2 as raw;

pub use raw::{GrantType, Introspection, TokenReference, TokenRequest, TokenResponse, UserInfo};

/// The OAuth 2.0 service of an instance, as [`Client::oauth2`](crate::Client::oauth2) gives it: the
/// [flows](zeyos_runtime::oauth2::OAuth2), and what its server tells about tokens and their user.
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
    flows: zeyos_runtime::oauth2::OAuth2,
    handle: Handle,
}

impl OAuth2 {
    pub(crate) fn new(client: &zeyos_runtime::Client) -> Self {
        OAuth2 { flows: client.oauth2(&raw::issuers::OAUTH), handle: client.handle() }
    }

    /// The emitted methods. Tokens that they bring are stored too, unless the call is
    /// [`detached`](zeyos_core::Call::detached).
    pub fn raw(&self) -> raw::OAuth2 {
        raw::OAuth2::new(self.handle.dispatch())
    }

    /// Ends a token, access or refresh; a refresh token takes its access token with it. What is stored here stays: see what
    /// [ends a login](crate::Auth#ending-a-login).
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses: the token may still be active then.
    pub async fn revoke(&self, token: impl Into<Secret>) -> Result<(), Error> {
        self.raw().revoke_token(TokenReference::new(token)).await?;
        self.handle.revoked();
        Ok(())
    }

    /// Introspects a token: whether it is active, and whose it is. Every call asks the server; only `true` means active.
    ///
    /// # Errors
    /// When no client application is configured, or the server refuses.
    pub async fn introspect(&self, token: impl Into<Secret>) -> Result<Introspection, Error> {
        Ok(self.raw().introspect_token(TokenReference::new(token)).await?.into_inner())
    }

    /// The profile of the signed-in user. The first one after a sign-in decides who that is.
    ///
    /// # Errors
    /// When no one is signed in, or the profile is that of another user than before
    /// ([`TokenError::SubjectChanged`]; OpenID Connect Core, section 5.3.2).
    pub async fn user_info(&self) -> Result<UserInfo, Error> {
        let login = self.handle.login_snapshot();
        let call = self.raw().get_user_info();
        let operation = call.request().operation.id;
        let user = call.await?.into_inner();
        if self.handle.is_same_subject(login, &user.sub) {
            Ok(user)
        } else {
            Err(Error::token(TokenError::SubjectChanged).at(operation))
        }
    }
}

/// The flows: sign-ins in the browser, renewal, logout.
impl Deref for OAuth2 {
    type Target = zeyos_runtime::oauth2::OAuth2;

    fn deref(&self) -> &Self::Target {
        &self.flows
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OAuth2")
    }
}
