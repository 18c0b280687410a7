//! How stored values look in JSON. It writes text and asks no database.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::ValueRef;

use super::array;
use crate::json::{write_double, write_int, write_text};
use crate::schema::{Column, Kind};

/// The form of one value in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rendering {
    /// As it is stored.
    Plain,
    /// A stored array, shown as the text that it is; CSV has JSON in its place.
    Array { numbers: bool },
    /// Stored JSON, shown as a value.
    Json,
    /// A stored array, shown as a list.
    List { numbers: bool },
    /// The content of a file.
    Content,
}

impl Rendering {
    /// The form of a column that is not expanded.
    pub(crate) fn unexpanded(column: &Column) -> Self {
        match column.kind {
            Kind::TextArray => Self::Array { numbers: false },
            Kind::IntegerArray => Self::Array { numbers: true },
            _ => Self::Plain,
        }
    }

    /// The expanded form of a column; none if it is not composite.
    pub(crate) fn expanded(column: &Column) -> Option<Self> {
        match column.kind {
            _ if column.file => Some(Self::Content),
            Kind::Json => Some(Self::Json),
            Kind::TextArray => Some(Self::List { numbers: false }),
            Kind::IntegerArray => Some(Self::List { numbers: true }),
            _ => None,
        }
    }
}

/// Writes one value.
pub(crate) fn write(out: &mut String, rendering: Rendering, value: ValueRef<'_>) {
    match (rendering, value) {
        (_, ValueRef::Null) => out.push_str("null"),
        (Rendering::Content, ValueRef::Blob(content)) => {
            out.push_str("{\"content\":\"");
            STANDARD.encode_string(content, out);
            out.push_str("\"}");
        }
        (Rendering::Json, ValueRef::Text(text)) => out.push_str(&lossy(text)),
        (Rendering::List { numbers }, ValueRef::Text(text)) => {
            out.push_str(&array::to_list(&lossy(text), numbers).to_text());
        }
        (_, ValueRef::Text(text)) => write_text(out, &lossy(text)),
        (_, ValueRef::Integer(number)) => write_int(out, number),
        (_, ValueRef::Real(number)) => write_double(out, number),
        (_, ValueRef::Blob(bytes)) => write_text(out, &hex(bytes)),
    }
}

/// A stored text. Nearly all are UTF-8, and that is found out word by word; `from_utf8_lossy` goes byte by byte.
fn lossy(text: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(text).map_or_else(|_| String::from_utf8_lossy(text), Cow::Borrowed)
}

/// Bytes as PostgreSQL prints them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or_default();
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    ['\\', 'x'].into_iter().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rendering: Rendering, value: ValueRef<'_>) -> String {
        let mut out = String::new();
        write(&mut out, rendering, value);
        out
    }

    #[test]
    fn composite_values_have_two_forms() {
        assert_eq!(shown(Rendering::Plain, ValueRef::Text(b"[1]")), "\"[1]\"");
        assert_eq!(shown(Rendering::Json, ValueRef::Text(b"[1]")), "[1]");
        assert_eq!(shown(Rendering::Array { numbers: false }, ValueRef::Text(b"{a,b}")), "\"{a,b}\"");
        assert_eq!(shown(Rendering::List { numbers: false }, ValueRef::Text(b"{a,b}")), "[\"a\",\"b\"]");
        assert_eq!(shown(Rendering::Plain, ValueRef::Integer(901)), "901");
        assert_eq!(shown(Rendering::Content, ValueRef::Blob(b"Hei")), "{\"content\":\"SGVp\"}");
    }

    #[test]
    fn null_is_null_in_every_form() {
        for rendering in [Rendering::Plain, Rendering::Json, Rendering::List { numbers: true }, Rendering::Content] {
            assert_eq!(shown(rendering, ValueRef::Null), "null");
        }
    }

    #[test]
    fn hashes_are_hexadecimal() {
        assert_eq!(shown(Rendering::Plain, ValueRef::Blob(&[0, 255])), "\"\\\\x00ff\"");
    }
}
