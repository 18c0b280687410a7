//! The exchange of an authorization code (RFC 6749, section 4.1.3, and RFC 7636), and what becomes of a code afterwards.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::client::Client;
use super::error::invalid_grant;
use super::parameters::Parameters;
use super::tokens;
use crate::context::RequestContext;
use crate::http::Failure;
use crate::switches::RedirectCheck;

/// A code that was issued.
struct Code {
    user: i64,
    application: i64,
    redirect_uri: String,
    challenge: Option<String>,
    expires: i64,
    /// The family of the tokens that it gave.
    family: Option<String>,
}

impl Code {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            user: row.get(0)?,
            application: row.get(1)?,
            redirect_uri: row.get(2)?,
            challenge: row.get(3)?,
            expires: row.get(4)?,
            family: row.get(5)?,
        })
    }
}

/// The user of a code, and the family of the tokens that it gives. A successful exchange uses it up; what a failed one does, the switches
/// say.
pub(super) fn exchange(
    cx: &RequestContext<'_>,
    client: &Client,
    parameters: &Parameters,
) -> Result<(i64, String), Failure> {
    let code = parameters.needed("code")?;
    let unknown = "the code is not known, used or expired";
    let sql = "SELECT user, application, redirect_uri, challenge, expires, family FROM _codes WHERE code = ?1";
    let found = cx.db.prepare_cached(sql)?.query_row([code], Code::of).optional()?;
    let found = found.filter(|found| found.application == client.id).ok_or_else(|| invalid_grant(unknown))?;
    if let Some(family) = &found.family {
        if !cx.switches().replay_ends_tokens {
            return Err(invalid_grant(unknown));
        }
        tokens::end_family(cx, family)?;
        return Err(invalid_grant(unknown).kept());
    }
    if found.expires <= cx.now {
        return Err(invalid_grant(unknown));
    }
    let strict = cx.switches().redirect_check == RedirectCheck::Strict;
    if strict && parameters.text("redirect_uri").is_some_and(|uri| uri != found.redirect_uri) {
        return Err(invalid_grant("the redirect URI is another one"));
    }
    if !proves(found.challenge.as_deref(), parameters.text("code_verifier")) {
        let description = "the code verifier does not fit";
        if !cx.switches().wrong_verifier_burns_code {
            return Err(invalid_grant(description));
        }
        cx.db.prepare_cached("DELETE FROM _codes WHERE code = ?1")?.execute([code])?;
        return Err(invalid_grant(description).kept());
    }
    let family = tokens::draw()?;
    cx.db.prepare_cached("UPDATE _codes SET family = ?2 WHERE code = ?1")?.execute((code, &family))?;
    Ok((found.user, family))
}

/// Whether a verifier answers a challenge (RFC 7636, section 4.6). Without a challenge there is nothing to verify,
/// and a verifier that comes all the same is refused: the challenge may have been taken out on the way.
fn proves(challenge: Option<&str>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_verifier_answers_its_challenge() {
        assert!(proves(Some(CHALLENGE), Some(VERIFIER)));
        assert!(!proves(Some(CHALLENGE), Some("wrong")));
        assert!(!proves(Some(CHALLENGE), None));
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused() {
        assert!(proves(None, None));
        assert!(!proves(None, Some(VERIFIER)));
    }
}
