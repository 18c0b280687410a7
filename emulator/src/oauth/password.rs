//! User names and passwords: how they are kept and checked. A password is kept as a salted SHA-256 digest, which is
//! enough for data that is made up.

use rusqlite::OptionalExtension;
use sha2::{Digest, Sha256};

use super::otp;
use crate::access::LIVING_USER;
use crate::app::Job;
use crate::http::Failure;

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

/// The user with this name or e-mail address, if the password is right and, for a user who has one, the one-time
/// password.
pub(crate) fn check(job: &Job<'_>, name: &str, password: &str, one_time: Option<&str>) -> Result<Option<i64>, Failure> {
    let sql = format!(
        "SELECT u.ID, u.password, u.otpsecret FROM users u
         WHERE (text_lower(u.name) = ?1 OR text_lower(u.email) = ?1) AND {LIVING_USER} ORDER BY u.ID"
    );
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found: Option<(i64, String, Option<Vec<u8>>)> =
        job.db.prepare_cached(&sql)?.query_row((name.to_lowercase(), job.now), row).optional()?;
    let Some((id, kept, secret)) = found else { return Ok(None) };
    let second = secret.is_none_or(|secret| one_time.is_some_and(|code| otp::fits(&secret, code, job.now)));
    Ok((second && fits(&kept, password)).then_some(id))
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
