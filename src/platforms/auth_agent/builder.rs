//! Setting up a client.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use zeyos_core::{MaybeSend, Secret, ServiceDescription};
use zeyos_runtime::{
    BaseUrl, BuildError, Client, ClientAuthMethod, ClientBuilder, ClientEvent, Clock, Login, TokenSet, TokenStore,
    Transport,
};

use super::callbacks::{Callbacks, Teller, told};
use super::raw::{self, issuers, schemes};
use super::{AuthAgent, Discovered};

/// How long an attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sets up an [`AuthAgent`]. Nothing is sent before the first call.
#[must_use = "nothing is set up until `build` is called"]
pub struct AuthAgentBuilder {
    agent_id: String,
    secret: Option<Secret>,
    server: BaseUrl,
    /// Whether the server was named by the environment, and the secret by the program.
    is_from_env: bool,
    is_mixed: bool,
    moved: Vec<(&'static ServiceDescription, &'static str, String)>,
    callbacks: Callbacks,
    settings: Vec<Box<dyn FnOnce(ClientBuilder) -> ClientBuilder>>,
}

impl AuthAgentBuilder {
    pub(super) fn new(agent_id: String) -> Self {
        AuthAgentBuilder {
            agent_id,
            secret: None,
            server: raw::servers::SERVER.into(),
            is_from_env: false,
            is_mixed: false,
            moved: Vec::new(),
            callbacks: Callbacks::default(),
            settings: Vec::new(),
        }
    }

