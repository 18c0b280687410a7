//! A file as a part of a multipart body.

use std::fmt;

use super::Content;

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
}

impl FilePart {
    /// A file of this name, without folders.
    pub fn new(name: impl Into<String>, content: impl Into<Content>) -> Self {
        FilePart { name: name.into(), media_type: None, content: content.into() }
    }

    /// The media type; without it the one that the document names is sent, else `application/octet-stream`.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }
}

/// Without the name, which is the caller's text.
impl fmt::Debug for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FilePart").field(&self.content).finish()
    }
}
