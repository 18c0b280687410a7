//! Where an instance is: origin and instance name, checked once.

use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::builder::BuildError;

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Origin of the vendor's cloud.
const LIVE: &str = "https://cloud.zeyos.com";

/// The URL of an instance as given; it is checked when the client is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl From<&str> for BaseUrl {
    fn from(url: &str) -> Self {
        BaseUrl(url.to_owned())
    }
}

impl From<String> for BaseUrl {
    fn from(url: String) -> Self {
        BaseUrl(url)
    }
}

impl From<&String> for BaseUrl {
    fn from(url: &String) -> Self {
        BaseUrl(url.clone())
    }
}

/// An origin that serves instances.
///
/// ```
/// use zeyos::{BaseUrl, Platform};
///
/// assert_eq!(Platform::live().instance("demo"), BaseUrl::from("https://cloud.zeyos.com/demo"));
/// assert_eq!(Platform::origin("https://erp.example.com/").instance("a b"), BaseUrl::from("https://erp.example.com/a%20b"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    origin: String,
}

impl Platform {
    /// The vendor's cloud.
    pub fn live() -> Self {
        Platform::origin(LIVE)
    }

    /// Another origin, such as an instance of one's own.
    pub fn origin(origin: impl Into<String>) -> Self {
        Platform { origin: origin.into() }
    }

    /// An instance on this origin; its name becomes one path segment.
    pub fn instance(&self, name: &str) -> BaseUrl {
        BaseUrl(format!("{}/{}", self.origin.trim_end_matches('/'), utf8_percent_encode(name, SEGMENT)))
    }
}

impl BaseUrl {
    /// The URL without a slash at its end.
    pub(super) fn checked(&self) -> Result<String, BuildError> {
        let refuse = |reason: &'static str| BuildError::url(&self.0, reason);
        let url = Url::parse(self.0.trim()).map_err(|_| refuse("is not a URL; give origin and instance"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not repeated: it holds a password.
            return Err(BuildError::url("the base URL", "holds user name or password; configure `basic_user` instead"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has a query or a fragment; give origin and instance only"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(refuse("is not https; plain http is for loopback addresses and `localhost` only")),
            _ => return Err(refuse("is neither https nor http")),
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str) -> Result<String, String> {
        BaseUrl::from(url).checked().map_err(|error| error.to_string())
    }

    #[test]
    fn slashes_at_the_end_are_cut() {
        for url in ["https://cloud.zeyos.com/demo", "https://cloud.zeyos.com/demo/", "https://cloud.zeyos.com/demo//"] {
            assert_eq!(checked(url).unwrap(), "https://cloud.zeyos.com/demo");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for url in
            ["http://127.0.0.1:8080/demo", "http://127.9.9.9/demo", "http://[::1]:8080/demo", "http://localhost/demo"]
        {
            checked(url).unwrap();
        }
        for url in
            ["http://cloud.zeyos.com/demo", "http://localhost.example.com/x", "http://10.0.0.1/x", "ftp://localhost/x"]
        {
            checked(url).unwrap_err();
        }
    }

    #[test]
    fn a_password_in_the_url_is_refused_and_not_repeated() {
        let error = checked("https://mara:hunter2@cloud.zeyos.com/demo").unwrap_err();
        assert!(!error.contains("hunter2"), "{error}");
        checked("https://cloud.zeyos.com/demo?x=1").unwrap_err();
        checked("cloud.zeyos.com/demo").unwrap_err();
    }
}
