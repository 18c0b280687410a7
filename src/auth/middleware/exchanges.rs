//! Exchanges of tokens: sign-ins and renewals, all under the lock of the manager and none stopped by a caller that gives up.

use std::sync::Arc;

use bytes::Bytes;
use zeyos_core::call::Request;
use zeyos_core::{AuthMode, Dispatch, Error, TokenError};
use zeyos_generated::zeyos::oauth2::{GrantType, OAuth2, TokenRequest};

use super::super::apply::Credential;
use super::super::exchange;
use super::super::manager::Snapshot;
use super::super::select::Bearer;
use super::super::task::detached;
use super::Middleware;
use crate::TokenSet;

/// An answer with the tokens in it.
type Exchanged = (http::Response<Bytes>, TokenSet);

impl Middleware {
    /// Tokens newer than the given generation. A caller that gives up does not stop the exchange, so no single-use token is lost
    /// with it.
    pub(crate) async fn refreshed(self: &Arc<Self>, generation: u64, mode: AuthMode) -> Result<Snapshot, Error> {
        let this = Arc::clone(self);
        detached(async move { this.manager.newer_than(generation, |tokens| this.refresh(tokens, mode)).await }).await
    }

    async fn refresh(self: &Arc<Self>, tokens: Arc<TokenSet>, mode: AuthMode) -> Result<TokenSet, Error> {
        let refresh_token = tokens.refresh_token.clone().ok_or_else(|| Error::token(TokenError::NoRefreshToken))?;
        let request = TokenRequest::new(GrantType::RefreshToken).refresh_token(refresh_token);
        let call = OAuth2::new(Arc::clone(self) as Arc<dyn Dispatch>).get_token(request).auth_mode(mode);
        let exchanged = async {
            let credentials = self.exchange_credentials(call.request())?;
            self.exchange_once(call.request(), &credentials).await
        };
        exchanged.await.map(|(_, tokens)| tokens).map_err(|error| error.at(call.request().operation.id))
    }

    /// A sign-in: under the lock of the refresh, and its tokens are stored unless the caller wants them alone.
    pub(crate) async fn exchange(self: Arc<Self>, request: Request) -> Result<Exchanged, Error> {
        request.check()?;
        let credentials = self.exchange_credentials(&request)?;
        detached(async move {
            let exchange = async {
                let (response, tokens) = self.exchange_once(&request, &credentials).await?;
                let kept = (!request.options.detached).then(|| tokens.clone());
                Ok(((response, tokens), kept))
            };
            self.manager.sign_in(request.operation.id, exchange).await
        })
        .await
    }

    /// One exchange: the tokens, or what the endpoint answered instead. An answer stays reachable whatever it is.
    async fn exchange_once(&self, request: &Request, credentials: &[Credential]) -> Result<Exchanged, Error> {
        let response = self.transmit(request, credentials).await?;
        match exchange::tokens(&response, self.manager.now()) {
            Ok(tokens) => Ok((response, tokens)),
            Err(error) if response.status().is_success() || error.code().is_some() => {
                Err(Error::token_answer(error, response))
            }
            Err(_) => Err(Error::status_of(response)),
        }
    }

    fn exchange_credentials(&self, request: &Request) -> Result<Vec<Credential>, Error> {
        let plan = self.plan(request, self.available(Bearer::Missing))?;
        let schemes = plan.first().copied().unwrap_or_default();
        let lacks = |scheme| self.lacks(request, scheme, &Snapshot::default());
        schemes.iter().map(|scheme| self.fixed(*scheme).ok_or_else(|| lacks(*scheme))).collect()
    }
}
