//! The clients: one for an instance, and one for an application that is registered there.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use http::Method;
use zeyos_core::{Call, Dispatch, Dispatcher, Error, Operation, Requirement, ResponseValue, Security};
use zeyos_runtime::oauth2::{Callback, OAuth2, PendingLogin, random_state};
use zeyos_runtime::{Auth, BaseUrl, BuildError, Client, ClientAuthMethod, Handle, Identity, Login, TokenSet};

use super::error::Asked;
use super::raw::{self, CozyApi, issuers, schemes};
use super::{CozyError, NewClient, RegisteredClient, Scope};
use crate::Untyped;
use crate::client::untyped::{Unlisted, unlisted};

/// What the data of an instance takes.
const OF_DATA: Security = &[&[Requirement::of(&schemes::ACCESS_TOKEN)]];

/// The paths of the data, which this document does not describe.
static DATA: Unlisted = unlisted(&raw::SERVICE, OF_DATA);

zeyos_runtime::client! {
    /// A client for the instance of one user, at which applications are registered. Cloning is cheap and shares connections and settings.
    Cozy,
    /// Sets up a [`Cozy`]. Nothing is sent before the first call.
    CozyBuilder
}

impl Cozy {
    /// Starts a client for the instance at this URL, such as `https://alice.example.com`.
    pub fn builder(instance: impl Into<BaseUrl>) -> CozyBuilder {
        let of_data: fn(&'static (Method, Operation)) -> &'static Operation = |(_, operation)| operation;
        let login = Login::new(schemes::ACCESS_TOKEN.credential)
            .client(issuers::ACCESS_TOKEN_CLIENT.credential)
            .service(&raw::SERVICE, raw::operations().chain(DATA.iter().map(of_data)), issuers::ISSUERS);
        let builder = zeyos_runtime::ClientBuilder::new(instance, login).client_auth_method(ClientAuthMethod::Body);
        CozyBuilder(builder)
    }

    /// The emitted methods.
    pub fn raw(&self) -> CozyApi {
        CozyApi::on(self)
    }

    /// Registers an application with the instance. Its name may come back with a number behind it.
    ///
    /// # Errors
    /// When redirect URI, software identifier or name is empty, or the client is registered already, before anything is sent; else as the
    /// instance says, [throttled](CozyError::is_throttled) after 50 within an hour.
    pub async fn register(&self, client: NewClient) -> Result<RegisteredClient, CozyError> {
        let call = self.raw().register_client(client.registration()?);
        let registered = sent(self.0.handle(), call).await;
        registered.map(RegisteredClient::new).map_err(|error| error.about(Asked::Registration))
    }

    /// The client of an application that is registered. Its tokens are kept in memory.
    ///
    /// # Errors
    /// When a secret of it has characters that no header may have.
    pub fn registered(&self, client: RegisteredClient) -> Result<CozyClient, BuildError> {
        self.registered_with(client, Identity::new())
    }

    /// The same with a store for its tokens, or tokens to begin with.
    ///
    /// # Errors
    /// As [`registered`](Cozy::registered).
    pub fn registered_with(
        &self,
        client: RegisteredClient,
        identity: impl Into<Identity>,
    ) -> Result<CozyClient, BuildError> {
        let token = client.registration_access_token.clone();
        let identity = identity
            .into()
            .client_credentials(client.client_id.as_str(), client.client_secret.clone())
            .credential(&raw::SERVICE, &schemes::REGISTRATION_TOKEN, token);
        Ok(CozyClient { client: self.0.for_user(identity)?, registered: Arc::new(client) })
    }
}

/// A client of an application that is registered at an instance. Cloning is cheap and shares connections, tokens and settings.
#[derive(Clone)]
pub struct CozyClient {
    client: Client,
    registered: Arc<RegisteredClient>,
}

impl CozyClient {
    /// The application as it was registered.
    pub fn registered(&self) -> &RegisteredClient {
        &self.registered
    }

    /// The emitted methods.
    pub fn raw(&self) -> CozyApi {
        CozyApi::on(self)
    }

    /// The tokens in use.
    pub fn auth(&self) -> Auth {
        self.client.auth()
    }

    /// The flows of OAuth 2.0.
    pub fn oauth2(&self) -> OAuth2 {
        self.client.oauth2(&issuers::ACCESS_TOKEN)
    }

    /// The application as the instance has it now.
    ///
    /// # Errors
    /// [Revoked](CozyError::is_client_revoked) when the instance does not know it any more; else as the instance says.
    pub async fn get(&self) -> Result<RegisteredClient, CozyError> {
        let call = self.raw().get_client(&self.registered.client_id);
        let now = sent(self.client.handle(), call).await.map_err(|error| error.about(Asked::Client))?;
        Ok(self.registered.renewed(now))
    }

