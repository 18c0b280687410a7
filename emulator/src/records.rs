//! The six verbs of a resource. Here the request meets its handler and the caller is let in or not; the work is in the
//! rooms below.

mod conditional;
mod counter;
mod draft;
mod extras;
mod file;
mod form;
mod read;
mod write;

use axum::http::Method;

pub(crate) use counter::draw as draw_number;

use crate::access::{self, Caller};
use crate::context::RequestContext;
use crate::http::endpoint::Endpoint;
use crate::http::{Failure, Reply};
use crate::query;
use crate::schema::{Resource, Table};

/// The number of a record, in the only way in which it is written.
fn number(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| digits)
}

type Work = fn(&RequestContext<'_>, &Resource, &Caller, i64) -> Result<Reply, Failure>;

/// The verbs on a collection and on a single record, by method.
const ON_COLLECTION: [(&str, &str); 2] = [("POST", "list"), ("PUT", "create")];
const ON_RECORD: [(&str, &str); 4] = [("GET", "get"), ("HEAD", "exists"), ("PATCH", "update"), ("DELETE", "delete")];

/// The endpoint of a resource, or of one of its records.
pub(crate) fn endpoint(
    method: &Method,
    name: &'static str,
    table: &'static Table,
    id: Option<&str>,
) -> Result<Endpoint, Failure> {
    let known: &[(&str, &str)] = if id.is_some() { &ON_RECORD } else { &ON_COLLECTION };
    let offered = known.iter().filter(|(_, verb)| table.verbs.contains_key(*verb));
    let found = offered.clone().find(|(known, _)| *known == method.as_str());
    let Some((&(_, verb_name), verb)) = found.and_then(|entry| Some((entry, table.verbs.get(entry.1)?))) else {
        let allowed: Vec<&str> = offered.map(|(method, _)| *method).collect();
        return Err(if allowed.is_empty() {
            Failure::not_found()
        } else {
            Failure::method_not_allowed(&allowed.join(", "))
        });
    };
    let resource = Resource { name, table, verb };
    // Text that is not a number, or a number written otherwise, belongs to no record; 0 is never given to one.
    let id = id.and_then(number).unwrap_or(0);
    let (work, writes): (Work, bool) = match verb_name {
        "list" => (list, false),
        "create" => (create, true),
        "get" => (read::get, false),
        "exists" => (read::exists, false),
        "update" => (write::update, true),
        _ => (write::delete, true),
    };
    let handler = move |cx: &RequestContext<'_>| {
        let caller = access::caller(cx)?;
        // HEAD has no 403 in the document: a record that may not be read is none.
        access::check(cx, &caller, &resource.verb.permission)
            .map_err(|refused| if verb_name == "exists" { Failure::not_found() } else { refused })?;
        work(cx, &resource, &caller, id)
    };
    Ok(if writes { Endpoint::writing(handler) } else { Endpoint::reading(handler) })
}

fn list(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, _: i64) -> Result<Reply, Failure> {
    query::answer(cx, resource, caller)
}

fn create(cx: &RequestContext<'_>, resource: &Resource, caller: &Caller, _: i64) -> Result<Reply, Failure> {
    write::create(cx, resource, caller)
}
