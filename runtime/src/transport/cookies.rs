//! Whether the cookies of a browser go along with a request.

/// What a browser does about the cookies that it holds, by the word of the Fetch standard (credentials mode).
///
/// The client sets it for each attempt: [`Include`](CredentialsMode::Include) for one that uses the session of the page
/// ([`browser_session`](crate::ClientBuilder::browser_session)), [`Omit`](CredentialsMode::Omit) for a bearer token, a pair, a call
/// without credentials, and every exchange of tokens whose call does not [keep cookies](zeyos_core::Call::keep_cookies).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CredentialsMode {
    /// No cookie is added, and none that the answer sets is kept.
    #[default]
    Omit,
    /// The cookies of the origin of the request are added, and those that the answer sets are kept.
    Include,
}

/// Why a client or a request outside of a page cannot have the cookies of a browser.
pub(crate) const NO_PAGE: &str = "the built-in transport has no cookies of a browser: `browser_session` and `keep_cookies` are for \
                                  programs that run in a page (wasm32-unknown-unknown); elsewhere a session is given by `session_cookie` \
                                  or `session_provider`";
