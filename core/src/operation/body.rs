//! What an operation takes as its body and what it answers, as the document says it.

use super::Style;

/// The body that an operation takes (OpenAPI 3.0, section 4.7.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestBody {
    /// How it is written.
    pub format: BodyFormat,
    /// The media type that it is sent as; empty where there is no body.
    pub media_type: &'static str,
    /// How single members are written, where the document says so.
    pub encoding: &'static [Encoding],
    /// Whether a request without it is wrong: then the typed method takes it as an argument. Untyped calls are not held to it.
    pub required: bool,
}

impl RequestBody {
    /// No body.
    pub const NONE: Self = RequestBody { format: BodyFormat::None, media_type: "", encoding: &[], required: false };

    /// The members of one JSON object, which must be there.
    pub const JSON: Self = RequestBody::new(BodyFormat::Json, "application/json");

    /// Members as a form, which must be there.
    pub const FORM: Self = RequestBody::new(BodyFormat::Form, "application/x-www-form-urlencoded");

    /// Members and files in parts, which must be there.
    pub const MULTIPART: Self = RequestBody::new(BodyFormat::Multipart, "multipart/form-data");

    /// A body that must be there.
    pub const fn new(format: BodyFormat, media_type: &'static str) -> Self {
        RequestBody { format, media_type, encoding: &[], required: true }
    }

    /// A request is right without it too.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// These members are written in their own way.
    #[must_use]
    pub const fn encoding(mut self, encoding: &'static [Encoding]) -> Self {
        self.encoding = encoding;
        self
    }

    /// How a member is written, if the document says so.
    pub fn encoding_of(&self, member: &str) -> Option<&'static Encoding> {
        self.encoding.iter().find(|encoding| encoding.name == member)
    }
}

/// How a request body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFormat {
    /// There is none.
    None,
    /// The members of one JSON object.
    Json,
    /// Members as `application/x-www-form-urlencoded`: lists repeat their name, objects stand as JSON, unless their
    /// [`Encoding`] says otherwise.
    Form,
    /// Members and files as `multipart/form-data` (RFC 7578).
    Multipart,
    /// One JSON value of any type.
    Value,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// How one member of a form or of a multipart body is written (OpenAPI 3.0, section 4.7.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encoding {
    /// Name of the member.
    pub name: &'static str,
    /// How lists and objects of a form are spelled; `None` for the default of the format. `Simple`, `Label` and `Matrix` have no
    /// form there and count as `None`.
    pub style: Option<Style>,
    /// Whether each member of a list or an object is written on its own.
    pub explode: bool,
    /// The media types that the member may have, separated by commas; empty where the document names none.
    pub media_type: &'static str,
}

impl Encoding {
    /// A member of this name, written as its format does.
    pub const fn new(name: &'static str) -> Self {
        Encoding { name, style: None, explode: false, media_type: "" }
    }

    /// In this style, exploded or not.
    #[must_use]
    pub const fn style(mut self, style: Style, explode: bool) -> Self {
        self.style = Some(style);
        self.explode = explode;
        self
    }

    /// With one of these media types.
    #[must_use]
    pub const fn media_type(mut self, media_type: &'static str) -> Self {
        self.media_type = media_type;
        self
    }
}

/// What an operation answers where it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseBody {
    /// What it is.
    pub format: ResponseFormat,
    /// The media type that the document names; empty where there is no content.
    pub media_type: &'static str,
}

impl ResponseBody {
    /// Nothing.
    pub const NOTHING: Self = ResponseBody::new(ResponseFormat::Nothing, "");

    /// One record, as JSON.
    pub const RECORD: Self = ResponseBody::new(ResponseFormat::Record, "application/json");

    /// Rows, as JSON.
    pub const ROWS: Self = ResponseBody::new(ResponseFormat::Rows, "application/json");

    /// A JSON value.
    pub const VALUE: Self = ResponseBody::new(ResponseFormat::Value, "application/json");

    /// The address of another place.
    pub const REDIRECT: Self = ResponseBody::new(ResponseFormat::Redirect, "");

    /// Anything.
    pub const ANY: Self = ResponseBody::new(ResponseFormat::Any, "*/*");

    /// An answer of this format and media type.
    pub const fn new(format: ResponseFormat, media_type: &'static str) -> Self {
        ResponseBody { format, media_type }
    }
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Nothing; what comes all the same is passed over.
    Nothing,
    /// One record.
    Record,
    /// A list of records.
    Rows,
    /// A JSON value.
    Value,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A stream of events (`text/event-stream`).
    Events,
    /// A redirect that is not followed.
    Redirect,
    /// Whatever the server chooses.
    Any,
}
