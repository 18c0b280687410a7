//! The kinds of calls: how each reads its answer, and which options it has.

mod lists;

use std::marker::PhantomData;

use bytes::Bytes;
use http::{HeaderName, StatusCode, header};
use serde::de::DeserializeOwned;

use super::Call;
use super::answer::{Conditional, Redirect, Versioned, WithBody};
use super::answers::Answers;
use crate::decode::{self, Decoding, FilledDefault};
use crate::error::DecodeError;
use crate::model::Json as AnyJson;
use crate::query::Expanded;
use crate::write::Validation;

/// What a kind read: the value, and what a tolerant reader filled in.
pub type Reading<T> = Result<(T, Vec<FilledDefault>), DecodeError>;

/// A kind of call that answers a `T`. It is sealed: the kinds are those of this module.
pub trait Kind<T>: sealed::Kind {
    /// Reads the answer.
    ///
    /// # Errors
    /// When the answer is not what the document promises.
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<T>;
}

/// Answers JSON.
#[derive(Debug)]
pub enum Json {}

/// Answers one record.
#[derive(Debug)]
pub enum Get {}

/// Answers rows.
#[derive(Debug)]
pub enum List {}

/// Answers how many rows match.
#[derive(Debug)]
pub enum Counting {}

/// Answers the ids of rows.
#[derive(Debug)]
pub enum Ids {}

/// Answers whether any row matches.
#[derive(Debug)]
pub enum Matching {}

/// Answers text.
#[derive(Debug)]
pub enum Text {}

/// Answers bytes, whatever they are.
#[derive(Debug)]
pub enum Binary {}

/// Answers whatever comes as JSON: text as a JSON text, nothing as null.
#[derive(Debug)]
pub enum Any {}

/// Answers one of several things, each with statuses and media types of its own.
#[derive(Debug)]
pub enum Several {}

/// Answers what `K` does, or nothing where the server sends none (204, 205).
#[derive(Debug)]
pub struct Optional<K>(PhantomData<K>);

/// Answers a page of a list of `I`: see [`Call::stream`].
#[derive(Debug)]
pub struct Paged<I>(PhantomData<I>);

/// Answers a stream of events whose data is JSON: see [`Call::events`].
#[derive(Debug)]
pub enum Events {}

/// Answers a stream of events whose data is text: see [`Call::events`].
#[derive(Debug)]
pub enum TextEvents {}

/// Answers a stream of events that the document describes with their fields: see [`Call::events`].
#[derive(Debug)]
pub enum WholeEvents {}

/// Answers whether a record exists.
#[derive(Debug)]
pub enum Exists {}

/// Answers the created record.
#[derive(Debug)]
pub enum Create {}

/// Answers the changed record.
#[derive(Debug)]
pub enum Update {}

/// Answers nothing.
#[derive(Debug)]
pub enum Empty {}

/// Answers nothing, after a deletion.
#[derive(Debug)]
pub enum Delete {}

/// Answers where to go on.
#[derive(Debug)]
pub enum Redirection {}

/// Answers what `K` does, unless the record has not changed.
#[derive(Debug)]
pub struct IfChanged<K>(PhantomData<K>);

/// Answers what `K` does, and its entity tag: see [`Call::versioned`].
#[derive(Debug)]
pub struct Tagged<K>(PhantomData<K>);

/// Answers what `K` does, and the body.
#[derive(Debug)]
pub struct Bodied<K>(PhantomData<K>);

mod sealed {
    use super::{
        Any, Binary, Bodied, Counting, Create, Delete, Empty, Exists, Get, Ids, IfChanged, Json, List, Matching,
        Optional, Paged, Redirection, Several, Tagged, Text, Update,
    };

    pub trait Kind {}

    macro_rules! kinds {
        ($($kind:ty),*) => {
            $(impl Kind for $kind {})*
        };
    }

    kinds!(Json, Get, List, Counting, Ids, Matching, Text, Binary, Any, Exists, Create, Update, Empty, Delete);
    kinds!(Redirection, Several);

    impl<K: Kind> Kind for Optional<K> {}

    impl<I> Kind for Paged<I> {}

    impl<K: Kind> Kind for IfChanged<K> {}

    impl<K: Kind> Kind for Tagged<K> {}

    impl<K: Kind> Kind for Bodied<K> {}
}

macro_rules! reads_json {
    ($($kind:ty),*) => {
        $(impl<T: DeserializeOwned> Kind<T> for $kind {
            fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<T> {
                decode::json(response.body(), decoding)
            }
        })*
    };
}

reads_json!(Json, Get, Create, Update);

impl Kind<String> for Text {
    fn read(response: &http::Response<Bytes>, _: Decoding) -> Reading<String> {
        let text = std::str::from_utf8(response.body()).map_err(|error| DecodeError::not_utf8(error.valid_up_to()))?;
        Ok((text.to_owned(), Vec::new()))
    }
}

impl Kind<Bytes> for Binary {
    fn read(response: &http::Response<Bytes>, _: Decoding) -> Reading<Bytes> {
        Ok((response.body().clone(), Vec::new()))
    }
}

impl Kind<AnyJson> for Any {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<AnyJson> {
        if response.body().is_empty() {
            return Ok((AnyJson::Null, Vec::new()));
        }
        let media_type =
            response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if media_type.contains("json") {
            return decode::json(response.body(), decoding);
        }
        <Text as Kind<String>>::read(response, decoding).map(|(text, defaulted)| (text.into(), defaulted))
    }
}

/// The client passes 404 through for this kind alone, because here it is an answer.
impl Kind<bool> for Exists {
    fn read(response: &http::Response<Bytes>, _: Decoding) -> Reading<bool> {
        Ok((response.status() != StatusCode::NOT_FOUND, Vec::new()))
    }
}

