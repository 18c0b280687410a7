//! The tokens of one login, as received and as kept.

mod issuer;

use std::fmt;

use serde_json::{Map, Value, json};
use zeyos_core::{Secret, Timestamp};

pub use issuer::TokenIssuer;

/// The tokens of one login, with times in Unix seconds and `None` where something is not known.
///
/// It is not `Serialize`, so that it gets into no log or answer by accident:
/// [`to_json_exposing_secrets`](TokenSet::to_json_exposing_secrets) and [`from_json`](TokenSet::from_json) are the only way to
/// keep it.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenSet {
    /// Sent with every request that takes a bearer token.
    pub access_token: Option<Secret>,
    /// Single-use token for the next refresh.
    pub refresh_token: Option<Secret>,
    /// How the access token is used; `Bearer` where the server did not say.
    pub token_type: String,
    /// Lifetime of the access token in seconds.
    pub expires_in: Option<i64>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// When the tokens were received.
    pub obtained_at: Option<Timestamp>,
    /// Lifetime of the refresh token in seconds.
    pub refresh_token_expires_in: Option<i64>,
    /// When the refresh token ends.
    pub refresh_token_expires_at: Option<Timestamp>,
    /// When the authorization ends, and with it every refresh token of the login
    /// (draft-ietf-oauth-refresh-token-expiration, `authorization_expires_in`).
    pub authorization_expires_at: Option<Timestamp>,
    /// What the access token allows, with blanks between the scopes, where the service has said so.
    pub scope: Option<String>,
    /// Claims about the signed-in user (OpenID Connect Core, section 2): readable, and no proof unless its signature is checked.
    pub id_token: Option<Secret>,
    /// Which service issued the tokens. A set that comes from elsewhere may leave it open: with a refresh token it is
    /// the one of OAuth 2.0, since no one else has any.
    pub issuer: Option<TokenIssuer>,
}

impl TokenSet {
    /// An access token alone: used until the server refuses it.
    pub fn bearer(access_token: impl Into<Secret>) -> Self {
        TokenSet { access_token: Some(access_token.into()), token_type: BEARER.to_owned(), ..TokenSet::default() }
    }

    /// With a refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: impl Into<Secret>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// Issued by this service, which then is where [`Auth::logout`](crate::Auth::logout) ends it.
    #[must_use]
    pub fn issued_by(mut self, issuer: impl Into<TokenIssuer>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// All tokens, as far as there are any.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        [&self.access_token, &self.refresh_token, &self.id_token].into_iter().flatten().cloned().collect()
    }

    /// When the refresh token can be used no more: it ends, or the authorization does.
    pub(crate) fn refresh_token_end(&self) -> Option<Timestamp> {
        self.refresh_token_expires_at.into_iter().chain(self.authorization_expires_at).min()
    }

    /// Reads a set in the form of any client: members in camelCase or snake_case (camelCase wins unless null), numbers also as
    /// text. An expiry that is not given is the time of receipt plus the lifetime; without a time of receipt it stays unknown,
    /// so that restoring a set does not restart its life. `None` without any token.
    pub fn normalize(value: &Value) -> Option<Self> {
        read(value, None)
    }

    /// Reads the answer of a token endpoint: as [`normalize`](TokenSet::normalize), with this time of receipt unless the answer has its
    /// own. It is that of the clock of the client ([`Clock::wall`](crate::Clock::wall)).
    pub fn from_response(value: &Value, received_at: Timestamp) -> Option<Self> {
        read(value, Some(received_at))
    }

    /// Restores what [`to_json_exposing_secrets`](TokenSet::to_json_exposing_secrets) wrote.
    pub fn from_json(value: &Value) -> Option<Self> {
        TokenSet::normalize(value)
    }

    /// The eight members that every client of the service keeps, in camelCase, the tokens readable; `authorizationExpiresAt`, `scope`,
    /// `idToken` and `issuer` if they are known. Keep the result where only the owner can read it.
    pub fn to_json_exposing_secrets(&self) -> Value {
        let token = |token: &Option<Secret>| token.as_ref().map(|secret| secret.expose().to_owned());
        let time = |time: Option<Timestamp>| time.map(Timestamp::as_unix);
        let mut members = json!({
            "accessToken": token(&self.access_token),
            "refreshToken": token(&self.refresh_token),
            "tokenType": self.token_type,
            "expiresIn": self.expires_in,
            "expiresAt": time(self.expires_at),
            "obtainedAt": time(self.obtained_at),
            "refreshTokenExpiresIn": self.refresh_token_expires_in,
            "refreshTokenExpiresAt": time(self.refresh_token_expires_at),
        });
        if let Some(end) = self.authorization_expires_at {
            members["authorizationExpiresAt"] = end.as_unix().into();
        }
        if let Some(scope) = &self.scope {
            members["scope"] = scope.as_str().into();
        }
        if let Some(token) = &self.id_token {
            members["idToken"] = token.expose().into();
        }
        if let Some(issuer) = &self.issuer {
            members["issuer"] = issuer.name().into();
        }
        members
    }
}

