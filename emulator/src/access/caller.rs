//! Whom a request acts for, by its bearer token or session cookie.

use std::sync::LazyLock;

use rusqlite::OptionalExtension;

use crate::context::RequestContext;
use crate::http::Failure;
use crate::http::credential::{bearer, session};

/// A user who still may sign in: active and not expired. `?2` is the moment.
pub(crate) const ACTIVE_USER: &str = "u.activity = 0 AND (u.expdate IS NULL OR u.expdate > ?2)";

/// The user and the application of a token. Nearly every request asks, so it is put together once.
static BY_TOKEN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT t.user, t.application FROM _tokens t JOIN users u ON u.ID = t.user
         LEFT JOIN applications a ON a.ID = t.application
         WHERE t.token = ?1 AND t.kind <> 'refresh' AND t.expires > ?2 AND ifnull(a.activity, 0) = 0 AND {ACTIVE_USER}"
    )
});

/// Whom a request acts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub user: i64,
    /// The application that the token was made for; a cookie has none.
    pub application: Option<i64>,
}

/// The caller by bearer token, else by session cookie, else 401.
pub(crate) fn caller(cx: &RequestContext<'_>) -> Result<Caller, Failure> {
    let found = match bearer(&cx.request.headers) {
        Some(token) => by_token(cx, token)?,
        None => by_cookie(cx)?,
    };
    found.ok_or_else(|| Failure::bearer(cx.instance, "no valid token or session"))
}

/// The caller by bearer token alone, with the token.
pub(crate) fn by_bearer<'a>(cx: &RequestContext<'a>) -> Result<(Caller, &'a str), Failure> {
    let refused = || Failure::bearer(cx.instance, "no valid token");
    let token = bearer(&cx.request.headers).ok_or_else(refused)?;
    Ok((by_token(cx, token)?.ok_or_else(refused)?, token))
}

fn by_token(cx: &RequestContext<'_>, token: &str) -> Result<Option<Caller>, Failure> {
    let row = |row: &rusqlite::Row<'_>| Ok(Caller { user: row.get(0)?, application: row.get(1)? });
    Ok(cx.db.prepare_cached(&BY_TOKEN)?.query_row((token, cx.now), row).optional()?)
}

/// The caller by session cookie alone.
pub(crate) fn by_cookie(cx: &RequestContext<'_>) -> Result<Option<Caller>, Failure> {
    let Some(id) = session(&cx.request.headers) else { return Ok(None) };
    let sql = format!(
        "SELECT s.user FROM _sessions s JOIN users u ON u.ID = s.user WHERE s.id = ?1 AND s.expires > ?2 AND {ACTIVE_USER}"
    );
    let row = |row: &rusqlite::Row<'_>| Ok(Caller { user: row.get(0)?, application: None });
    Ok(cx.db.prepare_cached(&sql)?.query_row((id, cx.now), row).optional()?)
}