    /// Everything from the variables `AUTH_SERVER_URL` (the vendor's server without it), `AUTH_AGENT_ID` and `AUTH_AGENT_SECRET` (a
    /// public agent without it).
    pub(super) fn from_env() -> Result<Self, BuildError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let id = variable("AUTH_AGENT_ID");
        let id = id.ok_or_else(|| BuildError::message("the variable AUTH_AGENT_ID names no agent"))?;
        let mut builder = AuthAgentBuilder::new(id);
        builder.secret = variable("AUTH_AGENT_SECRET").map(Secret::from);
        if let Some(url) = variable("AUTH_SERVER_URL") {
            builder.server = url.into();
            builder.is_from_env = true;
        }
        Ok(builder)
    }

    /// The secret of the agent. A public agent has none.
    pub fn agent_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.is_mixed = self.is_from_env;
        self.secret = Some(secret.into());
        self
    }

    /// The URL of the server; that of the vendor unless set.
    pub fn server_url(mut self, url: impl Into<BaseUrl>) -> Self {
        self.server = url.into();
        (self.is_from_env, self.is_mixed) = (false, false);
        self
    }

    /// How long a call may take, repeats and the wait for a token among it; 10 seconds unless set. A renewal goes on without it.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.configure(move |builder| builder.timeout(timeout).total_timeout(timeout))
    }

    /// Another way to carry requests.
    pub fn transport(self, transport: impl Transport) -> Self {
        self.configure(|builder| builder.transport(transport))
    }

    /// Another clock than that of the system.
    pub fn clock(self, clock: impl Clock) -> Self {
        self.configure(|builder| builder.clock(clock))
    }

    /// Tokens to begin with. A store that already holds tokens keeps its own.
    pub fn token_set(mut self, tokens: TokenSet) -> Self {
        self.is_mixed |= self.is_from_env;
        self.configure(|builder| builder.token_set(tokens))
    }

    /// Where tokens are kept; in memory unless set. New tokens are stored before they are used.
    pub fn token_store(self, store: impl TokenStore) -> Self {
        self.configure(|builder| builder.token_store(store))
    }

    /// Learns of what happens behind calls.
    pub fn on_event(self, listener: impl Fn(&ClientEvent) + Send + Sync + 'static) -> Self {
        self.configure(|builder| builder.on_event(listener))
    }

    /// Called, and awaited, with the tokens of each sign-in, once they are stored.
    pub fn on_tokens_received<F, V>(mut self, callback: F) -> Self
    where
        F: Fn(TokenSet) -> V + Send + Sync + 'static,
        V: Future<Output = ()> + MaybeSend + 'static,
    {
        self.callbacks.received = told(callback);
        self
    }

    /// The same with the tokens of each renewal: of one that was asked for, and of one that a call has made on its way.
    pub fn on_tokens_refreshed<F, V>(mut self, callback: F) -> Self
    where
        F: Fn(TokenSet) -> V + Send + Sync + 'static,
        V: Future<Output = ()> + MaybeSend + 'static,
    {
        self.callbacks.refreshed = told(callback);
        self
    }

    /// The same after a token was revoked.
    pub fn on_tokens_revoked<F, V>(mut self, callback: F) -> Self
    where
        F: Fn(()) -> V + Send + Sync + 'static,
        V: Future<Output = ()> + MaybeSend + 'static,
    {
        self.callbacks.revoked = told(callback);
        self
    }

    /// Where a path is that its document gives, such as `/api/events`: some are confirmed by no document of the vendor.
    pub fn path_at(mut self, documented: &'static str, path: impl Into<String>) -> Self {
        let path = path.into();
        let services = [
            &raw::SERVICE,
            &issuers::AGENT_OAUTH_TOKEN_SERVICE,
            &issuers::AGENT_OAUTH_AUTHORIZATION_SERVICE,
            &issuers::AGENT_OAUTH_INTROSPECTION_SERVICE,
            &issuers::AGENT_OAUTH_REVOCATION_SERVICE,
        ];
        self.moved.extend(services.map(|service| (service, documented, path.clone())));
        self
    }

    /// The endpoints from the metadata of the server.
    pub fn discovered(self, found: &Discovered) -> Self {
        let found = found.found().clone();
        self.configure(move |builder| builder.discovered(&found))
    }

    /// Any other setting of the runtime's builder. It is not looked at: a secret that is set here goes to a server of the environment too.
    pub fn configure(mut self, set: impl FnOnce(ClientBuilder) -> ClientBuilder + 'static) -> Self {
        self.settings.push(Box::new(set));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When the URL is none, not https or can be read in two ways, a moved path is none, or a server that the environment names would meet
    /// a secret of the program.
    pub fn build(self) -> Result<AuthAgent, BuildError> {
        if self.is_mixed {
            return Err(BuildError::message(
                "AUTH_SERVER_URL names the server and the program a secret or tokens; take all from the environment, or name the server \
                 with `server_url`",
            ));
        }
        let login = Login::new(schemes::AGENT_OAUTH.credential).client(issuers::AGENT_OAUTH_CLIENT.credential).service(
            &raw::SERVICE,
            raw::operations(),
            issuers::ISSUERS,
        );
        let mut builder = ClientBuilder::<Client>::new(self.server, login)
            .timeout(TIMEOUT)
            .total_timeout(TIMEOUT)
            .client_auth_method(ClientAuthMethod::Body)
            .client_credentials(self.agent_id.clone(), self.secret.clone().unwrap_or_else(|| Secret::from("")))
            .credential(&raw::SERVICE, &schemes::AGENT_ID, self.agent_id.clone())
            .credential(&raw::SERVICE, &schemes::AGENT_IDENTIFIER, self.agent_id);
        if let Some(secret) = self.secret {
            builder = builder.credential(&raw::SERVICE, &schemes::AGENT_SECRET, secret.clone()).credential(
                &raw::SERVICE,
                &schemes::AGENT_SECRET_KEY,
                secret,
            );
        }
        builder =
            self.moved.into_iter().fold(builder, |builder, (service, from, to)| builder.path_at(service, from, to));
        let client = self.settings.into_iter().fold(builder, |builder, set| set(builder)).build()?;
        Ok(AuthAgent::new(client, Arc::new(Teller::new(self.callbacks))))
    }
}

impl fmt::Debug for AuthAgentBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthAgentBuilder").finish_non_exhaustive()
    }
}
