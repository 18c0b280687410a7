//! Answers of token endpoints: the member `error` decides, whatever the status, and nothing that holds tokens gets into an error.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;
use zeyos_core::{Timestamp, TokenError};

use crate::TokenSet;

/// Longest text of the server that an error repeats.
const EXCERPT: usize = 200;

/// The tokens of an answer, or what the endpoint says instead.
pub(super) fn tokens(response: &http::Response<Bytes>, now: Timestamp) -> Result<TokenSet, TokenError> {
    let status = response.status();
    let value: Option<Value> = serde_json::from_slice(response.body()).ok();
    if let Some(refused) = value.as_ref().and_then(|value| refusal(value, status)) {
        return Err(refused);
    }
    let malformed = |reason: &str| TokenError::Malformed { reason: reason.to_owned(), status };
    if !status.is_success() {
        return Err(malformed("the status is no success, and the body names no error"));
    }
    let value = value.ok_or_else(|| malformed("the body is not JSON"))?;
    let tokens = TokenSet::received(&value, now).ok_or_else(|| malformed("it holds no token"))?;
    if tokens.access_token.is_none() {
        return Err(malformed("it holds no access token"));
    }
    if !tokens.token_type.eq_ignore_ascii_case("bearer") {
        return Err(malformed("the token is no bearer token"));
    }
    Ok(tokens)
}

/// `{"error": code, "error_description": text}` (RFC 6749, section 5.2).
fn refusal(value: &Value, status: StatusCode) -> Option<TokenError> {
    let code = value.get("error")?.as_str()?;
    let description = value.get("error_description").and_then(Value::as_str);
    Some(TokenError::Refused { code: shortened(code), description: description.map(shortened), status })
}

fn shortened(text: &str) -> String {
    text.chars().take(EXCERPT).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &'static str) -> Result<TokenSet, TokenError> {
        let mut response = http::Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        tokens(&response, Timestamp::from_unix(1_800_000_000))
    }

    #[test]
    fn the_error_member_decides_whatever_the_status() {
        for status in [200, 400, 401, 403, 500] {
            let error =
                read(status, r#"{"error": "invalid_grant", "error_description": "used up", "access_token": "x"}"#);
            assert!(error.unwrap_err().is_invalid_grant(), "{status}");
        }
    }

    #[test]
    fn odd_answers_are_malformed_and_their_content_is_not_repeated() {
        let bodies = [
            (200, "<html>hunter2</html>"),
            (200, "{}"),
            (200, r#"{"refresh_token": "hunter2"}"#),
            (200, r#"{"access_token": "hunter2", "token_type": "mac"}"#),
            (502, "hunter2"),
        ];
        for (status, body) in bodies {
            let error = read(status, body).unwrap_err();
            assert!(matches!(error, TokenError::Malformed { .. }), "{body}");
            assert!(!error.to_string().contains("hunter2") && !format!("{error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn a_bearer_token_in_any_capitals_is_taken() {
        let tokens = read(200, r#"{"access_token": "a", "token_type": "bearer", "expires_in": 3600}"#).unwrap();
        assert_eq!(tokens.expires_at, Some(Timestamp::from_unix(1_800_003_600)));
    }
}
