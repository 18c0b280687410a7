//! The configured credentials of a client, without tokens.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use zeyos_core::{
    BoxFuture, Credential, Error, Holder, KeyPlace, MaybeSend, MaybeSync, SchemeKind, Secret, SecurityScheme,
};

use super::Login;
use crate::request::{ClientCredentials, UserCredentials, is_b64token};
use crate::runtime::Deadlines;

/// Where the value of the session cookie comes from.
#[derive(Clone)]
pub(crate) enum SessionSource {
    Fixed(Secret),
    Provider(Arc<dyn Provider>),
    /// The cookie of the page, which the browser adds by itself.
    Browser,
}

/// Asked for a cookie. A trait object may have one trait beside those of the compiler, and `MaybeSend` is none of them.
pub(crate) trait Provider: Fn() -> BoxFuture<Option<Secret>> + MaybeSend + MaybeSync {}

impl<F: Fn() -> BoxFuture<Option<Secret>> + MaybeSend + MaybeSync> Provider for F {}

impl SessionSource {
    /// Asks this function whenever the value is needed.
    pub(crate) fn provided_by<F, V>(provider: F) -> Self
    where
        F: Fn() -> V + MaybeSend + MaybeSync + 'static,
        V: Future<Output = Option<Secret>> + MaybeSend + 'static,
    {
        SessionSource::Provider(Arc::new(move || Box::pin(provider()) as BoxFuture<_>))
    }

    /// The value now; a provider may have none, and a browser shows none.
    ///
    /// # Errors
    /// When the provider panics, or does not answer within the limit.
    pub(crate) async fn value(&self, deadlines: &Deadlines, limit: Duration) -> Result<Option<Secret>, Error> {
        match self {
            SessionSource::Fixed(value) => Ok(Some(value.clone())),
            SessionSource::Provider(provider) => provided(&**provider, deadlines, limit).await,
            SessionSource::Browser => Ok(None),
        }
    }
}

async fn provided(provider: &dyn Provider, deadlines: &Deadlines, limit: Duration) -> Result<Option<Secret>, Error> {
    let mut answer = None;
    // It is called within the first poll, so that a panic of either is met here.
    let value = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| answer.get_or_insert_with(provider).as_mut().poll(context)));
        let panicked =
            || Error::request("the provider of the session cookie panicked; no request was sent with a cookie");
        polled.map_or_else(|_| Poll::Ready(Err(panicked())), |polled| polled.map(Ok))
    });
    let late = || {
        let waited = limit.as_secs_f64();
        Error::timeout(format!(
            "the provider of the session cookie did not answer within {waited:.1} s; no request was sent with a cookie"
        ))
    };
    deadlines.within(limit, value).await.unwrap_or_else(|| Err(late()))
}

impl fmt::Debug for SessionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SessionSource::Fixed(_) => "Fixed([redacted])",
            SessionSource::Provider(_) => "Provider",
            SessionSource::Browser => "Browser",
        })
    }
}

/// Which credentials of documents the client knows how to get: tokens that it renews, the cookie of a session, and two pairs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roles {
    pub tokens: &'static Credential,
    pub session: Option<&'static Credential>,
    pub client: Option<&'static Credential>,
    pub user: Option<&'static Credential>,
}

/// What a credential is to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Tokens,
    Session,
    Client,
    User,
    /// It is sent as it was configured.
    Key,
}

impl From<&Login> for Roles {
    fn from(login: &Login) -> Self {
        Roles { tokens: login.tokens, session: login.session, client: login.client, user: login.user }
    }
}

impl Roles {
    /// Each of them once, since a document may have one credential in two places.
    pub(crate) fn all(&self) -> Vec<&'static Credential> {
        let mut all = vec![self.tokens];
        for credential in [self.session, self.client, self.user].into_iter().flatten() {
            if !all.contains(&credential) {
                all.push(credential);
            }
        }
        all
    }

    pub(crate) fn of(&self, credential: &Credential) -> Role {
        let known = [
            (Some(self.tokens), Role::Tokens),
            (self.session, Role::Session),
            (self.client, Role::Client),
            (self.user, Role::User),
        ];
        known.iter().find(|(known, _)| *known == Some(credential)).map_or(Role::Key, |(_, role)| *role)
    }
}

/// The value of a credential: one secret, or the pair of HTTP Basic.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum CredentialValue {
    /// A token, a key or the value of a cookie.
    Secret(Secret),
    /// Name and password, or identifier and secret.
    Pair {
        /// The name or identifier.
        name: String,
        /// The password or secret.
        password: Secret,
    },
}

impl From<&str> for CredentialValue {
    fn from(secret: &str) -> Self {
        CredentialValue::Secret(secret.into())
    }
}

