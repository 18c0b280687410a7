//! Whether an answer refuses the access token that a request was sent with.

use http::{HeaderMap, StatusCode, header};
use zeyos_core::Error;

/// Whether a server has refused the token, so that the request was not carried out: it says 401, or names the token invalid in its
/// challenge (RFC 6750, section 3) beside another status of its own, as some do for a token that has ended.
pub(crate) fn refuses_token(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::UNAUTHORIZED || (status == StatusCode::BAD_REQUEST && names_invalid_token(headers))
}

/// The same of an error that keeps the answer.
pub(crate) fn is_refusal_of_token(error: &Error) -> bool {
    match (error.status(), error.headers()) {
        (Some(status), Some(headers)) => refuses_token(status, headers),
        (Some(status), None) => status == StatusCode::UNAUTHORIZED,
        _ => false,
    }
}

/// Whether a challenge for bearer tokens has `error="invalid_token"`. Not every server puts commas between its parameters.
fn names_invalid_token(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    challenges.into_iter().any(|challenge| {
        let mut words = challenge.split([' ', ',', '\t']).filter(|word| !word.is_empty());
        let is_bearer = words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
        is_bearer && words.any(|word| matches!(word, "error=\"invalid_token\"" | "error=invalid_token"))
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refuses(status: u16, challenge: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.extend(challenge.map(|it| (header::WWW_AUTHENTICATE, HeaderValue::from_static(it))));
        refuses_token(StatusCode::from_u16(status).unwrap(), &headers)
    }

    #[test]
    fn a_token_is_refused_by_401_or_by_the_challenge_of_a_400() {
        assert!(refuses(401, None) && refuses(401, Some("Basic realm=\"x\"")));
        for challenge in [
            "Bearer error=\"invalid_token\"",
            "Bearer error=\"invalid_token\" error_description=\"The access token expired\"",
            "bearer realm=\"x\", error=\"invalid_token\", error_description=\"x\"",
        ] {
            assert!(refuses(400, Some(challenge)), "{challenge}");
            assert!(!refuses(403, Some(challenge)) && !refuses(500, Some(challenge)), "{challenge}");
        }
        for challenge in ["Bearer", "Bearer error=\"invalid_request\"", "Basic error=\"invalid_token\"", ""] {
            assert!(!refuses(400, Some(challenge)), "{challenge}");
        }
        assert!(!refuses(400, None));
    }
}
