//! Exchanges of tokens: sign-ins and refreshes, all under the lock of the manager. A caller that gives up does not stop them.

use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use zeyos_core::call::{Repeatable, Request};
use zeyos_core::{AuthMode, BoxFuture, Error, Issuer, IssuerGrant, Operation, RequestId, Secret, TokenError};

use super::{Middleware, classified};
use crate::TokenSet;
use crate::auth::credentials::Role;
use crate::auth::issuers;
use crate::auth::manager::{RefreshReason, SendOutcome, SentAt, SignIn, SignedIn, Snapshot, TokenEndpoint, Wait};
use crate::auth::reply;
use crate::auth::rotation::Probe;
use crate::auth::select::Bearer;
use crate::observe::{self, Watch};
use crate::request::{Credential, Kind, host, opened};
use crate::transport::{TransportBody, TransportError};

/// An answer of a token endpoint without a refusal, with its tokens or the reason why there are none.
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
    pub(crate) async fn refreshed(
        self: &Arc<Self>,
        generation: u64,
        reason: RefreshReason,
        wait: Wait,
    ) -> Result<Snapshot, Error> {
        let endpoint = Arc::new(Endpoint::of(self, self.request_ids.next()));
        let newer = self.manager.newer_than(generation, reason, endpoint, wait).await;
        let operation = self.manager.issuers.renewing().map(|issuer| issuer.renewal().id);
        // Whoever asks again gets what is there by then: the manager never sends a token twice for that.
        newer.map_err(|error| operation.into_iter().fold(error, Error::at).with_repeatable(Repeatable::Freely))
    }

    /// A sign-in: under the lock of the refresh, and its tokens are stored unless the caller wants them alone. The limit of the
    /// caller ends his wait and not the sign-in. An answer without tokens of use is not an error here, since the caller may
    /// read more into it than this client does.
    pub(crate) async fn exchange(
        self: Arc<Self>,
        request: Request,
        issuer: &'static Issuer,
        watch: &Watch,
    ) -> Result<Exchanged, Error> {
        request.check()?;
        let credentials = self.exchange_credentials(&request)?;
        watch.hands_over(&credentials);
        let id = watch.id;
        let operation = request.operation;
        let is_oauth = issuer.grant == IssuerGrant::OAuth2;
        let sends_client = matches!(self.settings.mode(&request), AuthMode::Auto | AuthMode::OAuth);
        let endpoint = || Arc::new(Endpoint::of(&self, id));
        let can_ask = is_oauth && sends_client && self.credentials.client.is_some();
        let sign_in = SignIn {
            issuer,
            endpoint: can_ask.then(|| endpoint() as Arc<dyn TokenEndpoint>),
            is_detached: request.options.detached,
        };
        let (limit, before) = (self.manager.patience(self.settings.limit(&request)), self.secrets(&request));
        let this = Arc::clone(&self);
        let signed_in = self.manager.runtime().outcome(limit, async move {
            let (poster, is_detached) = (Arc::clone(&this), sign_in.is_detached);
            let post = async move { poster.post(&request, &credentials, id).await };
            let signed_in = this.manager.sign_in(sign_in, post).await?;
            if signed_in.1.is_ok() && !is_detached {
                this.memory.begin();
            }
            Ok(signed_in)
        });
        let takes_client = self.takes(operation, Role::Client);
        let exchanged = signed_in.await.and_then(|signed_in| checked_tokens(operation, takes_client, signed_in));
        exchanged.map_err(|error| self.scrubbed(&before, error))
    }

    /// An exchange whose tokens belong to no login of this client: they are neither parsed nor stored. The limit of the caller ends
    /// only its own wait.
    pub(super) async fn exchange_apart(
        self: Arc<Self>,
        request: Request,
        watch: &Watch,
    ) -> Result<http::Response<Bytes>, Error> {
        request.check()?;
        let credentials = self.exchange_credentials(&request)?;
        let (limit, before) = (self.manager.patience(self.settings.limit(&request)), self.secrets(&request));
        watch.hands_over(&credentials);
        let (this, operation, id) = (Arc::clone(&self), request.operation, watch.id);
        let sent = async move {
            match this.post(&request, &credentials, id).await {
                SendOutcome::Answered(response) => classified(operation, response),
                SendOutcome::NotSent(error) | SendOutcome::Incomplete(_, error) => Err(error),
            }
        };
        let answer = self.manager.runtime().outcome(limit, sent).await;
        answer.map_err(|error| self.scrubbed(&before, error))
    }

    /// Sends a token request once, and distinguishes a request that was certainly not sent.
    async fn post(&self, request: &Request, credentials: &[Credential], id: RequestId) -> SendOutcome {
        let mut outgoing = match self.build(request, credentials, Kind::Exchange).and_then(opened) {
            Ok(outgoing) => outgoing,
            Err(error) => return SendOutcome::NotSent(error),
        };
        self.stamp(&mut outgoing, id);
        let signed = credentials.iter().filter_map(|credential| credential.secret().cloned());
        let (sent_at, sent) = (SentAt(self.manager.now()), self.sent(request, signed).by(id));
        let origin = self.settings.base.origin(request.operation.service);
        let failed = |error: TransportError| error.into_error().carrying(sent.clone()).towards(host(origin));
        let clock = self.manager.runtime().deadlines();
        let attempt = observe::exchange(request.operation, credentials, clock);
        let answer = self.carried(request, outgoing, clock).await;
        attempt.answered(&self.settings.base, answer.as_ref());
        match answer.map(|answer| answer.map(TransportBody::into_bytes)) {
            Ok(mut response) => {
                response.extensions_mut().insert(sent_at);
                response.extensions_mut().insert(sent.clone());
                SendOutcome::Answered(response)
            }
            Err(error) if error.is_unsent() => SendOutcome::NotSent(failed(error)),
            Err(error) => SendOutcome::Incomplete(error.partial().clone(), failed(error)),
        }
    }

    fn exchange_credentials(&self, request: &Request) -> Result<Vec<Credential>, Error> {
        let plan = self.plan(request, self.available(request, Bearer::Missing))?;
        let missing = |scheme| self.missing_credential(request, scheme, &Snapshot::default());
        let fixed = |scheme| self.fixed(request, scheme).ok_or_else(|| missing(scheme));
        plan.first.iter().map(|needed| fixed(needed.scheme)).collect()
    }

    /// Whether a refresh that the caller asks for may be sent in the mode of the client.
    pub(crate) fn check_refresh(self: &Arc<Self>) -> Result<(), Error> {
        let issuer = self.manager.issuers.renewing().ok_or_else(|| Error::token(TokenError::NoRefreshToken))?;
        let mut request = issuers::renewal(issuer, None);
        // It is the caller who asks this time.
        request.options.auth_mode = None;
        self.exchange_credentials(&request).map(|_| ()).map_err(|error| error.at(request.operation.id))
    }

    async fn post_with_credentials(&self, request: Request, id: RequestId) -> SendOutcome {
        match self.exchange_credentials(&request) {
            Ok(credentials) => self.post(&request, &credentials, id).await,
            Err(error) => SendOutcome::NotSent(error),
        }
    }
}

