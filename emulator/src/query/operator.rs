//! Single conditions: a path, an operator, a value. Each becomes SQL with bound parameters.

use axum::http::StatusCode;
use rusqlite::types::Value;

use super::scope::{PathTarget, Scope};
use crate::http::Failure;
use crate::json::Json;
use crate::rows::comparable;
use crate::schema::Kind;
use crate::store::functions;
use crate::switches::{NullFilter, UnindexedWindow};

/// The condition that a place has this relation to a value.
pub(crate) fn condition(
    scope: &mut Scope<'_>,
    place: &PathTarget,
    operator: &str,
    value: &Json,
) -> Result<String, Failure> {
    match operator {
        "=" => equal(scope, place, value, true),
        "!=" | "<>" => equal(scope, place, value, false),
        "<" | "<=" | ">" | ">=" => {
            window(scope, place)?;
            let collation = scope.collation(place);
            Ok(format!("{}{collation}", compared(scope, place, operator, value)?))
        }
        "IN" => among(scope, place, value, "IN"),
        "!IN" => among(scope, place, value, "NOT IN"),
        _ => textual(scope, place, operator, value),
    }
}

fn equal(scope: &mut Scope<'_>, place: &PathTarget, value: &Json, wanted: bool) -> Result<String, Failure> {
    if *value == Json::Null && scope.switches().null_filter == NullFilter::IsNull {
        let sql = scope.sql(place)?;
        return Ok(format!("{sql} IS {}NULL", if wanted { "" } else { "NOT " }));
    }
    compared(scope, place, if wanted { "=" } else { "<>" }, value)
}

/// Refuses a range of a time without an index, if the service is to be as slow as that.
fn window(scope: &Scope<'_>, place: &PathTarget) -> Result<(), Failure> {
    match place {
        PathTarget::Column { column, .. }
            if column.timestamp
                && !column.indexed
                && scope.switches().unindexed_window == UnindexedWindow::ServiceUnavailable =>
        {
            Err(Failure::text(StatusCode::SERVICE_UNAVAILABLE, "a range of this time takes too long"))
        }
        _ => Ok(()),
    }
}

fn compared(scope: &mut Scope<'_>, place: &PathTarget, sign: &str, value: &Json) -> Result<String, Failure> {
    let (sql, value) = sides(scope, place, value)?;
    let mark = scope.bind(value)?;
    Ok(format!("{sql} {sign} {mark}"))
}

/// Both sides of a comparison. A custom field compares as number with a number, else as text.
fn sides(scope: &mut Scope<'_>, place: &PathTarget, value: &Json) -> Result<(String, Value), Failure> {
    match (place, value) {
        (PathTarget::Column { column, alias, .. }, value) => {
            Ok((PathTarget::column_sql(column, alias), comparable(column, value)?))
        }
        (PathTarget::Extdata { name }, Json::Int(number)) => {
            Ok((scope.extdata(name, "number")?, Value::Integer(*number)))
        }
        (PathTarget::Extdata { name }, Json::Float(number)) => {
            Ok((scope.extdata(name, "number")?, Value::Real(*number)))
        }
        (PathTarget::Extdata { name }, value) => {
            let sql = scope.extdata(name, "text")?;
            match value {
                Json::Text(text) => Ok((sql, Value::Text(text.clone()))),
                Json::Bool(flag) => Ok((sql, Value::Text(i64::from(*flag).to_string()))),
                Json::Null => Ok((sql, Value::Null)),
                _ => Err(Failure::bad_request("a filter compares with plain values")),
            }
        }
    }
}

/// Whether a value is in a list. The list travels as one parameter, so its length is bounded by that of the body alone.
pub(crate) fn among(scope: &mut Scope<'_>, place: &PathTarget, value: &Json, sign: &str) -> Result<String, Failure> {
    let list = value.as_list().ok_or_else(|| Failure::bad_request("IN and !IN need a list"))?;
    let sql = match (place, list) {
        (PathTarget::Extdata { name }, [Json::Int(_) | Json::Float(_), ..]) => scope.extdata(name, "number")?,
        _ => scope.sql(place)?,
    };
    let entries = list.iter().map(|entry| match place {
        PathTarget::Column { column, .. } => comparable(column, entry).map(plain),
        PathTarget::Extdata { .. } => Ok(entry.clone()),
    });
    let entries = Json::List(entries.collect::<Result<_, _>>()?);
    let mark = scope.bind(Value::Text(entries.to_text()))?;
    Ok(format!("{sql} {sign} (SELECT value FROM json_each({mark}))"))
}

fn plain(value: Value) -> Json {
    match value {
        Value::Integer(number) => Json::Int(number),
        Value::Real(number) => Json::Float(number),
        Value::Text(text) => Json::Text(text),
        Value::Null | Value::Blob(_) => Json::Null,
    }
}

/// Regular expressions and LIKE, on text alone.
fn textual(scope: &mut Scope<'_>, place: &PathTarget, operator: &str, value: &Json) -> Result<String, Failure> {
    let (function, sound): (_, fn(&str) -> bool) = match operator.trim_start_matches('!') {
        "~" => ("text_matches", |pattern| functions::posix(pattern).is_some()),
        "~*" => ("text_matches_ci", |pattern| functions::posix_ci(pattern).is_some()),
        "~~" => ("text_like", |pattern| functions::like(pattern).is_some()),
        "~~*" => ("text_like_ci", |pattern| functions::like_ci(pattern).is_some()),
        _ => return Err(Failure::bad_request("an operator does not exist")),
    };
    if operator.starts_with("!!") {
        return Err(Failure::bad_request("an operator does not exist"));
    }
    if matches!(place, PathTarget::Column { column, .. } if matches!(column.kind, Kind::Integer | Kind::Number)) {
        return Err(Failure::bad_request("this operator is for text"));
    }
    scope.count_pattern()?;
    let pattern = match value {
        Json::Null => Value::Null,
        Json::Text(pattern) if sound(pattern) => Value::Text(pattern.clone()),
        _ => return Err(Failure::bad_request("a pattern cannot be understood")),
    };
    let sql = scope.sql(place)?;
    let mark = scope.bind(pattern)?;
    let not = if operator.starts_with('!') { "NOT " } else { "" };
    Ok(format!("{not}{function}({mark}, {sql})"))
}
