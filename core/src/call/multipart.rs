//! Members and files as `multipart/form-data` (RFC 7578).

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue};

use super::form::plain_text;
use super::{Content, FilePart, Parameter, is_json, media};
use crate::error::Error;
use crate::fields::{Fields, Value};
use crate::model::Json;
use crate::operation::{Encoding, RequestBody};

/// The body between these boundaries. Files are not copied.
pub(super) fn encoded(fields: &Fields, body: &RequestBody, boundary: &str) -> Result<Content, Error> {
    let mut parts = Parts { boundary, text: String::new(), done: Vec::new() };
    for (name, value) in fields.values() {
        let encoding = body.encoding_of(name);
        match value {
            Value::Secret(secret) => parts.text(name, encoding, secret.expose()),
            Value::Plain(value) => parts.member(name, value, encoding)?,
            Value::Confidential(value) => parts.member(name, &value.sent(), encoding)?,
            Value::Encoded => {}
            Value::Files(files) => files.iter().try_for_each(|file| parts.file(name, file, encoding))?,
        }
    }
    Ok(parts.finish())
}

struct Parts<'a> {
    boundary: &'a str,
    /// What comes before the next file.
    text: String,
    done: Vec<Content>,
}

impl Parts<'_> {
    /// Lists are a part for each of their members; what has members of its own stands as JSON.
    fn member(&mut self, name: &str, value: &Json, encoding: Option<&Encoding>) -> Result<(), Error> {
        if let Some(Encoding { name, style: Some(style), explode, .. }) = encoding {
            let pairs = Parameter::query(name, *style, *explode).pairs(value).map_err(Error::request)?;
            pairs.iter().for_each(|(name, text)| self.part(name, None, text));
            return Ok(());
        }
        let says_json = encoding.is_some_and(|encoding| is_json(encoding.media_type));
        match value {
            Json::Array(list) if !says_json => list.iter().for_each(|value| self.value(name, value, encoding)),
            value => self.value(name, value, encoding),
        }
        Ok(())
    }

    fn value(&mut self, name: &str, value: &Json, encoding: Option<&Encoding>) {
        let own = encoding.map(|encoding| encoding.media_type).filter(|own| !own.is_empty());
        match value {
            Json::Array(_) | Json::Object(_) => {
                self.part(name, own.or(Some("application/json")), &value.to_string());
            }
            value if own.is_some_and(is_json) => self.part(name, own, &value.to_string()),
            value => self.part(name, own, &plain_text(value)),
        }
    }

    fn text(&mut self, name: &str, encoding: Option<&Encoding>, text: &str) {
        self.value(name, &text.into(), encoding);
    }

    fn part(&mut self, name: &str, media_type: Option<&str>, text: &str) {
        self.head(name, None, media_type, &[]);
        self.text.push_str(text);
        self.text.push_str("\r\n");
    }

    fn file(&mut self, name: &str, file: &FilePart, encoding: Option<&Encoding>) -> Result<(), Error> {
        if let Some(refused) = &file.refused {
            return Err(Error::request(format!("{refused} of the file {name}")));
        }
        let media_type = media_type(name, file, encoding.map_or("", |encoding| encoding.media_type))?;
        self.head(name, Some(&file.name), Some(media_type), &file.headers);
        self.done.extend([std::mem::take(&mut self.text).into(), file.content.clone()]);
        self.text.push_str("\r\n");
        Ok(())
    }

    fn head(
        &mut self,
        name: &str,
        file: Option<&str>,
        media_type: Option<&str>,
        headers: &[(HeaderName, HeaderValue)],
    ) {
        let _ = write!(self.text, "--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, quoted(name));
        if let Some(file) = file {
            let _ = write!(self.text, "; filename=\"{}\"", quoted(file));
        }
        if let Some(media_type) = media_type {
            let _ = write!(self.text, "\r\nContent-Type: {media_type}");
        }
        for (name, value) in headers {
            // `FilePart::header` takes no value that is not text.
            let _ = write!(self.text, "\r\n{name}: {}", value.to_str().unwrap_or_default());
        }
        self.text.push_str("\r\n\r\n");
    }

    fn finish(mut self) -> Content {
        let _ = write!(self.text, "--{}--\r\n", self.boundary);
        if self.done.is_empty() {
            return self.text.into();
        }
        self.done.push(self.text.into());
        Content::chain(self.done)
    }
}

