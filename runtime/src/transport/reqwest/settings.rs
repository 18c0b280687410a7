//! What users may set of the built-in transport.

use std::fmt;
use std::sync::Arc;

use zeyos_core::Secret;

/// Settings that a caller has for reqwest, made from ours.
pub(crate) type Customize = Arc<dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync>;

/// How the built-in transport connects: which certificates it trusts and shows, by which proxy it goes.
///
/// Without settings the root certificates of the system are trusted, and https goes by the proxy that the environment names
/// (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`). What is set here is checked when the client is built.
///
/// ```
/// use zeyos::{Client, HttpSettings};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = HttpSettings::new().proxy("http://proxy.example:3128");
/// let client = Client::builder("https://cloud.zeyos.com/demo").http_settings(settings).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct HttpSettings {
    pub(super) roots: Vec<Vec<u8>>,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub(super) are_roots_alone: bool,
    pub(super) client: Option<(Vec<u8>, Secret)>,
    pub(super) proxy: Proxying,
    #[cfg(feature = "native-tls")]
    pub(super) is_native: bool,
    pub(super) is_http1: bool,
    pub(super) customize: Option<Customize>,
}

/// By which proxy https goes.
#[derive(Clone, Default)]
pub(super) enum Proxying {
    #[default]
    Environment,
    /// Its address may hold a password.
    Named(Secret),
    None,
}

impl HttpSettings {
    /// The settings of a client that has set nothing.
    pub fn new() -> Self {
        HttpSettings::default()
    }

    /// Trusts these certificates beside those of the system: one or several in PEM, such as that of a company's own authority. They may
    /// be set several times. Not on Android and Apple's systems with rustls, where only [those alone](Self::only_root_certificates) can be
    /// trusted.
    ///
    /// The system's own are then read anew for each connection pool, some 10 ms each time.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Trusts these certificates, others that are set here, and none of the system.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn only_root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.are_roots_alone = true;
        self.root_certificates(pem)
    }

    /// Shows this certificate to servers that ask for one (mutual TLS): the chain and its private key, both in PEM, the key as PKCS #8.
    /// It goes to every server that asks, proxies that are reached over TLS among them.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Secret>) -> Self {
        self.client = Some((chain.into(), key.into()));
        self
    }

    /// TLS by the system's own library where rustls is there too. Without this rustls counts, if it has a provider: that of the feature
    /// `ring`, or the one that the process has installed.
    #[cfg(feature = "native-tls")]
    pub fn native_tls(mut self) -> Self {
        self.is_native = true;
        self
    }

    /// Offers HTTP/1.1 alone. With the feature `http2` a server may choose HTTP/2 otherwise; exchanges of tokens go by
    /// HTTP/1.1 always, unless a configuration of TLS that [`customize`](HttpSettings::customize) sets offers something else.
    pub fn http1_only(mut self) -> Self {
        self.is_http1 = true;
        self
    }

    /// Everything over https goes by this proxy, whatever the environment says. Name and password may stand in the address;
    /// they go to the proxy in clear, unless its address begins with https. Plain http is for this machine alone, so it goes by none.
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.proxy = Proxying::Named(url.into());
        self
    }

    /// No proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxying::None;
        self
    }

    /// Settings for reqwest, on top of all others: [`ClientBuilder::http_client`](crate::ClientBuilder::http_client).
    pub fn customize(
        mut self,
        customize: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.customize = Some(Arc::new(customize));
        self
    }
}

/// Without certificates, addresses and keys.
impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("root_certificates", &self.roots.len())
            .field("has_client_certificate", &self.client.is_some())
            .finish_non_exhaustive()
    }
}
