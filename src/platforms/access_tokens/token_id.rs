//! Identifiers of tokens, as the service takes them.

use std::fmt;

use zeyos_core::Error;

use zeyos_runtime::random_alphanumeric;

/// How many characters an identifier has.
const LENGTH: usize = 21;

/// The identifier of a token: 21 letters and digits. The service answers any other with 500.
///
/// ```
/// use zeyos::platforms::access_tokens::TokenId;
///
/// assert!(TokenId::try_from("0123456789abcdefghijK").is_ok());
/// assert!(TokenId::try_from("my-token").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenId(String);

impl TokenId {
    /// A random one.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub fn random() -> Result<Self, Error> {
        random_alphanumeric(LENGTH).map(TokenId)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn fits(text: &str) -> bool {
        text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }
}

impl TryFrom<&str> for TokenId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        if TokenId::fits(text) {
            return Ok(TokenId(text.to_owned()));
        }
        let length = text.chars().count();
        Err(Error::request(format!(
            "an identifier of a token has exactly {LENGTH} letters and digits, and this one of {length} characters is none"
        )))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
