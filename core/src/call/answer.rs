//! Answers that are not simply a value.

use bytes::Bytes;

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
pub struct Count(pub u64);

/// Where the server sends the browser (303).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The address of the `Location` header.
    pub location: String,
}

/// A value together with the body it was read from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WithBody<T> {
    /// The value.
    pub value: T,
    /// The body as received.
    pub body: Bytes,
}
