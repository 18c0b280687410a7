//! A file as a part of a multipart body.

use std::fmt;

use http::{HeaderName, HeaderValue, header};

use super::Content;

/// What whoever writes the parts says of them.
const WRITTEN: [HeaderName; 3] = [header::CONTENT_DISPOSITION, header::CONTENT_TYPE, header::CONTENT_LENGTH];

/// A file in a multipart body (RFC 7578, section 4.2).
///
/// ```
/// use zeyos_core::call::FilePart;
///
/// let drawing = FilePart::new("pump.svg", "<svg/>").media_type("image/svg+xml");
/// ```
#[derive(Clone, PartialEq)]
#[must_use]
pub struct FilePart {
    pub(crate) name: String,
    pub(crate) media_type: Option<String>,
    pub(crate) content: Content,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What is wrong with a header; told when the file is sent.
    pub(crate) refused: Option<String>,
}

impl FilePart {
    /// A file of this name, without folders.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        FilePart { name: name.into(), media_type: None, content: content.into(), headers: Vec::new(), refused: None }
    }

    /// The media type; without it the one that the document names is sent, else `application/octet-stream`.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// A header of the part, as some documents describe them. A name or value that no header may have, and headers that are written
    /// anyway (`Content-Disposition`, `Content-Type`, `Content-Length`), fail the call before anything is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            (Ok(name), Ok(value)) if value.to_str().is_ok() && !WRITTEN.contains(&name) => {
                self.headers.push((name, value));
            }
            (Ok(name), _) => drop(self.refused.get_or_insert(format!("the header {name}"))),
            (Err(_), _) => drop(self.refused.get_or_insert("the name of a header".to_owned())),
        }
        self
    }
}

/// Without the name, which is the caller's text.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FilePart").field(&self.content).finish()
    }
}
