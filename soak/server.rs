//! What the one who runs the soak asks of the emulator: the truth about tokens, new logins, lies.

use serde_json::Value;
use zeyos::TokenSet;
use zeyos_emulator::Emulator;

use super::{Outcome, http};

/// The emulator as it is without faults.
pub(crate) struct Server(pub Emulator);

impl Server {
    fn ask(&self, path: &str, all: &[(&str, &str)]) -> Outcome<String> {
        let credentials = self.0.credentials();
        let own = [("client_id", credentials.client_id.as_str()), ("client_secret", &credentials.client_secret)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(own.iter().chain(all)).finish();
        http::post(&format!("{}/oauth2/v1/{path}", self.0.url()), &form)
    }

    /// What a user does who signs in.
    pub(crate) fn sign_in(&self) -> Outcome<Value> {
        let credentials = self.0.credentials();
        let (name, password) = (credentials.username.as_str(), credentials.password.as_str());
        let answer = self.ask("token", &[("grant_type", "password"), ("username", name), ("password", password)])?;
        Ok(serde_json::from_str(&answer).map_err(|error| format!("no one can sign in: {error}: {answer}"))?)
    }

    /// The pair that the emulator was born with. It has no lifetime here, so the first refusal renews it.
    pub(crate) fn first_tokens(&self) -> TokenSet {
        let credentials = self.0.credentials();
        TokenSet::bearer(credentials.access_token.as_str()).with_refresh_token(credentials.refresh_token.as_str())
    }

    /// Those of these refresh tokens that live. The caller has the lock of the store: in that moment the server tells no one a lie.
    pub(crate) fn living(&self, tokens: &[String]) -> Outcome<Vec<String>> {
        let is_lying = self.is_lying();
        self.lie(false);
        let living = tokens.iter().filter_map(|token| match self.is_active(token) {
            Ok(false) => None,
            Ok(true) => Some(Ok(token.clone())),
            Err(error) => Some(Err(error)),
        });
        let living = living.collect();
        self.lie(is_lying);
        living
    }

    fn is_active(&self, token: &str) -> Outcome<bool> {
        let answer: Value = serde_json::from_str(&self.ask("introspect", &[("token", token)])?)?;
        answer["active"].as_bool().ok_or_else(|| "introspection does not say".into())
    }

    pub(crate) fn revoke(&self, token: &str) -> Outcome {
        self.ask("revoke", &[("token", token)]).map(drop)
    }

    pub(crate) fn is_lying(&self) -> bool {
        self.0.switches().introspect_lies
    }

    /// Whether living refresh tokens are called inactive from now on.
    pub(crate) fn lie(&self, is_lying: bool) {
        let mut switches = self.0.switches();
        switches.introspect_lies = is_lying;
        self.0.set_switches(switches);
    }
}