    /// Replaces what the application says of itself: what the new one does not have is lost.
    ///
    /// # Errors
    /// As [`get`](CozyClient::get).
    pub async fn update(&self, client: NewClient) -> Result<RegisteredClient, CozyError> {
        self.updated(client, false).await
    }

    /// The same, and the instance makes a new secret. Go on with [`Cozy::registered_with`] and what comes back: this client has the
    /// old one, which is refused from now on.
    ///
    /// # Errors
    /// As [`get`](CozyClient::get).
    pub async fn update_and_reset_secret(&self, client: NewClient) -> Result<RegisteredClient, CozyError> {
        self.updated(client, true).await
    }

    async fn updated(&self, client: NewClient, resets_secret: bool) -> Result<RegisteredClient, CozyError> {
        let registered = &self.registered;
        let mut request = client.update(&registered.client_id)?;
        if resets_secret {
            request = request.client_secret(registered.client_secret.clone());
        }
        let call = self.raw().update_client(&registered.client_id, request);
        let now = sent(self.client.handle(), call).await.map_err(|error| error.about(Asked::Change))?;
        Ok(registered.renewed(now))
    }

    /// Removes the application together with its tokens, there and here. One that is gone already is not an error.
    ///
    /// # Errors
    /// When the instance refuses, or the tokens cannot be removed from their store.
    pub async fn unregister(self) -> Result<(), CozyError> {
        let call = self.raw().unregister_client(&self.registered.client_id);
        sent(self.client.handle(), call).await.map_err(|error| error.about(Asked::Client))?;
        self.auth().clear_token_set().await.map_err(|error| CozyError::call(error, None))
    }

    /// Begins a login in the browser for these rules, with PKCE and a fresh state. Nothing is sent. A linked application gets those of its
    /// manifest instead. [`PendingLogin::into_json_exposing_secrets`] keeps it over a restart, and [`resume`](CozyClient::resume) goes on.
    ///
    /// # Errors
    /// When the redirect URI is neither https nor on this machine.
    pub fn login(&self, scopes: impl IntoIterator<Item = Scope>) -> Result<PendingLogin, CozyError> {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.to_string()).collect();
        let request = self.oauth2().authorization_request(self.registered.redirect_uri.as_str()).scopes(scopes);
        let begun = random_state().and_then(|state| request.state(state).begin());
        begun.map_err(|error| CozyError::login(error, self.token_url()))
    }

    /// Goes on with a login that was kept.
    ///
    /// # Errors
    /// When it cannot be read, is more than ten minutes old, or belongs to another instance or application.
    pub fn resume(&self, kept: &zeyos_core::Json) -> Result<PendingLogin, CozyError> {
        self.oauth2().resume_login(kept).map_err(|error| CozyError::login(error, self.token_url()))
    }

    /// Exchanges the code in the address that the browser came back to, and keeps the tokens. The code may be called `code` or
    /// `access_code`; what is repeated counts once, and a bare `#` at the end not at all.
    ///
    /// # Errors
    /// Before anything is sent, when the address has no state or that of another login, or says why there is no code; else as the instance
    /// says.
    pub async fn access_token(&self, login: PendingLogin, page_url: &str) -> Result<TokenSet, CozyError> {
        let failed = |error| CozyError::login(error, self.token_url());
        let callback = Callback::parse_first(page_url, &[("access_code", "code")]).map_err(failed)?;
        login.finish_without_redirect_uri(callback).await.map_err(failed)
    }

    /// Renews the access token now. The refresh token stays where the answer has none.
    ///
    /// # Errors
    /// When there is no refresh token, or the instance refuses.
    pub async fn refresh(&self) -> Result<TokenSet, CozyError> {
        let refreshed = self.oauth2().refresh().await;
        refreshed.map_err(|error| CozyError::call(error, Some(self.token_url())))
    }

    /// A call to the data of the instance, with the access token: any path but those of [`raw`](CozyClient::raw).
    pub fn request(&self, method: Method, path: &str) -> Untyped {
        Untyped::unlisted(self.dispatch(), &DATA, &method, path)
    }

    /// Where tokens are asked for, for errors.
    fn token_url(&self) -> String {
        let call = self.raw().access_token(raw::TokenRequest::new(raw::GrantType::RefreshToken));
        self.client.handle().url_of(call.request())
    }
}

/// Sends a call, and remembers where it went.
async fn sent<T, K>(handle: Handle, call: Call<T, K>) -> Result<T, CozyError>
where
    Call<T, K>: IntoFuture<Output = Result<ResponseValue<T>, Error>>,
{
    let url = handle.url_of(call.request());
    Ok(call.await.map_err(|error| CozyError::call(error, Some(url)))?.into_inner())
}

impl Dispatcher for CozyClient {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        self.client.dispatch()
    }
}

impl fmt::Debug for CozyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)
    }
}
