//! The auth middleware sends described calls: it plans the credentials, applies them, and on 401 refreshes the token once or tries the next
//! alternative.

mod alternative;
mod bearer;
mod exchanges;
mod logins;
mod logout;
mod repeats;
mod secrets;

use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use zeyos_core::call::{Request, Sent};
use zeyos_core::decode::Drifts;
use zeyos_core::{
    AuthMode, BoxFuture, ByteStream, Decoding, Dispatch, DryRun, Error, FilledDefault, FilterMember, Operation,
    Refusal, Requirement, Safety, Secret, SecurityScheme, TokenError, Validation, Violations,
};

use super::Identity;
use super::allowed::Allowed;
use super::credentials::{Credentials, Key, Role};
use super::login::Login;
use super::login_registry::LoginRegistry;
use super::manager::{Manager, Snapshot};
use super::select::{Available, Bearer, Plan, Session, select};
use crate::TokenSet;
use crate::event::ClientEvent;
use crate::observe::{self, UnderWay, Watch};
use crate::request::{ClientCredentials, with_idempotency_key};
use crate::shared::{SessionFallback, Shared};
use crate::transport::{TransportBody, TransportError};

use alternative::sends_cookie;
pub(crate) use exchanges::Exchanged;

/// The client behind [`Dispatch`].
pub(crate) struct Middleware {
    /// What all users of a client share.
    pub shared: Arc<Shared>,
    pub credentials: Credentials,
    pub allowed: Allowed,
    pub login: Arc<Login>,
    pub manager: Arc<Manager>,
    pub memory: LoginRegistry,
    /// The further logins of the same user, each for the services of other documents. They have none of their own.
    pub further: Vec<Arc<Middleware>>,
}

impl Deref for Middleware {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// An answer. It is streamed only if the call asks for it, and only for a status that is a result of the operation.
type Answer = Result<http::Response<TransportBody>, Error>;

/// The result of trying one alternative of the plan.
enum Attempt {
    /// The result of the call.
    Final(Answer),
    /// The credential was refused, so the request was not carried out: the next alternative may try.
    Refused(Error),
}

/// The credentials of one user that replace those of the client.
#[derive(Default)]
pub(crate) struct Own {
    pub client: Option<Arc<ClientCredentials>>,
    /// The login id of that client application.
    pub login_id: Option<String>,
    pub keys: Vec<Key>,
}

impl Middleware {
    /// The same client for another user, with the credentials of the client application and of other documents, unless that user
    /// has others; session and password belong to the one who configured them.
    pub(crate) fn for_user(&self, identity: Identity, own: Own) -> Self {
        let initial = identity.initial().cloned();
        let Identity { store, session, user, allowed, mut further, .. } = identity;
        let allowed = self.allowed.within(allowed);
        // A further login without an identity has no user yet.
        let mut of = |credential| {
            let given = further.iter().position(|(known, _)| *known == credential);
            given.map_or_else(Identity::new, |given| further.swap_remove(given).1)
        };
        let further: Vec<_> = self
            .further
            .iter()
            .map(|login| {
                let given = of(login.login.tokens);
                let allowed = allowed.within(given.allowed);
                // An operation may ask for the tokens of this login beside a key, and the key is the user's there too.
                let own = Own { keys: own.keys.clone(), ..Own::default() };
                Arc::new(login.for_user(Identity { allowed, ..given }, own))
            })
            .collect();
        let others = self.credentials.clone();
        Middleware {
            shared: Arc::clone(&self.shared),
            credentials: Credentials {
                session,
                user,
                client: own.client.or(others.client),
                // The last one counts.
                keys: if own.keys.is_empty() {
                    others.keys
                } else {
                    others.keys.iter().cloned().chain(own.keys).collect()
                },
                ..others
            },
            allowed,
            login: Arc::clone(&self.login),
            manager: Arc::new(self.manager.of_another(own.login_id, store, initial)),
            memory: LoginRegistry::default(),
            further,
        }
    }

    /// The login whose tokens are this credential.
    pub(crate) fn with_tokens(self: &Arc<Self>, credential: &'static zeyos_core::Credential) -> Option<&Arc<Self>> {
        std::iter::once(self).chain(&self.further).find(|login| login.login.tokens == credential)
    }

    /// Whether this login has to do with a credential of the operation.
    fn is_for(&self, operation: &Operation) -> bool {
        let is_issued_here = self.manager.issuers.of(operation).is_some();
        is_issued_here || operation.schemes().any(|scheme| self.role(scheme) != Role::Key)
    }

