//! The list request: from its members to SQL with bound parameters, and from rows to JSON, a count or CSV.

mod ask;
mod csv;
mod filter;
mod nest;
mod operator;
mod scope;
mod search;
mod select;

use axum::http::StatusCode;
use rusqlite::{Rows, params_from_iter};

use crate::access::{self, Caller, Sight};
use crate::http::body::Body;
use crate::http::{Failure, Published, Reply};
use crate::job::Job;
use crate::json::Json;
use crate::rows::{Layout, Shown, write_row};
use crate::schema::Resource;
use crate::switches::CountShape;

use ask::Ask;
use select::Select;

/// Answers a list request.
pub(crate) fn answer(job: &Job<'_>, resource: &Resource, caller: &Caller) -> Result<Reply, Failure> {
    let ask = Ask::read(&Body::read(job.request, false)?, job.switches())?;
    if ask.export && !access::is_admin(job, caller.user)? {
        return Err(Failure::published(Published::Permission, "only administrators may export"));
    }
    let select = Select::compile(job.schema, job.switches(), resource, &ask, Sight::of(job, caller))?;
    match (ask.count, ask.export) {
        (true, _) => count(job, &select),
        (false, true) => export(job, &select),
        (false, false) => rows(job, &select),
    }
}

fn rows(job: &Job<'_>, select: &Select) -> Result<Reply, Failure> {
    let text = run(job, select, &select.sql, |layout, rows| {
        let mut text = String::from("[");
        while let Some(row) = rows.next()? {
            if text.len() > 1 {
                text.push(',');
            }
            let row = Shown::new(layout, row)?;
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

fn count(job: &Job<'_>, select: &Select) -> Result<Reply, Failure> {
    let sql = format!("SELECT count(*) FROM ({})", select.sql);
    let count = run(job, select, &sql, |_, rows| Ok(rows.next()?.ok_or(Failure::Internal)?.get::<_, i64>(0)?))?;
    let body = match job.switches().count_shape {
        CountShape::Object => Json::object([("count", count.into())]),
        CountShape::Number => count.into(),
        CountShape::Text => count.to_string().into(),
        CountShape::Wrapper => Json::object([("data", Json::List(Vec::new())), ("count", count.into())]),
    };
    Ok(Reply::json(StatusCode::OK, &body))
}

fn export(job: &Job<'_>, select: &Select) -> Result<Reply, Failure> {
    let switches = job.switches();
    let text = run(job, select, &select.sql, |layout, rows| {
        let mut text = csv::head(layout.outputs.iter().map(|output| output.key.as_str()), switches);
        while let Some(row) = rows.next()? {
            csv::row(&mut text, &Shown::new(layout, row)?, switches)?;
        }
        Ok(text)
    })?;
    Ok(Reply::of_type(StatusCode::OK, "text/csv; charset=utf-8", text))
}

fn run<T>(
    job: &Job<'_>,
    select: &Select,
    sql: &str,
    take: impl FnOnce(&Layout, &mut Rows<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut statement = job.db.prepare_cached(sql)?;
    take(&select.layout, &mut statement.query(params_from_iter(&select.params))?)
}
