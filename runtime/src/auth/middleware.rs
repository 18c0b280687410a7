//! Sends described calls: plans the credentials, applies them, and on 401 renews the token once or goes on to the next.

mod exchanges;
mod logout;
mod outgoing;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::call::{Request, Sent};
use zeyos_core::{
    AuthMode, BoxFuture, ByteStream, Decoding, Defaulted, Dispatch, DryRun, Error, FilterMember, Holder, KeyPlace,
    Operation, Refusal, Requirement, Safety, SchemeKind, Secret, SecurityScheme, TokenError,
};

use super::allowed::Allowed;
use super::apply::Credential;
use super::credentials::{ClientCredentials, CredentialValue, Credentials, Role, UserCredentials, bare_cookie};
use super::limits::CALLBACK;
use super::login::Login;
use super::manager::{Manager, Snapshot, Wait, Why};
use super::reply;
use super::select::{Available, Bearer, Plan, Session, obstacle, select};
use super::{ClientAuthMethod, Identity};
use crate::TokenSet;
use crate::event::{Event, Events};
use crate::oauth2::LoginMemory;
use crate::scrub::Scrubber;
use crate::transport::gate::Gate;
use crate::transport::{Transport, TransportBody, TransportError};

pub(crate) use exchanges::Exchanged;
pub(crate) use outgoing::Base;
use outgoing::{Kind, sent};

/// How large an answer of a token endpoint may be, and how long it may take.
const TOKEN_BODY: usize = 64 * 1024;
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How long any other answer may take.
const TIMEOUT: Duration = Duration::from_secs(600);

/// How often a call is sent again because its token was replaced while it was on its way.
const RESENDS: u32 = 8;

/// When a call whose bearer token is refused goes on to the session cookie. It does so only after a 401, so that nothing is
/// carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SessionFallback {
    /// For every call.
    #[default]
    Always,
    /// Only for calls that change nothing: a write under another identity than intended may be worse than none.
    ReadsOnly,
    /// For none.
    Never,
}

/// What a client was set to.
pub(crate) struct Settings {
    pub base: Base,
    pub mode: AuthMode,
    pub auto_refresh: bool,
    pub session_fallback: SessionFallback,
    pub login: Login,
    pub timeout: Option<Duration>,
    /// How many bytes the body of an answer may have that is read as a whole, and one that is handed over piece by piece.
    pub max_body: usize,
    pub max_streamed: usize,
    /// How long a call waits for a server that asked to wait.
    pub max_wait: Duration,
    pub decoding: Decoding,
    pub filter_member: FilterMember,
    pub user_agent: http::HeaderValue,
}

/// The client behind [`Dispatch`].
pub(crate) struct Middleware {
    /// What all users of a client share.
    pub shared: Arc<Shared>,
    pub credentials: Credentials,
    pub allowed: Allowed,
    pub manager: Arc<Manager>,
    pub memory: LoginMemory,
}

/// What all users of a client share.
pub(crate) struct Shared {
    pub settings: Settings,
    pub transport: Arc<dyn Transport>,
    pub events: Events,
    pub gate: Gate,
    /// Whether it was said that a credential goes along in a URL.
    pub has_warned: AtomicBool,
}

impl Deref for Middleware {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// In pieces only where that was asked for, and only if it is a result of the operation.
type Answer = Result<http::Response<TransportBody>, Error>;

/// What became of one alternative of the plan.
enum Attempt {
    /// This is the outcome of the call.
    Final(Answer),
    /// The credential was refused, so the request was not carried out: the next alternative may try.
    Refused(Error),
}

impl Middleware {
    /// The same client for another user. Of the credentials he has those of the client application and of other documents; session
    /// and password belong to the one who configured them.
    pub(crate) fn for_user(&self, identity: Identity) -> Self {
        let Identity { tokens, store, session, user, allowed } = identity;
        Middleware {
            shared: Arc::clone(&self.shared),
            credentials: Credentials { session, user, ..self.credentials.clone() },
            allowed: self.allowed.within(allowed),
            manager: Arc::new(self.manager.of_another(store, tokens)),
            memory: LoginMemory::default(),
        }
    }

