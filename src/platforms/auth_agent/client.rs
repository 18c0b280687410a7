//! The client: logins, tokens, and who they belong to.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use zeyos_core::{Call, Dispatch, Dispatcher, RetryPolicy, Secret};
use zeyos_runtime::oauth2::{AuthorizationRequest, Callback, OAuth2, PendingLogin};
use zeyos_runtime::{Auth, BuildError, Client, TokenSet};

use super::callbacks::Teller;
use super::error::Doing;
use super::raw::{AuthAgentApi, TokenReference, issuers};
use super::{AuthAgentBuilder, AuthError, IntrospectionResponse, TokenState, UserInfo};

/// What is asked for unless the caller says otherwise.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "agent"];

/// A client of Auth-Agent for one agent. Cloning is cheap and shares connections, tokens and settings.
#[derive(Clone)]
pub struct AuthAgent {
    pub(super) client: Client,
    pub(super) teller: Arc<Teller>,
    /// The login that was begun last, for those who let the client remember it.
    pending: Arc<Mutex<Option<PendingLogin>>>,
}

/// Where a login starts, and what belongs to it.
#[derive(Clone)]
#[non_exhaustive]
pub struct AuthorizationUrl {
    /// The address to open in a browser.
    pub url: String,
    /// The PKCE verifier, which the client remembers.
    pub code_verifier: Secret,
    /// What the answer has to carry, which the client remembers.
    pub state: Secret,
}

/// Without the address, which carries the state.
impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationUrl").finish_non_exhaustive()
    }
}

impl AuthAgent {
    /// Starts a client for the agent with this identifier, at the vendor's server.
    pub fn builder(agent_id: impl Into<String>) -> AuthAgentBuilder {
        AuthAgentBuilder::new(agent_id.into())
    }

    /// Starts a client with everything from the environment: `AUTH_AGENT_ID`, `AUTH_AGENT_SECRET` and `AUTH_SERVER_URL`. A server from
    /// there never gets a secret that the program holds.
    ///
    /// # Errors
    /// When `AUTH_AGENT_ID` is not set.
    pub fn from_env() -> Result<AuthAgentBuilder, BuildError> {
        AuthAgentBuilder::from_env()
    }

    pub(super) fn new(client: Client, teller: Arc<Teller>) -> Self {
        AuthAgent { client, teller, pending: Arc::default() }
    }

    /// The emitted methods. They do not call the callbacks.
    pub fn raw(&self) -> AuthAgentApi {
        AuthAgentApi::on(self)
    }

    /// The tokens in use.
    pub fn auth(&self) -> Auth {
        self.client.auth()
    }

    /// The flows of OAuth 2.0. They do not call the callbacks.
    pub fn oauth2(&self) -> OAuth2 {
        self.client.oauth2(&issuers::AGENT_OAUTH)
    }

    /// The same client with the tokens of another login: connections and settings are shared, callbacks are not.
    ///
    /// # Errors
    /// `no_token` when it is empty or no bearer token.
    pub fn with_access_token(&self, access_token: impl Into<Secret>) -> Result<AuthAgent, AuthError> {
        let token = given(access_token.into(), "no_token")?;
        let client = self.client.for_user(TokenSet::bearer(token));
        let client = client.map_err(|error| AuthError::local("no_token", &error.to_string()))?;
        Ok(AuthAgent::new(client, Arc::new(Teller::new(super::callbacks::Callbacks::default()))))
    }

    /// Starts a login in the browser that comes back to this address, for the scopes `openid profile email agent` unless it is set to
    /// others. The login that `begin` makes belongs to the caller, who may have many at once, and
    /// [`keep`](PendingLogin::into_json_exposing_secrets) one over a restart.
    pub fn login(&self, redirect_uri: impl Into<String>) -> AuthorizationRequest {
        self.oauth2().authorization_request(redirect_uri).scopes(SCOPES)
    }

