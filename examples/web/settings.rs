//! What the environment says. No secret is taken as an argument: everyone can read those.

use std::env::{VarError, var};

use url::{Host, Url};
use zeyos::{BuildError, Client, Secret};

use super::Outcome;

pub(crate) struct Settings {
    /// None for an emulator of our own.
    pub instance: Option<Instance>,
    pub redis_url: Option<String>,
    /// 0 takes a free one.
    pub port: u16,
    /// Where browsers find the application, if that is not where it listens.
    pub origin: Option<String>,
}

/// An instance of ZeyOS, and the application there whose pair this program has.
pub(crate) struct Instance {
    base_url: String,
    client_id: String,
    client_secret: Secret,
}

impl Settings {
    pub(crate) fn from_environment() -> Outcome<Self> {
        let port = optional("ZEYOS_WEB_PORT")?.map(|port| port.parse()).transpose();
        Ok(Settings {
            instance: Instance::from_environment()?,
            redis_url: optional("ZEYOS_REDIS_URL")?,
            port: port.map_err(|_| "ZEYOS_WEB_PORT is not a port: 0 to 65535")?.unwrap_or(0),
            origin: optional("ZEYOS_WEB_URL")?.map(|url| origin(&url)).transpose()?,
        })
    }
}

impl Instance {
    fn from_environment() -> Outcome<Option<Self>> {
        let Some(base_url) = optional("ZEYOS_BASE_URL")? else { return Ok(None) };
        // A URL from the environment never goes together with a secret from anywhere else.
        let needed = |name: &str| -> Outcome<String> {
            optional(name)?.ok_or_else(|| format!("ZEYOS_BASE_URL is set, so {name} is needed too").into())
        };
        let (client_id, client_secret) = (needed("ZEYOS_CLIENT_ID")?, Secret::new(needed("ZEYOS_CLIENT_SECRET")?));
        Ok(Some(Instance { base_url, client_id, client_secret }))
    }

    pub(crate) fn client(&self) -> Result<Client, BuildError> {
        Client::builder(self.base_url.as_str()).client_credentials(&self.client_id, self.client_secret.clone()).build()
    }
}

fn optional(name: &str) -> Outcome<Option<String>> {
    match var(name) {
        Ok(value) => Ok(Some(value)),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not UTF-8").into()),
    }
}

/// Beyond this machine only https: codes and session cookies cross the network.
fn origin(url: &str) -> Outcome<String> {
    let refused = || "ZEYOS_WEB_URL must be an origin: https://host, or http:// on this machine".into();
    let url = Url::parse(url).map_err(|_| refused())?;
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_local);
    let origin = url.origin().ascii_serialization();
    if is_safe && url.as_str() == format!("{origin}/") { Ok(origin) } else { Err(refused()) }
}
