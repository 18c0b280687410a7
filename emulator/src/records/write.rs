//! Create, update and delete. A broken rule stores nothing: the transaction around the handler is undone.

use axum::http::{StatusCode, header};
use rusqlite::types::Value;

use super::draft::Draft;
use super::{conditional, counter, read};
use crate::access::{self, Caller};
use crate::context::RequestContext;
use crate::http::{Failure, Reply};
use crate::schema::{Column, Filled, Resource};
use crate::store::rule::quoted;
use crate::switches::{CreateId, EmptyUpdate, Gone, Presence};

/// Stores a new record; answers the whole of it.
pub(crate) fn create(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller) -> Result<Reply, Failure> {
    let mut draft = Draft::read(resource, cx, true)?;
    check_owner(cx, resource, &draft)?;
    choose_id(cx, resource, &mut draft)?;
    for column in &resource.table.columns {
        fill(cx, resource, caller, column, &mut draft)?;
    }
    let id = draft.insert(cx.db, resource.name)?;
    draft.beside.apply(cx.db, resource.name, id)?;
    access::check_place(cx, caller, resource, id)?;
    let location = format!("/{}/api/v1/{}/{id}", cx.instance, resource.name);
    Ok(read::whole(cx, resource, id, StatusCode::CREATED)?.with(header::CONTENT_LOCATION, location))
}

/// Takes over the `ID` of the body, as far as the switch lets it.
fn choose_id(cx: &RequestContext<'_>, resource: &Resource, draft: &mut Draft) -> Result<(), Failure> {
    let Some(id) = draft.id else { return Ok(()) };
    if id > highest(resource) && cx.switches().create_id != CreateId::Ignore {
        return Err(Failure::Rule);
    }
    let conflict = match cx.switches().create_id {
        CreateId::Ignore => return Ok(()),
        CreateId::AlwaysConflict => true,
        CreateId::ConflictIfUsed => id < 1 || found(cx, resource.name, id)?,
    };
    if conflict {
        return Err(Failure::conflict("the ID is in use"));
    }
    if gone(cx, resource.name, id)? {
        return Err(Failure::gone());
    }
    if let Some(column) = resource.table.column("ID") {
        draft.set(column, Value::Integer(id));
    }
    Ok(())
}

/// IDs that stay free above every chosen one: the next row takes the ID above the highest, and must find one.
const ROOM: i64 = 1_000_000;

/// The highest ID that a create may choose.
fn highest(resource: &Resource) -> i64 {
    let narrow = resource.table.column("ID").is_some_and(|column| column.narrow);
    if narrow { i64::from(i32::MAX) - ROOM } else { i64::MAX - ROOM }
}

/// Whether a record with this ID was deleted and requests for it are answered with 410.
fn gone(cx: &RequestContext<'_>, table: &str, id: i64) -> Result<bool, Failure> {
    let sql = "SELECT 1 FROM _deleted WHERE entity = ?1 AND record = ?2";
    Ok(cx.switches().gone == Gone::DeletedIds && cx.db.prepare_cached(sql)?.exists((table, id))?)
}

fn found(cx: &RequestContext<'_>, table: &str, id: i64) -> Result<bool, Failure> {
    Ok(cx.db.prepare_cached(&format!("SELECT 1 FROM {} WHERE \"ID\" = ?1", quoted(table)))?.exists([id])?)
}

/// Refuses a campaign without an owning group, where the service wants one.
fn check_owner(cx: &RequestContext<'_>, resource: &Resource, draft: &Draft) -> Result<(), Failure> {
    if resource.name != "campaigns" || cx.switches().campaign_owner == Presence::Optional {
        return Ok(());
    }
    let sent = resource.table.column("ownergroup").and_then(|column| draft.value(column));
    if sent.is_none_or(|value| *value == Value::Null) { Err(Failure::Rule) } else { Ok(()) }
}

/// The moment of a write as its row has it: that at which its transaction began.
fn stamp(cx: &RequestContext<'_>) -> i64 {
    cx.now.saturating_sub(i64::try_from(cx.switches().commit_delay.as_secs()).unwrap_or(i64::MAX))
}

/// What the server fills in on a create.
fn fill(
    cx: &RequestContext<'_>,
    resource: &Resource,
    caller: &Caller,
    column: &'static Column,
    draft: &mut Draft,
) -> Result<(), Failure> {
    match column.filled {
        _ if draft.value(column).is_some() => {}
        Some(Filled::User) => draft.set(column, Value::Integer(caller.user)),
        Some(Filled::Now | Filled::Change) => draft.set(column, Value::Integer(stamp(cx))),
        Some(Filled::Sequence) | None => {}
    }
    let empty = match draft.value(column) {
        None => true,
        Some(Value::Text(text)) => text.is_empty(),
        Some(_) => false,
    };
    if column.counter && empty && cx.switches().auto_number {
        let number = counter::draw(cx.db, resource.name, column)?;
        draft.set(column, Value::Text(number));
    }
    Ok(())
}

/// Changes what was sent of a record; answers the whole of it.
pub(crate) fn update(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    if !found(cx, resource.name, id)? && gone(cx, resource.name, id)? {
        return Err(Failure::gone());
    }
    let state = read::state(cx, resource, caller, id)?;
    access::check_write(cx, caller, resource, id)?;
    let mut draft = Draft::read(resource, cx, cx.switches().empty_update == EmptyUpdate::Reject)?;
    if draft.id.is_some_and(|sent| sent != id) {
        return Err(Failure::conflict("the ID of the body is another one"));
    }
    // A condition counts only where the request would succeed without it (RFC 7232, section 5).
    conditional::check(cx.request, resource.verb, &state)?;
    if draft.is_empty() && cx.switches().empty_update == EmptyUpdate::Noop {
        return read::whole(cx, resource, id, StatusCode::OK);
    }
    for column in resource.table.columns.iter().filter(|column| column.filled == Some(Filled::Change)) {
        if draft.value(column).is_none() {
            draft.set(column, Value::Integer(stamp(cx)));
        }
    }
    draft.update(cx.db, resource.name, id)?;
    draft.beside.apply(cx.db, resource.name, id)?;
    access::check_place(cx, caller, resource, id)?;
    read::whole(cx, resource, id, StatusCode::OK)
}

/// Removes a record for good.
pub(crate) fn delete(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let state = read::state(cx, resource, caller, id)?;
    access::check_write(cx, caller, resource, id)?;
    if cx.switches().undeletable.contains(&format!("{}/{id}", resource.name)) {
        return Err(Failure::conflict("the record cannot be deleted"));
    }
    conditional::check(cx.request, resource.verb, &state)?;
    let sql = format!("DELETE FROM {} WHERE \"ID\" = ?1", quoted(resource.name));
    cx.db.prepare_cached(&sql)?.execute([id])?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
