//! What a JWT says (RFC 7519), without any proof of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeyos_core::JsonMap;

/// The claims of a JWT, such as an `id_token`; `None` where it is none. **Its signature is not checked**: anyone can write such a token,
/// so nothing may rest on what it says.
///
/// ```
/// let claims = zeyos_runtime::oauth2::unverified_claims("e30.eyJzdWIiOiJtYXJhIn0.c2ln").ok_or("no JWT")?;
/// assert_eq!(claims["sub"], "mara");
/// # Ok::<(), &str>(())
/// ```
pub fn unverified_claims(token: &str) -> Option<JsonMap> {
    let [_, claims, _] = <[&str; 3]>::try_from(token.split('.').collect::<Vec<_>>()).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&claims).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for odd in ["", "a", "e30.e30", "e30.e30.e30.e30", "e30.*.e30", "e30.W10.e30", "e30.bm8.e30"] {
            assert_eq!(unverified_claims(odd), None, "{odd}");
        }
        assert_eq!(unverified_claims("x.e30=.y"), Some(JsonMap::new()));
    }
}
