//! File columns: an upload becomes a row of `binfiles` with its content beside it. Content never changes once stored.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::http::Failure;
use crate::http::body::composite;
use crate::json::Json;

/// What was sent for a file column.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Upload {
    /// Null: no file.
    Nothing,
    /// A number, as reads show it: it cannot be written, so the file stays.
    Unchanged,
    Content(Vec<u8>),
}

/// Reads what was sent: null, or an object with exactly one of `content` (base64) and `uri` (a data URI).
pub(crate) fn upload(value: &Json) -> Result<Upload, Failure> {
    match composite(value)? {
        Json::Null => Some(Upload::Nothing),
        Json::Int(_) => Some(Upload::Unchanged),
        Json::Object(members) => content(&members).map(Upload::Content),
        _ => None,
    }
    .ok_or_else(|| Failure::bad_request("a file needs either content in base64 or a data URI"))
}

/// Stores content; answers the number of its row.
pub(crate) fn store(db: &Connection, content: &[u8]) -> Result<Value, Failure> {
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let hash = Md5::digest(content);
    db.prepare_cached("INSERT INTO binfiles (size, hash) VALUES (?1, ?2)")?.execute((size, hash.as_slice()))?;
    let id = db.last_insert_rowid();
    db.prepare_cached("INSERT INTO _contents (binfile, content) VALUES (?1, ?2)")?.execute((id, content))?;
    Ok(Value::Integer(id))
}

fn content(members: &[(String, Json)]) -> Option<Vec<u8>> {
    match members {
        [(name, Json::Text(text))] if name == "content" => STANDARD.decode(text).ok(),
        [(name, Json::Text(text))] if name == "uri" => data_uri(text),
        _ => None,
    }
}

/// The content of a data URI (RFC 2397).
fn data_uri(uri: &str) -> Option<Vec<u8>> {
    let (head, data) = uri.strip_prefix("data:")?.split_once(',')?;
    let data: Vec<u8> = percent_encoding::percent_decode_str(data).collect();
    if head.ends_with(";base64") { STANDARD.decode(data).ok() } else { Some(data) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Upload> {
        upload(&Json::parse(text.as_bytes()).unwrap()).ok()
    }

    #[test]
    fn content_comes_as_base64_or_as_data_uri() {
        let hei = Some(Upload::Content(b"Hei".to_vec()));
        assert_eq!(read(r#"{"content":"SGVp"}"#), hei);
        assert_eq!(read(r#"{"uri":"data:text/plain;base64,SGVp"}"#), hei);
        assert_eq!(read(r#"{"uri":"data:,H%65i"}"#), hei);
    }

    #[test]
    fn null_and_numbers_are_told_apart_from_uploads() {
        assert_eq!(read("null"), Some(Upload::Nothing));
        assert_eq!(read("901"), Some(Upload::Unchanged));
    }

    #[test]
    fn both_ways_at_once_or_neither_are_refused() {
        for text in [r#"{"content":"SGVp","uri":"data:,a"}"#, "{}", r#"{"content":"?"}"#, "\"SGVp\"", "true"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
