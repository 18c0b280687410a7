//! Proof key for code exchange (RFC 7636): always on, SHA-256 only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeyos_core::Secret;

use super::LoginError;
use crate::bits::sha256;

/// The secret of one login: 32 random bytes, 43 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeVerifier(Secret);

/// What is shown of a verifier while the browser is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeVerifier {
    /// A fresh verifier from the random source of the system.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub fn generate() -> Result<Self, LoginError> {
        random_text().map(CodeVerifier)
    }

    /// A verifier that was kept during a login.
    pub fn new(verifier: impl Into<Secret>) -> Self {
        CodeVerifier(verifier.into())
    }

    /// Its SHA-256, base64url without padding (RFC 7636, section 4.2).
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(URL_SAFE_NO_PAD.encode(sha256(&[self.0.expose().as_bytes()])))
    }

    /// The verifier as it is sent with the code.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

impl CodeChallenge {
    /// The challenge as it stands in the authorization URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A state of 128 random bits as base64url: 22 characters, for servers whose other clients send one of that length.
///
/// # Errors
/// When the system has no random bytes to give.
pub fn random_state() -> Result<Secret, LoginError> {
    random_bytes::<16>()
}

/// 32 random bytes as base64url: 43 characters of the unreserved set.
pub(super) fn random_text() -> Result<Secret, LoginError> {
    random_bytes::<32>()
}

fn random_bytes<const BYTES: usize>() -> Result<Secret, LoginError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| LoginError::NoRandomness)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_rfc_7636_appendix_b() {
        let verifier = CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn verifiers_are_long_unreserved_and_different() {
        let one = CodeVerifier::generate().unwrap();
        let text = one.secret().expose();
        assert!(text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(one, CodeVerifier::generate().unwrap());
    }
}
