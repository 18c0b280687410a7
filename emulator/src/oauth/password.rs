//! User names and passwords: how they are kept and checked. A password is kept as a salted SHA-256 digest, which is
//! enough for data that is made up.

use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::{lockout, otp};
use crate::access::ACTIVE_USER;
use crate::context::RequestContext;
use crate::http::Failure;
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
pub(crate) struct FirstFactor {
    pub user: i64,
    /// The secret of the one-time passwords, for those who have them.
    pub secret: Option<Vec<u8>>,
}

/// The user with this name or e-mail address, if the password is right and, for a user who has one, the one-time
/// password. A wrong one is counted, so the transaction of a refusal must be committed.
pub(crate) fn check(
    cx: &RequestContext<'_>,
    name: &str,
    password: &str,
    one_time: Option<&str>,
) -> Result<Option<i64>, Failure> {
    let proved = |known: &FirstFactor| {
        known.secret.as_ref().is_none_or(|secret| one_time.is_some_and(|code| otp::fits(secret, code, cx.now)))
    };
    Ok(tried(cx, name, password, proved)?.map(|known| known.user))
}

/// The user with this name or e-mail address, if the password is right. A wrong one is counted as well.
pub(crate) fn first_factor(
    cx: &RequestContext<'_>,
    name: &str,
    password: &str,
) -> Result<Option<FirstFactor>, Failure> {
    tried(cx, name, password, |_| true)
}

fn tried(
    cx: &RequestContext<'_>,
    name: &str,
    password: &str,
    proved: impl FnOnce(&FirstFactor) -> bool,
) -> Result<Option<FirstFactor>, Failure> {
    let sql = format!(
        "SELECT u.ID, u.password, u.otpsecret FROM users u
         WHERE (text_lower(u.name) = ?1 OR text_lower(u.email) = ?1) AND {ACTIVE_USER} ORDER BY u.ID"
    );
    let row = |row: &rusqlite::Row<'_>| {
        Ok((FirstFactor { user: row.get(0)?, secret: row.get(2)? }, row.get::<_, String>(1)?))
    };
    let found = cx.db.prepare_cached(&sql)?.query_row((lower(name), cx.now), row).optional()?;
    let Some((known, kept)) = found else { return Ok(None) };
    if lockout::is_locked(cx, known.user)? {
        return Ok(None);
    }
    let right = fits(&kept, password) && proved(&known);
    lockout::count(cx, known.user, right)?;
    Ok(right.then_some(known))
}

/// Whether this is a one-time password of a user now.
pub(crate) fn second_factor(cx: &RequestContext<'_>, user: i64, code: &str) -> Result<bool, Failure> {
    let sql = "SELECT otpsecret FROM users WHERE ID = ?1";
    let secret: Option<Vec<u8>> = cx.db.prepare_cached(sql)?.query_row([user], |row| row.get(0))?;
    Ok(secret.is_some_and(|secret| otp::fits(&secret, code, cx.now)))
}

/// Whether a user is for programs only, without a web login.
pub(crate) fn api_only(cx: &RequestContext<'_>, user: i64) -> Result<bool, Failure> {
    Ok(cx.db.prepare_cached("SELECT apionly FROM users WHERE ID = ?1")?.query_row([user], |row| row.get(0))?)
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
