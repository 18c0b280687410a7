//! Sends described calls: plans the credentials, applies them, and on 401 renews the token once or goes on to the next.

mod outgoing;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use zeyos_core::call::Request;
use zeyos_core::{
    AuthMode, BoxFuture, Decoding, Defaulted, Dispatch, DryRun, Error, Operation, Refusal, Safety, Scheme, Secret,
    TokenError, Unusable,
};
use zeyos_generated::zeyos::oauth2::{GrantType, OAuth2, TokenRequest};

use super::apply::Credential;
use super::credentials::Credentials;
use super::exchange;
use super::manager::{Manager, Snapshot};
use super::select::{Available, Bearer, Plan, select};
use crate::TokenSet;
use crate::event::{Event, Events};
use crate::transport::Transport;

pub(crate) use outgoing::Base;

/// Seconds before its end at which a token is renewed.
const EARLY: i64 = 60;

/// How large an answer of a token endpoint may be, and how long it may take.
const TOKEN_BODY: usize = 64 * 1024;
const TOKEN_TIMEOUT: Duration = Duration::from_secs(30);

/// How large any other answer may be.
const BODY: usize = 64 * 1024 * 1024;

/// What a client was set to.
pub(crate) struct Settings {
    pub base: Base,
    pub mode: AuthMode,
    pub auto_refresh: bool,
    pub credentials: Credentials,
    pub timeout: Option<Duration>,
    pub decoding: Decoding,
    /// Name of the list member that holds the filter.
    pub filter_member: &'static str,
    pub user_agent: http::HeaderValue,
}

/// The client behind [`Dispatch`].
pub(crate) struct Middleware {
    pub settings: Settings,
    pub transport: Arc<dyn Transport>,
    pub manager: Arc<Manager>,
    pub events: Events,
}

type Answer = Result<http::Response<Bytes>, Error>;

impl Middleware {
    /// What a call was asked for, or the client is set to.
    fn mode(&self, request: &Request) -> AuthMode {
        request.options.auth_mode.unwrap_or(self.settings.mode)
    }

    fn available(&self, tokens: Option<&TokenSet>) -> Available {
        let credentials = &self.settings.credentials;
        let client = credentials.client.is_some();
        let bearer = match tokens {
            Some(tokens) if tokens.access_token.is_some() => Bearer::Present,
            Some(tokens) if tokens.refresh_token.is_some() && client && self.settings.auto_refresh => {
                Bearer::Obtainable
            }
            _ => Bearer::Missing,
        };
        Available { bearer, session: credentials.session.is_some(), client, user: credentials.user.is_some() }
    }

    async fn run(self: Arc<Self>, request: Request) -> Answer {
        request.check()?;
        if request.operation.safety == Safety::TokenExchange {
            return self.exchange(request).await;
        }
        let snapshot = self.snapshot(&request).await?;
        let plan = self.plan(&request, &snapshot)?;
        let response = self.attempt(&request, plan, snapshot).await?;
        judged(request.operation, response)
    }

    /// The tokens, if the call may need them: a public operation must not fail because a store does.
    async fn snapshot(&self, request: &Request) -> Result<Snapshot, Error> {
        let takes_bearer = request.operation.security.iter().any(|alternative| alternative.contains(&Scheme::Bearer));
        let sends_bearer = matches!(self.mode(request), AuthMode::Auto | AuthMode::OAuth);
        if takes_bearer && sends_bearer { self.manager.current().await } else { Ok(Snapshot::default()) }
    }

    fn plan(&self, request: &Request, snapshot: &Snapshot) -> Result<Plan, Error> {
        let available = self.available(snapshot.tokens.as_deref());
        if self.needs_client(request) && !available.client {
            return Err(Error::token(TokenError::NoClientCredentials));
        }
        select(request.operation.security, self.mode(request), available).map_err(Error::refused)
    }

    /// A code or refresh exchange without the pair of the client application cannot succeed: it is not even tried.
    fn needs_client(&self, request: &Request) -> bool {
        let takes_client =
            request.operation.security.iter().any(|alternative| alternative.contains(&Scheme::ClientBasic));
        let sends_client = matches!(self.mode(request), AuthMode::Auto | AuthMode::OAuth);
        request.operation.safety == Safety::TokenExchange && takes_client && sends_client
    }

