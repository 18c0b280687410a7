//! Ends the credential that a request carries, in the database: for good, unlike a refusal that is made up.

use super::TokenEnd;
use crate::app::App;
use crate::context::RequestContext;
use crate::http::credential::{bearer, session};
use crate::http::{Failure, Request, body};
use crate::json::Json;
use crate::oauth::tokens;
use crate::store::Mode;

/// Ends the bearer token of a request, else the refresh token or code in its body, else its session.
pub(crate) fn end(app: &App, request: &Request, how: TokenEnd, now: i64) {
    let switches = app.switches();
    let ended: Result<(), Failure> = app.store.run(Mode::Write, |db| {
        let cx = app.cx(&switches, request, db, now);
        match bearer(&request.headers).map(str::to_owned).or_else(|| member(request, "refresh_token")) {
            Some(token) => end_token(&cx, &token, how),
            None => end_other(&cx),
        }
    });
    // A credential that cannot be ended is answered as one that lives, which a test sees.
    let _ = ended;
}

fn member(request: &Request, name: &str) -> Option<String> {
    body::members(request, true).ok()?.get(name).and_then(Json::as_text).map(str::to_owned)
}

fn end_token(cx: &RequestContext<'_>, token: &str, how: TokenEnd) -> Result<(), Failure> {
    let Some(token) = tokens::find(cx, token)? else { return Ok(()) };
    match (how, token.kind.as_str()) {
        (TokenEnd::Expired, _) => {
            let sql = "UPDATE _tokens SET expires = ?2 WHERE token = ?1";
            cx.db.prepare_cached(sql)?.execute((&token.token, cx.now))?;
            Ok(())
        }
        (TokenEnd::Revoked, "access" | "refresh") => tokens::end_family(cx, &token.family),
        (TokenEnd::Revoked, _) => tokens::end_one(cx, &token.token),
    }
}

/// Ends a code or session. Revoked or expired, it looks the same afterwards.
fn end_other(cx: &RequestContext<'_>) -> Result<(), Failure> {
    if let Some(code) = member(cx.request, "code") {
        cx.db.prepare_cached("UPDATE _codes SET expires = ?2 WHERE code = ?1")?.execute((code, cx.now))?;
    } else if let Some(id) = session(&cx.request.headers) {
        cx.db.prepare_cached("UPDATE _sessions SET expires = ?2 WHERE id = ?1")?.execute((id, cx.now))?;
    }
    Ok(())
}
