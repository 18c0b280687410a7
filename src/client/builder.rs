//! Everything that a client is set to, checked before the first request.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use zeyos_core::{AuthMode, Decoding, Secret, Service};

use super::{BaseUrl, Client};
use crate::TokenSet;
use crate::auth::{
    Base, ClientAuthMethod, ClientCredentials, Clock, Credentials, Manager, Middleware, Parts, RefreshLimits,
    SessionFallback, SessionSource, Settings, SystemClock, UserCredentials, bare_cookie, cookie_octets,
};
use crate::event::{Event, Events};
use crate::store::TokenStore;
use crate::transport::{HttpTransport, Transport};

/// Sets up a [`Client`]. Nothing is sent before the first call.
///
/// ```
/// use zeyos::{AuthMode, Client, FileTokenStore};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join("zeyos-builder-example.json");
/// let client = Client::builder("https://cloud.zeyos.com/demo")
///     .auth_mode(AuthMode::Auto)
///     .token_store(FileTokenStore::open(path)?)
///     .client_credentials("my_application", std::env::var("ZEYOS_CLIENT_SECRET").unwrap_or_default())
///     .build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is set up until `build` is called"]
pub struct ClientBuilder {
    url: BaseUrl,
    services: Vec<(&'static str, BaseUrl)>,
    mode: AuthMode,
    auto_refresh: bool,
    token_set: Option<TokenSet>,
    store: Option<Arc<dyn TokenStore>>,
    client: Option<(String, Secret)>,
    client_auth_method: ClientAuthMethod,
    user: Option<UserCredentials>,
    session: Option<SessionSource>,
    session_fallback: SessionFallback,
    clock: Arc<dyn Clock>,
    limits: RefreshLimits,
    timeout: Option<Duration>,
    decoding: Decoding,
    filter_member: FilterMember,
    user_agent: Option<String>,
    events: Events,
    transport: Carrier,
}

enum Carrier {
    Default,
    Http(Box<reqwest::ClientBuilder>),
    Custom(Arc<dyn Transport>),
}

/// Name of the list member that holds the filter.
///
/// The documents know `filter`; the vendor's own clients send `filters`, and a server is said to ignore `filter` on foreign
/// keys without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FilterMember {
    /// `filters`, as the vendor's clients do.
    #[default]
    Filters,
    /// `filter`, as the documents do.
    Filter,
}

impl ClientBuilder {
    pub(super) fn new(url: BaseUrl) -> Self {
        ClientBuilder {
            url,
            services: Vec::new(),
            mode: AuthMode::default(),
            auto_refresh: true,
            token_set: None,
            store: None,
            client: None,
            client_auth_method: ClientAuthMethod::default(),
            user: None,
            session: None,
            session_fallback: SessionFallback::default(),
            clock: Arc::new(SystemClock),
            limits: RefreshLimits::default(),
            timeout: None,
            decoding: Decoding::default(),
            filter_member: FilterMember::default(),
            user_agent: None,
            events: Events::default(),
            transport: Carrier::Default,
        }
    }

    /// Which credentials are sent; [`AuthMode::Auto`] unless set. A call can choose another mode.
    pub fn auth_mode(mut self, mode: AuthMode) -> Self {
        self.mode = mode;
        self
    }

    /// Tokens to begin with. A store that already holds tokens keeps its own; an empty one gets these.
    pub fn token_set(mut self, tokens: TokenSet) -> Self {
        self.token_set = Some(tokens);
        self
    }

    /// Where tokens are kept; in memory unless set. New tokens are stored before they are used.
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Identifier and secret of the client application. Needed for every refresh and code exchange. Never ship the secret in a
    /// program that runs in a browser.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// How the client application proves who it is; by HTTP Basic unless set.
    pub fn client_auth_method(mut self, method: ClientAuthMethod) -> Self {
        self.client_auth_method = method;
        self
    }

    /// Whether the access token is renewed when it is about to end or is refused; yes unless set.
    pub fn auto_refresh(mut self, refresh: bool) -> Self {
        self.auto_refresh = refresh;
        self
    }

    /// The bare value of the session cookie. Without one, no call ever falls back to the session.
    pub fn session_cookie(mut self, value: impl Into<Secret>) -> Self {
        self.session = Some(SessionSource::Fixed(value.into()));
        self
    }

    /// Asks for the value of the session cookie whenever it is needed; `None` means that there is none now.
    pub fn session_provider<F, V>(mut self, provider: F) -> Self
    where
        F: Fn() -> V + Send + Sync + 'static,
        V: Future<Output = Option<Secret>> + Send + 'static,
    {
        self.session = Some(SessionSource::Provider(Arc::new(move || Box::pin(provider()))));
        self
    }

    /// When a call whose bearer token is refused goes on to the session cookie; always unless set. Without a session configured
    /// none ever does.
    pub fn session_fallback(mut self, policy: SessionFallback) -> Self {
        self.session_fallback = policy;
        self
    }

