//! Which TLS the reqwest clients have, by the features and the settings of the user.

#[cfg(any(feature = "rustls", feature = "native-tls"))]
use zeroize::Zeroizing;

use super::HttpSettings;
use crate::BuildError;
#[cfg(feature = "rustls")]
use crate::transport::roots::SystemRoots;
#[cfg(feature = "rustls")]
use crate::transport::{NO_PROVIDER, provide_crypto};

/// The error for https by a transport without TLS.
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(crate) const NO_TLS: &str = "https needs TLS: turn on a feature that brings it (`ring`, `rustls` or `native-tls`), or give a \
                                 `transport` of your own";

/// Offered in the handshake, the best first.
#[cfg(all(feature = "rustls", feature = "http2"))]
const PROTOCOLS: [&[u8]; 2] = [b"h2", HTTP1];
#[cfg(all(feature = "rustls", not(feature = "http2")))]
const PROTOCOLS: [&[u8]; 1] = [HTTP1];

#[cfg(feature = "rustls")]
const HTTP1: &[u8] = b"http/1.1";

/// How the clients of a transport do TLS.
pub(super) struct Tls {
    backend: Backend,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    roots: Vec<reqwest::Certificate>,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    are_roots_alone: bool,
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    identity: Option<reqwest::Identity>,
}

enum Backend {
    /// rustls with the roots of the system, which all clients of the process share.
    #[cfg(feature = "rustls")]
    Shared(Box<rustls::ClientConfig>),
    /// rustls as reqwest sets it up.
    #[cfg(feature = "rustls")]
    Rustls,
    #[cfg(feature = "native-tls")]
    Native,
    #[cfg(not(any(feature = "rustls", feature = "native-tls")))]
    None,
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
impl Tls {
    /// # Errors
    /// When there is no cryptography, or a certificate or key cannot be read.
    pub(super) fn new(
        settings: &HttpSettings,
        #[cfg(feature = "rustls")] roots: &SystemRoots,
    ) -> Result<Self, BuildError> {
        let backend = Backend::new(
            settings,
            #[cfg(feature = "rustls")]
            roots,
        )?;
        let certificates: Result<Vec<_>, _> = settings.roots.iter().map(|pem| certificates(pem)).collect();
        let client = settings.client.as_ref();
        let identity = client.map(|(chain, key)| backend.identity(chain, key.expose())).transpose()?;
        let are_roots_alone = settings.are_roots_alone;
        Ok(Tls { backend, roots: certificates?.concat(), are_roots_alone, identity })
    }

    /// The builder with TLS; for HTTP/1.1 alone where that is set.
    pub(super) fn applied(&self, ours: reqwest::ClientBuilder, is_http1: bool) -> reqwest::ClientBuilder {
        let ours = if is_http1 { ours.http1_only() } else { ours };
        let ours = self.backend.applied(ours, is_http1);
        let ours = match (self.are_roots_alone, self.roots.is_empty()) {
            (true, _) => ours.tls_certs_only(self.roots.iter().cloned()),
            (false, false) => ours.tls_certs_merge(self.roots.iter().cloned()),
            (false, true) => ours,
        };
        match &self.identity {
            Some(identity) => ours.identity(identity.clone()),
            None => ours,
        }
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
impl Backend {
    fn new(settings: &HttpSettings, #[cfg(feature = "rustls")] roots: &SystemRoots) -> Result<Self, BuildError> {
        #[cfg(feature = "native-tls")]
        if settings.is_native {
            return Ok(Backend::Native);
        }
        #[cfg(feature = "rustls")]
        {
            let is_ours = settings.customize.is_none() && settings.roots.is_empty() && settings.client.is_none();
            match provide_crypto() {
                Some(provider) if is_ours => {
                    let config = roots.tls(provider).map_err(BuildError::transport)?;
                    return Ok(Backend::Shared(Box::new(config)));
                }
                Some(_) => return Ok(Backend::Rustls),
                None if cfg!(feature = "native-tls") => {}
                None => return Err(BuildError::message(NO_PROVIDER)),
            }
        }
        #[cfg(feature = "native-tls")]
        return Ok(Backend::Native);
        #[cfg(not(feature = "native-tls"))]
        Err(BuildError::message(NO_PROVIDER))
    }

    fn applied(&self, ours: reqwest::ClientBuilder, is_http1: bool) -> reqwest::ClientBuilder {
        #[cfg(not(feature = "rustls"))]
        let _ = is_http1;
        match self {
            #[cfg(feature = "rustls")]
            Backend::Shared(config) => {
                let protocols = if is_http1 { &[HTTP1][..] } else { &PROTOCOLS };
                let mut config = config.as_ref().clone();
                config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
                ours.tls_backend_preconfigured(config)
            }
            #[cfg(feature = "rustls")]
            Backend::Rustls => ours.tls_backend_rustls(),
            #[cfg(feature = "native-tls")]
            Backend::Native => ours.tls_backend_native(),
        }
    }

    /// A certificate to show, in the form of the backend.
    fn identity(&self, chain: &[u8], key: &str) -> Result<reqwest::Identity, BuildError> {
        let read = match self {
            #[cfg(feature = "rustls")]
            Backend::Shared(_) | Backend::Rustls => {
                let both = Zeroizing::new([chain, b"\n", key.as_bytes()].concat());
                reqwest::Identity::from_pem(&both)
            }
            #[cfg(feature = "native-tls")]
            Backend::Native => reqwest::Identity::from_pkcs8_pem(chain, &Zeroizing::new(key.as_bytes().to_vec())),
        };
        read.map_err(|_| {
            BuildError::message("client_certificate: a chain and its key are needed, both in PEM, the key as PKCS #8")
        })
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, BuildError> {
    let none = || BuildError::message("root_certificates: no certificate in PEM was found");
    let found = reqwest::Certificate::from_pem_bundle(pem).map_err(|_| none())?;
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
impl Tls {
    pub(super) fn new(_: &HttpSettings) -> Result<Self, BuildError> {
        Ok(Tls { backend: Backend::None })
    }

    pub(super) fn applied(&self, ours: reqwest::ClientBuilder, is_http1: bool) -> reqwest::ClientBuilder {
        let Backend::None = self.backend;
        if is_http1 { ours.http1_only() } else { ours }
    }
}
