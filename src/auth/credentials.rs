//! The credentials that a client was configured with, apart from tokens.

use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use zeyos_core::{BoxFuture, Error, Secret};

use super::ClientAuthMethod;
use crate::runtime::Deadlines;

/// Identifier and secret of the client application.
#[derive(Debug, Clone)]
pub(crate) struct ClientCredentials {
    pub id: String,
    pub secret: Secret,
    pub method: ClientAuthMethod,
}

/// Name and password of a user.
#[derive(Debug, Clone)]
pub(crate) struct UserCredentials {
    pub name: String,
    pub password: Secret,
}

/// Where the value of the session cookie comes from.
#[derive(Clone)]
pub(crate) enum SessionSource {
    Fixed(Secret),
    Provider(Arc<dyn Fn() -> BoxFuture<Option<Secret>> + Send + Sync>),
}

impl SessionSource {
    /// The value now; a provider may have none.
    ///
    /// # Errors
    /// When the provider panics, or does not answer within the limit.
    pub(crate) async fn value(&self, deadlines: &Deadlines, limit: Duration) -> Result<Option<Secret>, Error> {
        match self {
            SessionSource::Fixed(value) => Ok(Some(value.clone())),
            SessionSource::Provider(provider) => provided(&**provider, deadlines, limit).await,
        }
    }
}

async fn provided(
    provider: &(dyn Fn() -> BoxFuture<Option<Secret>> + Send + Sync),
    deadlines: &Deadlines,
    limit: Duration,
) -> Result<Option<Secret>, Error> {
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
        })
    }
}

/// Everything configured.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    pub client: Option<ClientCredentials>,
    pub user: Option<UserCredentials>,
    pub session: Option<SessionSource>,
}

/// Whether a text can be the value of a cookie (RFC 6265, section 4.1.1): no blanks, quotes, commas, semicolons, backslashes.
pub(crate) fn cookie_octets(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(allowed)
}

/// Whether a text can be a bearer token (RFC 6750, section 2.1).
pub(crate) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
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
