//! Exchanges of tokens: sign-ins and renewals, all under the lock of the manager and none stopped by a caller that gives up.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use zeyos_core::call::Request;
use zeyos_core::{AuthMode, BoxFuture, Call, Dispatch, Error, Operation, Secret, TokenError};
use zeyos_generated::zeyos::auth::LegacyAuth;
use zeyos_generated::zeyos::oauth2::{self, GrantType, OAuth2, TokenReference, TokenRequest};

use super::super::apply::Credential;
use super::super::credentials::Role;
use super::super::manager::{Posted, SentAt, SignIn, SignedIn, Snapshot, TokenEndpoint, Wait, Why};
use super::super::reply;
use super::super::rotation::Probe;
use super::super::select::Bearer;
use super::outgoing::{Kind, sent};
use super::{Middleware, judged};
use crate::TokenSet;

/// The answer of a token endpoint that did not refuse, with the tokens in it, or why none are of use.
pub(crate) struct Exchanged {
    pub response: http::Response<Bytes>,
    tokens: Result<TokenSet, TokenError>,
}

impl Exchanged {
    /// The tokens. Where there are none the answer stays reachable in the error.
    pub(crate) fn tokens(self) -> Result<TokenSet, Error> {
        self.tokens.map_err(|error| Error::token_answer(error, self.response))
    }
}

impl Middleware {
    /// Tokens newer than the given generation, as far as the caller has time for them. The renewal goes on without him.
    pub(crate) async fn refreshed(self: &Arc<Self>, generation: u64, why: Why, wait: Wait) -> Result<Snapshot, Error> {
        let endpoint = Arc::new(Endpoint { middleware: Arc::clone(self), known: Mutex::new(self.tokens()) });
        let operation = endpoint.operation();
        let newer = self.manager.newer_than(generation, why, endpoint, wait).await;
        newer.map_err(|error| error.at(operation))
    }

    /// A sign-in: under the lock of the refresh, and its tokens are stored unless the caller wants them alone. The limit of the
    /// caller ends his wait and not the sign-in. An answer without tokens of use is not an error here, since the caller may
    /// read more into it than this client does.
    pub(crate) async fn exchange(self: Arc<Self>, request: Request) -> Result<Exchanged, Error> {
        request.check()?;
        let credentials = self.exchange_credentials(&request)?;
        let operation = request.operation;
        let is_oauth = std::ptr::eq(operation.service, &oauth2::SERVICE);
        let sends_client = matches!(self.mode(&request), AuthMode::Auto | AuthMode::OAuth);
        let endpoint = || Arc::new(Endpoint { middleware: Arc::clone(&self), known: Mutex::new(self.tokens()) });
        let can_ask = is_oauth && sends_client && self.settings.credentials.client.is_some();
        let sign_in = SignIn {
            operation: operation.id,
            endpoint: can_ask.then(|| endpoint() as Arc<dyn TokenEndpoint>),
            type_required: is_oauth,
            is_detached: request.options.detached,
        };
        let (limit, before) = (self.manager.patience(self.limit(&request)), self.secrets(&request));
        let this = Arc::clone(&self);
        let signed_in = self.manager.runtime().outcome(limit, async move {
            let (poster, is_detached) = (Arc::clone(&this), sign_in.is_detached);
            let post = async move { poster.post(&request, &credentials).await };
            let signed_in = this.manager.sign_in(sign_in, post).await?;
            if signed_in.1.is_ok() && !is_detached {
                this.flows.begin();
            }
            Ok(signed_in)
        });
        let takes_client = self.takes(operation, Role::Client);
        let exchanged = signed_in.await.and_then(|signed_in| weighed(operation, takes_client, signed_in));
        exchanged.map_err(|error| self.scrubbed(&before, error))
    }

    /// Sends a token request once, and tells apart what certainly did not go out.
    async fn post(&self, request: &Request, credentials: &[Credential]) -> Posted {
        let outgoing = match self.outgoing(request, credentials, Kind::Exchange) {
            Ok(outgoing) => outgoing,
            Err(error) => return Posted::NotSent(error),
        };
        let (sent_at, sent) = (SentAt(self.manager.now()), sent(request, credentials));
        match self.transport.send(outgoing).await {
            Ok(mut response) => {
                response.extensions_mut().insert(sent_at);
                response.extensions_mut().insert(sent);
                Posted::Answered(response)
            }
            Err(error) if error.is_connect() => Posted::NotSent(error.into_error().carrying(sent)),
            Err(error) => Posted::Broken(error.partial().clone(), error.into_error().carrying(sent)),
        }
    }

