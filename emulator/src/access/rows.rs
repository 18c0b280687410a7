//! Which rows of a table a caller may see and write: by their owners, by their fork, and by the rows that they depend
//! on. The conditions are SQL; the only value in it is the number of the user.

use rusqlite::OptionalExtension;

use super::caller::Caller;
use crate::context::RequestContext;
use crate::http::{Failure, Published};
use crate::schema::{Resource, Schema, Table};
use crate::store::rule::quoted;

/// What is to be done with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowAccess {
    Read,
    Write,
}

/// What a caller sees of every table, where permissions count.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowFilter(Conditions);

impl RowFilter {
    /// The filter for a caller; none if all rows are visible.
    pub(crate) fn of(cx: &RequestContext<'_>, caller: &Caller) -> Option<Self> {
        let rows = Conditions { schema: cx.schema, user: caller.user, access: RowAccess::Read };
        cx.switches().permissions.then_some(Self(rows))
    }

    /// The condition under which a row of a table, under this alias, is visible; none if all rows are.
    pub(crate) fn condition(self, table: &Table, alias: &str) -> Option<String> {
        self.0.all(table, alias)
    }
}

/// 403 unless the caller may write a row that is there: the creator alone where an operation says so, and no one who
/// holds its group, its fork or the row that it depends on for reading only.
pub(crate) fn check_write(
    cx: &RequestContext<'_>,
    caller: &Caller,
    resource: &Resource,
    id: i64,
) -> Result<(), Failure> {
    if !cx.switches().permissions {
        return Ok(());
    }
    if resource.verb.permission.creator {
        let sql = format!("SELECT creator FROM {} WHERE \"ID\" = ?1", quoted(resource.name));
        let creator: Option<Option<i64>> = cx.db.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?;
        if creator.flatten() != Some(caller.user) {
            return Err(Failure::published(Published::Permission, "only its creator may"));
        }
    }
    let rows = Conditions { schema: cx.schema, user: caller.user, access: RowAccess::Write };
    check(cx, resource, rows.all(resource.table, ROW), id)
}

/// 403 unless the caller may write in the place where a row has just been put: its fork, and the rows that it depends
/// on. Owners are not asked: a row may be handed over to another group.
pub(crate) fn check_place(
    cx: &RequestContext<'_>,
    caller: &Caller,
    resource: &Resource,
    id: i64,
) -> Result<(), Failure> {
    if !cx.switches().permissions {
        return Ok(());
    }
    let rows = Conditions { schema: cx.schema, user: caller.user, access: RowAccess::Write };
    check(cx, resource, rows.place(resource.table, ROW), id)
}

/// The alias of the row in question.
const ROW: &str = "t";

fn check(cx: &RequestContext<'_>, resource: &Resource, condition: Option<String>, id: i64) -> Result<(), Failure> {
    let Some(condition) = condition else { return Ok(()) };
    let sql = format!("SELECT 1 FROM {} {ROW} WHERE {ROW}.\"ID\" = ?1 AND {condition}", quoted(resource.name));
    let allowed = cx.db.prepare_cached(&sql)?.exists([id])?;
    if allowed { Ok(()) } else { Err(Failure::published(Published::Permission, "this row may not be written")) }
}

/// Builds the conditions for one user and one purpose.
#[derive(Debug, Clone, Copy)]
struct Conditions {
    schema: &'static Schema,
    user: i64,
    access: RowAccess,
}

impl Conditions {
    /// All that is asked of a row; none if nothing is.
    fn all(self, table: &Table, alias: &str) -> Option<String> {
        joined([self.owners(table, alias), self.place(table, alias)].into_iter().flatten(), " AND ")
    }

    /// What is asked of its place: the fork, and the rows that it depends on.
    fn place(self, table: &Table, alias: &str) -> Option<String> {
        joined([self.fork(table, alias), self.parents(table, alias)].into_iter().flatten(), " AND ")
    }

    /// A row belongs to its owning user or to the members of its owning group; without owner it is public, which some
    /// users are kept from. A member who may not write what the group owns sees it all the same.
    fn owners(self, table: &Table, alias: &str) -> Option<String> {
        let user = self.user;
        let mut ways = Vec::new();
        let mut public = format!("NOT EXISTS (SELECT 1 FROM users u WHERE u.ID = {user} AND u.nopublic = 1)");
        if table.column("owneruser").is_some() {
            ways.push(format!("{alias}.owneruser = {user}"));
            public += &format!(" AND {alias}.owneruser IS NULL");
        }
        if table.column("ownergroup").is_some() {
            let writable = if self.access == RowAccess::Write { " AND m.writable = 1" } else { "" };
            let groups = format!("SELECT g.ID FROM {} WHERE {}{writable}", MEMBERSHIPS, self.member());
            ways.push(format!("{alias}.ownergroup IN ({groups})"));
            public += &format!(" AND {alias}.ownergroup IS NULL");
        }
        if ways.is_empty() {
            return None;
        }
        ways.push(format!("({public})"));
        joined(ways.into_iter(), " OR ")
    }

    /// A row of a fork asks for a grant of that fork, beside the permission of the resource. A table that is only
    /// read over HTTP may name forks, but its rows are none of a fork.
    fn fork(self, table: &Table, alias: &str) -> Option<String> {
        if table.column("fork").is_none() || !table.verbs.contains_key("create") {
            return None;
        }
        let writable = if self.access == RowAccess::Write { " AND p.writable = 1" } else { "" };
        Some(format!(
            "({alias}.fork IS NULL OR EXISTS (SELECT 1 FROM {MEMBERSHIPS} JOIN permissions p ON p.\"group\" = g.ID
             WHERE {} AND p.fork = {alias}.fork{writable}))",
            self.member()
        ))
    }

    /// The rows that a row depends on decide: all of them, or one of several. A key that is null leads to no row, and
    /// a row that depends on none is no one's.
    fn parents(self, table: &Table, alias: &str) -> Option<String> {
        let (columns, all) = table.parents()?;
        let mut conditions = Vec::new();
        for column in columns {
            let key = format!("{alias}.{}", quoted(&column.name));
            let (target, parent) = self.schema.table(&column.references.as_ref()?.table)?;
            let inner = format!("{alias}_{}", column.name);
            let decides = self.all(parent, &inner).unwrap_or_else(|| "1".to_owned());
            let found =
                format!("EXISTS (SELECT 1 FROM {} {inner} WHERE {inner}.\"ID\" = {key} AND {decides})", quoted(target));
            conditions.push(if all { format!("({key} IS NULL OR {found})") } else { found });
        }
        joined(conditions.into_iter(), if all { " AND " } else { " OR " })
    }

    fn member(self) -> String {
        format!("m.user = {} AND g.activity = 0", self.user)
    }
}

/// Users in their groups.
const MEMBERSHIPS: &str = "groups2users m JOIN groups g ON g.ID = m.\"group\"";

/// The conditions as one, in brackets; none if there are none.
fn joined(conditions: impl Iterator<Item = String>, word: &str) -> Option<String> {
    let conditions: Vec<String> = conditions.collect();
    (!conditions.is_empty()).then(|| format!("({})", conditions.join(word)))
}
