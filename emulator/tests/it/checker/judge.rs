//! Holds an answer against its document: status, headers, media type, body, and what no answer may tell.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::connection::Answer;
use super::documents::{Operation, Resource};
use super::plan::{Member, NO_HTTP, Plan, Shape, UNDECLARED};
use super::schemas::{self, matches};
use super::world::World;

/// What is wrong with an answer.
pub(super) type Complaint = String;

/// Headers that any answer may have.
const COMMON: [&str; 5] = ["content-type", "content-length", "date", "connection", "transfer-encoding"];

/// Pieces of SQL and of the inside of a Rust program. A text of the request itself may come back; these never do.
const INSIDE: [&str; 22] = [
    "select ",
    "insert ",
    "update ",
    "delete from",
    "create table",
    "sqlite",
    "rusqlite",
    "constraint",
    "no such column",
    "no such table",
    "syntax error",
    "near \"",
    "unrecognized token",
    "left join",
    " where ",
    "order by",
    "panicked",
    "unwrap",
    "src/",
    ".rs:",
    "backtrace",
    "_tokens",
];

/// Whether an answer is one that the plan and the documents allow.
pub(super) fn judge(plan: &Plan, answer: &Answer, world: &World) -> Result<(), Complaint> {
    status(plan, answer, world.broken_rule)?;
    headers(plan, answer)?;
    no_secret(plan, answer, world)?;
    let headless = plan.request.method == "HEAD" || matches!(answer.status, 204 | 304);
    if headless {
        return if answer.body.is_empty() { Ok(()) } else { Err("a body where none may be".to_owned()) };
    }
    if answer.status >= 400 { error(plan, answer) } else { success(plan, answer) }
}

/// Whether bytes that are not a request were answered as such.
pub(super) fn judge_no_http(answer: &Answer) -> Result<(), Complaint> {
    if NO_HTTP.contains(&answer.status) {
        inside(&answer.text(), "")
    } else {
        Err(format!("{} to what is not a request", answer.status))
    }
}

/// What the emulator says of a broken rule. Another text beside a 500 means a fault of its own.
const BROKEN_RULE: &str = "a rule of the table does not allow this";

fn status(plan: &Plan, answer: &Answer, broken_rule: u16) -> Result<(), Complaint> {
    let rule = answer.text() == BROKEN_RULE;
    if rule && answer.status == broken_rule && plan.statuses.contains(&500) {
        return Ok(());
    }
    if answer.status == 500 || rule {
        return Err(format!("{} where no rule can be broken, or for another reason ({})", answer.status, plan.kind));
    }
    let declared = plan.operation.is_some_and(|operation| operation.responses.contains_key(&answer.status));
    if !declared && !UNDECLARED.iter().any(|(status, _)| *status == answer.status) {
        return Err(format!("status {} is neither declared nor in the table of exceptions", answer.status));
    }
    if plan.statuses.contains(&answer.status) {
        Ok(())
    } else {
        Err(format!("status {} where {:?} is due ({})", answer.status, plan.statuses, plan.kind))
    }
}

