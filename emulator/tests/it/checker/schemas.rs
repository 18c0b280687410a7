//! Holds JSON values against the schemas of the documents. Where a document is known to say something else than the
//! table behind it, the exception stands in a table here, with its reason.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::{Map, Value};

use super::documents::{Column, follow};

/// Values beyond an enum that may be read all the same: schema, column, values, reason (`spec/README.md`,
/// "Contradictions").
const BEYOND_ENUM: &[(&str, &str, &[i64], &str)] = &[
    ("contracts", "calculation", &[3, 4], "3 LEGACY and 4 EXTERNAL have labels, the list ends at 2"),
    ("tickets", "calculation", &[3, 4], "3 LEGACY and 4 EXTERNAL have labels, the list ends at 2"),
    ("transactions", "calculation", &[3, 4], "the check of the table allows 3 and 4"),
    ("records", "flag", &[3], "3 MONITOR has a label and the check of the table allows it"),
];

/// A string that may be read beyond an enum.
const BEYOND_ENUM_TEXT: &[(&str, &str, &str)] = &[("forks", "module", "objects")];

/// What is wrong, with the place.
pub(super) type Problem = String;

/// Holds a value against a schema of a document.
pub(super) fn value(document: &'static Value, schema: &'static Value, value: &Value) -> Result<(), Problem> {
    check(document, schema, value, "")
}

/// A value of a column, in its plain or its expanded form.
pub(super) fn cell(
    document: &'static Value,
    table: &str,
    column: &Column,
    found: &Value,
    expanded: bool,
) -> Result<(), Problem> {
    let place = format!("{table}.{}", column.name);
    if found.is_null() {
        return if column.is_nullable() { Ok(()) } else { Err(format!("{place} is null")) };
    }
    if is_beyond_enum(table, &column.name, found) {
        return Ok(());
    }
    if expanded && column.mark("x-storage") == "json" {
        return json_kind(column, found, &place);
    }
    if column.mark("x-also-text") == true {
        return stored_text(column, found).map_err(|problem| format!("{place}: {problem}"));
    }
    match column.schema["oneOf"].as_array() {
        Some(forms) if expanded => {
            let tried = forms[1..].iter().map(|form| check(document, form, found, &place));
            tried.reduce(|one, other| one.or(other)).unwrap_or(Ok(()))
        }
        Some(forms) => {
            check(document, &forms[0], found, &place)?;
            stored_text(column, found).map_err(|problem| format!("{place}: {problem}"))
        }
        None => check(document, column.schema, found, &place),
    }
}

/// What is inside a JSON column is what someone wrote: the tables hold it to its kind alone.
fn json_kind(column: &Column, found: &Value, place: &str) -> Result<(), Problem> {
    let kind = match found {
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        _ => "neither",
    };
    let kinds = column.mark("x-check")["json"].as_array();
    let fits = kinds.is_none_or(|kinds| kinds.iter().any(|known| known == kind));
    if fits { Ok(()) } else { Err(format!("{place}: {found} is not one of {kinds:?}")) }
}

fn is_beyond_enum(table: &str, column: &str, found: &Value) -> bool {
    let here = |known: &(&str, &str)| *known == (table, column);
    BEYOND_ENUM.iter().any(|(t, c, values, _)| here(&(t, c)) && found.as_i64().is_some_and(|n| values.contains(&n)))
        || BEYOND_ENUM_TEXT.iter().any(|(t, c, text)| here(&(t, c)) && found == text)
}

/// The plain form of a composite column: JSON text, or an array as PostgreSQL writes it.
fn stored_text(column: &Column, found: &Value) -> Result<(), Problem> {
    // Some columns are declared as objects and kept as text: both are right.
    let Some(text) = found.as_str() else { return Ok(()) };
    let array = column.mark("x-storage").as_str().is_some_and(|storage| storage.ends_with("[]"));
    match array {
        true if text.starts_with('{') && text.ends_with('}') => Ok(()),
        true => Err(format!("{text:?} is not an array as PostgreSQL writes it")),
        false => serde_json::from_str::<Value>(text).map(|_| ()).map_err(|_| format!("{text:?} is not JSON")),
    }
}

fn check(document: &'static Value, schema: &'static Value, found: &Value, place: &str) -> Result<(), Problem> {
    let schema = follow(document, schema);
    if found.is_null() && schema["nullable"] == true {
        return Ok(());
    }
    if let Some(forms) = schema["oneOf"].as_array() {
        let tried = forms.iter().map(|form| check(document, form, found, place));
        return tried.reduce(|one, other| one.or(other)).unwrap_or(Ok(()));
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return all_of(document, parts, found, place);
    }
    kind(schema, found, place)?;
    listed(schema, found, place)?;
    match found {
        Value::Number(number) => bounds(schema, number.as_f64().unwrap(), place),
        Value::String(text) => text_form(schema, text, place),
        Value::Array(entries) => list(document, schema, entries, place),
        Value::Object(members) => object(document, schema, members, place),
        _ => Ok(()),
    }
}

