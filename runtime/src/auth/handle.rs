//! The narrow way in which sign-ins reach the middleware.

use std::fmt;
use std::sync::Arc;

use zeyos_core::call::Request;
use zeyos_core::{AuthMode, Decoding, Dispatch, Error, Issuer, Secret, Timestamp, TokenError};

use super::{Exchanged, Middleware, Wait, Why};
use crate::TokenSet;
use crate::event::Event;
use crate::scrub::Scrubber;

/// What sign-ins of a service need of its client: the requests for tokens, the clock, the end of a login.
#[derive(Clone)]
pub struct Handle(Arc<Middleware>);

/// The state of a login before a question about its user.
pub struct LoginMark {
    number: u64,
    name: Option<String>,
}

impl Handle {
    pub(crate) fn new(middleware: Arc<Middleware>) -> Self {
        Handle(middleware)
    }

    /// The way that described requests take.
    pub fn dispatch(&self) -> Arc<dyn Dispatch> {
        Arc::clone(&self.0) as Arc<dyn Dispatch>
    }

    /// The time of the client's clock.
    pub fn now(&self) -> Timestamp {
        self.0.manager.now()
    }

    /// What readers do about missing values.
    pub fn decoding(&self) -> Decoding {
        self.0.settings.decoding
    }

    /// The URL that names the issuer of logins in the browser, and the base URL of one of its services.
    pub(crate) fn base(&self) -> &super::Base {
        &self.0.settings.base
    }

    pub(crate) fn mode(&self) -> AuthMode {
        self.0.settings.mode
    }

    /// Identifier of the configured client application.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.0.credentials.client.as_ref().map(|client| client.id.as_str())
    }

    /// Sends an exchange of tokens, stores what it brings, and answers the response.
    ///
    /// # Errors
    /// When the server refuses, or the tokens cannot be stored.
    pub async fn exchange(&self, request: Request) -> Result<http::Response<bytes::Bytes>, Error> {
        Ok(self.exchanged(request).await?.response)
    }

    /// Sends an exchange of tokens, stores what it brings, and answers the tokens.
    pub(crate) async fn tokens(&self, request: Request) -> Result<TokenSet, Error> {
        let operation = request.operation.id;
        self.exchanged(request).await.and_then(Exchanged::tokens).map_err(|error| error.at(operation))
    }

    async fn exchanged(&self, request: Request) -> Result<Exchanged, Error> {
        Arc::clone(&self.0).exchange(request).await
    }

    /// Renews the tokens now, whatever their age.
    pub(crate) async fn refresh(&self) -> Result<TokenSet, Error> {
        let snapshot = self.0.manager.current(None).await?;
        let has_refresh_token = snapshot.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        if !has_refresh_token {
            return Err(Error::token(TokenError::NoRefreshToken));
        }
        self.0.check_refresh()?;
        let newer = self.0.refreshed(snapshot.generation, Why::Asked, Wait::For(None)).await?;
        newer.tokens.as_deref().cloned().ok_or_else(|| Error::token(TokenError::NoRefreshToken))
    }

    /// Ends the tokens in use at this issuer, then removes them.
    ///
    /// # Errors
    /// When the server does not confirm, or the store cannot be written.
    pub async fn logout(&self, issuer: &'static Issuer) -> Result<(), Error> {
        self.0.logout(Some(issuer)).await
    }

    /// Tells the listener of events that a token was ended on request.
    pub fn revoked(&self) {
        self.0.events.emit(&Event::Revoked);
    }

    /// Takes secrets out of an error: those of the client, and these.
    pub fn cleaned(&self, error: Error, own: &[Secret]) -> Error {
        self.0.scrubbed(own, error)
    }

    /// Takes secrets out of a text of the server: those of the client, and these.
    pub(crate) fn scrubber(&self, own: &[&Secret]) -> Scrubber {
        let client = self.0.credentials.client.as_ref().map(|client| &client.secret);
        let tokens = self.0.tokens();
        Scrubber::new(own.iter().copied().chain(client).chain(&tokens))
    }

    /// Marks the login with this state as finished; whether it was not before.
    pub(crate) fn finish(&self, state: &Secret, ends: Timestamp, now: Timestamp) -> bool {
        self.0.memory.finish(state, ends, now)
    }

    /// The login in use, to be asked about its user.
    pub fn mark(&self) -> LoginMark {
        LoginMark { number: self.0.memory.login(), name: self.0.manager.login() }
    }

    /// Whether a profile that was asked for at this mark is that of the user whom the login began with (OpenID Connect Core,
    /// section 5.3.2). One that came while the login changed says nothing of either.
    pub fn is_same_subject(&self, mark: LoginMark, subject: &str) -> bool {
        let name = self.0.manager.login();
        let has_changed = mark.name.is_some() && mark.name != name;
        has_changed || self.0.memory.is_same_subject(mark.number, name, subject)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}
