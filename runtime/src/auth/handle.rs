//! The interface of the middleware for sign-ins.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zeyos_core::call::Request;
use zeyos_core::{AuthMode, Decoding, Dispatch, Error, Issuer, Secret, Timestamp, TokenError};

use super::{Exchanged, Middleware, RefreshReason, Wait};
use crate::TokenSet;
use crate::event::ClientEvent;
use crate::observe::Watch;
use crate::plain_path::is_plain_path;
use crate::scrub::Scrubber;
use crate::shared::Base;

/// What sign-ins of a service need of its client: the requests for tokens, the clock, the end of a login.
#[derive(Clone)]
pub struct Handle(Arc<Middleware>);

/// The login in use before its user info is requested.
pub struct LoginSnapshot {
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

    /// Waits for so long on the client's clock.
    pub async fn sleep(&self, duration: Duration) {
        self.0.manager.sleep(duration).await;
    }

    /// What the clock of the client says that never runs back.
    pub fn monotonic(&self) -> Duration {
        self.0.manager.monotonic()
    }

    /// The path of an address below this client's base URL; `None` for one of another origin, or that leads elsewhere. A discovery
    /// document counts as far as its addresses have one.
    pub fn own_path(&self, address: &str) -> Option<String> {
        let path = address.strip_prefix(self.0.settings.base.url.as_str())?;
        is_plain_path(path).then(|| path.to_owned())
    }

    /// Where a request goes, without the credentials that some documents put into a URL.
    pub fn url_of(&self, request: &Request) -> String {
        self.0.url(request)
    }

    /// Whether this is the base URL of the client, with a slash at its end or without.
    pub fn is_base(&self, url: &str) -> bool {
        url.strip_suffix('/').unwrap_or(url) == self.0.settings.base.url
    }

    /// What readers do about missing values.
    pub fn decoding(&self) -> Decoding {
        self.0.settings.decoding
    }

    /// The URL that names the issuer of logins in the browser, and the base URL of one of its services.
    pub(crate) fn base(&self) -> &Base {
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

    /// A code or a password that goes to an issuer whose tokens this client does not keep would be spent for nothing.
    async fn exchanged(&self, request: Request) -> Result<Exchanged, Error> {
        let issuer = self.0.manager.issuers.of(request.operation);
        let issuer = issuer.ok_or_else(|| {
            Error::request(
                "the client has no login with the tokens of this issuer; build it with a `Login` that names it",
            )
        })?;
        let watch = Watch::begin(request.operation, &self.0.shared, self.0.manager.runtime().deadlines());
        // Boxed, so that a call, which moves its future, moves a small one.
        let exchange = Box::pin(Arc::clone(&self.0).exchange(request, issuer, &watch));
        watch.within(exchange, |exchanged| exchanged.response.status()).await
    }

    /// Renews the tokens now, whatever their age.
    pub(crate) async fn refresh(&self) -> Result<TokenSet, Error> {
        let snapshot = self.0.manager.current(None).await?;
        let has_refresh_token = snapshot.tokens.as_ref().is_some_and(|tokens| tokens.refresh_token.is_some());
        if !has_refresh_token {
            return Err(Error::token(TokenError::NoRefreshToken));
        }
        self.0.check_refresh()?;
        let newer = self.0.refreshed(snapshot.generation, RefreshReason::Asked, Wait::For(None)).await?;
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
        self.0.events.emit(&ClientEvent::Revoked);
    }

    /// Takes secrets out of an error: those of the client, and these.
    pub fn cleaned(&self, error: Error, own: &[Secret]) -> Error {
        self.0.scrubbed(own, error)
    }

    /// Takes secrets out of a text from the answer of an error before it is shown.
    pub fn cleaned_text(&self, text: &str, error: &Error) -> String {
        self.0
            .scrubber_of(&error.carried().cloned().collect::<Vec<_>>(), error)
            .redacted(text)
            .unwrap_or_else(|| text.to_owned())
    }

    /// Takes secrets out of a text of the server: those of the client, and these.
    pub(crate) fn scrubber(&self, own: &[&Secret]) -> Scrubber {
        let client = self.0.credentials.client.as_ref().map(|client| &client.secret);
        let tokens = self.0.tokens();
        Scrubber::new(own.iter().copied().chain(client).chain(&tokens).chain(&self.0.settings.header_secrets))
    }

    /// Marks the login with this state as finished; whether it was not before.
    pub(crate) fn finish(&self, state: &Secret, ends: Timestamp, now: Timestamp) -> bool {
        self.0.memory.finish(state, ends, now)
    }

    /// The login in use, for a later [`is_same_subject`](Handle::is_same_subject).
    pub fn login_snapshot(&self) -> LoginSnapshot {
        LoginSnapshot { number: self.0.memory.login(), name: self.0.manager.login() }
    }

    /// Whether a profile that was requested for this login has the subject that the login began with (OpenID Connect Core, section
    /// 5.3.2). A profile that arrived after the login changed is accepted.
    pub fn is_same_subject(&self, login: LoginSnapshot, subject: &str) -> bool {
        let name = self.0.manager.login();
        let has_changed = login.name.is_some() && login.name != name;
        has_changed || self.0.memory.is_same_subject(login.number, name, subject)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use zeyos_core::BoxFuture;

    use crate::testing::ISSUER;
    use crate::{Client, ClientBuilder, Login, Transport, TransportError, TransportRequest};

    #[derive(Clone, Default)]
    struct Counter(Arc<AtomicUsize>);

    impl Transport for Counter {
        fn send(&self, _: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Err(TransportError::other("reset")) })
        }
    }

    #[tokio::test]
    async fn a_code_does_not_go_to_an_issuer_whose_tokens_nobody_keeps() {
        let counter = Counter::default();
        let builder = ClientBuilder::<Client>::new("https://app.example.com", Login::new(ISSUER.credential));
        let client = builder.client_credentials("app", "s3cret").transport(counter.clone()).build().unwrap();
        let error = client.oauth2(&ISSUER).exchange_authorization_code("hunter2", None, None).await.unwrap_err();
        assert!(error.is_request() && error.to_string().contains("Login"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(counter.0.load(Ordering::SeqCst), 0);
    }
}
