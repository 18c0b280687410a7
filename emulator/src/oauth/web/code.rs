//! The authorization code that an agreement gives.

use super::authorization_request::AuthorizationRequest;
use crate::context::RequestContext;
use crate::http::Failure;
use crate::oauth::tokens;

/// Keeps a new code for a user and what was asked for.
pub(super) fn issue(
    cx: &RequestContext<'_>,
    authorization: &AuthorizationRequest,
    user: i64,
) -> Result<String, Failure> {
    let code = tokens::draw()?;
    // Used ones are kept as long as their tokens may live, so that one that comes again is known.
    let sql = "DELETE FROM _codes WHERE expires <= ?1 AND (family IS NULL OR expires <= ?2)";
    cx.db.prepare_cached(sql)?.execute((cx.now, cx.now.saturating_sub(tokens::LONG_TTL)))?;
    if cx.switches().one_code_per_app {
        let sql = "DELETE FROM _codes WHERE user = ?1 AND application = ?2 AND family IS NULL";
        cx.db.prepare_cached(sql)?.execute((user, authorization.application))?;
    }
    let lifetime = i64::try_from(cx.switches().code_ttl.as_secs()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO _codes (code, user, application, redirect_uri, challenge, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let expires = cx.now.saturating_add(lifetime);
    let row = (&code, user, authorization.application, &authorization.redirect_uri, &authorization.challenge, expires);
    cx.db.prepare_cached(sql)?.execute(row)?;
    Ok(code)
}
