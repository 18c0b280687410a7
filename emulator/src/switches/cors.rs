//! The origin that may ask from a page, as a switch has it.

use url::Url;

use super::setting::{Allowed, Setting};

/// The switch value that stands for every origin.
const ANY: &str = "*";

/// Whose scripts may ask and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin(String);

impl CorsOrigin {
    /// Those of every page.
    #[must_use]
    pub fn any() -> Self {
        Self(ANY.to_owned())
    }

    /// Those of no page.
    #[must_use]
    pub fn none() -> Self {
        Self(String::new())
    }

    /// Those of the pages of one origin, such as `https://app.example`; none if that is not an origin as browsers write it,
    /// for instance because it ends in a slash.
    #[must_use]
    pub fn only(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        (url.origin().ascii_serialization() == origin).then(|| Self(origin.to_owned()))
    }

    /// Whether every origin is meant.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.0 == ANY
    }

    /// Whether scripts of an origin may ask.
    pub(crate) fn allows(&self, origin: &[u8]) -> bool {
        self.is_any() || (!self.0.is_empty() && self.0.as_bytes() == origin)
    }

    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }
}

impl Setting for CorsOrigin {
    fn allowed() -> Allowed {
        Allowed::Kind("*, nothing, or an origin without a slash at its end")
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "" => Some(Self::none()),
            ANY => Some(Self::any()),
            origin => Self::only(origin),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_do() {
        for origin in ["https://app.example", "http://localhost:3000", "http://[::1]:80801"] {
            assert_eq!(CorsOrigin::only(origin).is_some(), origin != "http://[::1]:80801", "{origin}");
        }
        for text in ["http://x/", "x", "https://app.example:443", "https://App.example", "https://a.example/b", "null"]
        {
            assert_eq!(CorsOrigin::only(text), None, "{text}");
        }
    }

    #[test]
    fn an_origin_is_allowed_whole_or_not_at_all() {
        let only = CorsOrigin::only("https://app.example").unwrap();
        assert!(only.allows(b"https://app.example"));
        assert!(!only.allows(b"https://app.example.evil") && !only.allows(b"http://app.example") && !only.allows(b""));
        assert!(CorsOrigin::any().allows(b"null") && !CorsOrigin::none().allows(b""));
    }
}
