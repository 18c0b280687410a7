//! Logging out: the tokens end at the service that issued them, then here. Nothing is renewed or repeated on the way.

use std::sync::Arc;

use zeyos_core::call::{Repeatable, Request};
use zeyos_core::{Error, Issuer, IssuerGrant};

use super::{Middleware, classified};
use crate::TokenSet;
use crate::auth::issuers;
use crate::event::ClientEvent;
use crate::observe::{UnderWay, Watch};
use crate::request::Kind;
use crate::store::{Lineage, StoreError};

/// How often tokens that came in the meantime are ended too, and how often another writer may be faster.
const ROUNDS: usize = 5;

impl Middleware {
    /// Ends the tokens in use at this service, or at the one that issued them, then removes them. A caller that gives up does not
    /// stop it half-way.
    pub(crate) async fn logout(self: &Arc<Self>, issuer: Option<&'static Issuer>) -> Result<(), Error> {
        let (this, manager) = (Arc::clone(self), &self.manager);
        manager.runtime().outcome(manager.patience(None), async move { this.logged_out(issuer).await }).await
    }

    /// Replaces the tokens by the caller's.
    pub(crate) async fn replace(self: &Arc<Self>, tokens: Option<TokenSet>) -> Result<(), Error> {
        let (this, manager) = (Arc::clone(self), &self.manager);
        let replaced = async move {
            this.manager.replace(tokens).await?;
            this.memory.begin();
            Ok(())
        };
        manager.runtime().outcome(manager.patience(None), replaced).await
    }

    /// Runs where exchanges do.
    async fn logged_out(self: &Arc<Self>, issuer: Option<&'static Issuer>) -> Result<(), Error> {
        let _turn = self.manager.logout_turn().await?;
        let mut ended = None;
        for _ in 0..ROUNDS {
            let snapshot = self.manager.read().await?;
            let Some(tokens) = snapshot.tokens else { return Ok(()) };
            let pair = Some(Lineage::first(&tokens).pair);
            if ended != pair {
                self.revoked(tokens, issuer).await?;
                ended = pair;
            }
            if self.cleared(snapshot.generation).await? {
                self.memory.begin();
                return Ok(());
            }
        }
        Err(Error::store(StoreError::contended()))
    }

    /// Revokes tokens, without the lock of the exchange, so that a slow server does not block new tokens.
    async fn revoked(self: &Arc<Self>, tokens: Arc<TokenSet>, issuer: Option<&'static Issuer>) -> Result<(), Error> {
        let this = Arc::clone(self);
        let end = async move {
            this.end(&tokens, issuer.or_else(|| this.manager.issuers.ending(&tokens))).await?;
            this.events.emit(&ClientEvent::Revoked);
            Ok(())
        };
        self.manager.runtime().carry_out(end).await
    }

    /// Removes the tokens if they are still those that were ended.
    async fn cleared(&self, generation: u64) -> Result<bool, Error> {
        self.manager.remove(generation).await?;
        Ok(self.manager.read().await?.tokens.is_none())
    }

    async fn end(self: &Arc<Self>, tokens: &TokenSet, issuer: Option<&'static Issuer>) -> Result<(), Error> {
        let revocation = issuer.and_then(|issuer| issuer.revocation);
        let revocation = revocation.ok_or_else(|| Error::request("no service is known that ends these tokens"))?;
        let access = || tokens.access_token.clone().ok_or_else(|| no_access_token(issuer));
        let named = match revocation.member {
            // The refresh token takes its access token with it.
            Some(member) if is_renewing(issuer) => {
                Some((member, tokens.refresh_token.clone().map_or_else(access, Ok)?))
            }
            Some(member) => Some((member, access()?)),
            None => {
                access()?;
                None
            }
        };
        let request = issuers::revocation(revocation.operation, named);
        let mut before = self.secrets(&request);
        before.extend(tokens.secrets());
        let sent = self.send_once(&request, tokens).await;
        // Tokens that have ended can be ended again (RFC 7009, section 2.2).
        let named = |error: Error| error.at(request.operation.id).with_repeatable(Repeatable::Freely);
        sent.map_err(|error| named(self.scrubbed(&before, error)))
    }

    /// Sends with the first credential of the plan alone: a logout that is refused is not sent again with new tokens, which it
    /// would end.
    async fn send_once(&self, request: &Request, tokens: &TokenSet) -> Result<(), Error> {
        let plan = self.plan(request, self.available(request, self.bearer(Some(tokens))))?;
        let mut credentials = Vec::new();
        for needed in plan.first {
            credentials.extend(self.credential(request, needed.scheme, Some(tokens)).await?);
        }
        let watch = Watch::begin(request.operation, &self.shared, self.manager.runtime().deadlines());
        let under_way = UnderWay::of(&watch);
        let sent = Box::pin(async {
            let response = self.transmit(request, credentials, Kind::Exchange, &under_way).await?;
            classified(request.operation, response)
        });
        watch.within(sent, http::Response::status).await.map(drop)
    }
}

fn is_renewing(issuer: Option<&Issuer>) -> bool {
    issuer.is_some_and(|issuer| issuer.grant == IssuerGrant::OAuth2)
}

fn no_access_token(issuer: Option<&Issuer>) -> Error {
    let name = issuer.map_or("", |issuer| issuer.name);
    Error::request(format!(
        "there is no access token to end at the issuer {name}; `oauth2().logout()` ends a refresh token"
    ))
}
