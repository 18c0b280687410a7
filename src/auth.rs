//! The auth middleware: which credential a call gets, where tokens come from, and the one place that writes credentials.

mod apply;
mod clock;
mod credentials;
mod exchange;
mod manager;
mod middleware;
mod select;
mod task;

use std::fmt;
use std::sync::Arc;

use zeyos_core::Error;

use crate::TokenSet;

pub use clock::{Clock, SystemClock};
pub(crate) use credentials::{
    ClientCredentials, Credentials, SessionSource, UserCredentials, bare_cookie, cookie_octets, is_b64token,
};
pub(crate) use manager::Manager;
pub(crate) use middleware::{Base, Exchanged, Middleware, Settings};

/// How the client application proves who it is at a token endpoint (RFC 6749, section 2.3.1). Exactly one way is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// By HTTP Basic, as the RFC recommends.
    #[default]
    Basic,
    /// By `client_id` and `client_secret` in the body, for servers that cannot do Basic.
    Body,
}

/// The tokens of a client, as [`Client::auth`](crate::Client::auth) gives them.
#[derive(Clone)]
pub struct Auth {
    manager: Arc<Manager>,
}

impl Auth {
    pub(crate) fn new(manager: Arc<Manager>) -> Self {
        Auth { manager }
    }

    /// The tokens in use.
    ///
    /// # Errors
    /// When the store cannot be read, or does not take tokens that came since.
    pub async fn token_set(&self) -> Result<Option<TokenSet>, Error> {
        Ok(self.manager.current().await?.tokens.as_deref().cloned())
    }

    /// Stores these tokens and uses them from the next call on. A refresh under way is waited for.
    ///
    /// # Errors
    /// When the store cannot be written; the tokens in use stay the same.
    pub async fn set_token_set(&self, tokens: TokenSet) -> Result<(), Error> {
        self.manager.replace(Some(tokens)).await
    }

    /// Removes the tokens here and in the store. The server is not told; see [`OAuth2::revoke`](crate::oauth2::OAuth2::revoke).
    ///
    /// # Errors
    /// When the store cannot be written; the tokens in use stay the same.
    pub async fn clear_token_set(&self) -> Result<(), Error> {
        self.manager.replace(None).await
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Auth")
    }
}
