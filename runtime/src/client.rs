//! One configured connection to the services of a base URL.

mod base_url;
mod builder;
mod checks;
mod emitted;
#[cfg(test)]
mod origins;
mod plain_path;
mod server;

use std::fmt;
use std::sync::Arc;

use zeyos_core::{Dispatch, Dispatcher, Issuer};

use crate::auth::{Auth, Handle, Identity, Middleware};
use crate::oauth2::OAuth2;

pub use base_url::BaseUrl;
pub use builder::ClientBuilder;
pub use checks::BuildError;
use checks::{checked_session, checked_tokens, checked_user};
pub use plain_path::is_plain_path;
pub use server::{Server, ServerVariable};

/// A client for the services below one URL. Cloning is cheap and shares connections, tokens and settings.
#[derive(Clone)]
pub struct Client {
    middleware: Arc<Middleware>,
}

impl Client {
    /// The tokens in use.
    pub fn auth(&self) -> Auth {
        Auth::new(Arc::clone(&self.middleware))
    }

    /// Logins by OAuth 2.0 at this issuer.
    pub fn oauth2(&self, issuer: &'static Issuer) -> OAuth2 {
        OAuth2::new(self.handle(), issuer)
    }

    /// The same client for another user: connections, settings, gates and root certificates are shared, tokens and session are not.
    /// The pair of the client application and the keys of other documents go along.
    ///
    /// # Errors
    /// When a token, a cookie value or the name of the user has characters that no header may have.
    pub fn for_user(&self, identity: impl Into<Identity>) -> Result<Client, BuildError> {
        let mut identity = identity.into();
        checked_tokens(identity.tokens.as_ref())?;
        checked_user(identity.user.as_ref())?;
        let login = &self.middleware.settings.login;
        identity.session = identity.session.map(|source| checked_session(source, login)).transpose()?;
        Ok(Client { middleware: Arc::new(self.middleware.for_user(identity)) })
    }

    /// What sign-ins of another kind are written with.
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.middleware))
    }
}

/// Services that are generated from other documents go over the same client: `Tickets::on(&client)`.
impl Dispatcher for Client {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        Arc::clone(&self.middleware) as Arc<dyn Dispatch>
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.middleware.settings.base.url)
            .field("auth_mode", &self.middleware.settings.mode)
            .finish_non_exhaustive()
    }
}
