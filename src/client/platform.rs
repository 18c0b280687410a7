//! Origins that serve instances.

use std::fmt;

use zeyos_runtime::BaseUrl;

/// Origin of the vendor's cloud.
const LIVE: &str = "https://cloud.zeyos.com";

/// An origin that serves instances.
///
/// ```
/// use zeyos::{BaseUrl, Platform};
///
/// assert_eq!(Platform::live().instance("demo"), BaseUrl::from("https://cloud.zeyos.com/demo"));
/// assert_eq!(Platform::origin("https://erp.example.com/").instance("a b"), BaseUrl::from("https://erp.example.com/a%20b"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Platform {
    origin: String,
}

impl Platform {
    /// The vendor's cloud.
    pub fn live() -> Self {
        Platform::origin(LIVE)
    }

    /// Another origin, such as a self-hosted instance.
    pub fn origin(origin: impl Into<String>) -> Self {
        Platform { origin: origin.into() }
    }

    /// An instance on this origin; its name becomes one path segment. No name, `.` and `..` are refused when the client is built.
    pub fn instance(&self, name: &str) -> BaseUrl {
        BaseUrl::below(&self.origin, name)
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("origin", &BaseUrl::from(self.origin.as_str()).shown()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_in_an_origin_is_not_printed() {
        assert_eq!(format!("{:?}", Platform::live()), "Platform { origin: \"https://cloud.zeyos.com\" }");
        for url in ["https://mara:hunter2@erp.example.com", "https://erp.example.com?token=hunter2"] {
            assert!(!format!("{:?}", Platform::origin(url)).contains("hunter2"), "{url}");
        }
    }
}
