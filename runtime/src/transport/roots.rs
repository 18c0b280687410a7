//! The system's root certificates: read with the first connection over TLS, once for the process.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::runtime::OfProcess;

/// What reads them.
type Read = fn(Arc<CryptoProvider>) -> Result<Verifier, Error>;

/// The root certificates of the system. Cloning is cheap and shares what was read.
#[derive(Clone)]
pub(super) struct SystemRoots {
    read: Read,
    /// A child that is forked while its parent reads does not wait for the lock of the parent.
    verifier: Arc<OfProcess<Mutex<Option<Arc<Verifier>>>>>,
}

impl SystemRoots {
    /// Those that all clients of the process share.
    pub(super) fn of_process() -> Self {
        static SHARED: LazyLock<SystemRoots> = LazyLock::new(|| SystemRoots::reading(Verifier::new));
        SHARED.clone()
    }

    /// Those that this function reads.
    pub(super) fn reading(read: Read) -> Self {
        SystemRoots { read, verifier: Arc::default() }
    }

    /// The settings of TLS with these roots. Nothing is read yet.
    ///
    /// # Errors
    /// When the provider has no cryptography for the versions of TLS.
    pub(super) fn tls(&self, provider: Arc<CryptoProvider>) -> Result<ClientConfig, Error> {
        let (algorithms, roots) = (provider.signature_verification_algorithms, self.clone());
        let verifier = ByRoots { roots, algorithms, provider: Arc::clone(&provider) };
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        Ok(config.with_no_client_auth())
    }

    /// Reads them, unless that was done. What failed is tried again with the next connection.
    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<Verifier>, Error> {
        let shared = self.verifier.get();
        let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verifier) = &*known {
            return Ok(Arc::clone(verifier));
        }
        let verifier = Arc::new((self.read)(Arc::clone(provider))?);
        Ok(Arc::clone(known.insert(verifier)))
    }
}

/// Judges certificates by the roots of the system.
struct ByRoots {
    roots: SystemRoots,
    algorithms: WebPkiSupportedAlgorithms,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for ByRoots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verifier = self.roots.verifier(&self.provider)?;
        verifier.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        crypto::verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

impl fmt::Debug for ByRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByRoots")
    }
}