impl From<String> for CredentialValue {
    fn from(secret: String) -> Self {
        CredentialValue::Secret(secret.into())
    }
}

impl From<Secret> for CredentialValue {
    fn from(secret: Secret) -> Self {
        CredentialValue::Secret(secret)
    }
}

impl<N: Into<String>, P: Into<Secret>> From<(N, P)> for CredentialValue {
    fn from((name, password): (N, P)) -> Self {
        CredentialValue::Pair { name: name.into(), password: password.into() }
    }
}

impl CredentialValue {
    /// Its secret.
    pub(crate) fn secret(&self) -> &Secret {
        match self {
            CredentialValue::Secret(secret) | CredentialValue::Pair { password: secret, .. } => secret,
        }
    }

    /// Why a scheme cannot send it.
    pub(crate) fn unfit(&self, kind: SchemeKind) -> Option<&'static str> {
        match (kind, self) {
            (SchemeKind::Basic(holder), CredentialValue::Pair { name, password }) => unfit_pair(holder, name, password),
            (SchemeKind::Basic(_), _) => Some("is sent by HTTP Basic; give a pair of name and password"),
            (_, CredentialValue::Pair { .. }) => Some("is one value; give no pair"),
            (SchemeKind::Bearer, CredentialValue::Secret(token)) => (!is_b64token(token.expose()))
                .then_some("has characters that no bearer token may have (RFC 6750, section 2.1)"),
            (SchemeKind::ApiKey { place: KeyPlace::Cookie, .. }, CredentialValue::Secret(value)) => {
                (!cookie_octets(value.expose()))
                    .then_some("has characters that no cookie may have (RFC 6265, section 4.1.1)")
            }
            (SchemeKind::ApiKey { place: KeyPlace::Header, .. }, CredentialValue::Secret(value)) => {
                let is_value =
                    !value.expose().is_empty() && value.expose().bytes().all(|byte| matches!(byte, 0x20..=0x7e));
                (!is_value).then_some("has characters that no header may have")
            }
            (_, CredentialValue::Secret(value)) => value.expose().is_empty().then_some("is empty"),
        }
    }
}

/// By HTTP Basic, a colon would end the name (RFC 7617, section 2); that of a client application is encoded.
fn unfit_pair(holder: Holder, name: &str, password: &Secret) -> Option<&'static str> {
    let has_controls = |text: &str| text.chars().any(char::is_control);
    let is_cut = holder == Holder::User && name.contains(':');
    let reasons = [
        (is_cut, "has a colon in its name, which HTTP Basic cannot carry"),
        (has_controls(name) || has_controls(password.expose()), "has control characters"),
    ];
    reasons.iter().find(|(is_so, _)| *is_so).map(|(_, reason)| *reason)
}

/// A credential that is sent as it was configured, and the only origins that it goes to.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub scheme: &'static SecurityScheme,
    pub value: CredentialValue,
    pub origins: Vec<String>,
}

/// Everything configured.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub roles: Roles,
    pub client: Option<Arc<ClientCredentials>>,
    pub user: Option<UserCredentials>,
    pub session: Option<SessionSource>,
    /// The origins that tokens, cookie and pairs go to.
    pub origins: Arc<[(&'static Credential, String)]>,
    pub keys: Arc<[Key]>,
}

impl Credentials {
    /// The value for a credential at this origin.
    pub(crate) fn key(&self, credential: &Credential, origin: &str) -> Option<&CredentialValue> {
        let fits = |key: &&Key| key.scheme.credential == credential && key.origins.iter().any(|known| known == origin);
        self.keys.iter().rev().find(fits).map(|key| &key.value)
    }

    /// All secrets that are known before a call.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let client = self.client.iter().map(|client| &client.secret);
        let user = self.user.iter().map(|user| &user.password);
        let keys = self.keys.iter().map(|key| key.value.secret());
        let cookie = match &self.session {
            Some(SessionSource::Fixed(cookie)) => Some(cookie),
            _ => None,
        };
        client.chain(user).chain(keys).chain(cookie).cloned().collect()
    }
}

/// Whether a text can be the value of a cookie (RFC 6265, section 4.1.1): no blanks, quotes, commas, semicolons, backslashes.
pub(crate) fn cookie_octets(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Whether a text is the value of this cookie without its name, which the client adds.
pub(crate) fn bare_cookie(text: &str, name: &str) -> bool {
    let has_name = text.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    !has_name && cookie_octets(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookie_values_hold_cookie_octets_only() {
        assert!(cookie_octets("0123abcdef=="));
        for odd in ["", "a b", "a;b", "a,b", "a\"b", "a\\b", "a\r\nb", "ü", "a\0"] {
            assert!(!cookie_octets(odd), "{odd:?}");
        }
    }
}
