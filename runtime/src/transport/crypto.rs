//! Where the cryptography of TLS comes from.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// rustls takes its cryptography from a provider that the process chooses. Where it has chosen none, ring is.
pub(crate) fn provide_crypto() -> Arc<CryptoProvider> {
    if let Some(chosen) = CryptoProvider::get_default() {
        return Arc::clone(chosen);
    }
    let ring = ring::default_provider();
    // Another thread may have been faster, which serves as well.
    let _ = ring.clone().install_default();
    CryptoProvider::get_default().map_or_else(|| Arc::new(ring), Arc::clone)
}
