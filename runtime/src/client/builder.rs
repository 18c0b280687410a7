//! Everything that a client is set to, checked before the first request.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use zeyos_core::call::sensitive;
use zeyos_core::{
    AuthMode, Credential, Decoding, FilterMember, MaybeSend, MaybeSync, Operation, RetryPolicy, Safety, Secret,
    SecurityScheme, ServiceDescription, Validation,
};

use super::checks::{
    checked_apart, checked_beginning, checked_identity, checked_key, checked_page, checked_path, checked_user_agent,
    header_of, issuer_elsewhere, origins,
};
use super::headers::Headers;
use super::{BaseUrl, Client, Discovered, FurtherLogin, system};
use crate::auth::{
    CredentialValue, Credentials, Identity, Issuers, Login, LoginRegistry, Manager, Middleware, Parts, RefreshLimits,
    Roles, login_id,
};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::event::{ClientEvent, Events};
use crate::request::ClientCredentials;
use crate::retry::Budgets;
use crate::runtime::Place;
use crate::shared::ClientAuthMethod;
use crate::shared::{Base, RequestIds, SessionFallback, Settings, Shared, Unindexed};
use crate::store::TokenStore;
use crate::transport::gate::{Ceilings, Gate};
use crate::transport::{Bounded, IDLE, Transport};
use crate::{BuildError, TokenSet};

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
pub struct ClientBuilder<C = Client> {
    made: PhantomData<fn() -> C>,
    login: Login,
    url: BaseUrl,
    services: Vec<(&'static ServiceDescription, BaseUrl)>,
    paths: Vec<(&'static Operation, String)>,
    moved: Vec<(&'static ServiceDescription, &'static str, String)>,
    told: Vec<(&'static ServiceDescription, &'static str, String)>,
    keys: Vec<(&'static ServiceDescription, &'static SecurityScheme, CredentialValue)>,
    mode: AuthMode,
    auto_refresh: bool,
    client: Option<(String, Secret)>,
    client_auth_method: ClientAuthMethod,
    /// The first user of the client.
    identity: Identity,
    session_fallback: SessionFallback,
    clock: Option<Arc<dyn Clock>>,
    refresh_limits: RefreshLimits,
    timeout: Option<Duration>,
    total_timeout: Option<Duration>,
    retry: RetryPolicy,
    chance: Chance,
    idle: Duration,
    max_body: Option<usize>,
    max_wait: Duration,
    max_retry_after: Duration,
    decoding: Decoding,
    filter_member: FilterMember,
    validation: Validation,
    user_agent: Option<String>,
    pub(super) headers: Headers,
    events: Events,
    pub(super) transport: system::Carrier,
    pub(super) place: Option<Place>,
    further: Vec<FurtherLogin>,
}

/// How many bytes the body of an answer may have.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// How long a call waits for a server that asked to wait.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// For how long a server that asked to wait is believed.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

impl<C: From<Client>> ClientBuilder<C> {
    /// A client for what is below this URL, with the login of its services.
    pub fn new(url: impl Into<BaseUrl>, login: Login) -> Self {
        ClientBuilder {
            made: PhantomData,
            login,
            url: url.into(),
            services: Vec::new(),
            paths: Vec::new(),
            moved: Vec::new(),
            told: Vec::new(),
            keys: Vec::new(),
            mode: AuthMode::default(),
            auto_refresh: true,
            client: None,
            client_auth_method: ClientAuthMethod::default(),
            identity: Identity::new(),
            session_fallback: SessionFallback::default(),
            clock: None,
            refresh_limits: RefreshLimits::default(),
            timeout: None,
            total_timeout: None,
            retry: RetryPolicy::default(),
            chance: Chance::default(),
            idle: IDLE,
            max_body: None,
            max_wait: MAX_WAIT,
            max_retry_after: MAX_RETRY_AFTER,
            decoding: Decoding::default(),
            filter_member: FilterMember::default(),
            validation: Validation::default(),
            user_agent: None,
            headers: Headers::default(),
            events: Events::default(),
            transport: system::Carrier::default(),
            place: None,
            further: Vec::new(),
        }
    }

    /// Which credentials are sent; [`AuthMode::Auto`] unless set. A call can choose another mode.
    pub fn auth_mode(mut self, mode: AuthMode) -> Self {
        self.mode = mode;
        self
    }

    /// Tokens to begin with: [`Identity::token_set`].
    pub fn token_set(mut self, tokens: TokenSet) -> Self {
        self.identity = self.identity.token_set(tokens);
        self
    }

    /// Where tokens are kept, in memory unless set: [`Identity::token_store`].
    pub fn token_store<S: TokenStore>(mut self, store: S) -> Self {
        self.identity = self.identity.token_store(store);
        self
    }

    /// Identifier and secret of the client application. Needed for every refresh and code exchange. Never ship the secret in a
    /// program that runs in a browser (RFC 10017, BCP 212); a page that has one says so once on its console.
    pub fn client_credentials(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.client = Some((id.into(), secret.into()));
        self
    }

    /// Identifier of a client application that has no secret, as one that users install (RFC 6749, section 2.1). It stands in the body of
    /// token requests; proof keys take the place of the secret.
    pub fn public_client(self, id: impl Into<String>) -> Self {
        self.client_credentials(id, "").client_auth_method(ClientAuthMethod::Body)
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

    /// The bare value of the session cookie: [`Identity::session_cookie`].
    pub fn session_cookie(mut self, value: impl Into<Secret>) -> Self {
        self.identity = self.identity.session_cookie(value);
        self
    }

    /// The session of the page that this program runs in: the browser adds the cookie by itself, to the calls that go by the session
    /// and to no others, and the program never has its value. It takes the place of a [`session_cookie`](Self::session_cookie).
    ///
    /// ```no_run
    /// # #[cfg(target_family = "wasm")] {
    /// use zeyos::{AuthMode, Client};
    ///
    /// let client = Client::builder("https://cloud.zeyos.com/demo").auth_mode(AuthMode::Session).browser_session().build();
    /// # let _ = client;
    /// # }
    /// ```
    ///
    /// It is for programs that are compiled for `wasm32-unknown-unknown`. Elsewhere [`build`](Self::build) refuses it, unless the client
    /// has a [`transport`](Self::transport) of its own, which has to follow [`TransportRequest::credentials`](crate::TransportRequest).
    /// A page of another origin than the instance needs credentialed CORS there, for this page by name.
    pub fn browser_session(mut self) -> Self {
        self.identity = self.identity.browser_session();
        self
    }

    /// Asks for the session cookie whenever it is needed: [`Identity::session_provider`].
    pub fn session_provider<F, V>(mut self, provider: F) -> Self
    where
        F: Fn() -> V + MaybeSend + MaybeSync + 'static,
        V: Future<Output = Option<Secret>> + MaybeSend + 'static,
    {
        self.identity = self.identity.session_provider(provider);
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
        self.refresh_limits = limits;
        self
    }

    /// Only calls of this kind are sent, and of the kinds that were named so before; all unless set. Anything else fails with
    /// [`Error::is_not_allowed`](zeyos_core::Error::is_not_allowed) before it is sent, by its tag and not by its HTTP method. Signing
    /// in and out is not held back.
    ///
    /// ```
    /// use zeyos::{Client, Safety};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let reports = Client::builder("https://cloud.zeyos.com/demo").allow(Safety::Read).build()?;
    /// # let _ = reports;
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow(mut self, safety: Safety) -> Self {
        self.identity = self.identity.allow(safety);
        self
    }

    /// Another clock than that of the system, for tests and simulations.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Name and password of a user, for the operations that take them by HTTP Basic: [`Identity::basic_user`].
    pub fn basic_user(mut self, name: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.identity = self.identity.basic_user(name, password);
        self
    }

    /// Base URL of one service that is not below the instance, such as `&zeyos::rest::SERVICE` behind a gateway. Its
    /// credentials go there, those of the other services do not.
    pub fn service_url(mut self, service: &'static ServiceDescription, url: impl Into<BaseUrl>) -> Self {
        self.services.push((service, url.into()));
        self
    }

    /// Where the paths of a service are that begin with this one in its document, such as those that an application has below a path of
    /// its own choice. The longest beginning counts. It is for a part of a service; for a single operation whose path is a guess, and whose
    /// parameters may stand elsewhere in it, there is [`operation_path`](Self::operation_path).
    pub fn path_at(
        mut self,
        service: &'static ServiceDescription,
        documented: &'static str,
        path: impl Into<String>,
    ) -> Self {
        self.moved.push((service, documented, path.into()));
        self
    }

    /// The endpoints that the server has told about itself ([`Client::discovered`]), for its service and for the issuers of the first
    /// login. A service whose URL was [named](Self::service_url), or that is at another origin than the client, stays where it is.
    pub fn discovered(mut self, found: &Discovered) -> Self {
        self.told.extend(found.endpoints(&self.login.issuers));
        self
    }

    /// Another path for an operation whose path no one has confirmed (`x-unconfirmed` in its document), with the same parameters in
    /// braces. It stays below the URL of its service. [`build`](Self::build) refuses it for any other operation.
    pub fn operation_path(mut self, operation: &'static Operation, path: impl Into<String>) -> Self {
        self.paths.push((operation, path.into()));
        self
    }

    /// A credential for a security scheme of another document, such as a key or the token of a service that is generated from its
    /// own document. It goes to the origin of this service alone: name its URL with [`service_url`](Self::service_url). One
    /// value is a secret; HTTP Basic takes a pair of name and password.
    ///
    /// Tokens, cookie and pairs of ZeyOS have setters of their own.
    pub fn credential(
        mut self,
        service: &'static ServiceDescription,
        scheme: &'static SecurityScheme,
        value: impl Into<CredentialValue>,
    ) -> Self {
        self.keys.push((service, scheme, value.into()));
        self
    }

    /// A login beside the first one, for the services of another document: it has tokens, store and client application of its own, and
    /// a refresh of the one has nothing to do with the other. Name the URLs of its services with
    /// [`service_url`](Self::service_url). A call goes by the login that knows one of the credentials of its operation.
    pub fn further_login(mut self, login: FurtherLogin) -> Self {
        self.further.push(login);
        self
    }

    /// Sets up the [further login](Self::further_login) whose tokens are this credential. Nothing happens where there is none.
    pub fn set_further_login(
        mut self,
        tokens: &'static Credential,
        set: impl FnOnce(FurtherLogin) -> FurtherLogin,
    ) -> Self {
        if let Some(index) = self.further.iter().position(|login| login.tokens() == tokens) {
            let login = self.further.remove(index);
            self.further.insert(index, set(login));
        }
        self
    }

    /// How long one attempt may take, from connecting to the last byte; 10 minutes unless set, and without a limit where a body is a
    /// stream. Connecting may take 10 seconds of it.
    ///
    /// It also limits how long a call waits for an exchange of tokens, 2 minutes unless set, but not the exchange itself, which goes
    /// on without the call. An exchange has limits of its own, whatever is set: 30 seconds for a request, 10 of them to connect.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long a call may take in all, without a limit unless set: its attempts, the waits between them, and the waits for a token or
    /// for a server that has asked to wait. What is under way when the time is over is given up, and the call fails as a
    /// [timeout](zeyos_core::Error::is_timeout). A call can have [another one](zeyos_core::Call::total_timeout).
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        self.total_timeout = Some(timeout);
        self
    }

    /// When calls are sent again; [`RetryPolicy::Standard`] unless set. A call can have [another policy](zeyos_core::Call::retry).
    ///
    /// ```
    /// use zeyos::{Client, RetryRules};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder("https://cloud.zeyos.com/demo")
    ///     .retry(RetryRules::standard().max_retries(5))
    ///     .build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn retry(mut self, policy: impl Into<RetryPolicy>) -> Self {
        self.retry = policy.into();
        self
    }

    /// Where the chance comes from by which waits differ from each other: numbers from 0 to 1, the system's unless set. Secrets are made
    /// from the system's random source, whatever is set here.
    pub fn jitter(mut self, source: impl Fn() -> f64 + MaybeSend + MaybeSync + 'static) -> Self {
        self.chance = Chance::from(source);
        self
    }

    /// How long a server may be silent, before its answer and within it; 60 seconds unless set. Where a body is a stream, how long
    /// nothing may move in either direction; an answer that no one asks for is not silent. Exchanges of tokens do not know this
    /// limit.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle = timeout;
        self
    }