    fn available(&self, request: &Request, bearer: Bearer) -> Available<'_> {
        let configured = &self.credentials;
        let session = if configured.session.is_some() { Session::Present } else { Session::Missing };
        let origin = self.settings.base.origin(request.operation.service);
        Available { configured, origin, bearer, session }
    }

    /// What the credential of a scheme is to this client.
    fn role(&self, scheme: &SecurityScheme) -> Role {
        self.credentials.roles.of(scheme.credential)
    }

    /// Whether one of the alternatives of an operation asks for this credential.
    fn takes(&self, operation: &Operation, role: Role) -> bool {
        operation.schemes().any(|scheme| self.role(scheme) == role)
    }

    fn bearer(&self, tokens: Option<&TokenSet>) -> Bearer {
        match tokens {
            Some(tokens) if tokens.access_token.is_some() => Bearer::Present,
            Some(tokens) if self.can_renew(tokens) => Bearer::Obtainable,
            Some(tokens) if tokens.refresh_token.is_some() => Bearer::Locked,
            None if self.can_begin() => Bearer::Obtainable,
            _ => Bearer::Missing,
        }
    }

    /// The request stays where it is: what is handed from future to future makes each of them larger, and all of them are moved.
    async fn run(self: &Arc<Self>, request: &mut Request, watch: &Watch) -> Answer {
        self.allowed.check(request.operation)?;
        if request.operation.safety == Safety::TokenExchange {
            self.limit_exchange(request);
            // The tokens in the answer are read before it is handed over.
            request.is_streamed = false;
            // Boxed, so that a call, which moves its future, moves a small one.
            let (this, request) = (Arc::clone(self), request.clone());
            let response = match self.manager.issuers.of(request.operation) {
                Some(issuer) => Box::pin(this.exchange(request, issuer, watch)).await?.response,
                None => Box::pin(this.exchange_apart(request, watch)).await?,
            };
            return Ok(response.map(TransportBody::Whole));
        }
        request.check()?;
        // One for all attempts of this call.
        with_idempotency_key(request)?;
        self.repeated(request, watch).await
    }

    /// Sends a call once, or twice where its token is renewed on the way.
    async fn once(self: &Arc<Self>, request: &Request, under_way: &UnderWay<'_>) -> Answer {
        let snapshot = self.snapshot(request).await?;
        let plan = self.plan(request, self.available(request, self.bearer(snapshot.tokens.as_deref())))?;
        classified(request.operation, self.attempt(request, plan, &snapshot, under_way).await?)
    }

    /// The tokens, if the call may need them: a public operation must not fail because a store does.
    async fn snapshot(&self, request: &Request) -> Result<Snapshot, Error> {
        let sends_bearer = matches!(self.settings.mode(request), AuthMode::Auto | AuthMode::OAuth);
        if sends_bearer && self.takes(request.operation, Role::Tokens) {
            self.manager.current(self.settings.limit(request)).await
        } else {
            Ok(Snapshot::default())
        }
    }

    /// What to send. An exchange of tokens that lacks the client application cannot succeed, which is an error of its own.
    fn plan(&self, request: &Request, available: Available<'_>) -> Result<Plan, Error> {
        let (operation, mode) = (request.operation, self.settings.mode(request));
        let is_exchange = operation.safety == Safety::TokenExchange && self.takes(operation, Role::Client);
        select(operation.security, mode, available).map_err(|refusal| {
            if is_exchange && available.configured.client.is_none() && mode != AuthMode::Session {
                Error::token(TokenError::NoClientCredentials)
            } else {
                Error::refused(refusal)
            }
        })
    }

    /// Goes through the plan until a credential is not refused. The error at the end is the last one, with those before it as
    /// its cause; what the server said counts more than a cookie that a provider did not have.
    async fn attempt(
        self: &Arc<Self>,
        request: &Request,
        plan: Plan,
        snapshot: &Snapshot,
        under_way: &UnderWay<'_>,
    ) -> Answer {
        let mut failed: Option<Error> = None;
        for alternative in plan.iter() {
            let may_fall_back = !sends_cookie(alternative) || self.may_fall_back(request.operation);
            if failed.is_some() && (!may_fall_back || request.body.is_spent()) {
                continue;
            }
            let attempt = if alternative.iter().any(|needed| self.role(needed.scheme) == Role::Tokens) {
                self.with_bearer(request, alternative, snapshot, under_way).await
            } else {
                self.send_as(request, alternative, snapshot, failed.is_some(), under_way).await
            };
            let error = match attempt {
                Attempt::Final(answer) => return answer,
                Attempt::Refused(error) => error,
            };
            failed = Some(match failed {
                Some(earlier) if error.refusal().is_some() => earlier,
                Some(earlier) => error.after(earlier),
                None => error,
            });
        }
        Err(failed.unwrap_or_else(|| Error::refused(Refusal { unusable: Vec::new() })))
    }

