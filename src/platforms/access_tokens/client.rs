//! The client: the exchange of the PAT, and the administration of tokens.

use std::time::Duration;

use zeyos_core::{Error, RetryPolicy, RetryRules, Secret, Timestamp};
use zeyos_runtime::{BaseUrl, Login, RefreshLimits, Transport};

use super::error::{Action, checked};
use super::raw::{self, AccessTokensApi, BatchRequest, RevokeRequest};
use super::{
    BatchResponse, IssueRequest, IssuedToken, ListTokens, RegisterRequest, TokenId, TokenRecord, TokenStream,
    TokensError, UpdateRequest,
};

/// How long before its end a JWT is exchanged for the next one.
const EARLY: Duration = Duration::from_secs(30);

/// How often and how soon the reference page says that a call is sent again.
fn rules() -> RetryRules {
    RetryRules::patient().without_jitter()
}

/// The paths that applications embed the routes below, unless they choose others.
const AUTH: &str = "/auth";
const ADMIN: &str = "/admin";

zeyos_runtime::client! {
    /// A client for the tokens of one application. Cloning is cheap and shares connections, the JWT and settings.
    AccessTokens,
    /// Sets up an [`AccessTokens`]. Nothing is sent before the first call.
    AccessTokensBuilder
}

impl AccessTokensBuilder {
    zeyos_runtime::token_setters!();

    /// Issues and registrations are sent again too after an error of the server, as the JavaScript library does. A token cannot be made
    /// twice, since its identifier is the same in every repeat; but where only the first answer was lost, the repeat fails, and the
    /// token exists with a secret that no one has: [`TokensError::issued_id`] names it.
    pub fn retry_creates(self) -> Self {
        self.retry(rules().retry_creates())
    }

    /// Another way to carry requests that decides by itself about repeats: every call is handed to it once, as the JavaScript library
    /// does with a `fetch` of the caller's own. [`transport`](Self::transport) keeps the repeats of this client.
    pub fn fetch(self, transport: impl Transport) -> Self {
        self.transport(transport).retry(RetryPolicy::None)
    }

    /// When calls are sent again, in place of three times after 408, 429, 500, 502, 503, 504 and failures of the network, a second later,
    /// then two, then four, or when `Retry-After` says; issues and registrations are not.
    pub fn retry(self, policy: impl Into<RetryPolicy>) -> Self {
        self.configure(|builder| builder.retry(policy))
    }

    /// The path of the exchange; `/auth` unless set.
    pub fn auth_path(self, path: impl Into<String>) -> Self {
        self.configure(|builder| builder.path_at(&raw::SERVICE, AUTH, path))
    }

    /// The path of the administration; `/admin` unless set.
    pub fn admin_path(self, path: impl Into<String>) -> Self {
        self.configure(|builder| builder.path_at(&raw::SERVICE, ADMIN, path))
    }
}

impl AccessTokens {
    /// Starts a client for the application at this URL, with the personal access token of an administrator.
    pub fn builder(endpoint: impl Into<BaseUrl>, api_key: impl Into<Secret>) -> AccessTokensBuilder {
        let limits = RefreshLimits::default().early(EARLY).is_exact(true);
        let login = Login::new(raw::schemes::ADMIN_JWT.credential).service(
            &raw::SERVICE,
            raw::operations(),
            raw::issuers::ISSUERS,
        );
        let builder = zeyos_runtime::ClientBuilder::new(endpoint, login)
            .credential(&raw::SERVICE, &raw::schemes::PERSONAL_ACCESS_TOKEN, api_key.into())
            .refresh_limits(limits)
            .retry(rules());
        AccessTokensBuilder(builder)
    }

    /// The emitted methods.
    pub fn raw(&self) -> AccessTokensApi {
        AccessTokensApi::on(self)
    }

    /// One page of tokens. It may be short or empty although others follow; see [`all`](AccessTokens::all).
    ///
    /// # Errors
    /// When the PAT or the JWT is refused, or the answer is none that the service documents.
    pub async fn list(&self, wanted: ListTokens) -> Result<Vec<TokenRecord>, TokensError> {
        let list = self.raw().list_tokens(wanted.of_page()).await;
        let list = list.map_err(|error| TokensError::of(Action::List, error, &self.0.handle()))?.into_inner();
        list.records.into_iter().map(|record| checked(Action::List, record)).collect()
    }

    /// The tokens of a list over all its pages, in the order of the store. Every page is asked for with the revoked and expired tokens
    /// and filtered here, so that none is lost behind a page that the service has emptied.
    pub fn all(&self, wanted: ListTokens) -> TokenStream {
        let items = self.raw().list_tokens(wanted.of_unfiltered_pages()).stream();
        TokenStream::new(items, wanted, self.0.handle())
    }

