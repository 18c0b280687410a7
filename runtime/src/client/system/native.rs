//! With threads and sockets.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use super::super::{Client, ClientBuilder};
use super::Carried;
use crate::BuildError;
use crate::clock::{Clock, SystemClock};
use crate::request::ClientCredentials;
use crate::runtime::Place;
use crate::transport::{HttpSettings, HttpTransport, Transport};

/// What is to carry requests.
pub(in crate::client) enum Carrier {
    Http(HttpSettings),
    Custom(Carried),
}

impl Default for Carrier {
    fn default() -> Self {
        Carrier::Http(HttpSettings::new())
    }
}

impl Carrier {
    pub(in crate::client) fn of(transport: impl Transport) -> Self {
        let keeps_limits = (&transport as &dyn Any).is::<HttpTransport>();
        Carrier::Custom(Carried { transport: Arc::new(transport), keeps_limits, is_without_page: keeps_limits })
    }

    pub(in crate::client) fn carried(self, idle: Duration, is_secure: bool) -> Result<Carried, BuildError> {
        #[cfg(any(feature = "rustls", feature = "native-tls"))]
        let _ = is_secure;
        match self {
            Carrier::Custom(carried) => Ok(carried),
            #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
            Carrier::Http(_) if is_secure => Err(BuildError::message(crate::transport::NO_TLS)),
            Carrier::Http(settings) => {
                let transport = Arc::new(HttpTransport::set_up(idle, settings)?);
                Ok(Carried { transport, keeps_limits: true, is_without_page: true })
            }
        }
    }
}

pub(in crate::client) fn clock(named: Option<Arc<dyn Clock>>) -> Result<Arc<dyn Clock>, BuildError> {
    Ok(named.unwrap_or_else(|| Arc::new(SystemClock)))
}

pub(in crate::client) fn place(named: Option<Place>) -> Result<Place, BuildError> {
    Ok(named.unwrap_or_default())
}

/// A program on a machine of its own can keep a secret.
pub(in crate::client) fn warn_of_secret(_: Option<&ClientCredentials>) {}

/// What only a system with threads and sockets can be set to.
impl<C: From<Client>> ClientBuilder<C> {
    /// The runtime on which exchanges of tokens run: the first read of the store, refreshes, sign-ins, logouts, and every other call
    /// of the store. Unless set, it is one of the library's own, on a thread that is started when it is first needed; it goes on
    /// when runtimes of the program end or stand still.
    ///
    /// Name one where a store or a transport of your own has opened something that belongs to it, such as a pool of connections.
    /// A refresh then ends with this runtime: a login that is being renewed at that moment may be lost, and later exchanges of the
    /// client fail with [`TokenError::Interrupted`](zeyos_core::TokenError::Interrupted). What blocks its thread delays all of it.
    pub fn refresh_on(mut self, runtime: Handle) -> Self {
        self.place = Some(Place::on(runtime));
        self
    }

    /// How the built-in transport connects: certificates and proxies. They take the place of settings that were made before, and of a
    /// [`transport`](ClientBuilder::transport).
    pub fn http_settings(mut self, settings: HttpSettings) -> Self {
        self.transport = Carrier::Http(settings);
        self
    }

    /// Settings for reqwest, on top of ours: proxies, certificates, pools. Redirects and repeats are switched off whatever they say.
    ///
    /// It is called by [`build`](ClientBuilder::build), and once more with the first exchange of tokens, which go over a client of their
    /// own that keeps no connections. A kept one may be closed by the server just when a single-use token goes out, and then no one can
    /// tell whether the token was spent. That client speaks HTTP/1.1, and limits of time that are set here are not its limits. Again
    /// it is called for every further tokio runtime that sends calls, because a connection must not be used on another runtime than
    /// the one it was made on, for streams, and for plain http.
    pub fn http_client(
        mut self,
        customize: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let settings = match self.transport {
            Carrier::Http(settings) => settings,
            Carrier::Custom(_) => HttpSettings::new(),
        };
        self.transport = Carrier::Http(settings.customize(customize));
        self
    }
}
