//! The authorization code that an agreement gives.

use super::wish::Wish;
use crate::http::Failure;
use crate::job::Job;
use crate::oauth::tokens;

/// Keeps a new code for a user and what was asked for.
pub(super) fn issue(job: &Job<'_>, wish: &Wish, user: i64) -> Result<String, Failure> {
    let code = tokens::draw()?;
    // Used ones are kept as long as their tokens may live, so that one that comes again is known.
    let sql = "DELETE FROM _codes WHERE expires <= ?1 AND (family IS NULL OR expires <= ?2)";
    job.db.prepare_cached(sql)?.execute((job.now, job.now.saturating_sub(tokens::LONG_TTL)))?;
    if job.switches().one_code_per_app {
        let sql = "DELETE FROM _codes WHERE user = ?1 AND application = ?2 AND family IS NULL";
        job.db.prepare_cached(sql)?.execute((user, wish.application))?;
    }
    let lifetime = i64::try_from(job.switches().code_ttl.as_secs()).unwrap_or(i64::MAX);
    let sql = "INSERT INTO _codes (code, user, application, redirect_uri, challenge, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let expires = job.now.saturating_add(lifetime);
    let row = (&code, user, wish.application, &wish.redirect_uri, &wish.challenge, expires);
    job.db.prepare_cached(sql)?.execute(row)?;
    Ok(code)
}