    /// How many bytes the body of an answer may have; 64 MiB unless set, and without a limit for answers that are handed over piece by
    /// piece ([`Call::send_streamed`](zeyos_core::Call::send_streamed)). Answers of token endpoints may have 64 KiB, whatever is set. What
    /// is larger is an error, and no more of it is read.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// How long a call waits before it is sent, when the server has asked by 429 or 503 to wait; 30 seconds unless set, and never
    /// longer than the call may take. One that would have to wait longer fails at once with the time: see
    /// [`Error::throttled_error`](zeyos_core::Error::throttled_error).
    ///
    /// Where the server names no time, as by a bare 429, fewer requests go at a time while others are under way; where the last one is
    /// refused so, the client waits for 25 ms, and twice as long with each refusal in a row, but never longer than this.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// For how long a `Retry-After` of the server (RFC 9110, section 10.2.3) is followed; an hour unless set. A shorter time is
    /// honoured to the second. A longer one, of a day or a year, is taken for this: then one request goes to ask again, and the
    /// others follow if the server takes it. So no call fails for longer than this because of one answer.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = zeyos::Client::builder("https://cloud.zeyos.com/demo")
    ///     .max_retry_after(Duration::from_secs(15 * 60))
    ///     .build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_retry_after(mut self, longest: Duration) -> Self {
        self.max_retry_after = longest;
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

