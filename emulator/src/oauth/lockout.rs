//! Users who are locked out after too many wrong passwords, if the switch has it so.

use crate::context::RequestContext;
use crate::http::Failure;

/// How long a user stays locked out, and how long a wrong password counts, in seconds.
const DURATION: i64 = 900;

/// Whether a user is locked out.
pub(super) fn is_locked(cx: &RequestContext<'_>, user: i64) -> Result<bool, Failure> {
    let most = cx.switches().lockout;
    let sql = "SELECT 1 FROM _wrong_passwords WHERE user = ?1 AND count >= ?2 AND last > ?3";
    Ok(most > 0 && cx.db.prepare_cached(sql)?.exists((user, most, cx.now.saturating_sub(DURATION)))?)
}

/// Counts a password that was wrong; a right one begins anew.
pub(super) fn count(cx: &RequestContext<'_>, user: i64, right: bool) -> Result<(), Failure> {
    if cx.switches().lockout == 0 {
        return Ok(());
    }
    let forgotten = "DELETE FROM _wrong_passwords WHERE user = ?1 AND (?2 OR last <= ?3)";
    cx.db.prepare_cached(forgotten)?.execute((user, right, cx.now.saturating_sub(DURATION)))?;
    if !right {
        let sql = "INSERT INTO _wrong_passwords VALUES (?1, 1, ?2) ON CONFLICT (user) DO UPDATE SET count = count + 1, last = ?2";
        cx.db.prepare_cached(sql)?.execute((user, cx.now))?;
    }
    Ok(())
}
