//! Texts that no one can guess. The system is asked once, when a server starts, so that no request can fail for lack of random bytes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of bytes: a secret of the system, hashed with a count.
#[derive(Clone)]
pub(crate) struct Random {
    secret: [u8; 32],
    count: u64,
}

/// Shows nothing of the secret.
impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

impl Random {
    /// Asks the system for a secret.
    pub(super) fn new() -> std::io::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        Ok(Self { secret, count: 0 })
    }

    /// The next 32 bytes.
    pub(super) fn bytes(&mut self) -> [u8; 32] {
        self.count += 1;
        Sha256::new().chain_update(self.secret).chain_update(self.count.to_be_bytes()).finalize().into()
    }

    /// 43 characters that fit into a URL.
    pub(super) fn token(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes())
    }

    /// Letters and digits, at most 32.
    pub(super) fn alphanumeric(&mut self, length: usize) -> String {
        let digit = |byte: &u8| char::from(ALPHANUMERIC[usize::from(*byte) % ALPHANUMERIC.len()]);
        self.bytes().iter().take(length).map(digit).collect()
    }

    /// Hexadecimal digits, at most 64.
    pub(super) fn hex(&mut self, length: usize) -> String {
        let mut text: String = self.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(length);
        text
    }
}
