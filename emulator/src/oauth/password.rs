//! User names and passwords: how they are kept and checked. A password is kept as a salted SHA-256 digest, which is
//! enough for data that is made up.

use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::{lockout, otp};
use crate::access::LIVING_USER;
use crate::http::Failure;
use crate::job::Job;
use crate::store::case::lower;

/// The form in which a password is kept.
pub(crate) fn keep(salt: &str, password: &str) -> String {
    format!("sha256:{salt}:{}", digest(salt, password))
}

fn digest(salt: &str, password: &str) -> String {
    let bytes = Sha256::digest(format!("{salt}:{password}"));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fits(kept: &str, password: &str) -> bool {
    let mut parts = kept.split(':').skip(1);
    matches!((parts.next(), parts.next()), (Some(salt), Some(hash)) if digest(salt, password) == hash)
}

/// A user whose password is right.
pub(crate) struct Known {
    pub user: i64,
    /// The secret of the one-time passwords, for those who have them.
    pub secret: Option<Vec<u8>>,
}

/// The user with this name or e-mail address, if the password is right and, for a user who has one, the one-time
/// password. A wrong one is counted, so a refusal must be kept.
pub(crate) fn check(job: &Job<'_>, name: &str, password: &str, one_time: Option<&str>) -> Result<Option<i64>, Failure> {
    let proved = |known: &Known| {
        known.secret.as_ref().is_none_or(|secret| one_time.is_some_and(|code| otp::fits(secret, code, job.now)))
    };
    Ok(tried(job, name, password, proved)?.map(|known| known.user))
}

/// The user with this name or e-mail address, if the password is right. A wrong one is counted as well.
pub(crate) fn first_factor(job: &Job<'_>, name: &str, password: &str) -> Result<Option<Known>, Failure> {
    tried(job, name, password, |_| true)
}

fn tried(
    job: &Job<'_>,
    name: &str,
    password: &str,
    proved: impl FnOnce(&Known) -> bool,
) -> Result<Option<Known>, Failure> {
    let sql = format!(
        "SELECT u.ID, u.password, u.otpsecret FROM users u
         WHERE (text_lower(u.name) = ?1 OR text_lower(u.email) = ?1) AND {LIVING_USER} ORDER BY u.ID"
    );
    let row =
        |row: &rusqlite::Row<'_>| Ok((Known { user: row.get(0)?, secret: row.get(2)? }, row.get::<_, String>(1)?));
    let found = job.db.prepare_cached(&sql)?.query_row((lower(name), job.now), row).optional()?;
    let Some((known, kept)) = found else { return Ok(None) };
    if lockout::is_locked(job, known.user)? {
        return Ok(None);
    }
    let right = fits(&kept, password) && proved(&known);
    lockout::count(job, known.user, right)?;
    Ok(right.then_some(known))
}

/// Whether this is a one-time password of a user now.
pub(crate) fn second_factor(job: &Job<'_>, user: i64, code: &str) -> Result<bool, Failure> {
    let sql = "SELECT otpsecret FROM users WHERE ID = ?1";
    let secret: Option<Vec<u8>> = job.db.prepare_cached(sql)?.query_row([user], |row| row.get(0))?;
    Ok(secret.is_some_and(|secret| otp::fits(&secret, code, job.now)))
}

/// Whether a user is for programs only, without a web login.
pub(crate) fn api_only(job: &Job<'_>, user: i64) -> Result<bool, Failure> {
    Ok(job.db.prepare_cached("SELECT apionly FROM users WHERE ID = ?1")?.query_row([user], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_password_is_not_readable_and_fits_only_itself() {
        let kept = keep("salt", "hunter2");
        assert!(!kept.contains("hunter2"));
        assert!(fits(&kept, "hunter2"));
        assert!(!fits(&kept, "hunter3"));
        assert!(!fits("", ""));
    }
}