/// All parts must fit; a member must be known to one of them. Lines keep what is not known, so nothing is refused there.
fn all_of(document: &'static Value, parts: &'static [Value], found: &Value, place: &str) -> Result<(), Problem> {
    let Value::Object(members) = found else { return Err(format!("{place}: {found} is not an object")) };
    for part in parts {
        let part = follow(document, part);
        for (name, value) in members {
            if let Some(known) = part["properties"].get(name) {
                check(document, known, value, &format!("{place}.{name}"))?;
            }
        }
    }
    Ok(())
}

fn kind(schema: &'static Value, found: &Value, place: &str) -> Result<(), Problem> {
    let fits = match schema["type"].as_str() {
        Some("integer") => found.is_i64() || found.is_u64(),
        // Two columns of whole minutes are declared as numbers.
        Some("number") if schema["format"] == "int32" => found.is_i64(),
        Some("number") => found.is_number(),
        Some("string") => found.is_string(),
        Some("boolean") => found.is_boolean(),
        Some("array") => found.is_array(),
        Some("object") => found.is_object(),
        _ => true,
    };
    if fits { Ok(()) } else { Err(format!("{place}: {found} is not a {}", schema["type"])) }
}

fn listed(schema: &'static Value, found: &Value, place: &str) -> Result<(), Problem> {
    match schema["enum"].as_array() {
        Some(values) if !values.contains(found) => Err(format!("{place}: {found} is not among {values:?}")),
        _ => Ok(()),
    }
}

fn bounds(schema: &'static Value, found: f64, place: &str) -> Result<(), Problem> {
    let at = |name: &str| schema[name].as_f64();
    let above = schema["exclusiveMinimum"] == true;
    let format = match schema["format"].as_str() {
        Some("int32") => Some((f64::from(i32::MIN), f64::from(i32::MAX))),
        _ => None,
    };
    let low = at("minimum").is_none_or(|low| if above { found > low } else { found >= low });
    let high = at("maximum").is_none_or(|high| found <= high);
    let fits = format.is_none_or(|(low, high)| (low..=high).contains(&found));
    if low && high && fits { Ok(()) } else { Err(format!("{place}: {found} is out of bounds")) }
}

/// Formats of addresses are not looked at: no check of the tables does.
fn text_form(schema: &'static Value, found: &str, place: &str) -> Result<(), Problem> {
    let length = found.chars().count() as u64;
    let short = schema["minLength"].as_u64().is_some_and(|least| length < least);
    let long = schema["maxLength"].as_u64().is_some_and(|most| length > most);
    let strange = schema["pattern"].as_str().is_some_and(|pattern| !matches(pattern, found));
    if short || long || strange { Err(format!("{place}: {found:?} breaks length or pattern")) } else { Ok(()) }
}

fn list(document: &'static Value, schema: &'static Value, entries: &[Value], place: &str) -> Result<(), Problem> {
    let Some(items) = schema.get("items") else { return Ok(()) };
    for (index, entry) in entries.iter().enumerate() {
        check(document, items, entry, &format!("{place}[{index}]"))?;
    }
    Ok(())
}

fn object(
    document: &'static Value,
    schema: &'static Value,
    members: &Map<String, Value>,
    place: &str,
) -> Result<(), Problem> {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(format!("{place} lacks {name}"));
        }
    }
    let known = schema["properties"].as_object().filter(|known| !known.is_empty());
    for (name, value) in members {
        let place = format!("{place}.{name}");
        match known.and_then(|known| known.get(name)) {
            Some(property) => check(document, property, value, &place)?,
            None if known.is_some() && schema["x-open"] != true => return Err(format!("{place} is not known")),
            None => free(schema, value, &place)?,
        }
    }
    Ok(())
}

/// A member of an object with free keys.
fn free(schema: &'static Value, found: &Value, place: &str) -> Result<(), Problem> {
    let fits = match schema["x-values"].as_str() {
        Some("string") => found.is_string(),
        Some("number" | "integer") => found.is_number(),
        Some("boolean") => found.is_boolean(),
        _ => true,
    };
    if fits { Ok(()) } else { Err(format!("{place}: {found} is not a {}", schema["x-values"])) }
}

/// Whether a text matches a pattern; patterns are compiled once.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let found = compiled.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).unwrap());
    found.is_match(text)
}
