//! The platforms, by name.

use crate::config::ConfigError;

/// A platform whose server can be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Platform {
    /// Registration of clients and authorization at the Cozy of a user.
    Cozy,
    /// Personal access tokens, their exchange and administration.
    AccessTokens,
    /// Identity of software agents, in both generations of its interface.
    AuthAgent,
}

impl Platform {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cozy, Self::AccessTokens, Self::AuthAgent];

    /// Its name, as `--platform` takes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cozy => "cozy",
            Self::AccessTokens => "access-tokens",
            Self::AuthAgent => "auth-agent",
        }
    }

    /// The platform of this name.
    ///
    /// # Errors
    /// When there is none; the error tells which there are.
    pub fn named(name: &str) -> Result<Self, ConfigError> {
        let found = Self::ALL.into_iter().find(|platform| platform.as_str() == name);
        found.ok_or_else(|| ConfigError::name("platform", name, &Self::ALL.map(Self::as_str)))
    }
}
