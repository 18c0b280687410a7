//! CSV as RFC 4180 has it, with a semicolon between the values. What the service writes in detail is not confirmed.

use rusqlite::types::ValueRef;

use crate::http::Failure;
use crate::json::{Json, write_double};
use crate::rows::OutputRow;
use crate::rows::array;
use crate::rows::render::{Rendering, hex};
use crate::switches::{CsvEol, ExtdataValues, Switches};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The first line: the names of the columns.
pub(crate) fn head<'a>(names: impl Iterator<Item = &'a str>, switches: &Switches) -> String {
    let mut text = String::new();
    if switches.csv_bom {
        text.push(BYTE_ORDER_MARK);
    }
    line(&mut text, names, switches);
    text
}

/// One further line. Null is empty; composite values are JSON text.
pub(crate) fn row(text: &mut String, row: &OutputRow<'_>, switches: &Switches) -> Result<(), Failure> {
    let mut values = Vec::with_capacity(row.layout.outputs.len());
    for (index, output) in row.layout.outputs.iter().enumerate() {
        values.push(match row.custom(index) {
            None => value(output.rendering, row.value(index)?),
            Some(Json::Null) => String::new(),
            Some(Json::Text(text)) if switches.extdata_values == ExtdataValues::Text => text.clone(),
            Some(other) => other.to_text(),
        });
    }
    line(text, values.iter().map(String::as_str), switches);
    Ok(())
}

fn value(rendering: Rendering, value: ValueRef<'_>) -> String {
    match (rendering, value) {
        (_, ValueRef::Null) => String::new(),
        (_, ValueRef::Integer(number)) => number.to_string(),
        (_, ValueRef::Real(number)) => {
            let mut out = String::new();
            write_double(&mut out, number);
            out
        }
        (Rendering::Array { numbers }, ValueRef::Text(bytes)) => {
            array::to_list(&String::from_utf8_lossy(bytes), numbers).to_text()
        }
        (_, ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        (_, ValueRef::Blob(bytes)) => hex(bytes),
    }
}

fn line<'a>(text: &mut String, values: impl Iterator<Item = &'a str>, switches: &Switches) {
    for (index, value) in values.enumerate() {
        if index > 0 {
            text.push(';');
        }
        if value.contains([';', '"', '\r', '\n']) {
            text.push_str(&format!("\"{}\"", value.replace('"', "\"\"")));
        } else {
            text.push_str(value);
        }
    }
    text.push_str(match switches.csv_eol {
        CsvEol::CrLf => "\r\n",
        CsvEol::Lf => "\n",
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Layout, Output};

    fn lines(values: &[&str], switches: &Switches) -> String {
        head(values.iter().copied(), switches)
    }

    #[test]
    fn values_with_special_characters_are_quoted() {
        let text = lines(&["plain", "a;b", "say \"hi\"", "two\nlines", ""], &Switches::default());
        assert_eq!(text, "plain;\"a;b\";\"say \"\"hi\"\"\";\"two\nlines\";\r\n");
    }

    #[test]
    fn arrays_are_json_and_null_is_empty() {
        let array = Rendering::Array { numbers: false };
        assert_eq!(value(array, ValueRef::Text(b"{a,\"b c\"}")), r#"["a","b c"]"#);
        assert_eq!(value(Rendering::Plain, ValueRef::Text(b"[1]")), "[1]");
        assert_eq!(value(array, ValueRef::Null), "");
        assert_eq!(value(Rendering::Plain, ValueRef::Real(2.0)), "2");
    }

    #[test]
    fn line_ends_and_byte_order_mark_follow_the_switches() {
        let switches = Switches { csv_eol: CsvEol::Lf, csv_bom: true, ..Switches::default() };
        assert_eq!(lines(&["ID", "name"], &switches), "\u{feff}ID;name\n");
    }

    #[test]
    fn null_is_empty_and_doubles_are_short() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let mut text = String::new();
        db.query_row("SELECT NULL, 2.0, 0.5, 'x'", [], |values| {
            let output = Output::of_custom(String::new(), Rendering::Plain);
            row(&mut text, &OutputRow::new(&Layout::new(vec![output; 4]), values).unwrap(), &Switches::default())
                .unwrap();
            Ok(())
        })
        .unwrap();
        assert_eq!(text, ";2;0.5;x\r\n");
    }
}
