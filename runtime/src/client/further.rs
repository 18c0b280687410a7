//! A login beside the first one of a client: for the services of another document, with a token manager of its own.

use std::fmt;
use std::sync::Arc;

use zeyos_core::{Credential, Secret};

use super::checks::{checked_identity, checked_page, issuer_elsewhere, origins};
use super::system::warn_of_secret;
use crate::auth::{Credentials, Identity, Issuers, Key, Login, LoginRegistry, Middleware, Roles, login_id};
use crate::request::ClientCredentials;
use crate::shared::ClientAuthMethod;
use crate::store::TokenStore;
use crate::{BuildError, TokenSet};

/// A login beside the first one of a client, with its own tokens, store and client application. What is configured for it goes to
/// the services of its [`Login`] alone.
#[must_use = "nothing is set up until it is given to a builder"]
pub struct FurtherLogin {
    login: Login,
    identity: Identity,
    client: Option<(String, Secret)>,
    method: ClientAuthMethod,
}

impl FurtherLogin {
    /// Nobody is signed in yet.
    pub fn new(login: Login) -> Self {
        FurtherLogin { login, identity: Identity::new(), client: None, method: ClientAuthMethod::default() }
    }

    /// Whose tokens these are, or the store that keeps them.
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = identity.into();
        self
    }

    /// Tokens to begin with: [`Identity::token_set`].
    pub fn token_set(mut self, tokens: TokenSet) -> Self {
        self.identity = self.identity.token_set(tokens);
        self
    }

    /// Where its tokens are kept, in memory unless set: [`Identity::token_store`].
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.identity = self.identity.token_store(store);
        self
    }

    /// The credential that its tokens are.
    pub(super) fn tokens(&self) -> &'static Credential {
        self.login.tokens
    }

    /// Identifier and secret of the client application at the issuer of this login.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// Identifier of a client application that has no secret:
    /// [`ClientBuilder::public_client`](crate::ClientBuilder::public_client).
    pub fn public_client(self, id: impl Into<String>) -> Self {
        self.client_credentials(id, "").client_auth_method(ClientAuthMethod::Body)
    }

    /// How the client application proves who it is; by HTTP Basic unless set.
    pub fn client_auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.method = method;
        self
    }

    pub(super) fn roles(&self) -> Roles {
        Roles::from(&self.login)
    }

    /// The login on the connections and settings of the first one.
    pub(super) fn beside(self, first: &Middleware) -> Result<Middleware, BuildError> {
        let roles = self.roles();
        let FurtherLogin { login, identity, client, method } = self;
        let identity = checked_identity(identity, &login)?;
        let initial = identity.initial().cloned();
        let Identity { store, session, user, allowed, .. } = identity;
        checked_page(session.as_ref(), first.is_without_page)?;
        let (base, issuers) = (&first.settings.base, Issuers::new(login.issuers.iter().copied()));
        let keys: Arc<[Key]> = Arc::clone(&first.credentials.keys);
        let origins = origins(base, &login).into();
        let client = client.map(|(id, secret)| Arc::new(ClientCredentials { id, secret, method }));
        warn_of_secret(client.as_deref());
        let login_id =
            login_id(&base.url, client.as_ref().map(|client| &*client.id), issuer_elsewhere(base, &issuers).as_deref());
        Ok(Middleware {
            shared: Arc::clone(&first.shared),
            credentials: Credentials { roles, client, user, session, origins, keys },
            allowed: first.allowed.within(allowed),
            login: Arc::new(login),
            manager: Arc::new(first.manager.beside(login_id, issuers, store, initial)),
            memory: LoginRegistry::default(),
            further: Vec::new(),
        })
    }
}

impl fmt::Debug for FurtherLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FurtherLogin")
            .field("login", &self.login)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
