//! A browser in which no one has signed in yet: its cookie, and the user whose password was right and whose one-time
//! password is still missing.

use rusqlite::OptionalExtension;

use super::csrf;
use crate::access::ACTIVE_USER;
use crate::context::RequestContext;
use crate::http::Failure;
use crate::http::credential::cookie;
use crate::oauth::tokens;

/// How long a right password waits for its one-time password, and how many of those are taken.
const OTP_TTL: i64 = 300;
const MOST_TRIES: i64 = 5;

/// The value of the browser's cookie.
pub(super) fn cookie_value<'a>(cx: &RequestContext<'a>) -> Option<&'a str> {
    cookie(&cx.request.headers, csrf::VISITOR).filter(|value| tokens::is_one(value))
}

/// The header value that hands a visitor's cookie to a browser.
pub(super) fn set_cookie(cx: &RequestContext<'_>, value: &str) -> String {
    format!("{}={value}; Path=/{}; HttpOnly; SameSite=Lax", csrf::VISITOR, cx.instance)
}

/// The header value that takes it back.
pub(super) fn clear_cookie(cx: &RequestContext<'_>) -> String {
    format!("{}; Max-Age=0", set_cookie(cx, ""))
}

/// The user whose one-time password is awaited in this browser.
pub(super) fn awaited_user(cx: &RequestContext<'_>) -> Result<Option<i64>, Failure> {
    let sql = format!(
        "SELECT l.user FROM _logins l JOIN users u ON u.ID = l.user
         WHERE l.id = ?1 AND l.expires > ?2 AND l.tries < ?3 AND {ACTIVE_USER}"
    );
    Ok(cx.db.prepare_cached(&sql)?.query_row((cookie_value(cx), cx.now, MOST_TRIES), |row| row.get(0)).optional()?)
}

/// Awaits the one-time password of a user; answers the value of a new cookie.
pub(super) fn begin(cx: &RequestContext<'_>, user: i64) -> Result<String, Failure> {
    cx.db.prepare_cached("DELETE FROM _logins WHERE expires <= ?1")?.execute([cx.now])?;
    let id = tokens::draw()?;
    let sql = "INSERT INTO _logins (id, user, tries, expires) VALUES (?1, ?2, 0, ?3)";
    cx.db.prepare_cached(sql)?.execute((&id, user, cx.now.saturating_add(OTP_TTL)))?;
    Ok(id)
}

/// Counts a one-time password that was wrong.
pub(super) fn count(cx: &RequestContext<'_>) -> Result<(), Failure> {
    cx.db.prepare_cached("UPDATE _logins SET tries = tries + 1 WHERE id = ?1")?.execute([cookie_value(cx)])?;
    Ok(())
}

/// No one-time password is awaited any more.
pub(super) fn end(cx: &RequestContext<'_>) -> Result<(), Failure> {
    cx.db.prepare_cached("DELETE FROM _logins WHERE id = ?1")?.execute([cookie_value(cx)])?;
    Ok(())
}
