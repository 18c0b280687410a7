//! One configured connection to the services of a base URL.

mod base_url;
mod builder;
mod checks;
mod discovery;
mod emitted;
mod further;
mod headers;
mod server;
mod system;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use zeyos_core::{Credential, Dispatch, Dispatcher, Issuer};

use crate::BuildError;
use crate::auth::{Auth, Handle, Identity, Issuers, Middleware, Own, Roles, login_id};
use crate::clock::Clock;
use crate::oauth2::OAuth2;
use crate::request::ClientCredentials;

pub use base_url::BaseUrl;
pub use builder::ClientBuilder;
use checks::{checked_identity, checked_key, checked_page, issuer_elsewhere, origins};
pub use discovery::{Discovered, DiscoveryError};
pub use further::FurtherLogin;

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

    /// The tokens of the login whose tokens are this credential: the first one, or a
    /// [further](ClientBuilder::further_login) one. `None` where the client has no such login.
    pub fn auth_of(&self, tokens: &'static Credential) -> Option<Auth> {
        self.middleware.with_tokens(tokens).map(|login| Auth::new(Arc::clone(login)))
    }

    /// Logins by OAuth 2.0 at this issuer, whose tokens go to the login that they are for.
    pub fn oauth2(&self, issuer: &'static Issuer) -> OAuth2 {
        let login = self.middleware.with_tokens(issuer.credential).unwrap_or(&self.middleware);
        OAuth2::new(Handle::new(Arc::clone(login)), issuer)
    }

    /// The same client for another user: connections, settings, gates and root certificates are shared, tokens and session are not.
    /// The pair of the client application and the keys of other documents go along.
    ///
    /// # Errors
    /// When a token, a cookie value or the name of the user has characters that no header may have.
    pub fn for_user(&self, identity: impl Into<Identity>) -> Result<Client, BuildError> {
        let mut identity = checked_identity(identity.into(), &self.middleware.login)?;
        for (tokens, further) in &mut identity.further {
            let login = self.middleware.further.iter().find(|login| login.login.tokens == *tokens);
            let login =
                login.ok_or_else(|| BuildError::message("the client has no further login with these tokens"))?;
            *further = checked_identity(std::mem::take(further), &login.login)?;
        }
        let sessions = std::iter::once(&identity).chain(identity.further.iter().map(|(_, further)| further));
        for identity in sessions {
            checked_page(identity.session.as_ref(), self.middleware.is_without_page)?;
        }
        let own = self.own(&mut identity)?;
        Ok(Client { middleware: Arc::new(self.middleware.for_user(identity, own)) })
    }

    /// What the user has in place of what the client has.
    fn own(&self, identity: &mut Identity) -> Result<Own, BuildError> {
        let (login, settings) = (&self.middleware.login, &self.middleware.settings);
        let base = &settings.base;
        let client = identity
            .client
            .take()
            .map(|(id, secret)| Arc::new(ClientCredentials { id, secret, method: settings.client_auth_method }));
        system::warn_of_secret(client.as_deref());
        let logins: Vec<Roles> = std::iter::once(&self.middleware)
            .chain(&self.middleware.further)
            .map(|login| login.credentials.roles)
            .collect();
        let origins = origins(base, login);
        let keys = std::mem::take(&mut identity.keys).into_iter();
        let keys = keys.map(|(service, scheme, value)| checked_key(base, &logins, &origins, service, scheme, value));
        let elsewhere = || issuer_elsewhere(base, &Issuers::new(login.issuers.iter().copied()));
        Ok(Own {
            login_id: client.as_ref().map(|client| login_id(&base.url, Some(&client.id), elsewhere().as_deref())),
            keys: keys.collect::<Result<_, BuildError>>()?,
            client,
        })
    }

    /// The clock of the client.
    #[doc(hidden)]
    pub fn clock(&self) -> &dyn Clock {
        self.middleware.manager.runtime().deadlines()
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
