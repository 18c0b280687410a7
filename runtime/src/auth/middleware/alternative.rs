//! Sends a call with the credentials of one alternative.

use std::sync::Arc;

use http::StatusCode;
use zeyos_core::call::Request;
use zeyos_core::{Error, Holder, KeyPlace, Refusal, Requirement, SchemeKind, SecurityScheme};

use super::{Answer, Attempt, Middleware};
use crate::TokenSet;
use crate::auth::challenge::refuses_token;
use crate::auth::credentials::{CredentialValue, Role, SessionSource, bare_cookie};
use crate::auth::limits::CALLBACK;
use crate::auth::manager::Snapshot;
use crate::auth::select::{Bearer, Session, obstacle, select};
use crate::event::ClientEvent;
use crate::observe::{self, UnderWay};
use crate::request::{ClientCredentials, Credential, Kind, UserCredentials, host, opened};
use crate::retry::Outcome;
use crate::shared::ClientAuthMethod;
use crate::transport::{TransportBody, TransportError};

impl Middleware {
    /// The credential of a scheme that needs no token and no provider.
    pub(super) fn fixed(&self, request: &Request, scheme: &'static SecurityScheme) -> Option<Credential> {
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

    pub(super) async fn session(&self, request: &Request, kind: SchemeKind) -> Result<Option<Credential>, Error> {
        let SchemeKind::ApiKey { place: place @ KeyPlace::Cookie, name } = kind else { return Ok(None) };
        let Some(source) = &self.credentials.session else { return Ok(None) };
        if matches!(source, SessionSource::Browser) {
            return Ok(Some(Credential::Browser));
        }
        let limit = self.settings.limit(request).unwrap_or(CALLBACK);
        let Some(value) = source.value(self.manager.runtime().deadlines(), limit).await? else { return Ok(None) };
        Ok(bare_cookie(value.expose(), name).then_some(Credential::Key { place, name, value }))
    }

    pub(super) async fn credential(
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

    /// The error for a planned credential that is missing now: a provider has no cookie, or the tokens were cleared.
    pub(super) fn missing_credential(
        &self,
        request: &Request,
        scheme: &'static SecurityScheme,
        snapshot: &Snapshot,
    ) -> Error {
        let mut available = self.available(request, self.bearer(snapshot.tokens.as_deref()));
        match self.role(scheme) {
            Role::Session => available.session = Session::Empty,
            _ => available.bearer = Bearer::Missing,
        }
        let mode = self.settings.mode(request);
        let alone = || Refusal { unusable: obstacle(scheme, mode, available).into_iter().collect() };
        Error::refused(select(request.operation.security, mode, available).err().unwrap_or_else(alone))
    }

    /// Sends with the credentials of one alternative.
    pub(super) async fn send_as(
        &self,
        request: &Request,
        alternative: &'static [Requirement],
        snapshot: &Snapshot,
        falls_back: bool,
        under_way: &UnderWay<'_>,
    ) -> Attempt {
        let mut credentials = Vec::with_capacity(alternative.len());
        for needed in alternative {
            match self.credential(request, needed.scheme, snapshot.tokens.as_deref()).await {
                Ok(Some(credential)) => credentials.push(credential),
                Ok(None) => return Attempt::Refused(self.missing_credential(request, needed.scheme, snapshot)),
                Err(error) => return Attempt::Refused(error),
            }
        }
        if falls_back && sends_cookie(alternative) {
            self.events.emit(&ClientEvent::FellBackToSession { operation: request.operation.id });
        }
        match self.transmit(request, credentials, Kind::Call, under_way).await {
            Ok(response) if refuses_token(response.status(), response.headers()) => {
                Attempt::Refused(Error::status_of(response.map(TransportBody::into_bytes)))
            }
            answer => Attempt::Final(answer),
        }
    }

    pub(super) async fn transmit(
        &self,
        request: &Request,
        credentials: Vec<Credential>,
        kind: Kind,
        under_way: &UnderWay<'_>,
    ) -> Answer {
        let mut outgoing = self.build(request, &credentials, kind)?;
        self.stamp(&mut outgoing, under_way.watch.id);
        let origin = self.settings.base.origin(request.operation.service);
        let patience = outgoing.timeout.map_or(self.settings.max_wait, |timeout| timeout.min(self.settings.max_wait));
        // The executor of the caller may not have a timer.
        let wait = observe::waits(self.manager.runtime().deadlines());
        let pass = self.gate.admit(origin, self.manager.runtime().deadlines(), patience).await;
        // Also if it failed.
        wait.ended(origin);
        let pass = pass?;
        let outgoing = opened(outgoing)?;
        under_way.progress.begin();
        let attempt = under_way.watch.sends(&credentials, self.manager.runtime().deadlines());
        let answer = self.carried(request, outgoing, self.manager.runtime().deadlines()).await;
        attempt.answered(&self.settings.base, answer.as_ref());
        let outcome = answer.as_ref().map_or_else(TransportError::outcome, |answer| Outcome::Answered(answer.status()));
        under_way.progress.end(outcome);
        // That this very request takes too long says nothing of others.
        let told = answer.as_ref().ok().filter(|answer| !is_too_slow(request, answer.status()));
        match (told, &answer) {
            (None, Ok(_)) => pass.fine(),
            (told, _) => pass.observe(told),
        }
        let signed = credentials.into_iter().filter_map(Credential::into_secret);
        let sent = self.sent(request, signed).by(under_way.watch.id);
        match answer {
            Ok(mut response) => {
                response.extensions_mut().insert(sent);
                Ok(response)
            }
            Err(error) => Err(error.into_error().carrying(sent).towards(host(origin))),
        }
    }
}

/// Whether the answer says that the request takes too long, and nothing of the load.
pub(super) fn is_too_slow(request: &Request, status: StatusCode) -> bool {
    request.may_be_too_slow && status == StatusCode::SERVICE_UNAVAILABLE
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
pub(super) fn sends_cookie(alternative: &[Requirement]) -> bool {
    alternative.iter().any(|needed| needed.scheme.kind.is_cookie())
}
