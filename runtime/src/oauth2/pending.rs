//! A login that waits for the browser: how its answer is recognised, and how it is kept meanwhile.

use std::fmt;

use serde_json::{Value, json};
use url::Url;
use zeyos_core::{Secret, Timestamp};

use super::authorization_url::Asked;
use super::validation::shown;
use super::{Callback, CodeVerifier, LoginError, OAuth2};
use crate::TokenSet;
use crate::scrub::Scrubber;

/// How long a login may take, in seconds.
const LIFE: i64 = 600;

/// A login that waits for the browser to come back, at most ten minutes. It is consumed by its answer, so it cannot be used
/// twice.
pub struct PendingLogin {
    oauth2: OAuth2,
    url: Url,
    login: Login,
}

/// What has to be remembered of a login until its answer comes.
pub(super) struct Login {
    pub issuer: String,
    pub client_id: String,
    pub redirect_uri: String,
    pub verifier: CodeVerifier,
    pub state: Secret,
    pub form_post: bool,
    /// What is asked for, separated by blanks (RFC 6749, section 3.3).
    pub scope: Option<String>,
    pub begun: Timestamp,
}

impl PendingLogin {
    pub(super) fn new(oauth2: OAuth2, login: Login) -> Result<Self, LoginError> {
        let refused = LoginError::RedirectUri;
        let start =
            oauth2.issuer.authorization.ok_or(refused("cannot be sent: the issuer has no login in the browser"))?;
        let url = Url::parse(&oauth2.handle.base().url_of(start))
            .map_err(|_| refused("cannot be sent: the base URL is not a URL"))?;
        Ok(PendingLogin { url: login.asked_at(url), oauth2, login })
    }

    /// The address to open in a browser.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where the browser will come back to.
    pub fn redirect_uri(&self) -> &str {
        &self.login.redirect_uri
    }

    /// The secret whose challenge stands in the address. It goes out with the code alone.
    pub fn code_verifier(&self) -> &CodeVerifier {
        &self.login.verifier
    }

    /// The state that the answer has to carry.
    pub fn state(&self) -> &Secret {
        &self.login.state
    }

    /// Uses the login up: no answer to it is taken any more.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn abandon(&self) {
        self.use_up(self.oauth2.handle.now());
    }

    /// Marks the login as used; whether it was not before.
    fn use_up(&self, now: Timestamp) -> bool {
        let ends = Timestamp::from_unix(self.login.begun.as_unix().saturating_add(LIFE));
        self.oauth2.handle.finish(&self.login.state, ends, now)
    }

    /// Checks the answer and exchanges its code for tokens, which are stored. The code is sent once, whatever happens to it.
    ///
    /// # Errors
    /// When the answer is not that of this login, comes too late, or brings an error: nothing is sent then. Otherwise when the
    /// exchange fails.
    pub async fn finish(self, callback: Callback) -> Result<TokenSet, LoginError> {
        let code = self.checked(callback)?;
        self.oauth2
            .exchange_authorization_code(code, Some(&self.login.verifier), Some(&self.login.redirect_uri))
            .await
            .map_err(LoginError::Exchange)
    }

    /// The same for a server that does not read the redirect URI at its token endpoint, as OAuth 2.1 has it: the code is bound to it
    /// by its proof key.
    ///
    /// # Errors
    /// As [`finish`](PendingLogin::finish).
    pub async fn finish_without_redirect_uri(self, callback: Callback) -> Result<TokenSet, LoginError> {
        let code = self.checked(callback)?;
        let exchanged = self.oauth2.exchange_authorization_code(code, Some(&self.login.verifier), None).await;
        exchanged.map_err(LoginError::Exchange)
    }

    /// The state is compared before anything else is believed.
    fn checked(&self, callback: Callback) -> Result<Secret, LoginError> {
        match &callback.state {
            None => return Err(LoginError::StateMissing),
            Some(state) if *state != self.login.state => return Err(LoginError::StateMismatch),
            Some(_) => {}
        }
        let now = self.oauth2.handle.now();
        if self.login.is_over(now) {
            return Err(LoginError::Expired);
        }
        if !self.use_up(now) {
            return Err(LoginError::AlreadyUsed);
        }
        if callback.iss.as_ref().is_some_and(|issuer| !self.oauth2.is_by(issuer)) {
            return Err(LoginError::OtherIssuer);
        }
        code_of(callback, &self.scrubber())
    }

    /// Knows what the server was given, or will be: it may write it back as the reason of a refusal.
    fn scrubber(&self) -> Scrubber {
        self.oauth2.handle.scrubber(&[&self.login.state, self.login.verifier.secret()])
    }

    /// The login as JSON, verifier and state readable, for a program whose answer reaches another process:
    /// [`OAuth2::resume_login`] goes on with it. Take the [`url`](PendingLogin::url) before.
    ///
    /// Keep it on the server, bound to the browser that began the login (in its server-side session), and delete it when the
    /// answer comes: a login works once. A client refuses a second answer itself; another process cannot know of the first.
    pub fn into_json_exposing_secrets(self) -> Value {
        self.login.to_json()
    }

    pub(super) fn from_json(oauth2: OAuth2, kept: &Value) -> Result<Self, LoginError> {
        let login = Login::from_json(kept).ok_or(LoginError::Kept("cannot be read"))?;
        if login.issuer != oauth2.name() {
            return Err(LoginError::Kept("belongs to another issuer"));
        }
        if oauth2.handle.client_id() != Some(login.client_id.as_str()) {
            return Err(LoginError::Kept("belongs to another application"));
        }
        if login.is_over(oauth2.handle.now()) {
            return Err(LoginError::Expired);
        }
        PendingLogin::new(oauth2, login)
    }
}