/// What bytes are of which nothing else is known (RFC 7578, section 4.4).
const UNKNOWN: &str = "application/octet-stream";

/// The type that the caller named, which must be one of the document's; else the only one of the document.
fn media_type<'a>(name: &str, file: &'a FilePart, listed: &'a str) -> Result<&'a str, Error> {
    let mut known = listed.split(',').map(str::trim).filter(|known| !known.is_empty());
    match (&file.media_type, known.clone().count()) {
        (Some(own), _) if !media::is_one(own) => {
            Err(Error::request(format!("the media type of the file {name} is none")))
        }
        (Some(own), 0) => Ok(own),
        (Some(own), _) if known.any(|known| media::covers(known, own)) => Ok(own),
        (Some(_), _) => Err(Error::request(format!("the file {name} must be of the type {listed}"))),
        (None, 0) => Ok(UNKNOWN),
        (None, 1) if !listed.contains('*') => Ok(listed.trim()),
        (None, _) if known.any(|known| media::covers(known, UNKNOWN)) => Ok(UNKNOWN),
        (None, _) => Err(Error::request(format!("the file {name} needs a media type of {listed}"))),
    }
}

/// As browsers do it: the three signs that would end the text or the line, and nothing else.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::content::Opened;
    use crate::operation::Style;
    use serde_json::json;

    const LISTED: &[Encoding] = &[
        Encoding::new("photo").media_type("image/png, image/jpeg"),
        Encoding::new("facts").media_type("application/json"),
        Encoding::new("scan").media_type("image/*"),
        Encoding::new("drawing").media_type("image/svg+xml"),
        Encoding::new("anything").media_type("text/csv, */*"),
    ];

    fn text(fields: &Fields) -> Result<String, Error> {
        let content = encoded(fields, &RequestBody::MULTIPART.encoding(LISTED), "B")?;
        let length = content.length();
        let mut parts = match content.open()? {
            Opened::Whole(bytes) => return Ok(String::from_utf8(bytes.to_vec()).unwrap()),
            Opened::Streamed(pieces, known) => {
                assert_eq!(known, length);
                pieces
            }
        };
        let mut whole = Vec::new();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        while let std::task::Poll::Ready(Some(piece)) =
            futures_core::Stream::poll_next(std::pin::Pin::new(&mut parts), &mut context)
        {
            whole.extend_from_slice(&piece.unwrap());
        }
        assert_eq!(length, Some(whole.len() as u64));
        Ok(String::from_utf8(whole).unwrap())
    }

    fn of(name: &'static str, file: FilePart) -> Result<String, Error> {
        let mut fields = Fields::new();
        fields.set_files(name, [file]);
        text(&fields)
    }

    #[test]
    fn members_and_files_are_parts_with_heads_of_their_own() {
        let mut fields = Fields::new();
        fields.set("title", json!("Pump \r\n--B"));
        fields.set("sizes", json!([1, {"w": 2}]));
        fields.set("facts", json!([1]));
        fields.set_secret("key", "s3".into());
        fields.set_files("drawing", [FilePart::new("a \"b\"\r\nX: y.svg", "<svg/>"), FilePart::new("ü", "")]);
        fields.set_files("raw", [FilePart::new("c.bin", vec![b'0'; 3])]);
        let disposition = "Content-Disposition: form-data; name=";
        let expected = [
            &format!("--B\r\n{disposition}\"title\"\r\n\r\nPump \r\n--B\r\n"),
            &format!("--B\r\n{disposition}\"sizes\"\r\n\r\n1\r\n"),
            &format!("--B\r\n{disposition}\"sizes\"\r\nContent-Type: application/json\r\n\r\n{{\"w\":2}}\r\n"),
            &format!("--B\r\n{disposition}\"facts\"\r\nContent-Type: application/json\r\n\r\n[1]\r\n"),
            &format!("--B\r\n{disposition}\"key\"\r\n\r\ns3\r\n"),
            &format!("--B\r\n{disposition}\"drawing\"; filename=\"a %22b%22%0D%0AX: y.svg\"\r\n"),
            "Content-Type: image/svg+xml\r\n\r\n<svg/>\r\n",
            &format!("--B\r\n{disposition}\"drawing\"; filename=\"ü\"\r\nContent-Type: image/svg+xml\r\n\r\n\r\n"),
            &format!("--B\r\n{disposition}\"raw\"; filename=\"c.bin\"\r\n"),
            "Content-Type: application/octet-stream\r\n\r\n000\r\n--B--\r\n",
        ]
        .concat();
        assert_eq!(text(&fields).unwrap(), expected);
    }

    #[test]
    fn a_file_has_headers_of_its_own() {
        let file = FilePart::new("a", "x").header("X-Digest", "s 1").header("x-kind", "scan");
        let sent = of("raw", file).unwrap();
        assert!(
            sent.contains("Content-Type: application/octet-stream\r\nx-digest: s 1\r\nx-kind: scan\r\n\r\nx"),
            "{sent}"
        );
        for (name, value) in [
            ("a b", "x"),
            ("x-a", "hunter2\r\nb: c"),
            ("content-type", "a/b"),
            ("Content-Disposition", "x"),
            ("x-a", "ü"),
        ] {
            let error = of("raw", FilePart::new("a", "x").header(name, value)).unwrap_err();
            assert!(error.is_request() && !format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn members_have_the_style_that_the_document_names() {
        const STYLED: &[Encoding] = &[
            Encoding::new("tags").style(Style::PipeDelimited, false),
            Encoding::new("size").style(Style::DeepObject, true),
        ];
        let mut fields = Fields::new();
        fields.set("tags", json!(["a", "b"]));
        fields.set("size", json!({"w": 2}));
        let content = encoded(&fields, &RequestBody::MULTIPART.encoding(STYLED), "B").unwrap();
        let sent = String::from_utf8(content.bytes().unwrap().to_vec()).unwrap();
        assert!(
            sent.contains("name=\"tags\"\r\n\r\na|b\r\n") && sent.contains("name=\"size[w]\"\r\n\r\n2\r\n"),
            "{sent}"
        );
    }

    #[test]
    fn a_file_has_one_of_the_types_that_the_document_names() {
        let file = |media_type: &str| FilePart::new("x", "x").media_type(media_type);
        assert!(of("photo", file("IMAGE/jpeg")).unwrap().contains("Content-Type: IMAGE/jpeg\r\n"));
        assert!(of("scan", file("image/tiff; page=2")).unwrap().contains("image/tiff; page=2"));
        assert!(of("raw", file("text/csv")).unwrap().contains("text/csv"));
        for (name, media_type, words) in [
            ("photo", "image/gif", "must be of the type image/png, image/jpeg"),
            ("scan", "text/plain", "must be of the type image/*"),
            ("drawing", "image/png", "must be of the type image/svg+xml"),
            ("raw", "image/png\r\nX: y", "is none"),
            ("raw", "png", "is none"),
        ] {
            let error = of(name, file(media_type)).unwrap_err();
            assert!(error.is_request() && error.to_string().contains(words), "{error}");
        }
        assert!(
            of("anything", FilePart::new("x", "x")).unwrap().contains("Content-Type: application/octet-stream\r\n")
        );
        for name in ["photo", "scan"] {
            assert!(of(name, FilePart::new("x", "x")).unwrap_err().to_string().contains("needs a media type"));
        }
    }
}