    /// Goes through the plan until something other than 401 comes back.
    async fn attempt(self: &Arc<Self>, request: &Request, plan: Plan, snapshot: Snapshot) -> Answer {
        let mut last: Option<Answer> = None;
        for schemes in plan {
            let answer = match schemes {
                [Scheme::Bearer] => self.with_bearer(request, &snapshot).await,
                schemes => {
                    if last.is_some() && schemes.contains(&Scheme::Session) {
                        self.events.emit(&Event::FellBackToSession { operation: request.operation.id });
                    }
                    self.with_others(request, schemes).await
                }
            };
            match &answer {
                Ok(response) if response.status() == StatusCode::UNAUTHORIZED => last = Some(answer),
                Err(error) if error.token_error().is_some() || error.refusal().is_some() => {
                    // An answer of the server says more than a cookie that a provider did not have.
                    last = Some(last.filter(|_| error.refusal().is_some()).unwrap_or(answer));
                }
                _ => return answer,
            }
        }
        last.unwrap_or_else(|| Err(Error::refused(Refusal { unusable: Vec::new() })))
    }

    /// Sends with the access token: renewed before if it is about to end, renewed once after a 401.
    async fn with_bearer(self: &Arc<Self>, request: &Request, snapshot: &Snapshot) -> Answer {
        let snapshot = self.early(snapshot).await?;
        let response = self.send_bearer(request, &snapshot).await?;
        if response.status() != StatusCode::UNAUTHORIZED || !self.can_refresh(&snapshot) {
            return Ok(response);
        }
        let newer = self.refreshed(snapshot.generation).await?;
        if newer.generation == snapshot.generation { Ok(response) } else { self.send_bearer(request, &newer).await }
    }

    async fn send_bearer(&self, request: &Request, snapshot: &Snapshot) -> Answer {
        let token = snapshot.tokens.as_ref().and_then(|tokens| tokens.access_token.clone());
        let token = token.ok_or_else(|| Error::token(TokenError::NoRefreshToken))?;
        self.transmit(request, &[Credential::Bearer(token)]).await
    }

    /// Renews a token that is about to end. While the old one still works, a failure is no reason not to send it.
    async fn early(self: &Arc<Self>, snapshot: &Snapshot) -> Result<Snapshot, Error> {
        let Some(tokens) = &snapshot.tokens else { return Ok(snapshot.clone()) };
        let is_missing = tokens.access_token.is_none();
        if !is_missing && (!tokens.expires_within(EARLY, self.manager.now()) || !self.can_refresh(snapshot)) {
            return Ok(snapshot.clone());
        }
        match self.refreshed(snapshot.generation).await {
            Err(error) if !is_missing => {
                self.events.emit(&Event::RefreshFailed { reason: error.to_string() });
                Ok(snapshot.clone())
            }
            other => other,
        }
    }

    fn can_refresh(&self, snapshot: &Snapshot) -> bool {
        let has_token = snapshot.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        self.settings.auto_refresh && self.settings.credentials.client.is_some() && has_token
    }

    /// Tokens newer than the given generation. The exchange is a task of its own: a caller that gives up does not stop it, and
    /// no single-use token is lost with it.
    pub(crate) async fn refreshed(self: &Arc<Self>, generation: u64) -> Result<Snapshot, Error> {
        let this = Arc::clone(self);
        let task =
            tokio::spawn(async move { this.manager.newer_than(generation, |tokens| this.refresh(tokens)).await });
        task.await.unwrap_or_else(|error| Err(Error::request(error)))
    }

    async fn refresh(&self, tokens: Arc<TokenSet>) -> Result<TokenSet, Error> {
        let refresh_token = tokens.refresh_token.clone().ok_or_else(|| Error::token(TokenError::NoRefreshToken))?;
        let request = TokenRequest::new(GrantType::RefreshToken).refresh_token(refresh_token);
        let call = OAuth2::new(Arc::new(Describing)).get_token(request);
        let credentials = self.exchange_credentials(call.request(), AuthMode::Auto)?;
        let response = self.transmit(call.request(), &credentials).await?;
        exchange::tokens(&response, self.manager.now())
            .map_err(|error| Error::token(error).at(call.request().operation.id))
    }