    fn may_fall_back(&self, operation: &'static Operation) -> bool {
        match self.settings.session_fallback {
            SessionFallback::Always => true,
            SessionFallback::ReadsOnly => operation.safety == Safety::Read,
            SessionFallback::Never => false,
        }
    }

    /// What the request would look like, and what would be tried first.
    fn describe(&self, request: &Request) -> Result<DryRun, Error> {
        self.allowed.check(request.operation)?;
        let mut dry = self.described(request)?;
        dry.credentials = self.first_alternative(request)?;
        Ok(dry)
    }

    /// What would be tried first. A store that has not been read yet is taken to hold a token.
    fn first_alternative(&self, request: &Request) -> Result<&'static [Requirement], Error> {
        let bearer = self.manager.cached().map_or(Bearer::Present, |tokens| self.bearer(tokens.as_deref()));
        let plan = self.plan(request, self.available(request, bearer))?;
        Ok(plan.first)
    }
}

/// A response whose status is a result of the operation; anything else is an error.
fn classified<B>(operation: &'static Operation, response: http::Response<B>) -> Result<http::Response<B>, Error>
where
    TransportBody: From<B>,
{
    if operation.success.contains(&response.status().as_u16()) {
        Ok(response)
    } else {
        Err(Error::status_of(response.map(|body| TransportBody::from(body).into_bytes())))
    }
}

impl Dispatch for Middleware {
    fn send(self: Arc<Self>, mut request: Request) -> BoxFuture<Result<http::Response<Bytes>, Error>> {
        self.unindexed.tell(&request, &self.events);
        let watch = Watch::begin(request.operation, &self.shared, self.manager.runtime().deadlines());
        let logins = self.logins_of(request.operation);
        Box::pin(async move {
            let (_, answer) =
                watch.within(pin!(logins.run(&mut request, &watch)), |(_, answer)| answer.status()).await?;
            Ok(answer.map(TransportBody::into_bytes))
        })
    }

    fn send_streamed(self: Arc<Self>, mut request: Request) -> BoxFuture<Result<http::Response<ByteStream>, Error>> {
        request.is_streamed = true;
        self.unindexed.tell(&request, &self.events);
        let watch = Watch::begin(request.operation, &self.shared, self.manager.runtime().deadlines());
        let logins = self.logins_of(request.operation);
        Box::pin(async move {
            let (this, answer) =
                watch.within(pin!(logins.run(&mut request, &watch)), |(_, answer)| answer.status()).await?;
            let sent = answer.extensions().get::<Sent>().cloned().unwrap_or_default();
            let failed = move |error: TransportError| this.scrubbed(&[], error.into_error().carrying(sent.clone()));
            Ok(answer.map(|body| body.into_pieces().map_err(failed)))
        })
    }

    fn dry_run(&self, request: Request) -> Result<DryRun, Error> {
        self.described_by_logins(&request)
    }

    fn base_url(&self, request: &Request) -> Result<String, Error> {
        Ok(self.settings.base.of(request.operation.service))
    }

    fn cleaned(&self, error: Error, own: &[Secret]) -> Error {
        self.scrubbed(&self.further_secrets().chain(own.iter().cloned()).collect::<Vec<_>>(), error)
    }

    fn filter_member(&self) -> FilterMember {
        self.settings.filter_member
    }

    fn validation(&self) -> Validation {
        self.settings.validation
    }

    fn violated(&self, operation: &'static Operation, violations: &Violations) {
        self.events.emit(&ClientEvent::RulesBroken { operation: operation.id, violations: violations.clone() });
    }

    fn decoding(&self) -> Decoding {
        self.settings.decoding
    }

    fn defaulted(&self, operation: &'static Operation, defaulted: &FilledDefault) {
        let FilledDefault { record, column, .. } = *defaulted;
        self.events.emit(&ClientEvent::FilledDefault { operation: operation.id, record, column });
    }

    fn hears_of_drift(&self) -> bool {
        self.events.are_heard()
    }

    fn drifted(&self, operation: &'static Operation, drifts: Drifts, sent: &[Secret]) {
        for (drift, count) in self.scrubbed_drifts(operation, drifts, sent) {
            self.events.emit(&ClientEvent::Drift { operation: operation.id, drift, count });
        }
    }

    fn page_read(&self, operation: &'static Operation, rows: usize) {
        observe::page(operation, rows);
    }

    fn page_halved(&self, operation: &'static Operation, rows: u32) {
        self.events.emit(&ClientEvent::PageHalved { operation: operation.id, rows });
    }
}
