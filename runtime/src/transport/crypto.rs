//! Where the cryptography of TLS comes from.

use rustls::crypto::{CryptoProvider, ring};

/// rustls takes its cryptography from a provider that the process chooses. Where it has chosen none, ring is.
pub(crate) fn provide_crypto() {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which serves as well.
        let _ = ring::default_provider().install_default();
    }
}
