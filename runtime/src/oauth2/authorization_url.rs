//! The address at which a login in the browser starts (RFC 6749, section 4.1.1; RFC 7636, section 4.3), made of what is given.

use std::fmt;

use url::Url;
use zeyos_core::{Issuer, Secret, ServiceRoot};

use super::validation::{check_redirect, is_strong_state, shown};
use super::{CodeChallenge, LoginError};

/// An authorization URL for programs that run the login themselves, such as one whose callback another process receives. It needs no client,
/// no clock and no network; [`AuthorizationRequest`](super::AuthorizationRequest) remembers what the answer has to be.
///
/// ```
/// use zeyos_runtime::oauth2::{AuthorizationUrl, CodeVerifier, random_state};
///
/// # fn main() -> Result<(), zeyos_runtime::oauth2::LoginError> {
/// let (verifier, state) = (CodeVerifier::generate()?, random_state()?);
/// let url = AuthorizationUrl::new("https://login.example/authorize", "my-app", "https://my.example/callback")
///     .scopes(["dogs:read"])
///     .build(&verifier.challenge(), &state)?;
/// assert!(url.as_str().starts_with("https://login.example/authorize?client_id=my-app&redirect_uri=https%3A%2F%2Fmy.example"));
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until the URL is opened"]
#[derive(Clone)]
pub struct AuthorizationUrl {
    endpoint: String,
    client_id: String,
    redirect_uri: String,
    scope: Option<String>,
    form_post: bool,
}

impl AuthorizationUrl {
    /// At this authorization endpoint. What its query has already stays there.
    pub fn new(
        endpoint: impl Into<String>,
        client_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> AuthorizationUrl {
        AuthorizationUrl {
            endpoint: endpoint.into(),
            client_id: client_id.into(),
            redirect_uri: redirect_uri.into(),
            scope: None,
            form_post: false,
        }
    }

    /// At the endpoint that the document of an issuer names; `None` where it lies below the URL that a caller chooses, or there is none.
    pub fn of(
        issuer: &'static Issuer,
        client_id: impl Into<String>,
        redirect_uri: impl Into<String>,
    ) -> Option<AuthorizationUrl> {
        let start = issuer.authorization?;
        let ServiceRoot::At(origin) = start.service.root else { return None };
        Some(AuthorizationUrl::new(format!("{origin}{}{}", start.service.path, start.path), client_id, redirect_uri))
    }

    /// Asks for these scopes; for whatever the server gives unless set.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scope = joined(scopes);
        self
    }

    /// Lets the browser post the answer as a form instead of putting it into the address.
    pub fn form_post(mut self) -> Self {
        self.form_post = true;
        self
    }

    /// The URL for one login. Keep the verifier of the challenge and the state, which must be new for every login and comes back with the
    /// answer.
    ///
    /// # Errors
    /// When the endpoint is not an https URL (or on this machine), the redirect URI is neither https nor on this machine, or the state
    /// can be guessed.
    pub fn build(self, challenge: &CodeChallenge, state: &Secret) -> Result<Url, LoginError> {
        let endpoint = Url::parse(&self.endpoint).ok().filter(|_| check_redirect(&self.endpoint).is_ok());
        let endpoint = endpoint
            .ok_or(LoginError::RedirectUri("cannot be sent: the authorization endpoint is not an https URL"))?;
        check_redirect(&self.redirect_uri)?;
        if !is_strong_state(state.expose()) {
            return Err(LoginError::WeakState);
        }
        let asked = Asked {
            client_id: &self.client_id,
            redirect_uri: &self.redirect_uri,
            challenge,
            state,
            scope: self.scope.as_deref(),
            form_post: self.form_post,
        };
        Ok(asked.at(endpoint))
    }
}

/// The names that are asked for, separated by blanks (RFC 6749, section 3.3).
pub(super) fn joined<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Option<String> {
    let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
    Some(scopes.join(" ")).filter(|scope| !scope.is_empty())
}