/// A refusal is an error; an answer without tokens of use is one only where its status is.
fn checked_tokens(
    operation: &'static Operation,
    takes_client: bool,
    (response, tokens): SignedIn,
) -> Result<Exchanged, Error> {
    match tokens {
        Err(error @ TokenError::Refused { .. }) => Err(Error::token_answer(error, response)),
        Err(error @ TokenError::ClientAuth { .. }) if takes_client => Err(Error::token_answer(error, response)),
        Err(error) => Ok(Exchanged { response: classified(operation, response)?, tokens: Err(error) }),
        Ok(tokens) => Ok(Exchanged { response, tokens: Ok(tokens) }),
    }
}

/// The services that issue the tokens of a login.
struct Endpoint {
    middleware: Arc<Middleware>,
    /// The tokens in use before the exchange, and those that it sends: they may be out of use when it fails.
    known: Mutex<Vec<Secret>>,
    /// The name of the renewal or of the call.
    id: RequestId,
}

impl Endpoint {
    fn of(middleware: &Arc<Middleware>, id: RequestId) -> Self {
        Endpoint { middleware: Arc::clone(middleware), known: Mutex::new(middleware.tokens()), id }
    }

    /// Sends a request whose secrets are remembered.
    fn send(&self, request: Request) -> BoxFuture<SendOutcome> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(request.secrets());
        let this = Arc::clone(&self.middleware);
        let id = self.id;
        Box::pin(async move { this.post_with_credentials(request, id).await })
    }

    fn renewing(&self) -> Option<&'static Issuer> {
        self.middleware.manager.issuers.renewing()
    }
}

impl TokenEndpoint for Endpoint {
    fn id(&self) -> RequestId {
        self.id
    }

    fn refresh(&self, refresh_token: Secret) -> BoxFuture<SendOutcome> {
        match self.renewing() {
            Some(issuer) => self.send(issuers::renewal(issuer, Some(refresh_token))),
            None => Box::pin(ready(SendOutcome::NotSent(Error::token(TokenError::NoRefreshToken)))),
        }
    }

    fn introspect(&self, token: Secret) -> BoxFuture<Probe> {
        let Some(operation) = self.renewing().and_then(|issuer| issuer.introspection) else {
            return Box::pin(ready(Probe::Unknown));
        };
        let sent = self.send(issuers::introspection(operation, token));
        Box::pin(async move {
            let SendOutcome::Answered(response) = sent.await else { return Probe::Unknown };
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

    fn issue(&self) -> Option<BoxFuture<SendOutcome>> {
        let tokens = self.middleware.manager.cached().flatten();
        let can_issue = self.middleware.can_issue(tokens.as_deref().unwrap_or(&TokenSet::default()));
        let issuer = self.middleware.manager.issuers.issuing().filter(|_| can_issue)?;
        Some(self.send(issuers::issue(issuer)))
    }
}
