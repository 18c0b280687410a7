//! Answers that differ by status and media type: results, and what a document says of errors.

use bytes::Bytes;
use http::header;

use super::is_json;
use crate::decode::{self, Decoding, FilledDefault};
use crate::error::DecodeError;
use serde::de::DeserializeOwned;

/// One of several answers, told apart by status and media type.
///
/// Any value that is read from JSON is one: it takes every answer that is JSON. The enums of emitted crates take what their document
/// describes.
pub trait Answers: Sized {
    /// Reads the answer, with what a tolerant reader filled in; `None` for one that is not described.
    ///
    /// # Errors
    /// When it is described and has another form.
    fn read(
        response: &http::Response<Bytes>,
        decoding: Decoding,
    ) -> Result<Option<(Self, Vec<FilledDefault>)>, DecodeError>;
}

impl<T: DeserializeOwned> Answers for T {
    fn read(
        response: &http::Response<Bytes>,
        decoding: Decoding,
    ) -> Result<Option<(Self, Vec<FilledDefault>)>, DecodeError> {
        if !is(response, Media::Json) {
            return Ok(None);
        }
        decode::json(response.body(), decoding).map(Some)
    }
}

/// The media types that an answer is described with.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JSON, or an answer that names no type.
    Json,
    /// Any that is no JSON.
    Other,
    /// Whatever it is.
    Any,
}

/// Whether an answer has one of these statuses, from the first to the last of each pair, and a media type of this kind.
#[doc(hidden)]
pub fn fits(response: &http::Response<Bytes>, statuses: &[(u16, u16)], media: Media) -> bool {
    let status = response.status().as_u16();
    statuses.iter().any(|(first, last)| (*first..=*last).contains(&status)) && is(response, media)
}

fn is(response: &http::Response<Bytes>, media: Media) -> bool {
    let named = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match media {
        Media::Any => true,
        Media::Json => named.is_none_or(is_json),
        Media::Other => named.is_some_and(|named| !is_json(named)),
    }
}

/// Writes the reading of an enum of answers: each with its type and kind, its statuses and media types, in the order in which they are
/// tried.
#[doc(hidden)]
#[macro_export]
macro_rules! answers {
    ($name:ident { $($variant:ident $(($type:ty as $kind:ty))? = $statuses:expr, $media:expr;)* }) => {
        impl $crate::call::Answers for $name {
            fn read(
                response: &$crate::http::Response<$crate::bytes::Bytes>,
                decoding: $crate::Decoding,
            ) -> Result<Option<(Self, Vec<$crate::FilledDefault>)>, $crate::DecodeError> {
                $(if $crate::call::fits(response, $statuses, $media) {
                    return $crate::answers!(@read $variant response decoding $($type as $kind)?);
                })*
                Ok(None)
            }
        }
    };
    (@read $variant:ident $response:ident $decoding:ident) => {
        { let _ = $decoding; Ok(Some((Self::$variant, Vec::new()))) }
    };
    (@read $variant:ident $response:ident $decoding:ident $type:ty as $kind:ty) => {
        <$kind as $crate::call::kind::Kind<$type>>::read($response, $decoding)
            .map(|(value, defaulted)| Some((Self::$variant(value), defaulted)))
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::kind;

    #[derive(Debug, PartialEq)]
    enum Found {
        Ok(Vec<i64>),
        Later,
        Text(String),
        Other(Bytes),
    }
    crate::answers!(Found {
        Ok(Vec<i64> as kind::Json) = &[(200, 200), (206, 206)], Media::Json;
        Later = &[(202, 202)], Media::Any;
        Text(String as kind::Text) = &[(200, 299)], Media::Other;
        Other(Bytes as kind::Binary) = &[(400, 599)], Media::Any;
    });

    fn read<T: Answers>(status: u16, media_type: &str, body: &'static str) -> Result<Option<T>, DecodeError> {
        let mut response = http::Response::builder().status(status);
        if !media_type.is_empty() {
            response = response.header("content-type", media_type);
        }
        let response = response.body(Bytes::from_static(body.as_bytes())).unwrap();
        T::read(&response, Decoding::Strict).map(|read| read.map(|(value, _)| value))
    }

    #[test]
    fn status_and_media_type_tell_answers_apart() {
        for (status, media_type, body, expected) in [
            (200, "application/json; charset=utf-8", "[1]", Some(Found::Ok(vec![1]))),
            (206, "", "[2]", Some(Found::Ok(vec![2]))),
            (202, "text/html", "x", Some(Found::Later)),
            (200, "text/csv", "x", Some(Found::Text("x".to_owned()))),
            (404, "application/json", "{", Some(Found::Other("{".into()))),
            (204, "", "", None),
        ] {
            assert_eq!(read(status, media_type, body).unwrap(), expected, "{status} {media_type}");
        }
        assert!(read::<Found>(200, "", "no").is_err());
    }

    #[test]
    fn a_value_takes_what_is_json() {
        assert_eq!(read(404, "application/problem+json", "[1]").unwrap(), Some(vec![1]));
        assert_eq!(read::<Vec<i64>>(404, "text/html", "[1]").unwrap(), None);
    }
}