    fn exchange_credentials(&self, request: &Request) -> Result<Vec<Credential>, Error> {
        let plan = self.plan(request, self.available(request, Bearer::Missing))?;
        let needed = plan.first().copied().unwrap_or_default();
        let lacks = |scheme| self.lacks(request, scheme, &Snapshot::default());
        let fixed = |scheme| self.fixed(request, scheme).ok_or_else(|| lacks(scheme));
        needed.iter().map(|needed| fixed(needed.scheme)).collect()
    }

    /// Whether a refresh that the caller asks for may be sent in the mode of the client.
    pub(crate) fn check_refresh(self: &Arc<Self>) -> Result<(), Error> {
        let dispatch = Arc::clone(self) as Arc<dyn Dispatch>;
        let call = OAuth2::new(dispatch).get_token(TokenRequest::new(GrantType::RefreshToken));
        self.exchange_credentials(call.request()).map(|_| ()).map_err(|error| error.at(call.request().operation.id))
    }

    async fn post_with_credentials(&self, request: Request) -> Posted {
        match self.exchange_credentials(&request) {
            Ok(credentials) => self.post(&request, &credentials).await,
            Err(error) => Posted::NotSent(error),
        }
    }
}

/// A refusal is an error; an answer without tokens of use is one only where its status is.
fn weighed(
    operation: &'static Operation,
    takes_client: bool,
    (response, tokens): SignedIn,
) -> Result<Exchanged, Error> {
    match tokens {
        Err(error @ TokenError::Refused { .. }) => Err(Error::token_answer(error, response)),
        Err(error @ TokenError::ClientAuth { .. }) if takes_client => Err(Error::token_answer(error, response)),
        Err(error) => Ok(Exchanged { response: judged(operation, response)?, tokens: Err(error) }),
        Ok(tokens) => Ok(Exchanged { response, tokens: Ok(tokens) }),
    }
}

/// The services of one instance that issue tokens.
struct Endpoint {
    middleware: Arc<Middleware>,
    /// The tokens in use before the exchange, and those that it sends: they may be out of use when it fails.
    known: Mutex<Vec<Secret>>,
}

impl Endpoint {
    fn dispatch(&self) -> Arc<dyn Dispatch> {
        Arc::clone(&self.middleware) as Arc<dyn Dispatch>
    }

    /// The request, whose secrets are remembered.
    fn request<T, K>(&self, call: &Call<T, K>) -> Request {
        let request = call.request().clone();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(request.secrets());
        request
    }

    /// The operation that renews tokens.
    fn operation(&self) -> &'static str {
        OAuth2::new(self.dispatch()).get_token(TokenRequest::new(GrantType::RefreshToken)).request().operation.id
    }
}

impl TokenEndpoint for Endpoint {
    fn refresh(&self, refresh_token: Secret) -> BoxFuture<Posted> {
        let request = TokenRequest::new(GrantType::RefreshToken).refresh_token(refresh_token);
        let call = OAuth2::new(self.dispatch()).get_token(request).auth_mode(AuthMode::Auto);
        let (this, request) = (Arc::clone(&self.middleware), self.request(&call));
        Box::pin(async move { this.post_with_credentials(request).await })
    }

    fn introspect(&self, token: Secret) -> BoxFuture<Probe> {
        let call = OAuth2::new(self.dispatch()).introspect_token(TokenReference::new(token)).auth_mode(AuthMode::Auto);
        let (this, request) = (Arc::clone(&self.middleware), self.request(&call));
        Box::pin(async move {
            let Posted::Answered(response) = this.post_with_credentials(request).await else { return Probe::Unknown };
            match reply::is_active(response.status(), response.body()) {
                Some(true) => Probe::Active,
                Some(false) => Probe::Inactive,
                None => Probe::Unknown,
            }
        })
    }

    fn cleaned(&self, error: Error) -> Error {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.middleware.scrubbed(&known, error)
    }

    fn issue(&self) -> Option<BoxFuture<Posted>> {
        let tokens = self.middleware.manager.peek().flatten();
        if !self.middleware.can_issue(tokens.and_then(|tokens| tokens.issuer)) {
            return None;
        }
        let call = LegacyAuth::new(self.dispatch()).issue_token().auth_mode(AuthMode::Auto);
        let (this, request) = (Arc::clone(&self.middleware), self.request(&call));
        Some(Box::pin(async move { this.post_with_credentials(request).await }))
    }
}
