//! What operations answer: one thing, nothing or one thing, one of several by status, a stream of events.

use super::{Location, Type};

/// What a call answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// JSON of this media type.
    Json(Type, String),
    Empty,
    Redirect,
    /// Text of this media type.
    Text(String),
    /// Bytes of this media type.
    Bytes(String),
    /// Whatever comes.
    Any,
    /// A stream of events, each with this value.
    Events(EventData, Type),
    /// This, or nothing where the status says so.
    Optional(Box<Answer>),
    /// One of several by status: the name of the enum, and the media types that are asked for.
    Several(String, String),
}

/// How the value of an event is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventData {
    /// Its data is JSON.
    Json,
    /// Its data is text.
    Text,
    /// The document describes its fields.
    Whole,
}

/// A second method of an operation: its answer as a stream of events, where it can be something else too.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventMethod {
    pub rust: String,
    pub data: EventData,
    pub ty: Type,
}

impl Answer {
    /// The types that it names.
    pub(crate) fn types(&self) -> Vec<Type> {
        match self {
            Answer::Json(ty, _) | Answer::Events(_, ty) => vec![ty.clone()],
            Answer::Optional(inner) => inner.types(),
            Answer::Several(name, _) => vec![Type::Named(name.clone())],
            Answer::Empty | Answer::Redirect | Answer::Text(_) | Answer::Bytes(_) | Answer::Any => Vec::new(),
        }
    }

    /// What is asked for; nothing where the document names no media type.
    pub(crate) fn media_type(&self) -> &str {
        match self {
            Answer::Json(_, media_type)
            | Answer::Text(media_type)
            | Answer::Bytes(media_type)
            | Answer::Several(_, media_type) => media_type,
            Answer::Optional(inner) => inner.media_type(),
            Answer::Events(..) => EVENTS,
            Answer::Any => "*/*",
            Answer::Empty | Answer::Redirect => "",
        }
    }
}

/// The media type of a stream of events.
pub(crate) const EVENTS: &str = "text/event-stream";

/// One of several answers.
#[derive(Debug, Clone)]
pub(crate) struct AnswerVariant {
    pub name: String,
    /// From the first to the last of each pair.
    pub statuses: Vec<(u16, u16)>,
    pub media: Media,
    pub content: Answer,
    pub description: String,
    pub location: Location,
}

/// The media types of one of several answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Other,
    Any,
}

impl Media {
    /// The name of the variant.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Media::Json => "Json",
            Media::Other => "Other",
            Media::Any => "Any",
        }
    }
}
