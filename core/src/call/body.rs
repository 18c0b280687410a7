//! The body of a described request, and how it is written.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;

use super::{Content, form, is_json, multipart};
use crate::confidential::Confidential;
use crate::error::Error;
use crate::fields::Fields;
use crate::model::Json;
use crate::operation::{BodyFormat, Operation};
use crate::redact;
use crate::secret::Secret;

/// The body of a request.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// Members, written in the format of the operation.
    Fields(Fields),
    /// Bytes with their media type.
    Content(HeaderValue, Content),
    /// One JSON value with secrets in it, and its media type.
    Value(HeaderValue, Confidential),
}

impl Body {
    /// Whether it was sent, and cannot be sent again: it holds a stream that is not made anew.
    pub fn is_spent(&self) -> bool {
        match self {
            Body::Empty | Body::Value(..) => false,
            Body::Fields(fields) => fields.files().any(|file| file.content.is_spent()),
            Body::Content(_, content) => content.is_spent(),
        }
    }

    /// The secrets in it, as far as they are known by a name.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        match self {
            Body::Empty => Vec::new(),
            Body::Fields(fields) => fields.secrets(),
            Body::Content(media_type, content) => {
                let is_json = media_type.to_str().is_ok_and(is_json);
                content.bytes().filter(|_| is_json).map(secrets_of).unwrap_or_default()
            }
            Body::Value(_, value) => value.secrets(""),
        }
    }

    /// Checks that it is what the operation takes.
    pub(super) fn fits(&self, operation: &Operation) -> Result<(), Error> {
        let taken = &operation.body;
        match self {
            Body::Fields(fields) if fields.files().next().is_some() && taken.format != BodyFormat::Multipart => {
                Err(Error::request("the operation takes no files"))
            }
            Body::Fields(fields)
                if fields.has_encoded() && matches!(taken.format, BodyFormat::Form | BodyFormat::Multipart) =>
            {
                Err(Error::request("a file in base64 can be sent in JSON alone"))
            }
            Body::Fields(_) if matches!(taken.format, BodyFormat::Text | BodyFormat::Bytes) => {
                Err(Error::request(format!("the operation takes {} as its body, and no members", taken.media_type)))
            }
            _ => Ok(()),
        }
    }

    /// The media type that it is sent as; `None` for no body. `boundary` is that of [`content`](Body::content).
    ///
    /// # Errors
    /// When the document names none that a header may hold.
    pub fn media_type(&self, operation: &Operation, boundary: &str) -> Result<Option<HeaderValue>, Error> {
        let taken = operation.body.media_type;
        Ok(match (self, operation.body.format) {
            (Body::Empty, _) => None,
            (Body::Content(media_type, _) | Body::Value(media_type, _), _) => Some(media_type.clone()),
            (Body::Fields(_), BodyFormat::None) => Some(HeaderValue::from_static("application/json")),
            (Body::Fields(_), BodyFormat::Multipart) => {
                let media_type = format!("{taken}; boundary={boundary}");
                Some(HeaderValue::try_from(media_type).map_err(Error::request)?)
            }
            (Body::Fields(_), _) => Some(static_value(taken)?),
        })
    }

    /// What is sent. `boundary` separates the parts of a multipart body, in which it must not occur.
    ///
    /// # Errors
    /// When a file has a media type that the document does not name.
    pub fn content(&self, operation: &Operation, boundary: &str) -> Result<Content, Error> {
        let taken = &operation.body;
        Ok(match (self, taken.format) {
            (Body::Empty, _) => Bytes::new().into(),
            (Body::Content(_, content), _) => content.clone(),
            (Body::Value(_, value), _) => value.sent().to_string().into(),
            (Body::Fields(fields), BodyFormat::Form) => form::encoded(fields, taken).into(),
            (Body::Fields(fields), BodyFormat::Multipart) => multipart::encoded(fields, taken, boundary)?,
            (Body::Fields(fields), _) => fields.json(),
        })
    }
}

/// A media type of the document, without a copy of it.
pub(super) fn static_value(media_type: &'static str) -> Result<HeaderValue, Error> {
    HeaderValue::from_maybe_shared(Bytes::from_static(media_type.as_bytes())).map_err(Error::request)
}

/// The secrets in a body of JSON, by name. One that is not JSON has no names.
fn secrets_of(body: &Bytes) -> Vec<Secret> {
    let mut secrets = Vec::new();
    if let Ok(value) = serde_json::from_slice::<Json>(body) {
        redact::collect("", &value, &mut secrets);
    }
    secrets
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Empty => f.write_str("Empty"),
            Body::Fields(fields) => f.debug_tuple("Fields").field(fields).finish(),
            Body::Content(media_type, content) => f.debug_tuple("Content").field(media_type).field(content).finish(),
            Body::Value(media_type, value) => f.debug_tuple("Value").field(media_type).field(value).finish(),
        }
    }
}
