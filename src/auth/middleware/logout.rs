//! Logging out: the tokens end at the service that issued them, then here. Nothing is renewed or repeated on the way.

use std::sync::Arc;

use zeyos_core::call::Request;
use zeyos_core::{Dispatch, Error, Secret, TokenError};
use zeyos_generated::zeyos::auth::{LegacyAuth, PasswordTokenReference};
use zeyos_generated::zeyos::oauth2::{OAuth2, TokenReference};

use super::outgoing::Kind;
use super::{Middleware, judged};
use crate::event::Event;
use crate::{TokenIssuer, TokenSet};

/// How often tokens that came in the meantime are ended too.
const ROUNDS: usize = 5;

impl Middleware {
    /// Ends the tokens in use at this service, or at the one that issued them, then removes them. A caller that gives up does not
    /// stop it half-way.
    pub(crate) async fn logout(self: &Arc<Self>, issuer: Option<TokenIssuer>) -> Result<(), Error> {
        let (this, manager) = (Arc::clone(self), &self.manager);
        manager.runtime().outcome(manager.patience(None), async move { this.logged_out(issuer).await }).await
    }

    /// Replaces the tokens by the caller's.
    pub(crate) async fn replace(self: &Arc<Self>, tokens: Option<TokenSet>) -> Result<(), Error> {
        let (this, manager) = (Arc::clone(self), &self.manager);
        let replaced = async move {
            this.manager.replace(tokens).await?;
            this.flows.begin();
            Ok(())
        };
        manager.runtime().outcome(manager.patience(None), replaced).await
    }

    /// Runs where exchanges do.
    async fn logged_out(self: &Arc<Self>, issuer: Option<TokenIssuer>) -> Result<(), Error> {
        let _turn = self.manager.logout_turn().await?;
        for _ in 0..ROUNDS {
            let snapshot = self.manager.read().await?;
            let Some(tokens) = snapshot.tokens else { return Ok(()) };
            let this = Arc::clone(self);
            // Not under the lock of the exchange: a server that is slow to end tokens keeps nobody from new ones.
            let end = async move {
                this.end(&tokens, issuer.unwrap_or_else(|| issuer_of(&tokens))).await?;
                this.events.emit(&Event::Revoked);
                Ok(())
            };
            self.manager.runtime().carry_out(end).await?;
            if self.cleared(snapshot.generation).await? {
                self.flows.begin();
                return Ok(());
            }
        }
        Err(Error::token(TokenError::Interrupted))
    }

    /// Removes the tokens if they are still those that were ended.
    async fn cleared(&self, generation: u64) -> Result<bool, Error> {
        self.manager.remove(generation).await?;
        Ok(self.manager.read().await?.tokens.is_none())
    }

    async fn end(self: &Arc<Self>, tokens: &TokenSet, issuer: TokenIssuer) -> Result<(), Error> {
        let dispatch = || Arc::clone(self) as Arc<dyn Dispatch>;
        let access = || tokens.access_token.clone().ok_or_else(|| no_access_token(issuer));
        let request = match issuer {
            TokenIssuer::OAuth => {
                // The refresh token takes its access token with it.
                let longest = tokens.refresh_token.clone().map_or_else(access, Ok::<Secret, Error>)?;
                OAuth2::new(dispatch()).revoke_token(TokenReference::new(longest)).request().clone()
            }
            TokenIssuer::PasswordToken => {
                let token = PasswordTokenReference::new(access()?);
                LegacyAuth::new(dispatch()).revoke_issued_token(token).request().clone()
            }
            TokenIssuer::LegacyLogin => {
                access()?;
                LegacyAuth::new(dispatch()).logout().request().clone()
            }
        };
        let mut before = self.secrets(&request);
        before.extend([&tokens.access_token, &tokens.refresh_token].into_iter().flatten().cloned());
        let sent = self.send_once(&request, tokens).await;
        sent.map_err(|error| self.scrubbed(&before, error).at(request.operation.id))
    }

    /// Sends with the first credential of the plan alone: a logout that is refused is not sent again with new tokens, which it
    /// would end.
    async fn send_once(&self, request: &Request, tokens: &TokenSet) -> Result<(), Error> {
        let plan = self.plan(request, self.available(request, self.bearer(Some(tokens))))?;
        let mut credentials = Vec::new();
        for needed in plan.first().copied().unwrap_or_default() {
            credentials.extend(self.credential(request, needed.scheme, Some(tokens)).await?);
        }
        let response = self.transmit(request, &credentials, Kind::Exchange).await?;
        judged(request.operation, response).map(drop)
    }
}

/// Only OAuth has refresh tokens. A set from elsewhere that says nothing is taken for one of the legacy login.
fn issuer_of(tokens: &TokenSet) -> TokenIssuer {
    match tokens.issuer {
        _ if tokens.refresh_token.is_some() => TokenIssuer::OAuth,
        Some(issuer) => issuer,
        None => TokenIssuer::LegacyLogin,
    }
}

fn no_access_token(issuer: TokenIssuer) -> Error {
    Error::request(format!(
        "there is no access token to end at the {issuer:?} service; `oauth2().logout()` ends a refresh token"
    ))
}
