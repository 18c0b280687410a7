//! Where an instance is: origin and instance name, checked once.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

use super::builder::BuildError;

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Origin of the vendor's cloud.
const LIVE: &str = "https://cloud.zeyos.com";

/// The URL of an instance as given; it is checked when the client is built.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: String,
    /// Whether the name of the instance is one that can be part of a URL.
    is_named: bool,
}

impl From<&str> for BaseUrl {
    fn from(url: &str) -> Self {
        BaseUrl::from(url.to_owned())
    }
}

impl From<String> for BaseUrl {
    fn from(url: String) -> Self {
        BaseUrl { url, is_named: true }
    }
}

impl From<&String> for BaseUrl {
    fn from(url: &String) -> Self {
        BaseUrl::from(url.clone())
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

    /// An instance on this origin; its name becomes one path segment. No name, `.` and `..` are refused when the client is built.
    pub fn instance(&self, name: &str) -> BaseUrl {
        let url = format!("{}/{}", self.origin.trim_end_matches('/'), utf8_percent_encode(name, SEGMENT));
        BaseUrl { url, is_named: !matches!(name, "" | "." | "..") }
    }
}

impl BaseUrl {
    /// The URL without a slash at its end.
    pub(super) fn checked(&self) -> Result<String, BuildError> {
        let refuse = |reason: &'static str| BuildError::url(self.shown(), reason);
        if !self.is_named {
            return Err(refuse("has no instance; its name must not be empty, `.` or `..`"));
        }
        let url = Url::parse(self.url.trim()).map_err(|_| refuse("is not a URL; give origin and instance"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds user name or password; configure `basic_user` instead"));
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

    /// The URL for people, without what may be secret: a query, a fragment, and all of it where it may hold a password.
    fn shown(&self) -> &str {
        if self.url.contains('@') {
            return "the base URL";
        }
        self.url.split(['?', '#']).next().unwrap_or_default()
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BaseUrl").field(&self.shown()).finish()
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
        for odd in ["https//mara:hunter2@cloud.zeyos.com/demo", "https://cloud.zeyos.com/demo?token=hunter2"] {
            let error = checked(odd).unwrap_err();
            assert!(!error.contains("hunter2") && !format!("{:?}", BaseUrl::from(odd)).contains("hunter2"), "{error}");
        }
        checked("cloud.zeyos.com/demo").unwrap_err();
    }

    #[test]
    fn an_instance_has_a_name() {
        for name in ["", ".", ".."] {
            let error = Platform::live().instance(name).checked().unwrap_err().to_string();
            assert!(error.contains("has no instance"), "{error}");
        }
        assert_eq!(Platform::live().instance("..a").checked().unwrap(), "https://cloud.zeyos.com/..a");
    }
}
