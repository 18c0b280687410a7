//! Profiles: a value for every switch at once.

use crate::config::ConfigError;

/// What all switches are set to together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// What the documents and the vendor's prose say; where both are silent, the likeliest guess.
    Documented,
    /// Each guess in the way that hurts a careless client most.
    Strict,
    /// Each guess in the way that lets most clients through, and errors that explain themselves.
    Lenient,
}

impl Profile {
    const ALL: [(&'static str, Self); 3] =
        [("documented", Self::Documented), ("strict", Self::Strict), ("lenient", Self::Lenient)];

    /// The profile of this name: `documented`, `strict` or `lenient`.
    ///
    /// # Errors
    /// When no profile has this name; the error tells which there are.
    pub fn named(name: &str) -> Result<Self, ConfigError> {
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        found
            .map(|(_, profile)| profile)
            .ok_or_else(|| ConfigError::name("profile", name, &Self::ALL.map(|(name, _)| name)))
    }
}