const BEARER: &str = "Bearer";

/// A lifetime beyond this is taken for this: nothing here is valid for a century.
const LONGEST: i64 = 100 * 366 * 86_400;

/// Longest life of a token whose answer names its end and no lifetime, in seconds. A later end is not believed.
pub const LONGEST_OWN_LIFE: i64 = 366 * 86_400;

/// The end that an answer names instead of a lifetime, within reason if it is known when it came.
fn own_end(members: &Members<'_>, received: Option<Timestamp>) -> Option<Timestamp> {
    let end = members.time(&["expdate"])?;
    Some(received.map_or(end, |at| end.min(Timestamp::from_unix(at.as_unix().saturating_add(LONGEST_OWN_LIFE)))))
}

fn read(value: &Value, received: Option<Timestamp>) -> Option<TokenSet> {
    let members = Members(value.as_object()?);
    // Some answers name token and end differently.
    let access_token = members.token(&["accessToken", "access_token", "token"]);
    let refresh_token = members.token(&["refreshToken", "refresh_token"]);
    if access_token.is_none() && refresh_token.is_none() {
        return None;
    }
    let obtained_at = members.time(&["obtainedAt", "obtained_at"]).or(received);
    let expires_in = members.lifetime(&["expiresIn", "expires_in"]);
    let refresh_token_expires_in = members.refresh_token_lifetime();
    let end = |given: Option<Timestamp>, lifetime: Option<i64>| {
        given.or_else(|| Some(Timestamp::from_unix(obtained_at?.as_unix().saturating_add(lifetime?))))
    };
    Some(TokenSet {
        token_type: members.text(&["tokenType", "token_type"]).unwrap_or(BEARER).to_owned(),
        expires_at: end(
            members.time(&["expiresAt", "expires_at"]).or_else(|| own_end(&members, obtained_at)),
            expires_in,
        ),
        refresh_token_expires_at: end(
            members.time(&["refreshTokenExpiresAt", "refresh_token_expires_at"]),
            refresh_token_expires_in,
        ),
        authorization_expires_at: end(
            members.time(&["authorizationExpiresAt", "authorization_expires_at"]),
            members.lifetime(&["authorizationExpiresIn", "authorization_expires_in"]),
        ),
        access_token,
        refresh_token,
        expires_in,
        obtained_at,
        refresh_token_expires_in,
        scope: members.text(&["scope"]).filter(|scope| !scope.is_empty()).map(str::to_owned),
        id_token: members.token(&["idToken", "id_token"]),
        issuer: members.text(&["issuer"]).and_then(TokenIssuer::named),
    })
}

struct Members<'a>(&'a Map<String, Value>);

