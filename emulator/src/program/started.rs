//! What the program has started: the emulator, or the server of a platform.

use std::net::SocketAddr;

use zeyos_emulator::platforms::PlatformServer;
use zeyos_emulator::switches::Switch;
use zeyos_emulator::{Emulator, StartError};

use super::defaults::switches;

/// A server that runs.
#[derive(Debug)]
pub(crate) enum Started {
    Zeyos(Emulator),
    Platform(PlatformServer),
}

/// A server that can be started.
#[derive(Debug)]
pub(crate) enum Choice {
    Zeyos(Box<zeyos_emulator::Builder>),
    Platform(Box<zeyos_emulator::platforms::PlatformBuilder>),
}

impl Choice {
    pub(crate) async fn start(self) -> Result<Started, StartError> {
        match self {
            Self::Zeyos(builder) => builder.start().await.map(Started::Zeyos),
            Self::Platform(builder) => builder.start().await.map(Started::Platform),
        }
    }
}

impl Started {
    pub(crate) fn address(&self) -> SocketAddr {
        match self {
            Self::Zeyos(zeyos) => zeyos.address(),
            Self::Platform(server) => server.address(),
        }
    }

    /// What is printed first.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Zeyos(_) => "ZeyOS emulator".to_owned(),
            Self::Platform(server) => format!("Test server of {}", server.platform().as_str()),
        }
    }

    /// Url and credentials under the names that scripts read.
    pub(crate) fn members(&self) -> Vec<(&'static str, &str)> {
        let (mut members, control_url) = match self {
            Self::Zeyos(zeyos) => (of_zeyos(zeyos), zeyos.control_url()),
            Self::Platform(server) => {
                let credentials = server.credentials().iter().map(|(name, value)| (*name, value.as_str()));
                ([("url", server.url())].into_iter().chain(credentials).collect(), server.control_url())
            }
        };
        members.extend(control_url.map(|url| ("control_url", url)));
        members
    }

    /// The same under the names of environment variables; those of ZeyOS are read by the examples of the `zeyos` crate.
    pub(crate) fn variables(&self) -> Vec<(String, &str)> {
        let variable = |(name, value)| (self.variable(name), value);
        self.members().into_iter().map(variable).collect()
    }

    fn variable(&self, name: &str) -> String {
        let prefix = match self {
            Self::Platform(server) => server.platform().as_str().replace('-', "_").to_ascii_uppercase(),
            Self::Zeyos(_) => "ZEYOS".to_owned(),
        };
        let name = match (self, name) {
            (Self::Zeyos(_), "url") => "base_url",
            (Self::Zeyos(_), "access_token") => "token",
            (_, name) => name,
        };
        format!("{prefix}_{}", name.to_ascii_uppercase())
    }

    /// The switches as they are, and as they are without saying.
    pub(crate) fn switches(&self) -> (Vec<Switch>, Vec<Switch>) {
        match self {
            Self::Zeyos(zeyos) => (zeyos.switches().list(), switches().list()),
            Self::Platform(server) => (server.switches(), server.platform().switches()),
        }
    }

    pub(crate) async fn stop(self) {
        match self {
            Self::Zeyos(zeyos) => zeyos.stop().await,
            Self::Platform(server) => server.stop().await,
        }
    }
}

fn of_zeyos(zeyos: &Emulator) -> Vec<(&'static str, &str)> {
    let credentials = zeyos.credentials();
    vec![
        ("url", zeyos.url()),
        ("client_id", &credentials.client_id),
        ("client_secret", &credentials.client_secret),
        ("username", &credentials.username),
        ("password", &credentials.password),
        ("access_token", &credentials.access_token),
        ("refresh_token", &credentials.refresh_token),
        ("session", &credentials.session),
    ]
}
