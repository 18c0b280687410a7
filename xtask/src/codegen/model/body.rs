//! What an operation takes as its body and what it answers.

use super::{Bounds, Location, Type};

/// How the body of an operation is sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Body {
    pub format: BodyFormat,
    pub media_type: String,
    /// Members that are written in their own way.
    pub encoding: Vec<Encoding>,
    pub required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFormat {
    /// Members of one JSON object.
    Json,
    Form,
    Multipart,
    /// One JSON value.
    Value,
    Text,
    Bytes,
}

impl BodyFormat {
    /// The media type where it has only one.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            BodyFormat::Json | BodyFormat::Value => "application/json",
            BodyFormat::Form => "application/x-www-form-urlencoded",
            BodyFormat::Multipart => "multipart/form-data",
            BodyFormat::Text | BodyFormat::Bytes => "",
        }
    }

    /// The name of the variant.
    pub(crate) fn word(self) -> &'static str {
        match self {
            BodyFormat::Json => "Json",
            BodyFormat::Form => "Form",
            BodyFormat::Multipart => "Multipart",
            BodyFormat::Value => "Value",
            BodyFormat::Text => "Text",
            BodyFormat::Bytes => "Bytes",
        }
    }
}

/// How a member of a form or of a multipart body is written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Encoding {
    pub name: String,
    /// With whether it is exploded.
    pub style: Option<(Style, bool)>,
    pub media_type: Option<String>,
}

/// The styles of OpenAPI, and JSON for parameters whose content is that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Simple,
    Label,
    Matrix,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
    Json,
}

impl Style {
    /// The style that a document calls so.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "simple" => Style::Simple,
            "label" => Style::Label,
            "matrix" => Style::Matrix,
            "form" => Style::Form,
            "spaceDelimited" => Style::SpaceDelimited,
            "pipeDelimited" => Style::PipeDelimited,
            "deepObject" => Style::DeepObject,
            "json" => Style::Json,
            _ => return None,
        })
    }

    /// The name of the variant.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Style::Simple => "Simple",
            Style::Label => "Label",
            Style::Matrix => "Matrix",
            Style::Form => "Form",
            Style::SpaceDelimited => "SpaceDelimited",
            Style::PipeDelimited => "PipeDelimited",
            Style::DeepObject => "DeepObject",
            Style::Json => "Json",
        }
    }
}

/// What the method takes as the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum BodyArgument {
    /// A request with members, by the name of its type.
    Members(String),
    /// A value that is written as JSON.
    Value(Type),
    /// The same, with secrets in it.
    Confidential(Type),
    /// Text or bytes.
    Content,
    /// Text or bytes, and the media type that they have of those that the document names.
    ContentOf,
    /// One of several, by the name of the enum.
    OneOf(String),
    /// Members whose names the document does not list, with this type.
    Map(Type),
}

impl BodyArgument {
    /// The arguments that a method may have for its body.
    pub(crate) const ARGUMENTS: [&str; 4] = ["request", "body", "content", "media_type"];

    /// What the argument is called.
    pub(crate) fn argument(&self) -> &'static str {
        match self {
            BodyArgument::Members(_) | BodyArgument::Map(_) => "request",
            BodyArgument::Value(_) | BodyArgument::Confidential(_) | BodyArgument::OneOf(_) => "body",
            BodyArgument::Content | BodyArgument::ContentOf => "content",
        }
    }
}

/// One of several bodies.
#[derive(Debug, Clone)]
pub(crate) struct BodyVariant {
    pub name: String,
    pub media_type: String,
    /// What is sent as JSON; text or bytes without it.
    pub ty: Option<Type>,
    pub bounds: Bounds,
    pub location: Location,
}
