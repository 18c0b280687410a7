//! Where the cryptography of TLS comes from.

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
#[cfg(feature = "ring")]
use rustls::crypto::ring;

/// What is to be done where there is none.
pub(crate) const NO_PROVIDER: &str = "TLS has no cryptography: turn on the feature `ring`, or let the process install a provider of \
                                      rustls first (`CryptoProvider::install_default`)";

/// rustls takes its cryptography from a provider that the process chooses. Where it has chosen none, ring is, if it is there.
#[cfg(feature = "ring")]
pub(crate) fn provide_crypto() -> Option<Arc<CryptoProvider>> {
    if let Some(chosen) = CryptoProvider::get_default() {
        return Some(Arc::clone(chosen));
    }
    let ring = ring::default_provider();
    // Another thread may have been faster, which serves as well.
    let _ = ring.clone().install_default();
    Some(CryptoProvider::get_default().map_or_else(|| Arc::new(ring), Arc::clone))
}

/// The provider that the process has chosen.
#[cfg(not(feature = "ring"))]
pub(crate) fn provide_crypto() -> Option<Arc<CryptoProvider>> {
    CryptoProvider::get_default().map(Arc::clone)
}