impl Members<'_> {
    /// The first of the names that has a value.
    fn get(&self, names: &[&str]) -> Option<&Value> {
        names.iter().filter_map(|name| self.0.get(*name)).find(|value| !value.is_null())
    }

    fn text(&self, names: &[&str]) -> Option<&str> {
        self.get(names)?.as_str().filter(|text| !text.is_empty())
    }

    fn token(&self, names: &[&str]) -> Option<Secret> {
        self.text(names).map(Secret::new)
    }

    fn time(&self, names: &[&str]) -> Option<Timestamp> {
        self.number(names).map(Timestamp::from_unix)
    }

    fn lifetime(&self, names: &[&str]) -> Option<i64> {
        self.number(names).map(|seconds| seconds.clamp(0, LONGEST))
    }

    /// The life of the refresh token, or how long it may lie unused (draft-ietf-oauth-refresh-token-expiration): what ends first.
    fn refresh_token_lifetime(&self) -> Option<i64> {
        let life = self.lifetime(&["refreshTokenExpiresIn", "refresh_token_expires_in"]);
        let unused = self.lifetime(&["refreshTokenTimeout", "refresh_token_timeout"]);
        life.into_iter().chain(unused).min()
    }

    /// A number, or text that holds one; fractions are cut off.
    fn number(&self, names: &[&str]) -> Option<i64> {
        match self.get(names)? {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => text.trim().parse().ok().or_else(|| text.trim().parse().ok().and_then(whole)),
            _ => None,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast from f64 saturates, which is what is wanted")]
fn whole(number: f64) -> Option<i64> {
    number.is_finite().then_some(number as i64)
}

impl fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSet")
            .field("access_token", &self.access_token)
            .field("refresh_token", &self.refresh_token)
            .field("token_type", &self.token_type)
            .field("expires_at", &self.expires_at)
            .field("refresh_token_expires_at", &self.refresh_token_expires_at)
            .field("authorization_expires_at", &self.authorization_expires_at)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[test]
    fn a_fresh_answer_gets_its_expiries_from_now() {
        let answer = json!({
            "access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 3600,
            "refresh_token_expires_in": "8640000",
        });
        let set = TokenSet::from_response(&answer, NOW).unwrap();
        assert_eq!(set.obtained_at, Some(NOW));
        assert_eq!(set.expires_at, Some(Timestamp::from_unix(1_800_003_600)));
        assert_eq!(set.refresh_token_expires_at, Some(Timestamp::from_unix(1_808_640_000)));
    }

    #[test]
    fn the_end_of_an_authorization_and_of_an_unused_refresh_token_are_read() {
        let answer = |members: Value| {
            let mut answer = json!({"access_token": "a", "refresh_token": "r"});
            answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let set = TokenSet::from_response(&answer, NOW).unwrap();
            let after = |end: Option<Timestamp>| end.map(|end| end.as_unix() - NOW.as_unix());
            assert_eq!(TokenSet::from_json(&set.to_json_exposing_secrets()), Some(set.clone()));
            (
                after(set.refresh_token_expires_at),
                after(set.authorization_expires_at),
                set.refresh_token_end().map(|end| end.as_unix() - NOW.as_unix()),
            )
        };
        let timeout = json!({"refresh_token_timeout": 600, "authorization_expires_in": "7200"});
        assert_eq!(answer(timeout), (Some(600), Some(7200), Some(600)));
        let both = json!({"refresh_token_timeout": 600, "refresh_token_expires_in": 60, "authorizationExpiresIn": 30});
        assert_eq!(answer(both), (Some(60), Some(30), Some(30)));
        assert_eq!(answer(json!({"refresh_token_timeout": []})), (None, None, None));
    }

    #[test]
    fn restoring_a_set_does_not_restart_its_life() {
        let set = TokenSet::normalize(&json!({"access_token": "a", "expires_in": 3600})).unwrap();
        assert_eq!((set.expires_in, set.expires_at, set.obtained_at), (Some(3600), None, None));
    }

    #[test]
    fn camel_case_wins_unless_null_and_numeric_text_is_a_number() {
        let set = TokenSet::normalize(&json!({
            "accessToken": "camel", "access_token": "snake", "refreshToken": null, "refresh_token": "r",
            "expiresAt": "1800000001", "obtainedAt": "soon",
        }));
        let set = set.unwrap();
        assert_eq!(set.access_token.unwrap().expose(), "camel");
        assert_eq!(set.refresh_token.unwrap().expose(), "r");
        assert_eq!((set.expires_at, set.obtained_at), (Some(Timestamp::from_unix(1_800_000_001)), None));
        assert_eq!(set.token_type, "Bearer");
    }

    #[test]
    fn without_any_token_there_is_no_set() {
        for value in [json!({}), json!({"access_token": ""}), json!({"access_token": 7}), json!([]), json!(null)] {
            assert_eq!(TokenSet::normalize(&value), None);
        }
    }

    #[test]
    fn a_set_survives_being_kept() {
        let set = TokenSet::from_response(&json!({"access_token": "a", "refresh_token": "r", "expires_in": 60}), NOW)
            .unwrap();
        for name in ["oauth", "an issuer that only a later version knows"] {
            let set = set.clone().issued_by(TokenIssuer::named(name).unwrap());
            assert_eq!(TokenSet::from_json(&set.to_json_exposing_secrets()), Some(set));
        }
        assert_eq!(TokenSet::from_json(&set.to_json_exposing_secrets()), Some(set));
    }

    #[test]
    fn odd_lifetimes_are_bounded_and_never_cost_the_token() {
        for odd in [json!(1e308), json!(u64::MAX), json!(-5), json!("abc"), json!([]), json!(true)] {
            let set = TokenSet::from_response(&json!({"access_token": "a", "expires_in": odd}), NOW).unwrap();
            assert!(set.expires_at.is_none_or(|end| end >= NOW && end.as_unix() <= NOW.as_unix() + LONGEST));
        }
    }

    #[test]
    fn tokens_are_not_in_debug() {
        let set = TokenSet::bearer("hunter2").with_refresh_token("hunter3");
        assert!(!format!("{set:?}").contains("hunter"));
    }
}
