//! What can be chosen before any server of this package starts, whichever service it imitates.

use std::net::{IpAddr, Ipv4Addr};

use crate::faults::Fault;
use crate::http::host::Hosts;

/// The choices that all servers have in common.
#[derive(Debug, Clone)]
pub(crate) struct Startup {
    pub listen: IpAddr,
    pub port: u16,
    /// Further names under which it may be called.
    pub names: Vec<String>,
    pub faults: Vec<Fault>,
    pub clock_offset: i64,
    pub control_port: Option<u16>,
}

impl Default for Startup {
    fn default() -> Self {
        Self {
            listen: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            names: Vec::new(),
            faults: Vec::new(),
            clock_offset: 0,
            control_port: None,
        }
    }
}

impl Startup {
    /// The names under which a server with these choices may be called.
    pub(crate) fn hosts(&self) -> Hosts {
        Hosts { addresses: !self.listen.is_loopback(), names: self.names.clone() }
    }
}

/// The methods of a builder that has a [`Startup`] as its member `startup`.
macro_rules! startup_methods {
    () => {
        /// The address to listen on in place of 127.0.0.1. Beyond this machine everyone who reaches it can use it, with credentials
        /// that are well known. The control route stays on 127.0.0.1.
        #[must_use]
        pub fn listen(mut self, address: std::net::IpAddr) -> Self {
            self.startup.listen = address;
            self
        }

        /// The port to listen on; 0, the default, takes a free one.
        #[must_use]
        pub fn port(mut self, port: u16) -> Self {
            self.startup.port = port;
            self
        }

        /// A further name under which it may be called, beside `127.0.0.1`, `[::1]` and `localhost`. Requests under any other
        /// name are refused: a web page could bring them here.
        #[must_use]
        pub fn host(mut self, name: impl Into<String>) -> Self {
            self.startup.names.push(name.into());
            self
        }

        /// Lets something go wrong from the start.
        #[must_use]
        pub fn fault(mut self, fault: $crate::faults::Fault) -> Self {
            self.startup.faults.push(fault);
            self
        }

        /// Adds a fault from the inside of a TOML table, like `status = 503, times = 2`.
        ///
        /// # Errors
        /// When it is not TOML, or a part of it is not known.
        pub fn fault_table(self, table: &str) -> Result<Self, $crate::config::ConfigError> {
            let items = $crate::config::Item::of_line(table)?;
            Ok(self.fault($crate::faults::Fault::from_items(&items)?))
        }

        /// Sets the clock ahead of the machine's by whole seconds; behind it, if they are negative.
        #[must_use]
        pub fn clock_offset(mut self, seconds: i64) -> Self {
            self.startup.clock_offset = seconds;
            self
        }

        /// The same from text, as a flag says it: seconds, or with a unit, like `+1h` or `-5m`.
        ///
        /// # Errors
        /// When it is neither.
        pub fn clock(self, offset: &str) -> Result<Self, $crate::config::ConfigError> {
            Ok(self.clock_offset($crate::config::item::clock_offset(offset)?))
        }

        /// Opens the control route on this port of 127.0.0.1; 0 takes a free one. Without it there is none.
        #[must_use]
        pub fn control_port(mut self, port: u16) -> Self {
            self.startup.control_port = Some(port);
            self
        }
    };
}

pub(crate) use startup_methods;
