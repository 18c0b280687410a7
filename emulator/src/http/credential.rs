//! Reads credentials from headers. Whether they are worth anything is decided elsewhere.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The cookie of a web login.
pub(crate) const COOKIE: &str = "ZEYOSID";

/// The kind of credential that a request carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A bearer token in the Authorization header.
    Bearer,
    /// The session cookie `ZEYOSID`, and no Authorization header.
    Session,
    /// A pair of names in the Authorization header.
    Basic,
    /// Nothing of the three.
    None,
}

impl CredentialKind {
    /// The word for it in lower case, as an operation's security names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Session => "session",
            Self::Basic => "basic",
            Self::None => "none",
        }
    }

    pub(crate) fn of(headers: &HeaderMap) -> Self {
        if bearer(headers).is_some() {
            Self::Bearer
        } else if basic(headers).is_some() {
            Self::Basic
        } else if session(headers).is_some() {
            Self::Session
        } else {
            Self::None
        }
    }
}

/// The bearer token (RFC 6750, section 2.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    scheme(headers, "bearer")
}

/// The pair of a Basic header (RFC 7617): what is before and after the first colon.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let decoded = String::from_utf8(STANDARD.decode(scheme(headers, "basic")?).ok()?).ok()?;
    decoded.split_once(':').map(|(name, secret)| (name.to_owned(), secret.to_owned()))
}

/// The value of the session cookie.
pub(crate) fn session(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = cookies.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value).next()
}

fn scheme<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case(name).then(|| rest.trim())
}

/// One part of a client's Basic pair, which is form-encoded before it is joined (RFC 6749, section 2.3.1).
pub(crate) fn form_decoded(part: &str) -> String {
    form_urlencoded::parse(format!("v={}", part.replace('&', "%26")).as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn schemes_ignore_case() {
        assert_eq!(bearer(&headers(&[("authorization", "bEARER abc")])), Some("abc"));
        assert_eq!(bearer(&headers(&[("authorization", "Basic abc")])), None);
    }

    #[test]
    fn a_password_may_hold_colons() {
        let value = format!("Basic {}", STANDARD.encode("ida:a:b"));
        assert_eq!(basic(&headers(&[("authorization", &value)])), Some(("ida".to_owned(), "a:b".to_owned())));
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(session(&headers(&[("cookie", "a=1; ZEYOSID=abc; b=2")])), Some("abc"));
        assert_eq!(session(&headers(&[("cookie", "XZEYOSID=abc")])), None);
    }

    #[test]
    fn the_kind_is_that_of_the_authorization_header_first() {
        let both = headers(&[("authorization", "Bearer x"), ("cookie", "ZEYOSID=y")]);
        assert_eq!(CredentialKind::of(&both), CredentialKind::Bearer);
        assert_eq!(CredentialKind::of(&headers(&[("cookie", "ZEYOSID=y")])), CredentialKind::Session);
        assert_eq!(CredentialKind::of(&headers(&[("authorization", "Digest x")])), CredentialKind::None);
    }

    #[test]
    fn client_pairs_are_form_decoded() {
        assert_eq!(form_decoded("a%3Ab+c%25&d"), "a:b c%&d");
    }
}
