//! Calls with an access token: renewed before it ends, or once after it was refused.

use std::sync::Arc;

use zeyos_core::call::Request;
use zeyos_core::{AuthMode, Error, Operation, Requirement, TokenError};

use super::{Attempt, Middleware};
use crate::TokenSet;
use crate::auth::challenge::is_refusal_of_token;
use crate::auth::manager::{RefreshReason, Snapshot, Wait};
use crate::auth::select::{Bearer, select};
use crate::event::ClientEvent;
use crate::observe::UnderWay;

/// How often a call is sent again because its token was replaced while it was on its way.
const RESENDS: u32 = 8;

impl Middleware {
    /// Sends with the access token: renewed before if it is about to end, renewed once after a 401. A 401 for a token that was
    /// replaced in the meantime says nothing of the new one, which is simply sent.
    pub(super) async fn with_bearer(
        self: &Arc<Self>,
        request: &Request,
        alternative: &'static [Requirement],
        snapshot: &Snapshot,
        under_way: &UnderWay<'_>,
    ) -> Attempt {
        let first = snapshot;
        let mut snapshot = match self.early(request, first).await {
            Ok(snapshot) => snapshot,
            Err(error) => return self.not_renewed(first, error),
        };
        let mut has_renewed = false;
        for _ in 0..RESENDS {
            let unauthorized = match self.send_as(request, alternative, &snapshot, false, under_way).await {
                Attempt::Refused(error) if is_refusal_of_token(&error) => error,
                other => return other,
            };
            snapshot = match Box::pin(self.after_unauthorized(request, &snapshot, &mut has_renewed)).await {
                // A stream that cannot be made again is not sent again; the next call has the new tokens.
                Ok(Some(newer)) if !request.body.is_spent() => newer,
                Ok(_) => return Attempt::Refused(unauthorized),
                Err(error) => return self.not_renewed(first, error.after(unauthorized)),
            };
        }
        match self.send_as(request, alternative, &snapshot, false, under_way).await {
            Attempt::Refused(error) if is_refusal_of_token(&error) => {
                self.not_renewed(first, self.manager.reject(snapshot.generation).after(error))
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
        let current = self.manager.current(self.settings.limit(request)).await?;
        if current.generation > refused.generation {
            return Ok(current.tokens.is_some().then_some(current));
        }
        if !refused.tokens.as_deref().is_some_and(|tokens| self.can_renew(tokens)) {
            return Ok(None);
        }
        if *has_renewed {
            // Another process may have renewed them since.
            let newer = self.manager.changed(refused.generation, self.settings.limit(request)).await?;
            return newer.map_or_else(|| Err(self.manager.reject(refused.generation)), |newer| Ok(Some(newer)));
        }
        let newer = self.renewed_when_rested(request, refused.generation).await?;
        // What another program was issued may be old by now.
        *has_renewed = self.manager.has_issued(newer.generation);
        Ok(Some(newer))
    }

    /// Tokens in place of some that were refused. A call that comes too soon after the last ones waits, as far as it has time.
    async fn renewed_when_rested(self: &Arc<Self>, request: &Request, generation: u64) -> Result<Snapshot, Error> {
        let wait = Wait::For(self.settings.limit(request));
        match self.refreshed(generation, RefreshReason::Rejected, wait).await {
            Err(error) if is_on_hold(&error) => {
                let most = self.settings.max_wait;
                let patience = self.settings.limit(request).map_or(most, |limit| limit.min(most));
                if self.manager.rested(generation, patience).await {
                    self.refreshed(generation, RefreshReason::Rejected, wait).await
                } else {
                    Err(error)
                }
            }
            other => other,
        }
    }

    /// A failing store ends the call: it may hold the only active tokens.
    fn not_renewed(&self, first: &Snapshot, error: Error) -> Attempt {
        let secrets = first.tokens.as_deref().map(TokenSet::secrets).unwrap_or_default();
        let error = self.scrubbed(&secrets, error);
        // Where nothing was tried, nothing has failed.
        if !is_on_hold(&error) {
            self.events.emit(&ClientEvent::refresh_failed(&error));
        }
        if error.is_store() { Attempt::Final(Err(error)) } else { Attempt::Refused(error) }
    }

    /// Renews a token that is about to end. While the old one still works, a failure is not a reason not to send it, nor is a
    /// renewal that takes long.
    async fn early(self: &Arc<Self>, request: &Request, snapshot: &Snapshot) -> Result<Snapshot, Error> {
        let snapshot = self.manager.newest(snapshot);
        let tokens = match snapshot.tokens.as_deref() {
            // Known without asking what the client could renew it with.
            Some(tokens) if tokens.access_token.is_some() && !self.manager.is_due(&snapshot) => return Ok(snapshot),
            Some(tokens) if self.can_renew(tokens) => tokens,
            None if self.can_begin() => {
                let wait = Wait::For(self.settings.limit(request));
                return Box::pin(self.refreshed(snapshot.generation, RefreshReason::Due, wait)).await;
            }
            _ => return Ok(snapshot),
        };
        let is_missing = tokens.access_token.is_none();
        let works = !is_missing && !self.manager.has_ended(&snapshot);
        let limit = self.settings.limit(request);
        let wait = if works { Wait::Briefly(limit) } else { Wait::For(limit) };
        match Box::pin(self.refreshed(snapshot.generation, RefreshReason::Due, wait)).await {
            // Whoever goes on without waiting has not seen it fail.
            Err(error) if works && error.is_timeout() => Ok(snapshot),
            Err(error) if !is_missing => {
                self.events.emit(&ClientEvent::refresh_failed(&error));
                Ok(snapshot)
            }
            other => other,
        }
    }

    /// Whether new tokens can be had: for a refresh token, or for the configured password.
    pub(super) fn can_renew(&self, tokens: &TokenSet) -> bool {
        let credentials = &self.credentials;
        let can_ask = credentials.client.is_some() && self.manager.issuers.renewing().is_some();
        let can_refresh = tokens.refresh_token.is_some() && can_ask;
        let can_issue = tokens.refresh_token.is_none() && self.can_issue(tokens);
        self.settings.auto_refresh && (can_refresh || can_issue)
    }

    /// Whether ended tokens can be issued anew for the configured pair or key. What another issuer gave cannot.
    pub(super) fn can_issue(&self, tokens: &TokenSet) -> bool {
        let issuers = &self.manager.issuers;
        let is_other = |issuing| issuers.named(tokens.issuer.as_ref()).is_some_and(|issuer| issuer != issuing);
        let can_ask =
            issuers.issuing().is_some_and(|issuing| !is_other(issuing) && self.has_credential_of(issuing.token));
        self.settings.auto_refresh && can_ask
    }

    /// Whether first tokens can be had without a sign-in.
    pub(super) fn can_begin(&self) -> bool {
        self.manager.issuers.gives_for_key() && self.can_issue(&TokenSet::default())
    }

    /// Whether what one alternative of an exchange asks for is configured.
    fn has_credential_of(&self, operation: &'static Operation) -> bool {
        let request = Request::new(operation);
        let available = self.available(&request, Bearer::Missing);
        select(operation.security, AuthMode::Auto, available).is_ok()
    }
}

/// Whether nothing was asked of the server, because it is too soon.
fn is_on_hold(error: &Error) -> bool {
    matches!(error.token_error(), Some(TokenError::OnHold { .. }))
}
