//! The login in the browser: where it starts, and how its answer is recognised.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use url::Url;
use zeyos_core::{Error, Secret};

use super::pkce::random_text;
use super::{Callback, CodeVerifier, OAuth2};
use crate::TokenSet;
use crate::auth::Middleware;

/// Least characters of a caller's own state: 128 random bits need 22 of base64url.
const STATE: usize = 22;

/// A login that has not been opened yet: what the authorization URL shall say.
#[must_use = "nothing happens until the URL is opened"]
pub struct AuthorizationRequest {
    middleware: Arc<Middleware>,
    redirect_uri: String,
    state: Option<Secret>,
    form_post: bool,
}

/// A login that waits for the browser to come back. It is consumed by its answer.
pub struct PendingLogin {
    middleware: Arc<Middleware>,
    url: Url,
    redirect_uri: String,
    verifier: CodeVerifier,
    state: Secret,
}

impl AuthorizationRequest {
    pub(super) fn new(middleware: Arc<Middleware>, redirect_uri: String) -> Self {
        AuthorizationRequest { middleware, redirect_uri, state: None, form_post: false }
    }

    /// A state of the caller's own, with at least 128 random bits: 22 characters or more. Without one a fresh one is made.
    pub fn state(mut self, state: impl Into<Secret>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Lets the browser post the answer as a form instead of putting it into the address.
    pub fn form_post(mut self) -> Self {
        self.form_post = true;
        self
    }

    /// Makes verifier, challenge and state. Open the URL of the result in a browser.
    ///
    /// # Errors
    /// When no client application is configured, the redirect URI is neither https nor on this machine, or the state is too
    /// short.
    pub fn begin(self) -> Result<PendingLogin, LoginError> {
        let client = self.middleware.settings.credentials.client.as_ref().ok_or(LoginError::NoClientCredentials)?;
        checked_redirect(&self.redirect_uri)?;
        let state = match self.state {
            Some(state) if state.expose().len() >= STATE => state,
            Some(_) => return Err(LoginError::Request(format!("the state is shorter than {STATE} characters"))),
            None => random_text()?,
        };
        let verifier = CodeVerifier::generate()?;
        let base = self.middleware.settings.base.of(&super::raw::SERVICE);
        let mut url = Url::parse(&format!("{base}/authorize"))
            .map_err(|_| LoginError::Request("the base URL is no URL".into()))?;
        url.query_pairs_mut()
            .append_pair("client_id", &client.id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("code_challenge", verifier.challenge().as_str())
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", state.expose());
        if self.form_post {
            url.query_pairs_mut().append_pair("response_mode", "form_post");
        }
        Ok(PendingLogin { middleware: self.middleware, url, redirect_uri: self.redirect_uri, verifier, state })
    }
}

/// https, or a server on this very machine (RFC 8252, section 7.3).
fn checked_redirect(uri: &str) -> Result<(), LoginError> {
    let refuse = |reason: &str| Err(LoginError::Request(format!("the redirect URI {reason}")));
    let Ok(url) = Url::parse(uri) else { return refuse("is no URL") };
    if url.fragment().is_some() {
        return refuse("has a fragment (RFC 6749, section 3.1.2)");
    }
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) | ("http", Some("127.0.0.1" | "[::1]" | "localhost")) => Ok(()),
        _ => refuse("is neither https nor on 127.0.0.1, [::1] or localhost"),
    }
}

impl PendingLogin {
    /// The address to open in a browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Checks the answer and exchanges its code for tokens, which are stored.
    ///
    /// # Errors
    /// When the answer is not that of this login, or brings an error: nothing is sent then. Otherwise when the exchange fails.
    pub async fn finish(self, callback: Callback) -> Result<TokenSet, LoginError> {
        let code = self.checked(callback)?;
        let oauth2 = OAuth2::new(self.middleware);
        oauth2
            .exchange_authorization_code(code, Some(&self.verifier), Some(&self.redirect_uri))
            .await
            .map_err(LoginError::Exchange)
    }

