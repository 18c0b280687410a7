//! The later generation of the interface: an application is the client, and the agent signs in on a back channel while the browser
//! waits. Bodies are JSON alone.
//!
//! Signing in is that of OAuth 2.0: [`BackChannel::oauth2`] begins a login, whose page waits until an agent has
//! [authenticated](raw::AuthAgentBackChannelApi::authenticate_agent) its request;
//! [`check_status`](raw::AuthAgentBackChannelApi::check_status) tells when that is so, and the code. A refresh brings a new refresh
//! token and ends the one that was sent.

use zeyos_core::{Error, RetryPolicy, Secret};
use zeyos_runtime::oauth2::OAuth2;
use zeyos_runtime::{BaseUrl, BuildError, ClientAuthMethod, Identity, Login};

/// The emitted service with all its types.
pub use zeyos_generated::platforms::auth_agent_back_channel as raw;

use raw::{AuthAgentBackChannelApi, IntrospectionResponse, UserInfo, issuers, schemes};

zeyos_runtime::client! {
    /// A client of the later generation for one application. Cloning is cheap and shares connections, tokens and settings.
    BackChannel,
    /// Sets up a [`BackChannel`]. Nothing is sent before the first call.
    BackChannelBuilder
}

impl BackChannelBuilder {
    zeyos_runtime::token_setters!();
}

impl BackChannel {
    /// Starts a client for the server at this URL, with identifier and secret of the application.
    pub fn builder(
        server: impl Into<BaseUrl>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> BackChannelBuilder {
        let (id, secret) = (client_id.into(), client_secret.into());
        let login = Login::new(schemes::ACCESS_TOKEN.credential)
            .client(issuers::ACCESS_TOKEN_CLIENT.credential)
            .service(&raw::SERVICE, raw::operations(), issuers::ISSUERS);
        let builder = zeyos_runtime::ClientBuilder::new(server, login)
            .client_auth_method(ClientAuthMethod::Body)
            .credential(&raw::SERVICE, &schemes::CLIENT_ID, id.clone())
            .credential(&raw::SERVICE, &schemes::CLIENT_SECRET, secret.clone())
            .client_credentials(id, secret);
        BackChannelBuilder(builder)
    }

    /// The emitted methods.
    pub fn raw(&self) -> AuthAgentBackChannelApi {
        AuthAgentBackChannelApi::on(self)
    }

    /// Signing in with OAuth 2.0 and PKCE.
    pub fn oauth2(&self) -> OAuth2 {
        self.0.oauth2(&issuers::ACCESS_TOKEN)
    }

    /// The same client for an agent, whose identifier and secret go to [the back channel](AuthAgentBackChannelApi::authenticate_agent)
    /// alone. It has no tokens.
    ///
    /// # Errors
    /// When one of them is empty.
    pub fn for_agent(&self, agent_id: impl Into<String>, agent_secret: impl Into<Secret>) -> Result<Self, BuildError> {
        let agent = Identity::new().credential(&raw::SERVICE, &schemes::AGENT_ID, agent_id.into()).credential(
            &raw::SERVICE,
            &schemes::AGENT_SECRET,
            agent_secret.into(),
        );
        self.for_user(agent)
    }

    /// Whom the access token in use belongs to.
    ///
    /// # Errors
    /// When no one is signed in, or the token is refused.
    pub async fn user_info(&self) -> Result<UserInfo, Error> {
        Ok(self.raw().get_user_info().await?.into_inner())
    }

    /// Introspects a token.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn introspect(&self, token: impl Into<Secret>) -> Result<IntrospectionResponse, Error> {
        let asking = self.raw().introspect_token(raw::TokenReference::new(token));
        Ok(asking.retry(RetryPolicy::None).await?.into_inner())
    }
}