    /// Begins a login that the client remembers until [`exchange_code`](AuthAgent::exchange_code), in place of one before it. Without a
    /// state a fresh one is made; one of the caller's own needs 128 random bits.
    ///
    /// # Errors
    /// When the redirect URI is neither https nor on this machine, or the state can be guessed.
    pub fn authorization_url(
        &self,
        redirect_uri: impl Into<String>,
        scope: Option<&str>,
        state: Option<Secret>,
    ) -> Result<AuthorizationUrl, AuthError> {
        let mut request = self.login(redirect_uri);
        request = scope.into_iter().fold(request, |request, scope| request.scopes([scope]));
        request = state.into_iter().fold(request, AuthorizationRequest::state);
        let login = request.begin().map_err(|error| AuthError::of_login(error, &self.client.handle()))?;
        let told = AuthorizationUrl {
            url: login.url().to_string(),
            code_verifier: login.code_verifier().secret().clone(),
            state: login.state().clone(),
        };
        *self.pending() = Some(login);
        Ok(told)
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, Option<PendingLogin>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Exchanges the code of the login that the client remembers. The verifier is used up by it, whatever becomes of the exchange; an empty
    /// code and a wrong state use up nothing.
    ///
    /// # Errors
    /// `pkce_missing` when the client remembers no login, `state_mismatch` when the state is not its, both before anything is sent;
    /// else the code of the server, or `token_exchange_failed`.
    pub async fn exchange_code(
        &self,
        code: impl Into<Secret>,
        state: impl Into<Secret>,
        redirect_uri: &str,
    ) -> Result<TokenSet, AuthError> {
        let (code, state) = (code.into(), state.into());
        if code.is_empty() {
            return Err(AuthError::local("invalid_request", "the code is empty"));
        }
        let login = {
            let mut pending = self.pending();
            match pending.as_ref() {
                None => {
                    return Err(AuthError::local(
                        "pkce_missing",
                        "no login was begun, or its code was exchanged before",
                    ));
                }
                Some(login) if *login.state() != state => {
                    return Err(AuthError::local("state_mismatch", "the answer carries the state of another login"));
                }
                Some(login) if login.redirect_uri() != redirect_uri => {
                    return Err(AuthError::local("invalid_request", "the redirect URI is not that of the login"));
                }
                Some(_) => pending.take(),
            }
        };
        let Some(login) = login else { return Err(AuthError::local("pkce_missing", "no login was begun")) };
        let mut callback = Callback::default();
        (callback.code, callback.state) = (Some(code), Some(state));
        self.finish(login, callback).await
    }

    /// Finishes a login that [`login`](AuthAgent::login) has begun, and tells the callback of its tokens.
    ///
    /// # Errors
    /// As [`exchange_code`](AuthAgent::exchange_code).
    pub async fn finish(&self, login: PendingLogin, callback: Callback) -> Result<TokenSet, AuthError> {
        let tokens = login.finish(callback).await.map_err(|error| AuthError::of_login(error, &self.client.handle()))?;
        self.teller.received(tokens.clone()).await;
        Ok(tokens)
    }

    /// Renews the tokens in use.
    ///
    /// # Errors
    /// `no_refresh_token` when there is none, `refresh_failed` when the server refuses or cannot be reached.
    pub async fn refresh(&self) -> Result<TokenSet, AuthError> {
        let tokens = self
            .oauth2()
            .refresh()
            .await
            .map_err(|error| AuthError::of(Doing::Refresh, error, &self.client.handle()))?;
        self.teller.refreshed(tokens.clone()).await;
        Ok(tokens)
    }

    /// Renews tokens by this refresh token. If it is another one than that in use, its tokens take the place of the others once the server
    /// has taken it: a refusal leaves a login that works as it was. An answer without a new refresh token leaves this one in use.
    ///
    /// # Errors
    /// As [`refresh`](AuthAgent::refresh); `no_refresh_token` when it is empty, before anything is sent.
    pub async fn refresh_access_token(&self, refresh_token: impl Into<Secret>) -> Result<TokenSet, AuthError> {
        let refresh_token = given(refresh_token.into(), "no_refresh_token")?;
        let failed = |error| AuthError::of(Doing::Refresh, error, &self.client.handle());
        let known = self.auth().token_set().await.map_err(failed)?;
        if known.as_ref().is_some_and(|known| known.refresh_token.as_ref() == Some(&refresh_token)) {
            return self.refresh().await;
        }
        let mut given = TokenSet::default();
        (given.refresh_token, given.token_type) = (Some(refresh_token), "Bearer".to_owned());
        if known.is_none() {
            // Stored first, so that not even a crash loses the answer.
            self.auth().set_token_set(given).await.map_err(failed)?;
            return self.refresh().await;
        }
        // The answer must find a store that takes it.
        self.auth().check_store().await.map_err(failed)?;
        let other = self.client.for_user(given);
        let other = other.map_err(|error| AuthError::local("invalid_request", &error.to_string()))?;
        let tokens = other.oauth2(&issuers::AGENT_OAUTH).refresh().await.map_err(failed)?;
        // Told before they are stored: a store that fails all the same loses them for the client, and not for the program.
        self.teller.refreshed(tokens.clone()).await;
        self.auth().set_token_set(tokens.clone()).await.map_err(failed)?;
        Ok(tokens)
    }

    /// Ends a token, access or refresh. What is stored here stays; [`OAuth2::logout`] ends the tokens in use and removes them.
    ///
    /// # Errors
    /// `no_token` when it is empty, before anything is sent, and `revoke_failed`.
    pub async fn revoke_token(&self, token: impl Into<Secret>) -> Result<(), AuthError> {
        let token = given(token.into(), "no_token")?;
        self.raw()
            .revoke_token(TokenReference::new(token))
            .retry(RetryPolicy::None)
            .await
            .map_err(|error| AuthError::of(Doing::Revoke, error, &self.client.handle()))?;
        self.client.handle().revoked();
        self.teller.revoked().await;
        Ok(())
    }

    /// Introspects a token. An inactive token is not an error.
    ///
    /// # Errors
    /// `no_token` when it is empty, before anything is sent, and `introspection_failed`.
    pub async fn introspect_token(&self, token: impl Into<Secret>) -> Result<IntrospectionResponse, AuthError> {
        let token = given(token.into(), "no_token")?;
        let answer = self.raw().introspect_token(TokenReference::new(token)).retry(RetryPolicy::None).await;
        Ok(answer.map_err(|error| AuthError::of(Doing::Introspect, error, &self.client.handle()))?.into_inner())
    }

    /// Whom the access token in use belongs to.
    ///
    /// # Errors
    /// `no_token` when no one is signed in, `token_expired` and `forbidden` when the token is refused.
    pub async fn user_info(&self) -> Result<UserInfo, AuthError> {
        self.with_token(self.raw().get_user_info()).await
    }

    /// What is known of the tokens in use, as the JavaScript library keeps it. Nothing is sent.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn token_state(&self) -> Result<TokenState, AuthError> {
        let tokens =
            self.auth().token_set().await.map_err(|error| AuthError::of(Doing::Other, error, &self.client.handle()))?;
        Ok(TokenState::of(tokens.as_ref(), self.client.handle().now()))
    }

    /// Sends a call with the access token, and tells the callback where that was renewed on the way.
    pub(super) async fn with_token<T, K>(&self, call: Call<T, K>) -> Result<T, AuthError>
    where
        Call<T, K>: std::future::IntoFuture<Output = Result<zeyos_core::ResponseValue<T>, zeyos_core::Error>>,
    {
        let answer = self.told_of(call.into_future()).await;
        Ok(answer.map_err(|error| AuthError::of(Doing::WithToken, error, &self.client.handle()))?.into_inner())
    }

    async fn told_of<T>(&self, call: impl Future<Output = T>) -> T {
        self.teller.around(&self.auth(), call).await
    }
}

/// A token that is one.
fn given(token: Secret, code: &str) -> Result<Secret, AuthError> {
    if token.is_empty() { Err(AuthError::local(code, "the token is empty")) } else { Ok(token) }
}

/// Services that are generated from other documents go over the same client.
impl Dispatcher for AuthAgent {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        self.client.dispatch()
    }
}

impl fmt::Debug for AuthAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