    /// How long a call may take, if that was said: for it, or for the client.
    fn limit(&self, request: &Request) -> Option<Duration> {
        request.options.timeout.or(self.settings.timeout)
    }

    /// What a call was asked for, or the client is set to.
    fn mode(&self, request: &Request) -> AuthMode {
        request.options.auth_mode.unwrap_or(self.settings.mode)
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
            _ => Bearer::Missing,
        }
    }

    async fn run(self: Arc<Self>, mut request: Request) -> Answer {
        self.allowed.check(request.operation)?;
        if request.operation.safety == Safety::TokenExchange {
            // The tokens in the answer are read before it is handed over.
            request.is_streamed = false;
            let response = match self.manager.issuers.of(request.operation) {
                Some(issuer) => self.exchange(request, issuer).await?.response,
                None => self.exchange_apart(request).await?,
            };
            return Ok(response.map(TransportBody::Whole));
        }
        request.check()?;
        let snapshot = self.snapshot(&request).await?;
        let plan = self.plan(&request, self.available(&request, self.bearer(snapshot.tokens.as_deref())))?;
        judged(request.operation, self.attempt(&request, plan, &snapshot).await?)
    }

    /// The tokens, if the call may need them: a public operation must not fail because a store does.
    async fn snapshot(&self, request: &Request) -> Result<Snapshot, Error> {
        let sends_bearer = matches!(self.mode(request), AuthMode::Auto | AuthMode::OAuth);
        if sends_bearer && self.takes(request.operation, Role::Tokens) {
            self.manager.current(self.limit(request)).await
        } else {
            Ok(Snapshot::default())
        }
    }

