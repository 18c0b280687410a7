//! Values that were sent: from JSON or a form to what a column stores or is compared with. It knows types, not rules.

use rusqlite::types::Value;

use super::array;
use crate::http::Failure;
use crate::json::Json;
use crate::schema::{Column, Kind};

/// What a column stores for a value that was sent.
pub(crate) fn stored(column: &Column, value: &Json) -> Result<Value, Failure> {
    match (column.kind, value) {
        (_, Json::Null) => Ok(Value::Null),
        (Kind::Json, Json::Text(text)) => {
            // Text is kept as it came, as long as it is JSON; the database would refuse anything else.
            Json::parse(text.as_bytes()).map(|_| Value::Text(text.clone())).ok_or(Failure::Rule)
        }
        (Kind::Json, value) => Ok(Value::Text(value.to_text())),
        (Kind::TextArray | Kind::IntegerArray, value) => array_text(column.kind, value),
        // A form has no other way to say null.
        (Kind::Integer | Kind::Number, Json::Text(text)) if text.is_empty() => Ok(Value::Null),
        (_, Json::Text(text)) if text.contains('\0') => Err(Failure::Rule),
        _ => comparable(column, value),
    }
}

/// What a column is compared with for a value that was sent.
pub(crate) fn comparable(column: &Column, value: &Json) -> Result<Value, Failure> {
    let found = match (column.kind, value) {
        (_, Json::Null) => Some(Value::Null),
        (Kind::Integer, value) => integer(value),
        (Kind::Number, value) => number(value).map(Value::Real),
        (_, value) => text(value).map(Value::Text),
    };
    found.ok_or_else(|| Failure::bad_request("a value does not fit its column"))
}

/// The text form of a plain value.
pub(crate) fn text(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text.clone()),
        Json::Int(_) | Json::Float(_) => Some(value.to_text()),
        Json::Bool(flag) => Some(i64::from(*flag).to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

fn integer(value: &Json) -> Option<Value> {
    match value {
        Json::Int(number) => Some(Value::Integer(*number)),
        Json::Bool(flag) => Some(Value::Integer(i64::from(*flag))),
        Json::Float(number) => Some(Value::Real(*number)),
        Json::Text(text) => text.parse().map(Value::Integer).or_else(|_| text.parse().map(Value::Real)).ok(),
        _ => None,
    }
    .and_then(|value| match value {
        // A whole number may come as a double; a broken one still compares, but STRICT tables do not store it.
        Value::Real(number) if !number.is_finite() => None,
        Value::Real(number) if number.fract() == 0.0 => Json::Float(number).to_text().parse().map(Value::Integer).ok(),
        other => Some(other),
    })
}

#[expect(clippy::cast_precision_loss, reason = "columns of this kind are doubles")]
fn number(value: &Json) -> Option<f64> {
    match value {
        Json::Int(number) => Some(*number as f64),
        Json::Float(number) => Some(*number),
        Json::Text(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

fn array_text(kind: Kind, value: &Json) -> Result<Value, Failure> {
    let numbers = kind == Kind::IntegerArray;
    let found = match value {
        Json::List(list) => array::from_list(list, numbers),
        // A list sent in a form comes as JSON text.
        Json::Text(text) if text.starts_with('[') => {
            Json::parse(text.as_bytes()).and_then(|value| array::from_list(value.as_list()?, numbers))
        }
        Json::Text(text) => array::parse(text).map(|entries| array::write(&entries)),
        _ => None,
    };
    found.map(Value::Text).ok_or(Failure::Rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    fn column(table: &str, name: &str) -> &'static Column {
        Schema::embedded().unwrap().tables[table].column(name).unwrap()
    }

    #[test]
    fn numbers_may_come_as_text_and_flags_as_booleans() {
        assert_eq!(stored(column("tickets", "status"), &"4".into()).unwrap(), Value::Integer(4));
        assert_eq!(stored(column("accounts", "locked"), &true.into()).unwrap(), Value::Integer(1));
        assert_eq!(stored(column("payments", "amount"), &Json::Int(3)).unwrap(), Value::Real(3.0));
        assert_eq!(stored(column("tickets", "account"), &"".into()).unwrap(), Value::Null);
        assert_eq!(stored(column("tickets", "status"), &Json::Float(2.0)).unwrap(), Value::Integer(2));
        assert!(stored(column("tickets", "status"), &"open".into()).is_err());
        assert!(stored(column("tickets", "name"), &Json::List(Vec::new())).is_err());
    }

    #[test]
    fn json_text_is_kept_as_it_came_and_values_are_written_compactly() {
        let items = column("transactions", "items");
        assert_eq!(stored(items, &"[ 1 ]".into()).unwrap(), Value::Text("[ 1 ]".to_owned()));
        assert_eq!(stored(items, &Json::List(vec![Json::Int(1)])).unwrap(), Value::Text("[1]".to_owned()));
        assert!(matches!(stored(items, &"[".into()), Err(Failure::Rule)));
    }

    #[test]
    fn arrays_come_as_lists_or_as_array_text() {
        let attachments = column("messages", "attachments");
        let list = Json::List(vec!["a b".into(), "c".into()]);
        assert_eq!(stored(attachments, &list).unwrap(), Value::Text("{\"a b\",c}".to_owned()));
        assert_eq!(stored(attachments, &"{ x }".into()).unwrap(), Value::Text("{x}".to_owned()));
        assert!(stored(attachments, &"x".into()).is_err());
    }
}
