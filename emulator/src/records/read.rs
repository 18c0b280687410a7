//! Get and exists, and the whole record that a write answers. Lists have a room of their own.

use axum::http::StatusCode;
use md5::{Digest, Md5};
use rusqlite::Row;

use super::conditional::{self, State};
use crate::access::{Caller, RowFilter};
use crate::context::RequestContext;
use crate::http::body::unplaced;
use crate::http::form::Unplaced;
use crate::http::{Failure, Published, Reply};
use crate::rows::{Output, RowStatement, columns, hex};
use crate::schema::Resource;
use crate::store::rule::quoted;
use crate::switches::{EtagContent, Unexpanded};

/// The column that holds the moment of the last change.
const CHANGE: &str = "lastmodified";

/// Answers one record.
pub(crate) fn get(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let Record { state, text } = record(cx, resource, caller, id)?;
    let asked = |option: &str| {
        let offered = resource.verb.options.iter().any(|offered| offered == option);
        offered && cx.request.query(option).is_some_and(|value| value == "1" || value == "true")
    };
    let expand = cx.request.query_list("expand").ok_or_else(|| unplaced(Unplaced::Brackets))?;
    if expand.iter().any(|name| resource.table.column(name).is_none()) {
        return Err(Failure::published(Published::Field, "a column to expand is not known"));
    }
    conditional::check(cx.request, resource.verb, &state)?;
    let (extdata, tags) = (asked("extdata"), asked("tags"));
    if expand.is_empty() && !extdata && !tags && cx.switches().unexpanded == Unexpanded::Reference {
        return Ok(state.tell(Reply::json_text(StatusCode::OK, text)));
    }
    let mut outputs = columns(resource.table, "t", &expand, cx.switches());
    if extdata {
        outputs.push(Output::extdata(resource.name, "t", cx.switches()));
    }
    if tags {
        outputs.push(Output::tags(resource.name, "t"));
    }
    let text = RowStatement::new(resource.name, outputs).text(cx.db, id)?.ok_or_else(Failure::not_found)?;
    Ok(state.tell(Reply::json_text(StatusCode::OK, text)))
}

/// Answers whether a record exists.
pub(crate) fn exists(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let state = state(cx, resource, caller, id)?;
    conditional::check(cx.request, resource.verb, &state)?;
    Ok(state.tell(Reply::empty(StatusCode::NO_CONTENT)))
}

/// The whole of a record that was just written.
pub(crate) fn whole(
    cx: &RequestContext<'_>,
    resource: &Resource,
    id: i64,
    status: StatusCode,
) -> Result<Reply, Failure> {
    let Record { state, mut text } = stored(cx, resource, id)?.ok_or(Failure::Internal)?;
    if cx.switches().unexpanded == Unexpanded::Omit {
        let outputs = columns(resource.table, "t", &[], cx.switches());
        text = RowStatement::new(resource.name, outputs).text(cx.db, id)?.ok_or(Failure::Internal)?;
    }
    Ok(state.tell(Reply::json_text(status, text)))
}

/// The state of a record, or 404 if there is none that the caller may see.
pub(crate) fn state(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<State, Failure> {
    record(cx, resource, caller, id).map(|record| record.state)
}

/// A record with its columns as they are stored, written as JSON.
struct Record {
    state: State,
    text: String,
}

/// A record, or 404 if there is none that the caller may see.
fn record(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Record, Failure> {
    let row_filter = RowFilter::of(cx, caller);
    if let Some(condition) = row_filter.and_then(|row_filter| row_filter.condition(resource.table, "t")) {
        let sql = format!("SELECT 1 FROM {} t WHERE t.\"ID\" = ?1 AND {condition}", quoted(resource.name));
        if !cx.db.prepare_cached(&sql)?.exists([id])? {
            return Err(Failure::not_found());
        }
    }
    stored(cx, resource, id)?.ok_or_else(Failure::not_found)
}

/// Reads a row once for its content, its entity tag and its last change.
fn stored(cx: &RequestContext<'_>, resource: &Resource, id: i64) -> Result<Option<Record>, Failure> {
    let statement = cx.row_statements.of(resource.name).ok_or(Failure::Internal)?;
    let change = statement.place_of(CHANGE).ok_or(Failure::Internal)?;
    let read = |row: &Row<'_>| Ok((statement.object(row)?, row.get::<_, i64>(change)?));
    let Some((text, changed)) = statement.read(cx.db, id, read)? else { return Ok(None) };
    let hash = match cx.switches().etag {
        EtagContent::LastModified => Md5::digest(format!("{}/{id}/{changed}", resource.name)),
        EtagContent::Row => Md5::digest(&text),
    };
    let etag = format!("\"{}\"", hex(&hash).trim_start_matches("\\x"));
    Ok(Some(Record { state: State { etag, changed }, text }))
}
