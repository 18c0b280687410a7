//! A browser in which nobody has signed in yet: its cookie, and who has given the right password there and still owes
//! the one-time password.

use rusqlite::OptionalExtension;

use super::guard;
use crate::access::LIVING_USER;
use crate::http::Failure;
use crate::http::credential::cookie;
use crate::job::Job;
use crate::oauth::tokens;

/// How long a right password waits for its one-time password, and how many of those are taken.
const PATIENCE: i64 = 300;
const TRIES: i64 = 5;

/// The value of the browser's cookie.
pub(super) fn known<'a>(job: &Job<'a>) -> Option<&'a str> {
    cookie(&job.request.headers, guard::VISITOR).filter(|value| tokens::is_one(value))
}

/// The header value that hands a visitor's cookie to a browser.
pub(super) fn handed(job: &Job<'_>, value: &str) -> String {
    format!("{}={value}; Path=/{}; HttpOnly; SameSite=Lax", guard::VISITOR, job.instance)
}

/// The header value that takes it back.
pub(super) fn taken(job: &Job<'_>) -> String {
    format!("{}; Max-Age=0", handed(job, ""))
}

/// The user whose one-time password is awaited in this browser.
pub(super) fn awaited(job: &Job<'_>) -> Result<Option<i64>, Failure> {
    let sql = format!(
        "SELECT l.user FROM _logins l JOIN users u ON u.ID = l.user
         WHERE l.id = ?1 AND l.expires > ?2 AND l.tries < ?3 AND {LIVING_USER}"
    );
    Ok(job.db.prepare_cached(&sql)?.query_row((known(job), job.now, TRIES), |row| row.get(0)).optional()?)
}

/// Awaits the one-time password of a user; answers the value of a new cookie.
pub(super) fn begin(job: &Job<'_>, user: i64) -> Result<String, Failure> {
    job.db.prepare_cached("DELETE FROM _logins WHERE expires <= ?1")?.execute([job.now])?;
    let id = tokens::draw()?;
    let sql = "INSERT INTO _logins (id, user, tries, expires) VALUES (?1, ?2, 0, ?3)";
    job.db.prepare_cached(sql)?.execute((&id, user, job.now.saturating_add(PATIENCE)))?;
    Ok(id)
}

/// Counts a one-time password that was wrong.
pub(super) fn count(job: &Job<'_>) -> Result<(), Failure> {
    job.db.prepare_cached("UPDATE _logins SET tries = tries + 1 WHERE id = ?1")?.execute([known(job)])?;
    Ok(())
}

/// Awaits nothing any more.
pub(super) fn end(job: &Job<'_>) -> Result<(), Failure> {
    job.db.prepare_cached("DELETE FROM _logins WHERE id = ?1")?.execute([known(job)])?;
    Ok(())
}
