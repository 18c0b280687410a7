//! The forms of the inspector: a fault, the clock, whether bodies are recorded.

use crate::app::App;
use crate::config::{ConfigError, FURTHEST, Item, OFFSETS};
use crate::faults::Fault;
use crate::json::Json;

/// The fields of the form of a fault that are parts of a fault themselves.
pub(super) const PARTS: [&str; 5] = ["method", "path", "status", "retry_after", "times"];

/// The field with all other parts, in the words of `--fault`.
pub(super) const FURTHER: &str = "parts";

/// What was wrong with a form, and what stood in it.
pub(super) struct Problem {
    pub text: String,
    pub form: &'static str,
    fields: Vec<(String, String)>,
}

impl Problem {
    /// What stood in a field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        field(&self.fields, name)
    }
}

/// Does what a form asks for.
pub(super) fn take(app: &App, path: &str, body: &[u8]) -> Result<(), Problem> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let problem = |form, fields: &[(String, String)]| {
        let fields = fields.to_vec();
        move |error: ConfigError| Problem { text: error.to_string(), form, fields }
    };
    match path {
        "/faults" => {
            let fault = fault(&fields).map_err(problem("fault", &fields))?;
            app.faults.add(fault);
        }
        "/faults/remove" => match field(&fields, "number").map(str::parse) {
            // One that is over by now is gone all the same.
            Some(Ok(number)) => _ = app.faults.remove(number),
            _ => app.faults.clear(),
        },
        "/clock" => {
            let seconds = advance(&fields, app.clock.offset()).map_err(problem("clock", &fields))?;
            app.clock.shift(seconds);
        }
        _ => app.request_log.record_bodies(field(&fields, "record") == Some("on")),
    }
    Ok(())
}

fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// The fault that a form describes; fields that are left empty say nothing.
fn fault(fields: &[(String, String)]) -> Result<Fault, ConfigError> {
    let number = |text: &str| text.parse().map_or_else(|_| text.into(), Json::Int);
    let part = |name: &&str| {
        let value = field(fields, name)?;
        // A delay of a retry is sent as it was written.
        let value = if matches!(*name, "status" | "times") { number(value) } else { value.into() };
        Some(((*name).to_owned(), value))
    };
    let mut items = Item::of_json(&Json::Object(PARTS.iter().filter_map(part).collect()))?;
    items.extend(Item::of_line(field(fields, FURTHER).unwrap_or_default())?);
    Fault::from_items(&items)
}

fn advance(fields: &[(String, String)], offset: i64) -> Result<i64, ConfigError> {
    let text = field(fields, "advance").unwrap_or_default();
    let item = Item::of_json(&Json::object([("advance", text.into())]))?.remove(0);
    let seconds = item.offset()?;
    if offset.saturating_add(seconds).unsigned_abs() > FURTHEST.unsigned_abs() {
        return Err(item.refused(OFFSETS));
    }
    Ok(seconds)
}
