//! What can be said of a request that a browser did not carry. A browser tells a page little, lest it spies on other servers: that the
//! network failed, that a server of another origin did not allow the page, or that no one listens there all look the same.

use crate::transport::CredentialsMode;

/// Where a request went, as far as a failure has to do with it.
pub(super) struct Target {
    /// Scheme, host and port of the page.
    pub page: Option<String>,
    /// Those of the request.
    pub server: String,
    pub credentials: CredentialsMode,
}

impl Target {
    /// The failure in words, after those of the browser.
    pub(super) fn failed(&self, browser: &str) -> String {
        let base = format!("the browser did not carry the request ({browser})");
        let Some(page) = self.page.as_ref().filter(|page| **page != self.server) else { return base };
        let server = &self.server;
        match self.credentials {
            CredentialsMode::Omit => format!(
                "{base}; either the network failed, or {server} does not allow scripts of {page} (CORS, \
                 `Access-Control-Allow-Origin` and `Access-Control-Allow-Headers`), which a browser does not tell apart"
            ),
            CredentialsMode::Include => format!(
                "{base}; either the network failed, or {server} does not allow scripts of {page} with the session cookie \
                 (credentialed CORS: `Access-Control-Allow-Credentials: true` and `Access-Control-Allow-Origin: {page}`), which a \
                 browser does not tell apart; use a bearer token, or serve the page from {server}"
            ),
        }
    }
}

/// The name of the first header that the page has not taken over. A browser drops in silence what a page may not set.
pub(super) fn dropped<'a>(mut asked: impl Iterator<Item = &'a str>, has: impl Fn(&str) -> bool) -> Option<&'a str> {
    asked.find(|name| !has(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(page: Option<&str>, credentials: CredentialsMode) -> Target {
        Target { page: page.map(str::to_owned), server: "https://cloud.example".to_owned(), credentials }
    }

    #[test]
    fn a_failure_at_the_origin_of_the_page_speaks_of_no_cors() {
        for page in [None, Some("https://cloud.example")] {
            let text = target(page, CredentialsMode::Include).failed("TypeError: Failed to fetch");
            assert_eq!(text, "the browser did not carry the request (TypeError: Failed to fetch)");
        }
    }

    #[test]
    fn a_failure_across_origins_names_what_the_server_has_to_allow() {
        let bearer = target(Some("https://shop.example"), CredentialsMode::Omit).failed("x");
        assert!(bearer.contains("https://cloud.example does not allow scripts of https://shop.example"), "{bearer}");
        assert!(!bearer.contains("Credentials"), "{bearer}");
        let session = target(Some("https://shop.example"), CredentialsMode::Include).failed("x");
        for part in
            ["Access-Control-Allow-Credentials: true", "Access-Control-Allow-Origin: https://shop.example", "bearer"]
        {
            assert!(session.contains(part), "{session}");
        }
    }

    #[test]
    fn a_header_that_the_browser_dropped_is_named() {
        let asked = ["accept", "cookie", "x-trace"];
        assert_eq!(dropped(asked.into_iter(), |name| name != "cookie"), Some("cookie"));
        assert_eq!(dropped(asked.into_iter(), |_| true), None);
    }
}
