//! Who calls, and what they may do. With the switch `permissions` off everybody may do everything.

use rusqlite::OptionalExtension;

use crate::app::Job;
use crate::http::Failure;
use crate::http::credential::{bearer, session};
use crate::schema::{Permission, Table};

/// The permission that makes an administrator.
const ADMIN: &str = "admin";

/// A user who still may sign in: active and not expired. `?2` is the moment.
pub(crate) const LIVING_USER: &str = "u.activity = 0 AND (u.expdate IS NULL OR u.expdate > ?2)";

/// Who stands behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    pub user: i64,
    /// The application that the token was made for; a cookie has none.
    pub application: Option<i64>,
}

/// The caller by bearer token, else by session cookie, else 401.
pub(crate) fn caller(job: &Job<'_>) -> Result<Caller, Failure> {
    let found = match bearer(&job.request.headers) {
        Some(token) => by_token(job, token)?,
        None => by_cookie(job)?,
    };
    found.ok_or_else(|| Failure::bearer(&job.app.instance, "Unauthorized: no valid token or session"))
}

/// The caller by bearer token alone, with the token.
pub(crate) fn by_bearer<'a>(job: &Job<'a>) -> Result<(Caller, &'a str), Failure> {
    let refused = || Failure::bearer(&job.app.instance, "Unauthorized: no valid token");
    let token = bearer(&job.request.headers).ok_or_else(refused)?;
    Ok((by_token(job, token)?.ok_or_else(refused)?, token))
}

fn by_token(job: &Job<'_>, token: &str) -> Result<Option<Caller>, Failure> {
    let sql = format!(
        "SELECT t.user, t.application FROM _tokens t JOIN users u ON u.ID = t.user
         LEFT JOIN applications a ON a.ID = t.application
         WHERE t.token = ?1 AND t.kind <> 'refresh' AND t.expires > ?2 AND ifnull(a.activity, 0) = 0 AND {LIVING_USER}"
    );
    let row = |row: &rusqlite::Row<'_>| Ok(Caller { user: row.get(0)?, application: row.get(1)? });
    Ok(job.db.prepare_cached(&sql)?.query_row((token, job.now), row).optional()?)
}

/// The caller by session cookie alone.
pub(crate) fn by_cookie(job: &Job<'_>) -> Result<Option<Caller>, Failure> {
    let Some(id) = session(&job.request.headers) else { return Ok(None) };
    let sql = format!(
        "SELECT s.user FROM _sessions s JOIN users u ON u.ID = s.user WHERE s.id = ?1 AND s.expires > ?2 AND {LIVING_USER}"
    );
    let row = |row: &rusqlite::Row<'_>| Ok(Caller { user: row.get(0)?, application: None });
    Ok(job.db.prepare_cached(&sql)?.query_row((id, job.now), row).optional()?)
}

/// Whether a user has a permission, or its writable grant, through one of the active groups.
pub(crate) fn has_permission(job: &Job<'_>, user: i64, name: &str, writable: bool) -> Result<bool, Failure> {
    let sql =
        "SELECT 1 FROM groups2users m JOIN groups g ON g.ID = m.\"group\" JOIN permissions p ON p.\"group\" = g.ID
         WHERE m.user = ?1 AND g.activity = 0 AND p.identifier = ?2 AND p.writable >= ?3";
    Ok(job.db.prepare_cached(sql)?.exists((user, name, i64::from(writable)))?)
}

/// Whether a user is an administrator.
pub(crate) fn is_admin(job: &Job<'_>, user: i64) -> Result<bool, Failure> {
    has_permission(job, user, ADMIN, false)
}

/// 403 unless the caller may use an operation that asks for this permission.
pub(crate) fn check(job: &Job<'_>, caller: &Caller, permission: &Permission) -> Result<(), Failure> {
    if !job.switches().permissions || permission.any.is_empty() {
        return Ok(());
    }
    for name in &permission.any {
        if has_permission(job, caller.user, name, permission.writable)? {
            return Ok(());
        }
    }
    Err(Failure::forbidden("Forbidden: a permission is missing"))
}

/// The condition under which a row of a table, under this alias, is visible to the caller; none if all rows are.
/// A row belongs to its owning user or to the members of its owning group; without owner it is public.
pub(crate) fn visible(job: &Job<'_>, caller: &Caller, table: &Table, alias: &str) -> Option<String> {
    if !job.switches().permissions {
        return None;
    }
    let user = caller.user;
    let mut ways = Vec::new();
    let mut public = format!("NOT EXISTS (SELECT 1 FROM users u WHERE u.ID = {user} AND u.nopublic = 1)");
    if table.column("owneruser").is_some() {
        ways.push(format!("{alias}.owneruser = {user}"));
        public += &format!(" AND {alias}.owneruser IS NULL");
    }
    if table.column("ownergroup").is_some() {
        let groups = format!("SELECT m.\"group\" FROM groups2users m WHERE m.user = {user}");
        ways.push(format!("{alias}.ownergroup IN ({groups})"));
        public += &format!(" AND {alias}.ownergroup IS NULL");
    }
    if ways.is_empty() {
        return None;
    }
    Some(format!("({} OR ({public}))", ways.join(" OR ")))
}
