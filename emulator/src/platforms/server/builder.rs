//! What can be chosen before the server of a platform starts.

use std::net::{IpAddr, Ipv4Addr};

use crate::config::{ConfigError, Item, OFFSETS, item};
use crate::faults::Fault;
use crate::platforms::access_tokens::TokenSwitches;
use crate::platforms::auth_agent::AgentSwitches;
use crate::platforms::cozy::CozySwitches;
use crate::platforms::platform::Platform;
use crate::switches::Switch;

/// The choices for the server of a platform.
#[derive(Debug, Clone)]
pub struct PlatformBuilder {
    pub(super) platform: Platform,
    pub(super) listen: IpAddr,
    pub(super) port: u16,
    pub(super) hosts: Vec<String>,
    pub(super) switches: Vec<(String, String)>,
    pub(super) faults: Vec<Fault>,
    pub(super) clock_offset: i64,
    pub(super) control_port: Option<u16>,
}

impl PlatformBuilder {
    pub(super) fn new(platform: Platform) -> Self {
        Self {
            platform,
            listen: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            hosts: Vec::new(),
            switches: Vec::new(),
            faults: Vec::new(),
            clock_offset: 0,
            control_port: None,
        }
    }

    /// The address to listen on in place of 127.0.0.1. Whoever reaches it can use it.
    #[must_use]
    pub fn listen(mut self, address: IpAddr) -> Self {
        self.listen = address;
        self
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// A further name under which it may be called, beside `127.0.0.1`, `[::1]` and `localhost`.
    #[must_use]
    pub fn host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Sets one switch by its name.
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

    /// Lets something go wrong from the start.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Adds a fault from the inside of a TOML table, like `status = 503, times = 2`.
    ///
    /// # Errors
    /// When it is no TOML, or a part of it is not known.
    pub fn fault_table(self, table: &str) -> Result<Self, ConfigError> {
        let fault = Fault::from_items(&Item::of_line(table)?)?;
        Ok(self.fault(fault))
    }

    /// Sets the clock ahead of the machine's by whole seconds; behind it, if they are negative.
    #[must_use]
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// The same from text, as a flag says it: seconds, or with a unit, like `+1h` or `-5m`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn clock(self, offset: &str) -> Result<Self, ConfigError> {
        let seconds = item::offset(offset).ok_or_else(|| ConfigError::value("clock", offset, OFFSETS))?;
        Ok(self.clock_offset(seconds))
    }

    /// Opens the control route on this port of 127.0.0.1; 0 takes a free one.
    #[must_use]
    pub fn control_port(mut self, port: u16) -> Self {
        self.control_port = Some(port);
        self
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
