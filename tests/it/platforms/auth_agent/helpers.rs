//! The small functions.

use serde_json::json;
use zeyos::platforms::auth_agent::{is_auth_error, is_token_expired, is_token_response, parse_jwt, time_until_expiry};

use super::Site;

#[test]
fn p_g20_the_answer_of_a_token_endpoint_and_an_error_are_told_by_their_members() {
    assert!(is_token_response(&json!({"access_token": "a", "token_type": "Bearer", "expires_in": 1})));
    for odd in [
        json!({"access_token": "a", "token_type": "bearer", "expires_in": 1}),
        json!({"access_token": 1, "token_type": "Bearer", "expires_in": 1}),
        json!({"access_token": "a", "token_type": "Bearer", "expires_in": "1"}),
        json!({"access_token": "a", "token_type": "Bearer"}),
        json!(null),
        json!([]),
    ] {
        assert!(!is_token_response(&odd), "{odd}");
    }
    assert!(is_auth_error(&json!({"code": "no_token"})));
    for odd in [json!({"code": 7}), json!({"error": "x"}), json!("no_token")] {
        assert!(!is_auth_error(&odd), "{odd}");
    }
}

#[tokio::test]
async fn p_g21_claims_are_read_and_times_compared() {
    let site = Site::start().await;
    let id_token = site.signed_in().await.id_token.unwrap();
    let claims = parse_jwt(id_token.expose()).unwrap();
    assert_eq!(claims["agent_id"], site.server.credential("agent_id").unwrap());
    for malformed in ["", "a.b", "a.b.c.d", "e30.!.e30"] {
        assert_eq!(parse_jwt(malformed), None, "{malformed}");
    }
    assert!(is_token_expired(1000, 1000) && is_token_expired(1000, 2000) && !is_token_expired(1000, 999));
    assert_eq!((time_until_expiry(1000, 400), time_until_expiry(1000, 4000)), (600, 0));
}
