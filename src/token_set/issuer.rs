//! Which service has issued tokens: each ends and renews its own.

/// The service of an instance that issued tokens, and so the one that ends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenIssuer {
    /// OAuth 2.0 (RFC 6749): ended by revocation, renewed by a refresh token.
    OAuth,
    /// The legacy login: ended by its logout, never renewed.
    LegacyLogin,
    /// Name and password by HTTP Basic: ended by a revocation of their own, issued anew from the same pair.
    PasswordToken,
}

impl TokenIssuer {
    /// The issuer of the tokens that an operation brings.
    pub(crate) fn of(operation: &str) -> Option<Self> {
        match operation {
            "getToken" => Some(TokenIssuer::OAuth),
            "login" => Some(TokenIssuer::LegacyLogin),
            "issueToken" => Some(TokenIssuer::PasswordToken),
            _ => None,
        }
    }

    /// The name under which it is kept.
    pub(super) fn name(self) -> &'static str {
        match self {
            TokenIssuer::OAuth => "oauth",
            TokenIssuer::LegacyLogin => "legacyLogin",
            TokenIssuer::PasswordToken => "passwordToken",
        }
    }

    /// The one that is kept under this name; a later version may know more.
    pub(super) fn named(name: &str) -> Option<Self> {
        [TokenIssuer::OAuth, TokenIssuer::LegacyLogin, TokenIssuer::PasswordToken]
            .into_iter()
            .find(|issuer| issuer.name() == name)
    }
}