    /// The state is compared before anything else is believed.
    fn checked(&self, callback: Callback) -> Result<Secret, LoginError> {
        match &callback.state {
            None => return Err(LoginError::Callback("the answer has no state".to_owned())),
            Some(state) if *state != self.state => return Err(LoginError::StateMismatch),
            Some(_) => {}
        }
        if callback.iss.as_ref().is_some_and(|issuer| *issuer != self.middleware.settings.base.instance) {
            return Err(LoginError::Callback("the answer comes from another issuer (RFC 9207)".to_owned()));
        }
        match (callback.code, callback.error) {
            (Some(code), None) if !code.is_empty() => Ok(code),
            (None, Some(error)) => Err(LoginError::Denied { error, description: callback.error_description }),
            (Some(_), Some(_)) => Err(LoginError::Callback("the answer has a code and an error".to_owned())),
            _ => Err(LoginError::Callback("the answer has no code".to_owned())),
        }
    }
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// Why a login brought no tokens.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// What was asked for cannot be started.
    Request(String),
    /// No client application is configured.
    NoClientCredentials,
    /// The system has no random bytes to give.
    NoRandomness,
    /// The answer is not in order; its code was not used.
    Callback(String),
    /// The answer belongs to another login, or to none: do not trust it.
    StateMismatch,
    /// The user or the server said no (RFC 6749, section 4.1.2.1).
    Denied {
        /// The error code, such as `access_denied`.
        error: String,
        /// The reason in words.
        description: Option<String>,
    },
    /// The code could not be exchanged.
    Exchange(Error),
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoginError::Request(reason) | LoginError::Callback(reason) => f.write_str(reason),
            LoginError::NoClientCredentials => {
                f.write_str("no client application is configured; configure `client_credentials(id, secret)`")
            }
            LoginError::NoRandomness => f.write_str("the system has no random bytes to give"),
            LoginError::StateMismatch => {
                f.write_str("the answer carries the state of another login; start the login again")
            }
            LoginError::Denied { error, description: Some(text) } => {
                write!(f, "the login was refused with {error}: {text}")
            }
            LoginError::Denied { error, description: None } => write!(f, "the login was refused with {error}"),
            LoginError::Exchange(_) => f.write_str("the code could not be exchanged"),
        }
    }
}

impl StdError for LoginError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            LoginError::Exchange(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;

    fn request(redirect: &str) -> AuthorizationRequest {
        let client =
            Client::builder("https://cloud.zeyos.com/demo").client_credentials("app", "secret").build().unwrap();
        client.oauth2().authorization_request(redirect)
    }

    fn pending() -> PendingLogin {
        request("http://127.0.0.1:9/cb").state("0123456789abcdef012345").begin().unwrap()
    }

    #[test]
    fn the_url_asks_for_a_code_with_challenge_and_state() {
        let pending = request("https://app.example.com/cb").begin().unwrap();
        let url = pending.url().as_str();
        assert!(url.starts_with(
            "https://cloud.zeyos.com/demo/oauth2/v1/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp"
        ));
        for part in ["response_type=code", "code_challenge=", "code_challenge_method=S256", "state="] {
            assert!(url.contains(part), "{url}");
        }
        assert!(!url.contains("secret") && !url.contains(pending.verifier.secret().expose()));
    }

    #[test]
    fn a_redirect_to_a_foreign_plain_host_is_refused() {
        for odd in ["http://app.example.com/cb", "ftp://127.0.0.1/cb", "cb", "https://app.example.com/cb#x"] {
            assert!(matches!(request(odd).begin(), Err(LoginError::Request(_))), "{odd}");
        }
        assert!(matches!(request("https://a.example/cb").state("short").begin(), Err(LoginError::Request(_))));
    }

    #[test]
    fn an_answer_of_another_login_is_refused_before_its_code_is_used() {
        let state = "0123456789abcdef012345";
        for (query, wanted) in [
            ("code=c".to_owned(), "the answer has no state"),
            (
                "code=c&state=0123456789ABCDEF012345".to_owned(),
                "the answer carries the state of another login; start the login again",
            ),
            (format!("code=c&error=e&state={state}"), "the answer has a code and an error"),
            (format!("state={state}"), "the answer has no code"),
            (format!("error=access_denied&state={state}"), "the login was refused with access_denied"),
            (
                format!("code=c&state={state}&iss=https://evil.example"),
                "the answer comes from another issuer (RFC 9207)",
            ),
        ] {
            let error = pending().checked(Callback::parse(&query).unwrap()).unwrap_err();
            assert_eq!(error.to_string(), wanted);
        }
        let code = pending().checked(Callback::parse(&format!("code=c&state={state}")).unwrap()).unwrap();
        assert_eq!(code.expose(), "c");
    }
}