impl fmt::Debug for AuthorizationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationUrl").field("redirect_uri", &shown(&self.redirect_uri)).finish_non_exhaustive()
    }
}

/// What an authorization request says.
pub(super) struct Asked<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub challenge: &'a CodeChallenge,
    pub state: &'a Secret,
    pub scope: Option<&'a str>,
    pub form_post: bool,
}

impl Asked<'_> {
    /// The request at this endpoint.
    pub(super) fn at(&self, mut url: Url) -> Url {
        url.query_pairs_mut()
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("code_challenge", self.challenge.as_str())
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", self.state.expose());
        if let Some(scope) = self.scope {
            url.query_pairs_mut().append_pair("scope", scope);
        }
        if self.form_post {
            url.query_pairs_mut().append_pair("response_mode", "form_post");
        }
        // A plus is a blank in forms alone (RFC 3986 knows none); one of a value is encoded.
        let query = url.query().map(|query| query.replace('+', "%20"));
        url.set_query(query.as_deref());
        url
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use zeyos_core::{Credential, IssuerGrant, Operation, ServiceDescription};

    use super::*;
    use crate::oauth2::CodeVerifier;

    static TOKENS: Credential = Credential::new("pier/tokens");
    static AT: ServiceDescription =
        ServiceDescription::new("pier", "/oauth").root(ServiceRoot::At("https://login.pier.example"));
    static BELOW: ServiceDescription = ServiceDescription::new("quay", "");
    static START: Operation = Operation::new(&AT, "start", Method::GET, "/authorize");
    static START_BELOW: Operation = Operation::new(&BELOW, "start", Method::GET, "/authorize");
    static ISSUER: Issuer = Issuer::new("pier", &TOKENS, IssuerGrant::OAuth2, &START).authorization(&START);
    static OTHER: Issuer = Issuer::new("quay", &TOKENS, IssuerGrant::OAuth2, &START_BELOW).authorization(&START_BELOW);

    const STATE: &str = "0123456789abcdef0123456789abcdef";
    const CALLBACK: &str = "https://app.example/cb";

    fn challenge() -> CodeChallenge {
        CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").challenge()
    }

    #[test]
    fn the_url_says_what_was_given_and_is_always_the_same() {
        let url = AuthorizationUrl::of(&ISSUER, "my app", CALLBACK).unwrap().scopes(["a", "b+c"]).form_post();
        let built = url.clone().build(&challenge(), &STATE.into()).unwrap();
        assert_eq!(
            built.as_str(),
            "https://login.pier.example/oauth/authorize?client_id=my%20app&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
             &response_type=code&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
             &state=0123456789abcdef0123456789abcdef&scope=a%20b%2Bc&response_mode=form_post"
        );
        assert_eq!(url.build(&challenge(), &STATE.into()).unwrap(), built);
        let own = AuthorizationUrl::new("https://login.example/start?tenant=7", "app", CALLBACK);
        let own = own.build(&challenge(), &STATE.into()).unwrap();
        assert!(own.as_str().starts_with("https://login.example/start?tenant=7&client_id=app&"), "{own}");
        assert!(AuthorizationUrl::of(&OTHER, "app", CALLBACK).is_none());
    }

    #[test]
    fn what_is_not_safe_to_open_is_refused() {
        let built = |endpoint: &str, callback: &str, state: &str| {
            AuthorizationUrl::new(endpoint, "app", callback).build(&challenge(), &state.into())
        };
        let endpoint = "https://login.example/start";
        assert!(built(endpoint, CALLBACK, STATE).is_ok());
        assert!(matches!(built(endpoint, CALLBACK, "guess"), Err(LoginError::WeakState)));
        for (endpoint, callback) in [
            ("http://login.example/start", CALLBACK),
            ("https://login.example/start#a", CALLBACK),
            ("login", CALLBACK),
            (endpoint, "http://app.example/cb"),
        ] {
            assert!(
                matches!(built(endpoint, callback, STATE), Err(LoginError::RedirectUri(_))),
                "{endpoint} {callback}"
            );
        }
    }
}