impl<T: DeserializeOwned, I> Kind<T> for Paged<I> {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<T> {
        decode::json(response.body(), decoding)
    }
}

impl<T: Answers> Kind<T> for Several {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<T> {
        let unexpected = || DecodeError::unexpected("the document describes no answer of this status and media type");
        T::read(response, decoding)?.ok_or_else(unexpected)
    }
}

impl<T, K: Kind<T>> Kind<Option<T>> for Optional<K> {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Option<T>> {
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
            return Ok((None, Vec::new()));
        }
        K::read(response, decoding).map(|(value, defaulted)| (Some(value), defaulted))
    }
}

macro_rules! reads_nothing {
    ($($kind:ty),*) => {
        $(impl Kind<()> for $kind {
            fn read(_: &http::Response<Bytes>, _: Decoding) -> Reading<()> {
                Ok(((), Vec::new()))
            }
        })*
    };
}

reads_nothing!(Empty, Delete);

impl Kind<Redirect> for Redirection {
    fn read(response: &http::Response<Bytes>, _: Decoding) -> Reading<Redirect> {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| DecodeError::unexpected("the redirect names no location"))?.to_owned();
        Ok((Redirect { location }, Vec::new()))
    }
}

impl<T, K: Kind<T>> Kind<Conditional<T>> for IfChanged<K> {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Conditional<T>> {
        if response.status() == StatusCode::NOT_MODIFIED {
            return Ok((Conditional::NotModified, Vec::new()));
        }
        K::read(response, decoding).map(|(value, defaulted)| (Conditional::Modified(value), defaulted))
    }
}

impl<T, K: Kind<T>> Kind<Versioned<T>> for Tagged<K> {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Versioned<T>> {
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let etag = etag.ok_or_else(|| DecodeError::unexpected("the answer has no entity tag (ETag)"))?;
        K::read(response, decoding).map(|(value, defaulted)| (Versioned { value, etag }, defaulted))
    }
}

macro_rules! versioned {
    ($($kind:ty),*) => {
        $(impl<T> Call<T, $kind> {
            /// Answers the record with its entity tag, to be sent with a later write: see [`if_match`](Call::if_match). An answer
            /// without one is an error.
            pub fn versioned(self) -> Call<Versioned<T>, Tagged<$kind>> {
                self.retyped()
            }
        })*
    };
}

versioned!(Get, Create, Update);

impl<T, K: Kind<T>> Kind<WithBody<T>> for Bodied<K> {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<WithBody<T>> {
        let body = response.body().clone();
        K::read(response, decoding).map(|(value, defaulted)| (WithBody { value, body }, defaulted))
    }
}

impl<T, K: Kind<T>> Call<T, K> {
    /// Keeps the body as received beside the value.
    pub fn with_body(self) -> Call<WithBody<T>, Bodied<K>> {
        self.retyped()
    }
}

impl<T, K> Call<T, K> {
    fn condition(self, name: HeaderName, value: &str) -> Self {
        self.map_request(|request| request.set_header(name, value))
    }
}

impl<T> Call<T, Get> {
    /// A composite column, or several, to answer with their content instead of text or a file number: columns of the record, or their
    /// names.
    pub fn expand(self, columns: impl Expanded<T>) -> Self {
        self.map_request(|request| {
            request.query.extend(columns.paths().into_iter().map(|column| ("expand".to_owned(), column)));
        })
    }

    /// Asks for the custom fields of the record.
    pub fn extdata(self) -> Self
    where
        T: crate::query::HasExtData,
    {
        self.map_request(|request| request.query.push(("extdata".to_owned(), "1".to_owned())))
    }

    /// Asks for the tags of the record.
    pub fn tags(self) -> Self
    where
        T: crate::query::HasTags,
    {
        self.map_request(|request| request.query.push(("tags".to_owned(), "1".to_owned())))
    }
}

macro_rules! conditional_reads {
    ($($kind:ty),*) => {
        $(impl<T> Call<T, $kind> {
            /// Asks for the record only if its entity tag is another one (RFC 7232, section 3.2).
            pub fn if_none_match(self, etag: &str) -> Call<Conditional<T>, IfChanged<$kind>> {
                self.condition(header::IF_NONE_MATCH, etag).retyped()
            }

            /// Asks for the record only if it was written after this HTTP date (RFC 7232, section 3.3).
            pub fn if_modified_since(self, date: &str) -> Call<Conditional<T>, IfChanged<$kind>> {
                self.condition(header::IF_MODIFIED_SINCE, date).retyped()
            }
        })*
    };
}

conditional_reads!(Get, Exists);

macro_rules! conditional_writes {
    ($($kind:ty),*) => {
        $(impl<T> Call<T, $kind> {
            /// Writes only if the record still has this entity tag (RFC 7232, section 3.1); else the call fails with 412.
            pub fn if_match(self, etag: &str) -> Self {
                self.condition(header::IF_MATCH, etag)
            }

            /// Writes only if the record was not written after this HTTP date (RFC 7232, section 3.4); else the call fails with 412.
            pub fn if_unmodified_since(self, date: &str) -> Self {
                self.condition(header::IF_UNMODIFIED_SINCE, date)
            }
        })*
    };
}

conditional_writes!(Update, Delete);

macro_rules! checked_writes {
    ($($kind:ty),*) => {
        $(impl<T> Call<T, $kind> {
            /// What is done about it if it breaks a documented rule, instead of what the client is set to.
            pub fn validation(self, validation: Validation) -> Self {
                self.map_request(|request| request.options.validation = Some(validation))
            }
        })*
    };
}

checked_writes!(Create, Update);