    /// What to send. An exchange of tokens that lacks the client application cannot succeed, which is an error of its own.
    fn plan(&self, request: &Request, available: Available<'_>) -> Result<Plan, Error> {
        let (operation, mode) = (request.operation, self.mode(request));
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
    async fn attempt(self: &Arc<Self>, request: &Request, plan: Plan, snapshot: &Snapshot) -> Answer {
        let mut failed: Option<Error> = None;
        for alternative in plan {
            let may_fall_back = !sends_cookie(alternative) || self.may_fall_back(request.operation);
            if failed.is_some() && (!may_fall_back || request.body.is_spent()) {
                continue;
            }
            let attempt = if alternative.iter().any(|needed| self.role(needed.scheme) == Role::Tokens) {
                self.with_bearer(request, alternative, snapshot).await
            } else {
                self.send_as(request, alternative, snapshot, failed.is_some()).await
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

    /// Sends with the access token: renewed before if it is about to end, renewed once after a 401. A 401 for a token that was
    /// replaced in the meantime says nothing of the new one, which is simply sent.
    async fn with_bearer(
        self: &Arc<Self>,
        request: &Request,
        alternative: &'static [Requirement],
        snapshot: &Snapshot,
    ) -> Attempt {
        let secrets = self.tokens();
        let mut snapshot = match self.early(request, snapshot).await {
            Ok(snapshot) => snapshot,
            Err(error) => return self.not_renewed(&secrets, error),
        };
        let mut has_renewed = false;
        for _ in 0..RESENDS {
            let unauthorized = match self.send_as(request, alternative, &snapshot, false).await {
                Attempt::Refused(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => error,
                other => return other,
            };
            snapshot = match self.after_unauthorized(request, &snapshot, &mut has_renewed).await {
                // A stream that cannot be made again is not sent again; the next call has the new tokens.
                Ok(Some(newer)) if !request.body.is_spent() => newer,
                Ok(_) => return Attempt::Refused(unauthorized),
                Err(error) => return self.not_renewed(&secrets, error.after(unauthorized)),
            };
        }
        match self.send_as(request, alternative, &snapshot, false).await {
            Attempt::Refused(error) if error.status() == Some(StatusCode::UNAUTHORIZED) => {
                self.not_renewed(&secrets, self.manager.reject(snapshot.generation).after(error))
            }
            other => other,
        }
    }

    /// The tokens to send next, if there are any. While the refresh token lives, an error says why there are none.
    async fn after_unauthorized(
        self: &Arc<Self>,
        request: &Request,
        refused: &Snapshot,
        has_renewed: &mut bool,
    ) -> Result<Option<Snapshot>, Error> {
        let current = self.manager.current(self.limit(request)).await?;
        if current.generation > refused.generation {
            return Ok(current.tokens.is_some().then_some(current));
        }
        if !refused.tokens.as_deref().is_some_and(|tokens| self.can_renew(tokens)) {
            return Ok(None);
        }
        if *has_renewed {
            // Another process may have renewed them since.
            let newer = self.manager.changed(refused.generation, self.limit(request)).await?;
            return newer.map_or_else(|| Err(self.manager.reject(refused.generation)), |newer| Ok(Some(newer)));
        }
        let newer = self.renewed_when_rested(request, refused.generation).await?;
        // What another program was issued may be old by now.
        *has_renewed = self.manager.has_issued(newer.generation);
        Ok(Some(newer))
    }

    /// Tokens in place of some that were refused. A call that comes too soon after the last ones waits, as far as it has time.
    async fn renewed_when_rested(self: &Arc<Self>, request: &Request, generation: u64) -> Result<Snapshot, Error> {
        let wait = Wait::For(self.limit(request));
        match self.refreshed(generation, Why::Rejected, wait).await {
            Err(error) if is_on_hold(&error) => {
                let most = self.settings.max_wait;
                let patience = self.limit(request).map_or(most, |limit| limit.min(most));
                if self.manager.rested(generation, patience).await {
                    self.refreshed(generation, Why::Rejected, wait).await
                } else {
                    Err(error)
                }
            }
            other => other,
        }
    }

    /// A store that fails is not passed over: what it holds may be the only tokens that live.
    fn not_renewed(&self, secrets: &[Secret], error: Error) -> Attempt {
        let error = self.scrubbed(secrets, error);
        // Where nothing was tried, nothing has failed.
        if !is_on_hold(&error) {
            self.events.emit(&Event::refresh_failed(&error));
        }
        if error.is_store() { Attempt::Final(Err(error)) } else { Attempt::Refused(error) }
    }

    /// Renews a token that is about to end. While the old one still works, a failure is no reason not to send it, nor is a
    /// renewal that takes long.
    async fn early(self: &Arc<Self>, request: &Request, snapshot: &Snapshot) -> Result<Snapshot, Error> {
        let snapshot = self.manager.newest(snapshot);
        let Some(tokens) = snapshot.tokens.as_deref().filter(|tokens| self.can_renew(tokens)) else {
            return Ok(snapshot);
        };
        let is_missing = tokens.access_token.is_none();
        if !is_missing && !self.manager.is_due(&snapshot) {
            return Ok(snapshot);
        }
        let works = !is_missing && !self.manager.has_ended(&snapshot);
        let limit = self.limit(request);
        let wait = if works { Wait::Briefly(limit) } else { Wait::For(limit) };
        match self.refreshed(snapshot.generation, Why::Due, wait).await {
            // Whoever goes on without waiting has not seen it fail.
            Err(error) if works && error.is_timeout() => Ok(snapshot),
            Err(error) if !is_missing => {
                self.events.emit(&Event::refresh_failed(&error));
                Ok(snapshot)
            }
            other => other,
        }
    }

    /// Whether new tokens can be had: for a refresh token, or for the configured password.
    fn can_renew(&self, tokens: &TokenSet) -> bool {
        let credentials = &self.credentials;
        let can_ask = credentials.client.is_some() && self.manager.issuers.renewing().is_some();
        let can_refresh = tokens.refresh_token.is_some() && can_ask;
        let can_issue = tokens.refresh_token.is_none() && self.can_issue(tokens);
        self.settings.auto_refresh && (can_refresh || can_issue)
    }

    /// Whether ended tokens can be issued anew for the configured pair. What another issuer gave cannot.
    fn can_issue(&self, tokens: &TokenSet) -> bool {
        let issuers = &self.manager.issuers;
        let is_other = |issuing| issuers.named(tokens.issuer.as_ref()).is_some_and(|issuer| issuer != issuing);
        let can_ask = issuers.issuing().is_some_and(|issuing| !is_other(issuing));
        self.settings.auto_refresh && self.credentials.user.is_some() && can_ask
    }

    /// The credential of a scheme that needs no token and no provider.
    fn fixed(&self, request: &Request, scheme: &'static SecurityScheme) -> Option<Credential> {
        let credentials = &self.credentials;
        match self.role(scheme) {
            Role::Client => credentials.client.clone().map(Credential::Client),
            Role::User => credentials.user.clone().map(Credential::User),
            Role::Key => {
                let origin = self.settings.base.origin(request.operation.service);
                keyed(scheme.kind, credentials.key(scheme.credential, origin)?.clone())
            }
            Role::Tokens | Role::Session => None,
        }
    }

    async fn session(&self, request: &Request, kind: SchemeKind) -> Result<Option<Credential>, Error> {
        let SchemeKind::ApiKey { place: place @ KeyPlace::Cookie, name } = kind else { return Ok(None) };
        let Some(source) = &self.credentials.session else { return Ok(None) };
        let limit = self.limit(request).unwrap_or(CALLBACK);
        let Some(value) = source.value(self.manager.runtime().deadlines(), limit).await? else { return Ok(None) };
        Ok(bare_cookie(value.expose(), name).then_some(Credential::Key { place, name, value }))
    }

    async fn credential(
        &self,
        request: &Request,
        scheme: &'static SecurityScheme,
        tokens: Option<&TokenSet>,
    ) -> Result<Option<Credential>, Error> {
        match self.role(scheme) {
            Role::Tokens => Ok(tokens.and_then(|tokens| tokens.access_token.clone()).map(Credential::Bearer)),
            Role::Session => self.session(request, scheme.kind).await,
            _ => Ok(self.fixed(request, scheme)),
        }
    }

    /// Why a credential that was planned is not there now: a provider has no cookie, or the tokens were cleared in between.
    fn lacks(&self, request: &Request, scheme: &'static SecurityScheme, snapshot: &Snapshot) -> Error {
        let mut available = self.available(request, self.bearer(snapshot.tokens.as_deref()));
        match self.role(scheme) {
            Role::Session => available.session = Session::Empty,
            _ => available.bearer = Bearer::Missing,
        }
        let mode = self.mode(request);
        let alone = || Refusal { unusable: obstacle(scheme, mode, available).into_iter().collect() };
        Error::refused(select(request.operation.security, mode, available).err().unwrap_or_else(alone))
    }

    /// Sends with the credentials of one alternative.
    async fn send_as(
        &self,
        request: &Request,
        alternative: &'static [Requirement],
        snapshot: &Snapshot,
        falls_back: bool,
    ) -> Attempt {
        let mut credentials = Vec::new();
        for needed in alternative {
            match self.credential(request, needed.scheme, snapshot.tokens.as_deref()).await {
                Ok(Some(credential)) => credentials.push(credential),
                Ok(None) => return Attempt::Refused(self.lacks(request, needed.scheme, snapshot)),
                Err(error) => return Attempt::Refused(error),
            }
        }
        if falls_back && sends_cookie(alternative) {
            self.events.emit(&Event::FellBackToSession { operation: request.operation.id });
        }
        match self.transmit(request, &credentials, Kind::Call).await {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                Attempt::Refused(Error::status_of(response.map(TransportBody::into_bytes)))
            }
            answer => Attempt::Final(answer),
        }
    }

    async fn transmit(&self, request: &Request, credentials: &[Credential], kind: Kind) -> Answer {
        let outgoing = self.outgoing(request, credentials, kind)?;
        let origin = origin(outgoing.request.uri());
        let patience = outgoing.timeout.map_or(self.settings.max_wait, |timeout| timeout.min(self.settings.max_wait));
        // Whoever runs the caller need not have a timer.
        let pass = self.gate.admit(&origin, self.manager.runtime().deadlines(), patience).await?;
        let sent = sent(request, credentials);
        let answer = self.carried(request, outgoing).await;
        pass.observe(answer.as_ref().ok());
        match answer {
            Ok(mut response) => {
                response.extensions_mut().insert(sent);
                Ok(response)
            }
            Err(error) => Err(error.into_error().carrying(sent)),
        }
    }

    /// What a call is about to send, or may send, that nobody else may see.
    fn secrets(&self, request: &Request) -> Vec<Secret> {
        [request.secrets(), self.tokens()].concat()
    }

    /// The tokens in use, as far as they are known, and the last ones before them.
    pub(crate) fn tokens(&self) -> Vec<Secret> {
        let tokens = self.manager.peek().flatten();
        let both = tokens.iter().flat_map(|tokens| [tokens.access_token.clone(), tokens.refresh_token.clone()]);
        both.flatten().chain(self.manager.former()).collect()
    }

    /// Takes secrets out of what an error repeats of the answer: those that were known before the call, and those of now.
    pub(crate) fn scrubbed(&self, before: &[Secret], error: Error) -> Error {
        let mut secrets = before.to_vec();
        secrets.extend(error.sent().cloned());
        secrets.extend(self.tokens());
        // An answer that is not taken may hold tokens all the same.
        secrets.extend(error.body().map(reply::issued).unwrap_or_default());
        secrets.extend(self.credentials.secrets());
        let scrubber = Scrubber::new(&secrets);
        error.cleaned(|text| scrubber.redacted(text))
    }
}

/// Whether nothing was asked of the server, because it is too soon.
fn is_on_hold(error: &Error) -> bool {
    matches!(error.token_error(), Some(TokenError::OnHold { .. }))
}

/// A configured value in the way that its scheme sends it.
fn keyed(kind: SchemeKind, value: CredentialValue) -> Option<Credential> {
    Some(match (kind, value) {
        (SchemeKind::Bearer, CredentialValue::Secret(token)) => Credential::Bearer(token),
        (SchemeKind::ApiKey { place, name }, CredentialValue::Secret(value)) => Credential::Key { place, name, value },
        (SchemeKind::InBody { member }, CredentialValue::Secret(value)) => Credential::Member { member, value },
        (SchemeKind::Basic(Holder::User), CredentialValue::Pair { name, password }) => {
            Credential::User(UserCredentials { name, password })
        }
        (SchemeKind::Basic(Holder::Client), CredentialValue::Pair { name: id, password: secret }) => {
            Credential::Client(Arc::new(ClientCredentials { id, secret, method: ClientAuthMethod::Basic }))
        }
        _ => return None,
    })
}

/// Whether an alternative sends the cookie of a session.
fn sends_cookie(alternative: &[Requirement]) -> bool {
    alternative.iter().any(|needed| needed.scheme.kind.is_cookie())
}

/// Scheme, host and port.
fn origin(uri: &http::Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.authority().map_or("", |authority| authority.as_str()))
}

/// A response whose status is a result of the operation; anything else is an error.
fn judged<B>(operation: &'static Operation, response: http::Response<B>) -> Result<http::Response<B>, Error>
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
    fn send(self: Arc<Self>, request: Request) -> BoxFuture<Result<http::Response<Bytes>, Error>> {
        Box::pin(async move {
            let before = self.tokens();
            let outcome = Arc::clone(&self).run(request).await;
            outcome.map(|answer| answer.map(TransportBody::into_bytes)).map_err(|error| self.scrubbed(&before, error))
        })
    }

    fn send_streamed(self: Arc<Self>, mut request: Request) -> BoxFuture<Result<http::Response<ByteStream>, Error>> {
        request.is_streamed = true;
        Box::pin(async move {
            let before = self.tokens();
            let outcome = Arc::clone(&self).run(request).await;
            let mut answer = outcome.map_err(|error| self.scrubbed(&before, error))?;
            let sent: Sent = answer.extensions_mut().remove().unwrap_or_default();
            let failed = move |error: TransportError| self.scrubbed(&before, error.into_error().carrying(sent.clone()));
            Ok(answer.map(|body| body.into_pieces().map_err(failed)))
        })
    }

    fn dry_run(&self, request: Request) -> Result<DryRun, Error> {
        self.describe(&request)
    }

    fn cleaned(&self, error: Error, own: &[Secret]) -> Error {
        self.scrubbed(own, error)
    }

    fn filter_member(&self) -> FilterMember {
        self.settings.filter_member
    }

    fn decoding(&self) -> Decoding {
        self.settings.decoding
    }

    fn defaulted(&self, operation: &'static Operation, defaulted: &Defaulted) {
        let Defaulted { record, column, .. } = *defaulted;
        self.events.emit(&Event::Defaulted { operation: operation.id, record, column });
    }
}