    /// Makes a token. Its text is in this answer alone. Without an identifier of the caller's own one is made here, so that the same
    /// request cannot make two tokens, and that [the error](TokensError::issued_id) of a lost answer names the one that may exist.
    ///
    /// # Errors
    /// As [`list`](AccessTokens::list); when the identifier is none, before anything is sent.
    pub async fn issue(&self, request: IssueRequest) -> Result<IssuedToken, TokensError> {
        let failed =
            |id: Option<TokenId>| move |error: Error| TokensError::of(Action::Issue(id), error, &self.0.handle());
        let given = request.clone().into_fields().get("tokenId").and_then(|id| id.as_str().map(str::to_owned));
        let id = match given {
            Some(given) => TokenId::try_from(given.as_str()),
            None => TokenId::random(),
        };
        let id = id.map_err(failed(None))?;
        let issued = self.raw().issue_token(request.token_id(id.as_str())).await;
        let issued = issued.map_err(failed(Some(id.clone())))?.into_inner();
        checked(Action::Issue(Some(id)), issued.record.clone())?;
        Ok(issued)
    }

    /// Takes in a token that was made elsewhere: only the hash of its secret is sent.
    ///
    /// # Errors
    /// As [`list`](AccessTokens::list); when the identifier is not 21 letters and digits, before anything is sent.
    pub async fn register(&self, token_id: &str, request: RegisterRequest) -> Result<TokenRecord, TokensError> {
        let action = Action::Register(token_id.to_owned());
        let failed = |error| TokensError::of(action.clone(), error, &self.0.handle());
        let id = TokenId::try_from(token_id).map_err(failed)?;
        let registered = self.raw().register_token(id.as_str(), request).await.map_err(failed)?.into_inner();
        checked(action, registered.record)
    }

    /// Changes a token. What the request does not set stays.
    ///
    /// # Errors
    /// As [`list`](AccessTokens::list). Most services answer 500 where no token has the identifier.
    pub async fn update(&self, token_id: &str, request: UpdateRequest) -> Result<(), TokensError> {
        let updated = self.raw().update_token(token_id, request).await;
        self.done(Action::Update(token_id.to_owned()), updated)
    }

    /// Revokes a token, from its next exchange on: JWTs that were given out before live on to their end. Its stored end is cleared.
    ///
    /// # Errors
    /// As [`update`](AccessTokens::update).
    pub async fn revoke(&self, token_id: &str) -> Result<(), TokensError> {
        self.revoked(token_id, RevokeRequest::new()).await
    }

    /// The same, and its record may be cleaned up from then on.
    ///
    /// # Errors
    /// As [`update`](AccessTokens::update).
    pub async fn revoke_until(&self, token_id: &str, expires_at: Timestamp) -> Result<(), TokensError> {
        self.revoked(token_id, RevokeRequest::new().expires_at(expires_at)).await
    }

    async fn revoked(&self, token_id: &str, request: RevokeRequest) -> Result<(), TokensError> {
        let revoked = self.raw().revoke_token(token_id, request).await;
        self.done(Action::Revoke(token_id.to_owned()), revoked)
    }

    /// Takes back a revocation. The stored end is cleared too.
    ///
    /// # Errors
    /// As [`update`](AccessTokens::update).
    pub async fn restore(&self, token_id: &str) -> Result<(), TokensError> {
        let restored = self.raw().restore_token(token_id).await;
        self.done(Action::Restore(token_id.to_owned()), restored)
    }

    /// Several tokens by their identifiers, revoked and expired ones among them, and the identifiers that no token has.
    ///
    /// # Errors
    /// As [`list`](AccessTokens::list).
    pub async fn batch<S: Into<String>>(
        &self,
        token_ids: impl IntoIterator<Item = S>,
    ) -> Result<BatchResponse, TokensError> {
        self.loaded(BatchRequest::new(token_ids.into_iter().map(Into::into).collect())).await
    }

    /// The same with the hashes of their secrets.
    ///
    /// # Errors
    /// As [`list`](AccessTokens::list).
    pub async fn batch_with_secret_phc<S: Into<String>>(
        &self,
        token_ids: impl IntoIterator<Item = S>,
    ) -> Result<BatchResponse, TokensError> {
        let ids = token_ids.into_iter().map(Into::into).collect();
        self.loaded(BatchRequest::new(ids).include_secret_phc(true)).await
    }

    async fn loaded(&self, request: BatchRequest) -> Result<BatchResponse, TokensError> {
        let loaded = self.raw().batch_get_tokens(request).await;
        let loaded = loaded.map_err(|error| TokensError::of(Action::BatchLoad, error, &self.0.handle()))?.into_inner();
        loaded.found.iter().try_for_each(|record| checked(Action::BatchLoad, record.clone()).map(drop))?;
        Ok(loaded)
    }

    /// An answer that has nothing to tell but that it is done.
    fn done<T>(&self, action: Action, answer: Result<T, Error>) -> Result<(), TokensError> {
        answer.map(drop).map_err(|error| TokensError::of(action, error, &self.0.handle()))
    }
}
