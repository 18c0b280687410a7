//! What a user may do with a whole resource or application: the permissions of the active groups that the user is in.

use rusqlite::OptionalExtension;

use super::caller::Caller;
use crate::context::RequestContext;
use crate::http::{Failure, Published};
use crate::schema::Permission;

/// The permission that makes an administrator.
const ADMIN: &str = "admin";

/// Whether a user has a permission, or its writable grant, through one of the active groups.
fn has_permission(cx: &RequestContext<'_>, user: i64, name: &str, writable: bool) -> Result<bool, Failure> {
    let sql =
        "SELECT 1 FROM groups2users m JOIN groups g ON g.ID = m.\"group\" JOIN permissions p ON p.\"group\" = g.ID
         WHERE m.user = ?1 AND g.activity = 0 AND p.identifier = ?2 AND p.writable >= ?3";
    Ok(cx.db.prepare_cached(sql)?.exists((user, name, i64::from(writable)))?)
}

/// Whether a user is an administrator.
pub(crate) fn is_admin(cx: &RequestContext<'_>, user: i64) -> Result<bool, Failure> {
    has_permission(cx, user, ADMIN, false)
}

/// 403 unless the caller may use an operation that asks for this permission.
pub(crate) fn check(cx: &RequestContext<'_>, caller: &Caller, permission: &Permission) -> Result<(), Failure> {
    if !cx.switches().permissions || permission.any.is_empty() {
        return Ok(());
    }
    for name in &permission.any {
        if has_permission(cx, caller.user, name, permission.writable)? {
            return Ok(());
        }
    }
    Err(Failure::published(Published::Permission, "a permission is missing"))
}

/// Whether a user may sign in to an application: a restricted one asks for a permission of its own name, or for a
/// grant of the application itself.
pub(crate) fn may_use(cx: &RequestContext<'_>, user: i64, application: i64) -> Result<bool, Failure> {
    if !cx.switches().permissions {
        return Ok(true);
    }
    let sql = "SELECT identifier FROM applications WHERE ID = ?1 AND restricted = 1";
    let restricted: Option<String> =
        cx.db.prepare_cached(sql)?.query_row([application], |row| row.get(0)).optional()?;
    let Some(identifier) = restricted else { return Ok(true) };
    let sql =
        "SELECT 1 FROM groups2users m JOIN groups g ON g.ID = m.\"group\" JOIN permissions p ON p.\"group\" = g.ID
         WHERE m.user = ?1 AND g.activity = 0 AND (p.identifier = ?2 OR p.application = ?3)";
    Ok(cx.db.prepare_cached(sql)?.exists((user, identifier, application))?)
}
