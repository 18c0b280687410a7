//! Small functions of the JavaScript library.

use zeyos_core::{Json, JsonMap};
use zeyos_runtime::oauth2::unverified_claims;

/// Whether JSON is the answer of a token endpoint: an access token, the type exactly `Bearer`, and a lifetime.
pub fn is_token_response(value: &Json) -> bool {
    let is_text = |name: &str| value.get(name).is_some_and(Json::is_string);
    let is_bearer = value.get("token_type").and_then(Json::as_str) == Some("Bearer");
    is_text("access_token") && is_bearer && value.get("expires_in").is_some_and(Json::is_number)
}

/// Whether JSON is an error as the JavaScript library has it: an object with a `code` that is text.
pub fn is_auth_error(value: &Json) -> bool {
    value.get("code").is_some_and(Json::is_string)
}

/// The claims of a JWT, such as the `id_token`; `None` where it is malformed. Its signature is not checked, so they prove nothing.
pub fn parse_jwt(token: &str) -> Option<JsonMap> {
    unverified_claims(token)
}

/// Whether a time in milliseconds of Unix time has come.
pub fn is_token_expired(expires_at: i64, now: i64) -> bool {
    now >= expires_at
}

/// How long it takes until a time in milliseconds of Unix time, in milliseconds; 0 where it has come.
pub fn time_until_expiry(expires_at: i64, now: i64) -> i64 {
    expires_at.saturating_sub(now).max(0)
}
