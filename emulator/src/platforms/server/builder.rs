//! What can be chosen before the server of a platform starts.

use crate::config::ConfigError;
use crate::platforms::access_tokens::TokenSwitches;
use crate::platforms::auth_agent::AgentSwitches;
use crate::platforms::cozy::CozySwitches;
use crate::platforms::platform::Platform;
use crate::startup::{Startup, startup_methods};
use crate::switches::Switch;

/// The choices for the server of a platform.
#[derive(Debug, Clone)]
pub struct PlatformBuilder {
    pub(super) platform: Platform,
    pub(super) startup: Startup,
    pub(super) switches: Vec<(String, String)>,
}

impl PlatformBuilder {
    pub(super) fn new(platform: Platform) -> Self {
        Self { platform, startup: Startup::default(), switches: Vec::new() }
    }

    startup_methods!();

    /// Sets one switch by name.
    ///
    /// # Errors
    /// When the platform has no such switch, or the switch no such value.
    pub fn switch(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        match self.platform {
            Platform::Cozy => CozySwitches::default().set(name, value)?,
            Platform::AccessTokens => TokenSwitches::default().set(name, value)?,
            Platform::AuthAgent => AgentSwitches::default().set(name, value)?,
        }
        self.switches.push((name.to_owned(), value.to_owned()));
        Ok(self)
    }
}

impl Platform {
    /// The switches of its server as they are unless they are set.
    #[must_use]
    pub fn switches(self) -> Vec<Switch> {
        match self {
            Self::Cozy => CozySwitches::default().list(),
            Self::AccessTokens => TokenSwitches::default().list(),
            Self::AuthAgent => AgentSwitches::default().list(),
        }
    }
}