    /// What is done about creates and updates that break a rule which the documents tell of; they are not sent unless this says otherwise.
    /// A single call may [say otherwise](zeyos_core::Call::validation).
    pub fn validation(mut self, validation: Validation) -> Self {
        self.validation = validation;
        self
    }

    /// The `User-Agent` header; name and version of this crate unless set.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Learns of what happens behind calls: tokens received, renewed, adopted, fallbacks. The listener runs in between, so it
    /// must be quick.
    pub fn on_event(mut self, listener: impl Fn(&ClientEvent) + Send + Sync + 'static) -> Self {
        self.events = Events::to(listener);
        self
    }

    /// What carries requests, such as one [`HttpTransport`](crate::HttpTransport) for several clients, a wrapper around it, or another
    /// HTTP stack.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = system::Carrier::of(transport);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When a URL is none, not https or can be read in two ways, a path cannot be that of its operation, a default header is one that only
    /// the client writes, a token, a cookie value, the user or the user agent has characters that no header may have, or reqwest refuses
    /// its settings. What may be secret is not repeated.
    pub fn build(self) -> Result<C, BuildError> {
        let settings = self.settings()?;
        let base = &settings.base;
        let identity = checked_identity(self.identity, &self.login)?;
        let initial = identity.initial().cloned();
        let Identity { store, session, user, allowed, .. } = identity;
        let method = self.client_auth_method;
        let client = self.client.map(|(id, secret)| Arc::new(ClientCredentials { id, secret, method }));
        let roles = Roles::from(&self.login);
        let logins: Vec<Roles> = [roles].into_iter().chain(self.further.iter().map(FurtherLogin::roles)).collect();
        checked_apart(&logins)?;
        let issuers = Issuers::new(self.login.issuers.iter().copied());
        let origins = origins(base, &self.login);
        let keys = self.keys.into_iter();
        let keys = keys.map(|(service, scheme, value)| checked_key(base, &logins, &origins, service, scheme, value));
        let credentials = Credentials {
            roles,
            client,
            user,
            session,
            keys: keys.collect::<Result<_, BuildError>>()?,
            origins: origins.into(),
        };
        let system::Carried { transport, keeps_limits, is_without_page } =
            self.transport.carried(self.idle, base.url.starts_with("https:"))?;
        checked_page(credentials.session.as_ref(), is_without_page)?;
        system::warn_of_secret(credentials.client.as_deref());
        let clock = system::clock(self.clock)?;
        let client_id = credentials.client.as_ref().map(|client| client.id.as_str());
        let manager = Manager::new(Parts {
            login_id: login_id(&base.url, client_id, issuer_elsewhere(base, &issuers).as_deref()),
            issuers,
            store,
            initial,
            clock,
            limits: self.refresh_limits,
            events: self.events.clone(),
            timeout: self.timeout,
            place: system::place(self.place)?,
        });
        let deadlines = manager.runtime().deadlines().clone();
        let transport: Arc<dyn Transport> = Arc::new(Bounded { transport, deadlines, keeps_limits, idle: self.idle });
        let ceilings = Ceilings { asked: self.max_retry_after, chosen: self.max_wait };
        let shared = Shared {
            settings,
            transport,
            events: self.events,
            gate: Gate::new(ceilings, self.chance.clone()),
            budgets: Budgets::default(),
            chance: self.chance,
            request_ids: RequestIds::default(),
            has_warned: AtomicBool::new(false),
            is_without_page,
            unindexed: Unindexed::default(),
        };
        let mut middleware = Middleware {
            shared: Arc::new(shared),
            credentials,
            allowed,
            login: Arc::new(self.login),
            manager: Arc::new(manager),
            memory: LoginRegistry::default(),
            further: Vec::new(),
        };
        let further = self.further.into_iter().map(|login| login.beside(&middleware).map(Arc::new));
        middleware.further = further.collect::<Result<_, BuildError>>()?;
        Ok(C::from(Client { middleware: Arc::new(middleware) }))
    }

