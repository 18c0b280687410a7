//! The reqwest clients of a transport: each is made with the first request that needs it.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::redirect;
use tokio::runtime::Handle;
use zeyos_core::call::{RESERVED, RESERVED_PREFIX};

use super::HttpSettings;
use super::settings::Proxying;
use super::tls::Tls;
use crate::BuildError;
use crate::runtime::{ByRuntime, OfProcess};
use crate::transport::TransportError;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection of an exchange may be silent: as long as the whole exchange may take.
const EXCHANGE: Duration = Duration::from_secs(30);

/// What clients are made with.
pub(super) struct Settings {
    /// How long a server may be silent.
    pub idle: Duration,
    pub tls: Tls,
    pub proxy: Option<reqwest::Proxy>,
    pub http: HttpSettings,
}

/// By which way requests go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// Through the proxies that the environment names.
    Environment,
    /// Through none but those that the caller names.
    Direct,
}

/// The clients for requests by one route.
pub(super) struct Clients {
    route: Route,
    /// Keep connections for later requests, each of them for those of its own runtime: a connection is driven by the runtime on
    /// which it was made, and is dead while that one stands still.
    pooled: ByRuntime<reqwest::Client>,
    /// For bodies that are streams. reqwest counts its idle limit from the beginning of a request, however much of it is still to be
    /// sent, so here is none: whoever calls sees to it.
    streams: ByRuntime<reqwest::Client>,
    /// Makes a connection for every request.
    fresh: OfProcess<OnceLock<reqwest::Client>>,
}

impl Clients {
    pub(super) fn new(route: Route) -> Self {
        Clients { route, pooled: ByRuntime::default(), streams: ByRuntime::default(), fresh: OfProcess::default() }
    }

    /// With a first client, which shows whether reqwest takes the settings.
    pub(super) fn checked(settings: &Settings, route: Route) -> Result<Self, BuildError> {
        let first = settings.client(route, Some(settings.idle), false).build().map_err(BuildError::transport)?;
        let message = |name| format!("the default header {name} of `http_client` is written by the client alone");
        match reserved_header(&first) {
            Some(name) => Err(BuildError::message(&message(name))),
            None => Ok(Clients { pooled: ByRuntime::with_first(first), ..Clients::new(route) }),
        }
    }

    pub(super) fn pooled(&self, settings: &Settings) -> Result<reqwest::Client, TransportError> {
        self.of_runtime(&self.pooled, settings, Some(settings.idle))
    }

    pub(super) fn streams(&self, settings: &Settings) -> Result<reqwest::Client, TransportError> {
        self.of_runtime(&self.streams, settings, None)
    }

    pub(super) fn fresh(&self, settings: &Settings) -> Result<reqwest::Client, TransportError> {
        has_runtime()?;
        let fresh = self.fresh.get();
        if let Some(client) = fresh.get() {
            return Ok(client.clone());
        }
        let ours = for_exchanges(settings.client(self.route, Some(settings.idle), true));
        let client = ours.build().map_err(TransportError::connect)?;
        // Whoever was faster has made an equal one.
        let _ = fresh.set(client.clone());
        Ok(client)
    }

    fn of_runtime(
        &self,
        clients: &ByRuntime<reqwest::Client>,
        settings: &Settings,
        idle: Option<Duration>,
    ) -> Result<reqwest::Client, TransportError> {
        has_runtime()?;
        if let Some(client) = clients.get() {
            return Ok(client);
        }
        let client = settings.client(self.route, idle, false).build().map_err(TransportError::connect)?;
        Ok(clients.keep(client))
    }
}

impl Settings {
    /// With our settings, which the caller may change except for redirects and repeats: both would happen behind the back of the auth
    /// middleware. A cookie jar and decompression are not compiled in.
    fn client(&self, route: Route, idle: Option<Duration>, is_http1: bool) -> reqwest::ClientBuilder {
        let ours = reqwest::Client::builder().connect_timeout(CONNECT);
        let ours = if let Some(idle) = idle { ours.read_timeout(idle) } else { ours };
        let ours = match (route, &self.proxy, &self.http.proxy) {
            (Route::Direct, ..) | (_, _, Proxying::None) => ours.no_proxy(),
            (Route::Environment, Some(proxy), _) => ours.proxy(proxy.clone()),
            (Route::Environment, None, _) => ours,
        };
        let ours = self.tls.applied(ours, is_http1 || self.http.is_http1);
        let theirs = match &self.http.customize {
            Some(customize) => customize(ours),
            None => ours,
        };
        theirs.redirect(redirect::Policy::none()).retry(reqwest::retry::never())
    }
}

fn has_runtime() -> Result<(), TransportError> {
    let none =
        |_| TransportError::unsendable("requests over reqwest need a tokio runtime; give a `transport` of your own");
    Handle::try_current().map(drop).map_err(none)
}

/// Without any limit that the caller has set: an exchange that is broken off may cost the login. It has 30 s in all, set with
/// each request, and 10 s to connect. HTTP/1 has no pings that could fail.
fn for_exchanges(theirs: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    let ours = theirs.pool_max_idle_per_host(0).http1_only().connect_timeout(CONNECT).read_timeout(EXCHANGE);
    let ours = ours.timeout(EXCHANGE).tcp_keepalive(None);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let ours = ours.tcp_user_timeout(EXCHANGE);
    ours
}

/// A header that every request would get from the settings of the caller, and that none may have. reqwest reports them in its
/// `Debug` alone, where a quote within a value has a backslash before it.
fn reserved_header(client: &reqwest::Client) -> Option<&'static str> {
    let shown = format!("{client:?}");
    let is_set =
        |start: String| [format!("{{\"{start}"), format!(", \"{start}")].iter().any(|name| shown.contains(name));
    let names = RESERVED.into_iter().find(|name| is_set(format!("{name}\": ")));
    names.or_else(|| is_set(RESERVED_PREFIX.to_owned()).then_some("proxy-*"))
}
