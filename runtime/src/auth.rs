//! Authentication: which credential a call is sent with, how tokens are obtained and refreshed, and where credentials are written.

mod allowed;
mod challenge;
mod credentials;
mod expiry;
mod handle;
mod identity;
mod issuers;
mod limits;
mod login;
mod login_id;
mod login_registry;
mod manager;
mod middleware;
mod reply;
mod rotation;
mod select;

use std::fmt;
use std::sync::Arc;

use zeyos_core::Error;

use crate::TokenSet;

pub use credentials::CredentialValue;
pub(crate) use credentials::{Credentials, Key, Role, Roles, SessionSource, bare_cookie, cookie_octets};
pub use handle::{Handle, LoginSnapshot};
pub use identity::Identity;
pub(crate) use issuers::Issuers;
pub use limits::RefreshLimits;
pub use login::Login;
pub(crate) use login_id::login_id;
pub(crate) use login_registry::LoginRegistry;
pub use manager::AuthStatus;
pub(crate) use manager::{Manager, Parts, RefreshReason, Wait};
pub(crate) use middleware::{Exchanged, Middleware, Own};
#[cfg(fuzzing)]
pub(crate) use reply::{Dialect, RawAnswer, Reply, read as read_reply};

/// The tokens of a client, as [`Client::auth`](crate::Client::auth) gives them.
///
/// # Ending a login
///
/// | To | Call | At the server | In the client and its store | The next call |
/// |---|---|---|---|---|
/// | sign out | [`logout`](Auth::logout) | ends the tokens in use; unless it confirms, nothing changes anywhere | removes them | has no tokens |
/// | sign out where the service is known | [`OAuth2::logout`](crate::oauth2::OAuth2::logout), `legacy_auth().logout()` | the same, at this service alone | removes them | has no tokens |
/// | go on without these tokens | [`clear_token_set`](Auth::clear_token_set) | is not told: the tokens live on until they end | removes them | has no tokens |
/// | end one token, such as one that leaked | `oauth2().revoke(token)`, `legacy_auth().revoke_issued_token(token)` | ends this token; a refresh token takes its access token with it | changes nothing | with tokens that were ended is a 401, and is renewed where that can be |
/// | delete what a store keeps, without a client | [`TokenStore::forget`](crate::TokenStore::forget) | is not told: the tokens live on until they end | removes the record and every copy from the store | of a running client writes its tokens back, if the server honours them |
///
/// A program that ends keeps its login: [`close`](Auth::close) waits for an exchange under way and removes nothing.
#[derive(Clone)]
pub struct Auth {
    manager: Arc<Manager>,
    middleware: Arc<Middleware>,
}

impl Auth {
    pub(crate) fn new(middleware: Arc<Middleware>) -> Self {
        Auth { manager: Arc::clone(&middleware.manager), middleware }
    }

    /// The tokens in use.
    ///
    /// # Errors
    /// When the store cannot be read, or does not take tokens that came since.
    pub async fn token_set(&self) -> Result<Option<TokenSet>, Error> {
        Ok(self.manager.current(None).await?.tokens.as_deref().cloned())
    }

    /// The tokens in use, shared and not copied, for callers that ask often.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn shared_token_set(&self) -> Result<Option<Arc<TokenSet>>, Error> {
        // Most ask when there is nothing to wait for.
        if let Some(snapshot) = self.manager.in_use() {
            return Ok(snapshot.tokens);
        }
        Ok(self.manager.current(None).await?.tokens)
    }

    /// Stores these tokens and uses them from the next call on. It waits for a refresh in progress.
    ///
    /// # Errors
    /// When the store cannot be written; the tokens in use stay the same.
    pub async fn set_token_set(&self, tokens: TokenSet) -> Result<(), Error> {
        let own = tokens.secrets();
        let replaced = self.middleware.replace(Some(tokens)).await;
        replaced.map_err(|error| self.middleware.scrubbed(&own, error))
    }

    /// Removes the tokens here and in the store. The server is not told; see [`logout`](Auth::logout).
    ///
    /// # Errors
    /// When the store cannot be written; the tokens in use stay the same.
    pub async fn clear_token_set(&self) -> Result<(), Error> {
        self.middleware.replace(None).await.map_err(|error| self.middleware.scrubbed(&[], error))
    }

    /// Ends the tokens in use at the service that issued them, then removes them here and in the store. A refresh token goes to
    /// OAuth 2.0 and takes its access token with it; without one it is the [issuer](TokenSet::issuer) of the set, and the
    /// legacy logout where that is not known. It is sent once. Without tokens there is nothing to do.
    ///
    /// # Errors
    /// When the server does not confirm: the tokens may be alive, so they stay, and the error says when to try again
    /// ([`retry_after`](Error::retry_after)). Or when the store cannot be written.
    pub async fn logout(&self) -> Result<(), Error> {
        self.middleware.logout(None).await
    }

    /// Checks that the store can be locked, read and written, as a refresh needs it. The tokens are not changed.
    ///
    /// # Errors
    /// When it cannot, or holds the login of another client.
    pub async fn check_store(&self) -> Result<(), Error> {
        let manager = Arc::clone(&self.manager);
        let checked = async move { manager.check_store().await };
        let runtime = self.manager.runtime();
        let checked = runtime.outcome(self.manager.patience(None), checked).await;
        checked.map_err(|error| self.middleware.scrubbed(&[], error))
    }

    /// The state of the login, without asking the store or the server.
    ///
    /// ```
    /// # fn health(client: &zeyos::Client) -> Result<(), String> {
    /// let status = client.auth().status();
    /// if let Some(loss) = status.lost {
    ///     return Err(format!("sign in again: {loss}"));
    /// }
    /// if let Some(reason) = status.unpersisted {
    ///     return Err(format!("do not restart: {reason}"));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&self) -> AuthStatus {
        self.manager.status()
    }

    /// Waits for an exchange of tokens in progress, and stores tokens that could not be stored before. Call it before the program ends.
    /// The thread on which exchanges run ends with the last client that is closed; a later exchange restarts it.
    ///
    /// # Errors
    /// [`TokenError::Unpersisted`](zeyos_core::TokenError::Unpersisted) while the tokens cannot be stored: they are lost if the program
    /// ends now.
    pub async fn close(&self) -> Result<(), Error> {
        self.manager.close().await.map_err(|error| self.middleware.scrubbed(&[], error))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
