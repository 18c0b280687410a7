//! Which service has issued tokens: each ends and renews its own.

use std::borrow::Cow;
use std::fmt;

use zeyos_core::Issuer;

/// Longest name that is kept.
const LONGEST: usize = 100;

/// The service that issued tokens, and so the one that ends them, by the name that its document gives it (`x-issuers`).
///
/// ```
/// use zeyos::{TokenIssuer, TokenSet};
///
/// let tokens = TokenSet::bearer("4c8b").issued_by(&zeyos::legacy_auth::raw::issuers::LEGACY_LOGIN);
/// assert_eq!(tokens.issuer.as_ref().map(TokenIssuer::name), Some("legacyLogin"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenIssuer(Cow<'static, str>);

impl TokenIssuer {
    /// The name, as it is kept.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The issuer that is kept under this name, known or not.
    pub(super) fn named(name: &str) -> Option<Self> {
        let is_name = (1..=LONGEST).contains(&name.len()) && !name.chars().any(char::is_control);
        is_name.then(|| TokenIssuer(Cow::Owned(name.to_owned())))
    }
}

impl From<&'static Issuer> for TokenIssuer {
    fn from(issuer: &'static Issuer) -> Self {
        TokenIssuer(Cow::Borrowed(issuer.name))
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
