//! Get and exists, and the whole record that a write answers. Lists have a room of their own.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use md5::{Digest, Md5};
use rusqlite::Row;

use super::Resource;
use super::beside::{extdata_sql, tags_sql};
use super::conditional::{self, State};
use super::show::{self, Show};
use crate::access::{Caller, Sight};
use crate::app::Job;
use crate::http::{Failure, Reply};
use crate::json::write_text;
use crate::schema::{Column, Schema, Table};
use crate::store::rule::quoted;
use crate::switches::{EtagContent, Switches, Unexpanded};

/// The column that holds the moment of the last change.
const CHANGE: &str = "lastmodified";

/// The bytes that most records fit into.
const USUAL: usize = 1024;

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

/// Reads a row by its number.
#[derive(Debug)]
struct ById {
    outputs: Vec<Output>,
    sql: String,
}

/// What every get reads: all columns of a table as they are stored, by the name of the table.
#[derive(Debug)]
pub(crate) struct Plain(BTreeMap<&'static str, ById>);

impl Plain {
    /// Puts the statements together, once for all requests.
    pub fn new(schema: &'static Schema) -> Self {
        let outputs = |table: &Table| table.visible().map(|column| Output::column(column, "t", false)).collect();
        let statement = |(name, table): (&'static String, _)| (name.as_str(), ById::new(name, outputs(table)));
        Self(schema.tables.iter().map(statement).collect())
    }
}

impl ById {
    fn new(table: &str, outputs: Vec<Output>) -> Self {
        let selected: Vec<&str> = outputs.iter().map(|output| output.sql.as_str()).collect();
        let sql = format!("SELECT {} FROM {} t WHERE t.\"ID\" = ?1", selected.join(", "), quoted(table));
        Self { outputs, sql }
    }

    fn read<T>(
        &self,
        job: &Job<'_>,
        id: i64,
        take: impl FnOnce(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let mut statement = job.db.prepare_cached(&self.sql)?;
        statement.query([id])?.next()?.map(take).transpose()
    }

    fn object(&self, row: &Row<'_>) -> Result<String, Failure> {
        let mut text = String::with_capacity(USUAL);
        write_row(&mut text, &self.outputs, row)?;
        Ok(text)
    }

    fn text(&self, job: &Job<'_>, id: i64) -> Result<Option<String>, Failure> {
        self.read(job, id, |row| self.object(row))
    }
}

/// Answers one record.
pub(crate) fn get(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Reply, Failure> {
    let Record { state, text } = record(job, resource, caller, id)?;
    let asked = |option: &str| {
        let offered = resource.verb.options.iter().any(|offered| offered == option);
        offered && job.request.query(option).is_some_and(|value| value == "1" || value == "true")
    };
    let expand: Vec<String> = job.request.query_all("expand").collect();
    if expand.iter().any(|name| resource.table.column(name).is_none()) {
        return Err(Failure::bad_request("a column to expand is not known"));
    }
    conditional::check(job.request, resource.verb, &state)?;
    let (extdata, tags) = (asked("extdata"), asked("tags"));
    if expand.is_empty() && !extdata && !tags && job.switches().unexpanded == Unexpanded::Reference {
        return Ok(state.tell(Reply::json_text(StatusCode::OK, text)));
    }
    let mut outputs = columns(resource.table, "t", &expand, job.switches());
    if extdata {
        outputs.push(Output::extdata(resource.name, "t", job.switches()));
    }
    if tags {
        outputs.push(Output::tags(resource.name, "t"));
    }
    let text = ById::new(resource.name, outputs).text(job, id)?.ok_or_else(Failure::not_found)?;
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
    let Record { state, mut text } = stored(job, resource, id)?.ok_or(Failure::Internal)?;
    if job.switches().unexpanded == Unexpanded::Omit {
        let outputs = columns(resource.table, "t", &[], job.switches());
        text = ById::new(resource.name, outputs).text(job, id)?.ok_or(Failure::Internal)?;
    }
    Ok(state.tell(Reply::json_text(status, text)))
}

/// The state of a record, or 404 if there is none that the caller may see.
pub(crate) fn state(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<State, Failure> {
    record(job, resource, caller, id).map(|record| record.state)
}

/// A record with its columns as they are stored, written as JSON.
struct Record {
    state: State,
    text: String,
}

/// A record, or 404 if there is none that the caller may see.
fn record(job: &Job<'_>, resource: &Resource, caller: &Caller, id: i64) -> Result<Record, Failure> {
    let sight = Sight::of(job, caller);
    if let Some(condition) = sight.and_then(|sight| sight.condition(resource.table, "t")) {
        let sql = format!("SELECT 1 FROM {} t WHERE t.\"ID\" = ?1 AND {condition}", quoted(resource.name));
        if !job.db.prepare_cached(&sql)?.exists([id])? {
            return Err(Failure::not_found());
        }
    }
    stored(job, resource, id)?.ok_or_else(Failure::not_found)
}

/// Reads a row once for its content, its entity tag and its last change.
fn stored(job: &Job<'_>, resource: &Resource, id: i64) -> Result<Option<Record>, Failure> {
    let plain = job.app.plain.0.get(resource.name).ok_or(Failure::Internal)?;
    let read = |row: &Row<'_>| Ok((plain.object(row)?, row.get::<_, i64>(CHANGE)?));
    let Some((text, changed)) = plain.read(job, id, read)? else { return Ok(None) };
    let hash = match job.switches().etag {
        EtagContent::LastModified => Md5::digest(format!("{}/{id}/{changed}", resource.name)),
        EtagContent::Row => Md5::digest(&text),
    };
    let etag = format!("\"{}\"", show::hex(&hash).trim_start_matches("\\x"));
    Ok(Some(Record { state: State { etag, changed }, text }))
}
