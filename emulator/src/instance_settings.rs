//! `/config` and `/settings`: what a user may see of the instance, and what the application at work has stored.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use crate::access;
use crate::context::RequestContext;
use crate::http::{Failure, Published, Reply};
use crate::json::Json;

/// The part of the configuration that a user may see.
pub(crate) fn config(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    access::caller(cx)?;
    let mut statement = cx.db.prepare_cached("SELECT name, value FROM _config ORDER BY name")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut members = vec![("instance".to_owned(), Json::from(cx.instance))];
    for row in rows {
        let (name, value) = row?;
        members.push((name, Json::parse(value.as_bytes()).unwrap_or(Json::Null)));
    }
    Ok(Reply::json(StatusCode::OK, &Json::Object(members)))
}

/// The settings of the application behind the credential: its defaults, overlaid with what was set.
pub(crate) fn settings(cx: &RequestContext<'_>) -> Result<Reply, Failure> {
    let application = access::caller(cx)?.application;
    let application = application.ok_or_else(|| {
        Failure::published(Published::ApplicationContext, "no application stands behind this credential")
    })?;
    let sql = "SELECT defaultsettings, settings FROM applications WHERE ID = ?1";
    let (defaults, set): (Option<String>, Option<String>) =
        cx.db.query_row(sql, [application], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut settings = BTreeMap::new();
    for (name, value) in [defaults, set].into_iter().flatten().flat_map(|text| members_of(&text)) {
        settings.insert(name, value);
    }
    Ok(Reply::json(StatusCode::OK, &Json::Object(settings.into_iter().collect())))
}

fn members_of(text: &str) -> Vec<(String, Json)> {
    match Json::parse(text.as_bytes()) {
        Some(Json::Object(members)) => members,
        _ => Vec::new(),
    }
}
