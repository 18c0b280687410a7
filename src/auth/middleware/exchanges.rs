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
use super::{Middleware, judged};
use crate::TokenSet;
use crate::event::Event;

/// The answer of a token endpoint that did not refuse, with the tokens in it, or why none of use are.
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
        exchanged.await.and_then(Exchanged::tokens).map_err(|error| error.at(call.request().operation.id))
    }

    /// A sign-in: under the lock of the refresh, and its tokens are stored unless the caller wants them alone. An answer without
    /// tokens of use is not an error here, since the caller may read more into it than this client does.
    pub(crate) async fn exchange(self: Arc<Self>, request: Request) -> Result<Exchanged, Error> {
        request.check()?;
        let credentials = self.exchange_credentials(&request)?;
        detached(async move {
            let (operation, is_kept) = (request.operation.id, !request.options.detached);
            let exchange = async {
                let exchanged = self.exchange_once(&request, &credentials).await?;
                let kept = exchanged.tokens.clone().ok().filter(|_| is_kept);
                Ok((exchanged, kept))
            };
            let exchanged = self.manager.sign_in(operation, exchange).await?;
            if let Some(error) = exchanged.tokens.as_ref().err().filter(|_| is_kept) {
                self.events.emit(&Event::NothingStored { operation, reason: error.to_string() });
            }
            Ok(exchanged)
        })
        .await
    }

    /// One exchange: the tokens, or what the endpoint answered instead. An answer stays reachable whatever it is.
    async fn exchange_once(&self, request: &Request, credentials: &[Credential]) -> Result<Exchanged, Error> {
        let before = self.secrets(request);
        let response = self.transmit(request, credentials).await?;
        let exchanged = match exchange::tokens(&response, self.manager.now()) {
            Err(error @ TokenError::Refused { .. }) => Err(Error::token_answer(error, response)),
            Err(error) => {
                judged(request.operation, response).map(|response| Exchanged { response, tokens: Err(error) })
            }
            Ok(tokens) => Ok(Exchanged { response, tokens: Ok(tokens) }),
        };
        exchanged.map_err(|error| self.scrubbed(&before, error))
    }

    fn exchange_credentials(&self, request: &Request) -> Result<Vec<Credential>, Error> {
        let plan = self.plan(request, self.available(Bearer::Missing))?;
        let schemes = plan.first().copied().unwrap_or_default();
        let lacks = |scheme| self.lacks(request, scheme, &Snapshot::default());
        schemes.iter().map(|scheme| self.fixed(*scheme).ok_or_else(|| lacks(*scheme))).collect()
    }
}
