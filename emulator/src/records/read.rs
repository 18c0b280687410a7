//! Get and exists, and the whole record that a write answers. Lists have a room of their own.

use axum::http::StatusCode;
use md5::{Digest, Md5};
use rusqlite::{OptionalExtension, Row};

use super::Resource;
use super::beside::{extdata_sql, tags_sql};
use super::conditional::{self, State};
use super::show::{self, Show};
use crate::access::{self, Caller};
use crate::app::Job;
use crate::http::{Failure, Reply};
use crate::json::write_text;
use crate::schema::{Column, Table};
use crate::store::rule::quoted;
use crate::switches::{EtagContent, Switches, Unexpanded};

/// One member of an answer: its name, where it comes from, how it looks.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub key: String,
    pub sql: String,
    pub show: Show,
}

impl Output {
    /// A column of the table with this alias.
    pub fn column(column: &Column, alias: &str, expand: bool) -> Self {
        let show = if expand { Show::expanded(column) } else { None };
        let plain = format!("{alias}.{}", quoted(&column.name));
        let sql = match show {
            Some(Show::Content) => format!("(SELECT content FROM _contents WHERE binfile = {plain})"),
            _ => plain,
        };
        Self { key: column.name.clone(), sql, show: show.unwrap_or_else(|| Show::unexpanded(column)) }
    }

    /// All custom fields of a row.
    pub fn extdata(entity: &str, alias: &str, switches: &Switches) -> Self {
        Self { key: "extdata".to_owned(), sql: extdata_sql(entity, alias, switches.extdata_values), show: Show::Json }
    }

    /// All tags of a row.
    pub fn tags(entity: &str, alias: &str) -> Self {
        Self { key: "tags".to_owned(), sql: tags_sql(entity, alias), show: Show::Json }
    }
}

/// The columns of a whole record.
pub(crate) fn columns(table: &Table, alias: &str, expand: &[String], switches: &Switches) -> Vec<Output> {
    let mut found = Vec::new();
    for column in table.visible() {
        let expanded = expand.contains(&column.name);
        let hidden = switches.unexpanded == Unexpanded::Omit && Show::expanded(column).is_some();
        if expanded || !hidden {
            found.push(Output::column(column, alias, expanded));
        }
    }
    found
}

/// Writes a row as an object.
pub(crate) fn write_row(out: &mut String, outputs: &[Output], row: &Row<'_>) -> Result<(), Failure> {
    out.push('{');
    for (index, output) in outputs.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, &output.key);
        out.push(':');
        show::write(out, output.show, row.get_ref(index)?);
    }
    out.push('}');
    Ok(())
}

/// Answers one record.
pub(crate) fn get(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let state = state(job, resource, caller, id)?;
    let asked = |option: &str| {
        let offered = resource.verb.options.iter().any(|offered| offered == option);
        offered && job.request.query(option).is_some_and(|value| value == "1" || value == "true")
    };
    let expand: Vec<String> = job.request.query_all("expand").collect();
    if expand.iter().any(|name| resource.table.column(name).is_none()) {
        return Err(Failure::bad_request("a column to expand is not known"));
    }
    conditional::check(job.request, resource.verb, &state)?;
    let mut outputs = columns(resource.table, "t", &expand, job.switches());
    if asked("extdata") {
        outputs.push(Output::extdata(resource.name, "t", job.switches()));
    }
    if asked("tags") {
        outputs.push(Output::tags(resource.name, "t"));
    }
    let text = object(job, resource, &outputs, id)?.ok_or_else(Failure::not_found)?;
    Ok(state.tell(Reply::json_text(StatusCode::OK, text)))
}

/// Answers whether a record exists.
pub(crate) fn exists(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let state = state(job, resource, caller, id)?;
    conditional::check(job.request, resource.verb, &state)?;
    Ok(state.tell(Reply::empty(StatusCode::NO_CONTENT)))
}

/// The whole of a record that was just written.
pub(crate) fn whole(job: &Job<'_>, resource: &Resource, id: i64, status: StatusCode) -> Result<Reply, Failure> {
    let outputs = columns(resource.table, "t", &[], job.switches());
    let text = object(job, resource, &outputs, id)?.ok_or(Failure::Internal)?;
    Ok(identify(job, resource, id)?.ok_or(Failure::Internal)?.tell(Reply::json_text(status, text)))
}

/// The state of a record, or 404 if there is none that the caller may see.
pub(crate) fn state(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<State, Failure> {
    if let Some(condition) = access::visible(job, caller, resource.table, "t") {
        let sql = format!("SELECT 1 FROM {} t WHERE t.\"ID\" = ?1 AND {condition}", quoted(resource.name));
        if !job.db.prepare_cached(&sql)?.exists([id])? {
            return Err(Failure::not_found());
        }
    }
    identify(job, resource, id)?.ok_or_else(Failure::not_found)
}

/// The entity tag and the last change of a row.
fn identify(job: &Job<'_>, resource: &Resource, id: i64) -> Result<Option<State>, Failure> {
    let sql = format!("SELECT \"lastmodified\" FROM {} WHERE \"ID\" = ?1", quoted(resource.name));
    let changed: Option<i64> = job.db.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?;
    let Some(changed) = changed else { return Ok(None) };
    let content = match job.switches().etag {
        EtagContent::LastModified => format!("{}/{id}/{changed}", resource.name),
        EtagContent::Row => {
            let outputs: Vec<Output> =
                resource.table.visible().map(|column| Output::column(column, "t", false)).collect();
            object(job, resource, &outputs, id)?.unwrap_or_default()
        }
    };
    let hash = show::hex(&Md5::digest(content));
    Ok(Some(State { etag: format!("\"{}\"", hash.trim_start_matches("\\x")), changed }))
}

fn object(job: &Job<'_>, resource: &Resource, outputs: &[Output], id: i64) -> Result<Option<String>, Failure> {
    let selected: Vec<&str> = outputs.iter().map(|output| output.sql.as_str()).collect();
    let sql = format!("SELECT {} FROM {} t WHERE t.\"ID\" = ?1", selected.join(", "), quoted(resource.name));
    let mut statement = job.db.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut text = String::new();
    write_row(&mut text, outputs, row)?;
    Ok(Some(text))
}