    /// How early and how often tokens are renewed.
    pub fn refresh_limits(mut self, limits: RefreshLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Another clock than that of the system, for tests and simulations.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Name and password of a user, for the operations that take them by HTTP Basic.
    pub fn basic_user(mut self, name: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.user = Some(UserCredentials { name: name.into(), password: password.into() });
        self
    }

    /// Base URL of one service that is not below the instance, such as `&zeyos::rest::SERVICE` behind a gateway. Its
    /// credentials go there, those of the other services do not.
    pub fn service_url(mut self, service: &'static Service, url: impl Into<BaseUrl>) -> Self {
        self.services.push((service.name, url.into()));
        self
    }

    /// How long one attempt may take, from connecting to the last byte. Without it only connecting (10 s) and token requests
    /// (30 s) are limited.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// What readers do about values that must be there but are not; an error unless set.
    pub fn decoding(mut self, decoding: Decoding) -> Self {
        self.decoding = decoding;
        self
    }

    /// Name of the list member that holds the filter.
    pub fn filter_member(mut self, member: FilterMember) -> Self {
        self.filter_member = member;
        self
    }

    /// The `User-Agent` header; name and version of this crate unless set.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Hears of what happens behind calls: tokens received, renewed, adopted, fallbacks. The listener runs in between, so it
    /// must be quick.
    pub fn on_event(mut self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.events = Events::to(listener);
        self
    }

    /// Settings for reqwest: proxies, certificates, pools. Redirects and repeats are switched off whatever they say.
    pub fn http_client(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.transport = Carrier::Http(Box::new(builder));
        self
    }

    /// Another way to carry requests than reqwest.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Carrier::Custom(Arc::new(transport));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When a URL is none or not https, a cookie value has characters that no cookie may have, or reqwest refuses its settings.
    pub fn build(self) -> Result<Client, BuildError> {
        let session = self.session.map(checked_session).transpose()?;
        let services = self.services.iter().map(|(name, url)| Ok((*name, url.checked()?)));
        let base = Base { instance: self.url.checked()?, services: services.collect::<Result<_, BuildError>>()? };
        let method = self.client_auth_method;
        let client = self.client.map(|(id, secret)| ClientCredentials { id, secret, method });
        let user_agent = self.user_agent.as_deref().unwrap_or(concat!("zeyos-rust/", env!("CARGO_PKG_VERSION")));
        let settings = Settings {
            base,
            mode: self.mode,
            auto_refresh: self.auto_refresh,
            session_fallback: self.session_fallback,
            credentials: Credentials { client, user: self.user, session },
            timeout: self.timeout,
            decoding: self.decoding,
            filter_member: match self.filter_member {
                FilterMember::Filters => "filters",
                FilterMember::Filter => "filter",
            },
            user_agent: HeaderValue::from_str(user_agent)
                .map_err(|_| BuildError::message("the user agent is no header value"))?,
        };
        let transport: Arc<dyn Transport> = match self.transport {
            Carrier::Custom(transport) => transport,
            Carrier::Http(builder) => Arc::new(HttpTransport::from_builder(*builder).map_err(BuildError::transport)?),
            Carrier::Default => Arc::new(HttpTransport::new().map_err(BuildError::transport)?),
        };
        let client_id = settings.credentials.client.as_ref().map_or("-", |client| client.id.as_str());
        let manager = Manager::new(Parts {
            owner: format!("{} {client_id}", settings.base.instance),
            store: self.store,
            initial: self.token_set,
            clock: self.clock,
            limits: self.limits,
            events: self.events.clone(),
        });
        let middleware = Middleware { settings, transport, manager: Arc::new(manager), events: self.events };
        Ok(Client { middleware: Arc::new(middleware) })
    }
}

/// The cookies of all services.
const COOKIES: [Option<&str>; 3] = [
    zeyos_generated::zeyos::rest::SERVICE.cookie,
    zeyos_generated::zeyos::oauth2::SERVICE.cookie,
    zeyos_generated::zeyos::auth::SERVICE.cookie,
];

/// A fixed cookie is a bare value; a provider's is checked when it comes.
fn checked_session(source: SessionSource) -> Result<SessionSource, BuildError> {
    match &source {
        SessionSource::Fixed(value) if !cookie_octets(value.expose()) => Err(BuildError::message(
            "the session cookie has characters that no cookie may have (RFC 6265, section 4.1.1)",
        )),
        SessionSource::Fixed(value) if !COOKIES.iter().flatten().all(|name| bare_cookie(value.expose(), name)) => {
            Err(BuildError::message("the session cookie is given with its name; give the bare value"))
        }
        _ => Ok(source),
    }
}

/// Why a client could not be set up. Values that may be secret are not repeated.
#[derive(Debug)]
pub struct BuildError {
    message: String,
    source: Option<reqwest::Error>,
}

impl BuildError {
    fn message(message: &str) -> Self {
        BuildError { message: message.to_owned(), source: None }
    }

    pub(super) fn url(url: &str, reason: &str) -> Self {
        BuildError { message: format!("{url} {reason}"), source: None }
    }

    fn transport(source: reqwest::Error) -> Self {
        BuildError { message: "the HTTP client cannot be set up".to_owned(), source: Some(source) }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BuildError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("auth_mode", &self.mode).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_a_bare_value() {
        for odd in ["ZEYOSID=abc", "a b", "a;b", "", "a\r\nX: hunter2"] {
            let error =
                Client::builder("https://cloud.zeyos.com/demo").session_cookie(odd).build().unwrap_err().to_string();
            assert!(error.contains("session cookie") && !error.contains("hunter2"), "{error}");
        }
    }
}
