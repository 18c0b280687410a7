//! Values of a form on their way in: a form has nothing but texts, so a list of one entry is that entry, and lists and
//! objects come as JSON. It gives them back the shape that JSON would have had.

use serde_json::Value;

use crate::json::Json;
use crate::schema::{Column, Kind};

/// What JSON would have had for a column.
pub(crate) fn value(column: &Column, sent: &Json) -> Json {
    match (column.kind, sent) {
        (Kind::TextArray | Kind::IntegerArray, Json::Text(text))
            if !text.is_empty() && !text.starts_with(['{', '[']) =>
        {
            Json::List(vec![sent.clone()])
        }
        (Kind::Json, Json::List(entries)) => Json::List(entries.iter().map(decoded).collect()),
        (Kind::Json, Json::Text(text)) if text.is_empty() => Json::Null,
        (Kind::Json, Json::Text(_)) if is_list(column) => match decoded(sent) {
            single @ Json::Object(_) => Json::List(vec![single]),
            _ => sent.clone(),
        },
        _ => sent.clone(),
    }
}

/// Whether a column holds lists alone.
fn is_list(column: &Column) -> bool {
    let shapes = column.check.as_ref().and_then(|rule| rule.get("json")).and_then(Value::as_array);
    shapes.is_some_and(|shapes| shapes.iter().all(|shape| shape == "array"))
}

/// An entry that is the text of an object or a list is that.
fn decoded(entry: &Json) -> Json {
    match entry {
        Json::Text(text) if text.starts_with(['{', '[']) => {
            Json::parse(text.as_bytes()).unwrap_or_else(|| entry.clone())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn read(table: &str, name: &str, sent: Json) -> String {
        value(Schema::embedded().unwrap().tables[table].column(name).unwrap(), &sent).to_text()
    }

    fn list(entries: &[&str]) -> Json {
        Json::List(entries.iter().map(|entry| (*entry).into()).collect())
    }

    #[test]
    fn a_list_of_one_entry_comes_as_that_entry() {
        assert_eq!(read("messages", "attachments", "a.pdf".into()), r#"["a.pdf"]"#);
        assert_eq!(read("messages", "attachments", list(&["a", "b"])), r#"["a","b"]"#);
        assert_eq!(read("messages", "attachments", "{a,b}".into()), r#""{a,b}""#);
        assert_eq!(read("tickets", "billingitems", r#"{"type":0}"#.into()), r#"[{"type":0}]"#);
    }

    #[test]
    fn lines_come_one_by_one_or_as_one_text() {
        let lines = list(&[r#"{"type":0}"#, r#"{"type":1}"#]);
        assert_eq!(read("tickets", "billingitems", lines), r#"[{"type":0},{"type":1}]"#);
        assert_eq!(read("tickets", "billingitems", r#"[{"type":0}]"#.into()), r#""[{\"type\":0}]""#);
    }

    #[test]
    fn an_object_where_an_object_belongs_and_plain_text_stay() {
        assert_eq!(read("objects", "data", r#"{"a":1}"#.into()), r#""{\"a\":1}""#);
        assert_eq!(read("tickets", "name", "{x}".into()), r#""{x}""#);
        assert_eq!(read("tickets", "billingitems", "".into()), "null");
    }
}