impl Login {
    fn asked_at(&self, url: Url) -> Url {
        let asked = Asked {
            client_id: &self.client_id,
            redirect_uri: &self.redirect_uri,
            challenge: &self.verifier.challenge(),
            state: &self.state,
            scope: self.scope.as_deref(),
            form_post: self.form_post,
        };
        asked.at(url)
    }

    /// A clock that was set back by more than the life of a login is as little to be trusted as an old login.
    fn is_over(&self, now: Timestamp) -> bool {
        now.as_unix().saturating_sub(self.begun.as_unix()).saturating_abs() > LIFE
    }

    fn to_json(&self) -> Value {
        json!({
            "format": 1,
            "issuer": self.issuer,
            "clientId": self.client_id,
            "redirectUri": self.redirect_uri,
            "verifier": self.verifier.secret().expose(),
            "state": self.state.expose(),
            "formPost": self.form_post,
            "scope": self.scope,
            "begunAt": self.begun.as_unix(),
        })
    }

    fn from_json(kept: &Value) -> Option<Self> {
        let text = |name: &str| kept.get(name)?.as_str().filter(|text| !text.is_empty());
        if kept.get("format")?.as_i64() != Some(1) {
            return None;
        }
        Some(Login {
            issuer: text("issuer")?.to_owned(),
            client_id: text("clientId")?.to_owned(),
            redirect_uri: text("redirectUri")?.to_owned(),
            verifier: CodeVerifier::new(text("verifier")?),
            state: Secret::new(text("state")?),
            form_post: kept.get("formPost")?.as_bool()?,
            scope: text("scope").map(str::to_owned),
            begun: Timestamp::from_unix(kept.get("begunAt")?.as_i64()?),
        })
    }
}

/// The code, if the answer has one and nothing that contradicts it.
fn code_of(callback: Callback, scrubber: &Scrubber) -> Result<Secret, LoginError> {
    let has_error = callback.error.is_some() || callback.error_description.is_some() || callback.error_uri.is_some();
    match (callback.code, callback.error) {
        (Some(_), _) if has_error => Err(LoginError::CodeAndError),
        (Some(code), None) if !code.is_empty() => Ok(code),
        (None, Some(error)) if !error.is_empty() => Err(LoginError::Denied {
            error: scrubber.clean(&error),
            description: callback.error_description.as_deref().map(|text| scrubber.clean(text)),
        }),
        _ => Err(LoginError::NoCode),
    }
}

impl fmt::Debug for PendingLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogin").field("redirect_uri", &shown(&self.login.redirect_uri)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, ISSUER};

    const STATE: &str = "xK3v9QpL0aZ7bN2mT5wR8e";

    fn pending() -> PendingLogin {
        let client =
            testing::client("https://cloud.zeyos.com/demo").client_credentials("app", "secret").build().unwrap();
        client.oauth2(&ISSUER).authorization_request("https://app.example.com/cb").state(STATE).begin().unwrap()
    }

    fn answer(query: &str) -> Result<Secret, LoginError> {
        pending().checked(Callback::parse(query).unwrap())
    }

    #[test]
    fn the_url_asks_for_a_code_with_challenge_and_state() {
        let pending = pending();
        let url = pending.url().as_str();
        assert!(url.starts_with(
            "https://cloud.zeyos.com/demo/oauth2/v1/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp"
        ));
        for part in ["response_type=code", "code_challenge=", "code_challenge_method=S256", "state="] {
            assert!(url.contains(part), "{url}");
        }
        assert!(!url.contains("secret") && !url.contains(pending.login.verifier.secret().expose()));
    }

    #[test]
    fn a_code_counts_only_in_an_answer_without_contradictions() {
        assert_eq!(answer(&format!("code=c&state={STATE}")).unwrap().expose(), "c");
        assert!(matches!(answer(&format!("code=&state={STATE}")), Err(LoginError::NoCode)));
        assert!(matches!(answer(&format!("error=&state={STATE}")), Err(LoginError::NoCode)));
        for beside in ["error=e", "error=", "error_description=e", "error_uri=e"] {
            let error = answer(&format!("code=c&state={STATE}&{beside}")).unwrap_err();
            assert!(matches!(error, LoginError::CodeAndError), "{beside}: {error}");
        }
    }

    #[test]
    fn the_reason_of_a_refusal_is_cut_to_one_short_line() {
        let long = "%0A".to_owned() + &"x".repeat(1000);
        let error = answer(&format!("error=access_denied&error_description={long}&state={STATE}")).unwrap_err();
        let LoginError::Denied { description: Some(text), .. } = error else { panic!("{error}") };
        assert_eq!((text.len(), text.starts_with("x")), (200, true));
    }

    #[test]
    fn a_login_ends_after_ten_minutes_and_when_the_clock_runs_back() {
        let login = pending().login;
        let later = |seconds| Timestamp::from_unix(login.begun.as_unix().saturating_add(seconds));
        for (seconds, is_over) in [(0, false), (600, false), (601, true), (-5, false), (-601, true), (i64::MAX, true)] {
            assert_eq!(login.is_over(later(seconds)), is_over, "{seconds}");
        }
    }
}