    fn settings(&self) -> Result<Settings, BuildError> {
        let services = self.services.iter().map(|(service, url)| Ok((*service, url.checked()?)));
        let paths = self.paths.iter().map(|(operation, path)| Ok((*operation, checked_path(operation, path)?)));
        let moved = self.moved.iter().map(|(service, from, to)| Ok((*service, *from, checked_beginning(to)?)));
        let base = Base {
            moved: moved.collect::<Result<_, BuildError>>()?,
            url: self.url.checked_for(self.login.tenant)?,
            services: services.collect::<Result<_, BuildError>>()?,
            paths: paths.collect::<Result<_, BuildError>>()?,
            told: self.told.clone(),
        };
        let keys: Vec<&str> = self.keys.iter().filter_map(|(_, scheme, _)| header_of(scheme)).collect();
        let headers = self.headers.checked(&keys)?;
        let user_agent = self.user_agent.as_deref().unwrap_or(concat!("zeyos-rust/", env!("CARGO_PKG_VERSION")));
        Ok(Settings {
            base,
            mode: self.mode,
            client_auth_method: self.client_auth_method,
            auto_refresh: self.auto_refresh,
            session_fallback: self.session_fallback,
            timeout: self.timeout,
            total_timeout: self.total_timeout,
            retry: self.retry.clone(),
            max_body: self.max_body.unwrap_or(MAX_BODY),
            max_streamed: self.max_body.unwrap_or(usize::MAX),
            max_wait: self.max_wait,
            decoding: self.decoding,
            filter_member: self.filter_member,
            validation: self.validation,
            user_agent: checked_user_agent(user_agent)?,
            header_secrets: sensitive(&headers).collect(),
            headers,
            request_id_header: self.headers.request_id.clone(),
        })
    }
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("auth_mode", &self.mode).finish_non_exhaustive()
    }
}
