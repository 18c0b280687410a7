//! One of many users of one client.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use zeyos_core::{Credential, MaybeSend, MaybeSync, Safety, Secret, SecurityScheme, ServiceDescription};

use super::allowed::Allowed;
use super::credentials::{CredentialValue, SessionSource};
use crate::TokenSet;
use crate::request::UserCredentials;
use crate::store::{MemoryTokenStore, TokenStore};

/// Whose calls are sent: tokens, or a store that keeps them, and whatever else belongs to this user alone.
///
/// ```
/// use zeyos::{Identity, MemoryTokenStore, Safety, TokenSet};
///
/// let reader = Identity::from(TokenSet::bearer("4c8b")).allow(Safety::Read);
/// let writer = Identity::stored_in(MemoryTokenStore::new(None));
/// # let _ = (reader, writer);
/// ```
#[derive(Default)]
#[must_use = "nothing is set up until it is given to `for_user`"]
pub struct Identity {
    pub(crate) tokens: Option<TokenSet>,
    /// What a store in memory holds: it is known without asking the store, and counts more than tokens to begin with.
    pub(crate) in_memory: Option<TokenSet>,
    pub(crate) store: Option<Arc<dyn TokenStore>>,
    pub(crate) session: Option<SessionSource>,
    pub(crate) user: Option<UserCredentials>,
    pub(crate) allowed: Allowed,
    /// The client application that is registered for this user alone.
    pub(crate) client: Option<(String, Secret)>,
    /// The credentials of other schemes that are his alone.
    pub(crate) keys: Vec<(&'static ServiceDescription, &'static SecurityScheme, CredentialValue)>,
    /// What this user has of the further logins, by the credential of their tokens.
    pub(crate) further: Vec<(&'static Credential, Identity)>,
}

impl From<TokenSet> for Identity {
    fn from(tokens: TokenSet) -> Self {
        Identity { tokens: Some(tokens), ..Identity::default() }
    }
}

impl Identity {
    /// An identity without tokens yet: a sign-in brings them, and they are kept in memory.
    pub fn new() -> Self {
        Identity::default()
    }

    /// The user whose tokens this store keeps, now or after a sign-in.
    pub fn stored_in<S: TokenStore>(store: S) -> Self {
        Identity::new().token_store(store)
    }

    /// Where the tokens of this user are kept; in memory unless set. New tokens are stored before they are used.
    pub fn token_store<S: TokenStore>(mut self, store: S) -> Self {
        let in_memory = (&store as &dyn Any).downcast_ref::<MemoryTokenStore>().map(MemoryTokenStore::tokens);
        self.store = in_memory.is_none().then(|| Arc::new(store) as Arc<dyn TokenStore>);
        self.in_memory = in_memory.flatten();
        self
    }

    /// The tokens to begin with.
    pub(crate) fn initial(&self) -> Option<&TokenSet> {
        self.in_memory.as_ref().or(self.tokens.as_ref())
    }

    /// Tokens to begin with. A store that already holds tokens keeps its own; an empty one gets these.
    pub fn token_set(mut self, tokens: TokenSet) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The bare value of the session cookie of this user. Without one, none of his calls ever falls back to the session.
    pub fn session_cookie(mut self, value: impl Into<Secret>) -> Self {
        self.session = Some(SessionSource::Fixed(value.into()));
        self
    }

    /// The session of the page that this program runs in, whoever is signed in there:
    /// [`ClientBuilder::browser_session`](crate::ClientBuilder::browser_session).
    pub fn browser_session(mut self) -> Self {
        self.session = Some(SessionSource::Browser);
        self
    }

    /// Asks for the value of the session cookie whenever it is needed; `None` means that there is none now.
    pub fn session_provider<F, V>(mut self, provider: F) -> Self
    where
        F: Fn() -> V + MaybeSend + MaybeSync + 'static,
        V: Future<Output = Option<Secret>> + MaybeSend + 'static,
    {
        self.session = Some(SessionSource::provided_by(provider));
        self
    }

    /// Name and password of this user, for the operations that take them by HTTP Basic.
    pub fn basic_user(mut self, name: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.user = Some(UserCredentials { name: name.into(), password: password.into() });
        self
    }

    /// Identifier and secret of the client application that is registered for this user alone, as where every user has a server of his
    /// own (RFC 7591). It takes the place of that of the client, in the way that the client
    /// [sends](crate::ClientBuilder::client_auth_method) one.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// A credential of this user for a scheme beside those of the login, as
    /// [`ClientBuilder::credential`](crate::ClientBuilder::credential) takes it for all users. It counts before theirs.
    pub fn credential(
        mut self,
        service: &'static ServiceDescription,
        scheme: &'static SecurityScheme,
        value: impl Into<CredentialValue>,
    ) -> Self {
        self.keys.push((service, scheme, value.into()));
        self
    }

    /// What this user has of a [further login](crate::ClientBuilder::further_login) of the client, named by the credential of its
    /// tokens. Without it the user has nothing there yet.
    pub fn further(mut self, tokens: &'static Credential, identity: impl Into<Identity>) -> Self {
        self.further.push((tokens, identity.into()));
        self
    }

    /// Only calls of this kind are sent, and of the kinds that were named so before; what the client itself does not allow is not
    /// sent either. Anything else fails with [`Error::is_not_allowed`](zeyos_core::Error::is_not_allowed) before it is sent.
    pub fn allow(mut self, safety: Safety) -> Self {
        self.allowed = self.allowed.and(safety);
        self
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("tokens", &self.initial())
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}