    /// A sign-in: under the lock of the refresh, and its tokens are stored unless the caller wants them alone.
    async fn exchange(self: Arc<Self>, request: Request) -> Answer {
        self.plan(&request, &Snapshot::default())?;
        let operation = request.operation.id;
        let this = Arc::clone(&self);
        let work = async move {
            let credentials = this.exchange_credentials(&request, this.mode(&request))?;
            let response = this.transmit(&request, &credentials).await?;
            let tokens = exchange::tokens(&response, this.manager.now());
            let response = match &tokens {
                Err(error @ TokenError::Refused { .. }) => return Err(Error::token(error.clone())),
                _ => judged(request.operation, response)?,
            };
            Ok((response, tokens.ok().filter(|_| !request.options.detached)))
        };
        let task = tokio::spawn(async move { self.manager.sign_in(operation, work).await });
        task.await.unwrap_or_else(|error| Err(Error::request(error)))
    }

    fn exchange_credentials(&self, request: &Request, mode: AuthMode) -> Result<Vec<Credential>, Error> {
        let available = self.available(None);
        let plan = select(request.operation.security, mode, available).map_err(Error::refused)?;
        let schemes = plan.first().copied().unwrap_or_default();
        schemes
            .iter()
            .map(|scheme| self.fixed(*scheme).ok_or_else(|| Error::token(TokenError::NoClientCredentials)))
            .collect()
    }

    /// The credential of a scheme that needs no token and no cookie.
    fn fixed(&self, scheme: Scheme) -> Option<Credential> {
        let credentials = &self.settings.credentials;
        match scheme {
            Scheme::ClientBasic => credentials.client.clone().map(Credential::Client),
            Scheme::UserBasic => credentials.user.clone().map(Credential::User),
            _ => None,
        }
    }

    async fn with_others(&self, request: &Request, schemes: &[Scheme]) -> Answer {
        let mut credentials = Vec::new();
        for scheme in schemes {
            match scheme {
                Scheme::Session => credentials.push(self.session(request.operation).await?),
                other => credentials.extend(self.fixed(*other)),
            }
        }
        self.transmit(request, &credentials).await
    }

    async fn session(&self, operation: &'static Operation) -> Result<Credential, Error> {
        let value: Option<Secret> = match &self.settings.credentials.session {
            Some(source) => source.value().await,
            None => None,
        };
        match (value.filter(|value| super::cookie_octets(value.expose())), operation.service.cookie) {
            (Some(value), Some(cookie)) => Ok(Credential::Session { cookie, value }),
            _ => Err(Error::refused(Refusal {
                unusable: vec![Unusable {
                    scheme: Scheme::Session,
                    reason: "the session provider gave no usable cookie",
                    remedy: "sign in to the web front end again",
                }],
            })),
        }
    }

    async fn transmit(&self, request: &Request, credentials: &[Credential]) -> Answer {
        let outgoing = self.outgoing(request, credentials)?;
        self.transport.send(outgoing).await.map_err(|error| error.into_error())
    }
}

/// A response whose status is a result of the operation; anything else is an error.
fn judged(operation: &'static Operation, response: http::Response<Bytes>) -> Answer {
    if operation.success.contains(&response.status().as_u16()) { Ok(response) } else { Err(Error::status_of(response)) }
}

impl Dispatch for Middleware {
    fn send(self: Arc<Self>, request: Request) -> BoxFuture<Answer> {
        Box::pin(self.run(request))
    }

    fn dry_run(&self, request: Request) -> Result<DryRun, Error> {
        self.describe(&request)
    }

    fn decoding(&self) -> Decoding {
        self.settings.decoding
    }

    fn defaulted(&self, operation: &'static Operation, defaulted: &Defaulted) {
        let Defaulted { record, column, .. } = *defaulted;
        self.events.emit(&Event::Defaulted { operation: operation.id, record, column });
    }
}

/// Lets the emitted methods describe a call that this module sends itself.
struct Describing;

impl Dispatch for Describing {
    fn send(self: Arc<Self>, _: Request) -> BoxFuture<Answer> {
        Box::pin(std::future::ready(Err(Error::request("this call is only described"))))
    }

    fn dry_run(&self, _: Request) -> Result<DryRun, Error> {
        Err(Error::request("this call is only described"))
    }
}
