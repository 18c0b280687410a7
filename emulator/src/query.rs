//! The list request: from its members to SQL with bound parameters, and from rows to JSON, a count or CSV.

mod csv;
mod filter;
mod list_request;
mod nest;
mod operator;
mod scope;
mod search;
mod select;

use axum::http::StatusCode;
use rusqlite::{Rows, params_from_iter};

use crate::access::{self, Caller, RowFilter};
use crate::context::RequestContext;
use crate::http::body::Body;
use crate::http::{Failure, Published, Reply};
use crate::json::Json;
use crate::rows::{Layout, OutputRow, write_row};
use crate::schema::Resource;
use crate::switches::CountShape;

use list_request::ListRequest;
use select::Select;

/// Answers a list request.
pub(crate) fn answer(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller) -> Result<Reply, Failure> {
    let list = ListRequest::read(&Body::read(cx.request, false)?, cx.switches())?;
    if list.export && !access::is_admin(cx, caller.user)? {
        return Err(Failure::published(Published::Permission, "only administrators may export"));
    }
    let select = Select::compile(cx.schema, cx.switches(), resource, &list, RowFilter::of(cx, caller))?;
    match (list.count, list.export) {
        (true, _) => count(cx, &select),
        (false, true) => export(cx, &select),
        (false, false) => rows(cx, &select),
    }
}

fn rows(cx: &RequestContext<'_>, select: &Select) -> Result<Reply, Failure> {
    let text = run(cx, select, &select.sql, |layout, rows| {
        let mut text = String::from("[");
        while let Some(row) = rows.next()? {
            if text.len() > 1 {
                text.push(',');
            }
            let row = OutputRow::new(layout, row)?;
            match &select.nest {
                None => write_row(&mut text, &row)?,
                Some(nest) => nest.write(&mut text, &row)?,
            }
        }
        text.push(']');
        Ok(text)
    })?;
    Ok(Reply::json_text(StatusCode::OK, text))
}

fn count(cx: &RequestContext<'_>, select: &Select) -> Result<Reply, Failure> {
    let sql = format!("SELECT count(*) FROM ({})", select.sql);
    let count = run(cx, select, &sql, |_, rows| Ok(rows.next()?.ok_or(Failure::Internal)?.get::<_, i64>(0)?))?;
    let body = match cx.switches().count_shape {
        CountShape::Object => Json::object([("count", count.into())]),
        CountShape::Number => count.into(),
        CountShape::Text => count.to_string().into(),
        CountShape::Wrapper => Json::object([("data", Json::List(Vec::new())), ("count", count.into())]),
    };
    Ok(Reply::json(StatusCode::OK, &body))
}

fn export(cx: &RequestContext<'_>, select: &Select) -> Result<Reply, Failure> {
    let switches = cx.switches();
    let text = run(cx, select, &select.sql, |layout, rows| {
        let mut text = csv::head(layout.outputs.iter().map(|output| output.key.as_str()), switches);
        while let Some(row) = rows.next()? {
            csv::row(&mut text, &OutputRow::new(layout, row)?, switches)?;
        }
        Ok(text)
    })?;
    Ok(Reply::of_type(StatusCode::OK, "text/csv; charset=utf-8", text))
}

fn run<T>(
    cx: &RequestContext<'_>,
    select: &Select,
    sql: &str,
    take: impl FnOnce(&Layout, &mut Rows<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut statement = cx.db.prepare_cached(sql)?;
    take(&select.layout, &mut statement.query(params_from_iter(&select.params))?)
}
