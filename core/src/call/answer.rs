//! Answers that are not simply a value.

use std::fmt;

use bytes::Bytes;

use crate::redact::{self, Values};

/// The answer of a conditional read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Conditional<T> {
    /// The record has changed since; this is it.
    Modified(T),
    /// The record is still the one that the condition named (304).
    NotModified,
}

impl<T> Conditional<T> {
    /// The record, if it has changed.
    pub fn modified(self) -> Option<T> {
        match self {
            Conditional::Modified(value) => Some(value),
            Conditional::NotModified => None,
        }
    }
}

/// How many rows match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Count(pub u64);

impl From<u64> for Count {
    fn from(rows: u64) -> Self {
        Count(rows)
    }
}

/// Where the server sends the browser (303).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The address of the `Location` header.
    pub location: String,
}

/// The address of a login holds a code: it is shown without values.
impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("location", &redact::url(&self.location, Values::Hidden)).finish()
    }
}

/// A record together with the version that it has on the server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Its entity tag, with its quotes, as [`if_match`](crate::Call::if_match) takes it.
    pub etag: String,
}

/// A value together with the body it was read from.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct WithBody<T> {
    /// The value.
    pub value: T,
    /// The body as received.
    pub body: Bytes,
}

/// The body may hold what the value keeps to itself: there is its length.
impl<T: fmt::Debug> fmt::Debug for WithBody<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = format_args!("({} bytes)", self.body.len());
        f.debug_struct("WithBody").field("value", &self.value).field("body", &body).finish()
    }
}