fn headers(plan: &Plan, answer: &Answer) -> Result<(), Complaint> {
    let declared: Vec<String> = declared(plan.operation, answer.status);
    for name in &declared {
        let value = answer.header(name).ok_or_else(|| format!("{name} is missing"))?;
        let pattern = match name.as_str() {
            "etag" => "^\"[0-9a-f]{32}\"$",
            "last-modified" => {
                "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$"
            }
            "www-authenticate" => "^(Bearer realm=\"[^\"]+\" error=\"invalid_token\"|Basic realm=\"[^\"]+\")$",
            "content-location" => "^/[^/]+/api/v1/[a-z0-9]+/[1-9][0-9]*$",
            "location" => "^http://[^ ]+/\\?umi=auth&page=oauth",
            _ => "^",
        };
        if !matches(pattern, value) {
            return Err(format!("{name} is {value:?}"));
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &answer.headers {
        let known =
            COMMON.contains(&name.as_str()) || declared.contains(name) || undeclared(plan, answer.status, name, value);
        if !known {
            return Err(format!("a header that no one declared: {name}: {value}"));
        }
        if seen.contains(&name.as_str()) {
            return Err(format!("{name} stands twice"));
        }
        seen.push(name);
    }
    match answer.status {
        405 if answer.header("allow").is_none_or(str::is_empty) => Err("405 without Allow".to_owned()),
        _ => Ok(()),
    }
}

fn declared(operation: Option<&'static Operation>, status: u16) -> Vec<String> {
    let response = operation.and_then(|operation| operation.responses.get(&status));
    let headers = response.and_then(|response| response["headers"].as_object());
    headers.into_iter().flat_map(Map::keys).map(|name| name.to_lowercase()).collect()
}

/// Headers beyond the documents that the protocol asks for.
fn undeclared(plan: &Plan, status: u16, name: &str, value: &str) -> bool {
    match name {
        // RFC 7232, section 4.1: a 304 tells the validators.
        "etag" | "last-modified" => status == 304,
        "allow" => status == 405,
        // The published pages: any origin, without cookies.
        "access-control-allow-origin" => value == "*" && plan.request.headers.iter().any(|(name, _)| name == "Origin"),
        "access-control-expose-headers" => plan.request.headers.iter().any(|(name, _)| name == "Origin"),
        // RFC 9110, section 12.5.3: which codings would do.
        "accept-encoding" => status == 415,
        // RFC 6749, section 5.1; the same for the tokens of the older services.
        "cache-control" | "pragma" => {
            value.starts_with("no-") && plan.operation.is_none_or(|operation| !operation.base.starts_with("/api"))
        }
        _ => false,
    }
}

/// Secrets stand in no answer but that which hands them out.
fn no_secret(plan: &Plan, answer: &Answer, world: &World) -> Result<(), Complaint> {
    let issues =
        plan.operation.is_some_and(|operation| matches!(operation.id.as_str(), "getToken" | "login" | "issueToken"));
    let text = answer.text();
    let head = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>();
    let told = |secret: &&String| head.contains(secret.as_str()) || (!issues && text.contains(secret.as_str()));
    match world.secrets.iter().find(told) {
        Some(_) => Err("a secret in an answer".to_owned()),
        None if text.contains("sha256:") => Err("a password digest in an answer".to_owned()),
        None => Ok(()),
    }
}

fn inside(text: &str, asked: &str) -> Result<(), Complaint> {
    let (text, asked) = (text.to_lowercase(), asked.to_lowercase());
    match INSIDE.iter().find(|piece| text.contains(*piece) && !asked.contains(*piece)) {
        Some(piece) => Err(format!("the answer shows the inside: {piece:?} in {text:?}")),
        None => Ok(()),
    }
}

fn error(plan: &Plan, answer: &Answer) -> Result<(), Complaint> {
    let text = String::from_utf8(answer.body.clone()).map_err(|_| "an error that is not text".to_owned())?;
    inside(&text, &String::from_utf8_lossy(&plan.request.body))?;
    let media_type = answer.header("content-type").unwrap_or_default();
    // Hosts, routes and sizes are judged before a token endpoint is reached.
    let before = matches!(answer.status, 404 | 405 | 413) || plan.kind == "the name of another server";
    let json = plan.operation.is_some_and(Operation::json_errors) && !before;
    if !json {
        let plain = media_type.split(';').next() == Some("text/plain") && !text.is_empty();
        return if plain { Ok(()) } else { Err(format!("an error as {media_type:?} with {text:?}")) };
    }
    let told = answer.json().filter(|_| media_type == "application/json");
    let told = told.ok_or_else(|| format!("a token endpoint's error as {media_type:?}: {text}"))?;
    let members = told.as_object().filter(|members| members.values().all(Value::is_string));
    let named = members.is_some_and(|members| members.keys().all(|key| key == "error" || key == "error_description"));
    if !named || told["error"].is_null() {
        return Err(format!("no error of RFC 6749: {text}"));
    }
    match plan.operation.and_then(|operation| Some((operation.document, schema(operation, answer.status)?))) {
        Some((document, schema)) => schemas::value(document, schema, &told),
        None => Ok(()),
    }
}

fn schema(operation: &'static Operation, status: u16) -> Option<&'static Value> {
    operation.responses.get(&status)?["content"].get("application/json").map(|content| &content["schema"])
}

fn success(plan: &Plan, answer: &Answer) -> Result<(), Complaint> {
    let operation = plan.operation.unwrap();
    let declared = schema(operation, answer.status);
    if let Shape::Csv(names) = &plan.shape {
        return csv(answer, names);
    }
    if declared.is_none() {
        return if answer.body.is_empty() { Ok(()) } else { Err("a body that no one declared".to_owned()) };
    }
    if matches!(plan.shape, Shape::Any)
        && answer.header("content-type").is_some_and(|known| known.starts_with("text/csv"))
    {
        return Ok(());
    }
    if answer.header("content-type") != Some("application/json") {
        return Err(format!("content type {:?}", answer.header("content-type")));
    }
    let found = answer.json().ok_or("a body that is not JSON")?;
    match &plan.shape {
        Shape::Any | Shape::Csv(_) => Ok(()),
        Shape::Declared => schemas::value(operation.document, declared.unwrap(), &found),
        Shape::Count => fits_count(&found),
        Shape::Record { resource, expand, extdata, tags } => {
            record(resource, &found, expand, (*extdata, *tags)).map_err(|problem| format!("{problem} in {found}"))
        }
        Shape::Rows { members, most } => rows(&found, members, *most),
    }
}

fn fits_count(found: &Value) -> Result<(), Complaint> {
    let object = found.as_object().filter(|object| object.len() == 1);
    match object.and_then(|object| object.get("count")).and_then(Value::as_u64) {
        Some(_) => Ok(()),
        None => Err(format!("no count: {found}")),
    }
}

/// A whole record: all columns, and what was asked for besides.
pub(super) fn record(
    resource: &'static Resource,
    found: &Value,
    expand: &[String],
    (extdata, tags): (bool, bool),
) -> Result<(), Complaint> {
    let mut members: BTreeMap<String, Member> = BTreeMap::new();
    for column in &resource.columns {
        let expanded = expand.contains(&column.name);
        members.insert(column.name.clone(), Member::Column { resource, column, expanded, joined: false });
    }
    members.extend(extdata.then(|| ("extdata".to_owned(), Member::Extdata)));
    members.extend(tags.then(|| ("tags".to_owned(), Member::Tags)));
    row(found, &members)
}

fn rows(found: &Value, members: &BTreeMap<String, Member>, most: usize) -> Result<(), Complaint> {
    let rows = found.as_array().ok_or_else(|| format!("no list: {found}"))?;
    if rows.len() > most {
        return Err(format!("{} rows where {most} are the most", rows.len()));
    }
    rows.iter().try_for_each(|found| row(found, members).map_err(|problem| format!("{problem} in {found}")))
}

fn row(found: &Value, members: &BTreeMap<String, Member>) -> Result<(), Complaint> {
    let object = found.as_object().ok_or("a row that is not an object")?;
    if let Some(more) = object.keys().find(|key| !members.contains_key(*key)) {
        return Err(format!("{more} was not asked for"));
    }
    for (name, member) in members {
        let value = object.get(name).ok_or_else(|| format!("{name} is missing"))?;
        match member {
            Member::Column { joined: true, .. } if value.is_null() => {}
            Member::Column { resource, column, expanded, .. } => {
                schemas::cell(resource.document, &resource.name, column, value, *expanded)?;
            }
            Member::ExtdataValue if value.is_null() || value.is_string() => {}
            Member::Extdata if value.as_object().is_some_and(|fields| fields.values().all(Value::is_string)) => {}
            Member::Tags if value.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)) => {}
            other => return Err(format!("{name} is {value}, which is not {other:?}")),
        }
    }
    Ok(())
}

fn csv(answer: &Answer, names: &[String]) -> Result<(), Complaint> {
    if answer.header("content-type").and_then(|known| known.split(';').next()) != Some("text/csv") {
        return Err(format!("CSV as {:?}", answer.header("content-type")));
    }
    let text = String::from_utf8(answer.body.clone()).map_err(|_| "CSV that is not text".to_owned())?;
    let records = parsed(&text)?;
    let mut head = records.first().ok_or("CSV without names")?.clone();
    let mut wanted = names.to_vec();
    head.sort();
    wanted.sort();
    if head != wanted {
        return Err(format!("CSV with the names {head:?} instead of {wanted:?}"));
    }
    match records.iter().find(|record| record.len() != wanted.len()) {
        Some(record) => Err(format!("a CSV row of another length: {record:?}")),
        None => Ok(()),
    }
}

/// Records of RFC 4180 with semicolons; each ends with CR LF.
fn parsed(text: &str) -> Result<Vec<Vec<String>>, Complaint> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut rest = text.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if field.is_empty() => loop {
                match (rest.next(), rest.peek()) {
                    (Some('"'), Some('"')) => field.extend(rest.next()),
                    (Some('"'), _) => break,
                    (Some(other), _) => field.push(other),
                    (None, _) => return Err("CSV with an open quote".to_owned()),
                }
            },
            ';' => record.push(std::mem::take(&mut field)),
            '\r' if rest.peek() == Some(&'\n') => {
                rest.next();
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            '\r' | '\n' | '"' => return Err(format!("CSV with a bare {next:?}")),
            other => field.push(other),
        }
    }
    if field.is_empty() && record.is_empty() { Ok(records) } else { Err("CSV without an end".to_owned()) }
}
