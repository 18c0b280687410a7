//! The types of results of several kinds: an option where one of them is nothing, else an enum by status; and streams of events.

use std::collections::HashSet;

use openapiv3::{ReferenceOr, Schema, SchemaKind, Type as SchemaType};

use super::answers::{Content, Group, Results};
use super::operations::SourceOperation;
use super::properties::properties;
use super::schemas::Lowering;
use super::{bodies, names};
use crate::codegen::location::Location;
use crate::codegen::model::{Answer, AnswerVariant, EventData, EventMethod, Media, NamedType, Operation, Shape, Type};
use crate::codegen::normalise::UNION;

/// Statuses that never have content (RFC 9110, sections 15.3.5 and 15.3.6).
const WITHOUT_CONTENT: [u16; 2] = [204, 205];

/// Members of an event where a document describes the event and not its data.
const OF_EVENT: [&str; 4] = ["data", "event", "id", "retry"];

/// What the groups of results are together.
pub(super) fn answer(
    lowering: &mut Lowering<'_>,
    found: &SourceOperation<'_>,
    groups: Vec<Group<'_>>,
) -> anyhow::Result<Answer> {
    let name = |suffix: &str| names::member(&names::camel(found.id), suffix);
    let is_nothing = |group: &Group<'_>| {
        matches!(group.content, Content::Empty) && group.codes.iter().all(|code| WITHOUT_CONTENT.contains(code))
    };
    if let [one] = groups.as_slice() {
        return content(lowering, &one.content, &name("response"));
    }
    let is_value =
        |group: &&Group<'_>| matches!(group.content, Content::Json(..) | Content::Text(_) | Content::Bytes(_));
    if groups.len() == 2
        && groups.iter().any(is_nothing)
        && let Some(value) = groups.iter().find(is_value)
    {
        let inner = content(lowering, &value.content, &name("response"))?;
        if matches!(inner, Answer::Json(..) | Answer::Text(_) | Answer::Bytes(_)) {
            return Ok(Answer::Optional(Box::new(inner)));
        }
    }
    let mut variants: Vec<AnswerVariant> = Vec::new();
    for group in &groups {
        let reason = names::free(reason(group.codes[0]), |name| variants.iter().any(|known| known.name == name));
        // Events are read by a method of their own.
        let content = match &group.content {
            Content::Events(..) => Answer::Text(crate::codegen::model::EVENTS.to_owned()),
            other => content(lowering, other, &name(&format!("response {reason}")))?,
        };
        variants.push(AnswerVariant {
            name: reason,
            statuses: group.codes.iter().map(|code| (*code, *code)).collect(),
            media: Media::Any,
            content,
            description: described(&group.codes, &group.words),
            location: group.location.clone(),
        });
    }
    let asked = asked(&variants);
    let location = found.location(lowering.scope).child("responses");
    let description = format!("What `{}` answers.", found.id);
    let name = lowering.types.claim(&name("answer"), &location, "answer");
    add(lowering, &name, description, Shape::Answers(variants), &location)?;
    Ok(Answer::Several(name, asked))
}

/// Registers a type of answers.
pub(super) fn add(
    lowering: &mut Lowering<'_>,
    name: &str,
    description: String,
    shape: Shape,
    location: &Location,
) -> anyhow::Result<()> {
    let location = location.clone();
    lowering.types.add(NamedType { name: name.to_owned(), description, is_sent: false, shape, location }).map(|_| ())
}

/// The media types of all of them, each once.
fn asked(variants: &[AnswerVariant]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for media_type in variants.iter().map(|variant| variant.content.media_type()) {
        if !media_type.is_empty() && !all.contains(&media_type) {
            all.push(media_type);
        }
    }
    all.join(", ")
}

fn described(codes: &[u16], words: &str) -> String {
    let codes = codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    format!("{codes}. {words}").trim_end().to_owned()
}

/// What one result is; `name` is what an unnamed type in it is called.
pub(super) fn content(lowering: &mut Lowering<'_>, content: &Content<'_>, name: &str) -> anyhow::Result<Answer> {
    Ok(match content {
        Content::Empty => Answer::Empty,
        Content::Redirect => Answer::Redirect,
        Content::Text(media_type) => Answer::Text(media_type.clone()),
        Content::Bytes(media_type) => Answer::Bytes(media_type.clone()),
        Content::Any => Answer::Any,
        Content::Events(schema, at) => {
            let (data, ty) = events(lowering, *schema, name, at)?;
            Answer::Events(data, ty)
        }
        Content::Json(schema, at, media_type) => {
            let typed = lowering.typed(schema, name, at)?;
            Answer::Json(lowering.inner(typed, at)?, media_type.clone())
        }
    })
}

/// The method for a stream of events that is offered beside another answer.
pub(super) fn events_beside(
    lowering: &mut Lowering<'_>,
    found: &SourceOperation<'_>,
    results: &Results<'_>,
) -> anyhow::Result<Option<EventMethod>> {
    let Some((schema, at)) = &results.events else { return Ok(None) };
    let name = names::member(&names::camel(found.id), "event");
    let (data, ty) = events(lowering, *schema, &name, at)?;
    // Its name is given once all methods have theirs.
    Ok(Some(EventMethod { rust: String::new(), data, ty }))
}

/// Names the methods for events: as the method beside them, or with a number where another has that name.
pub(super) fn name_methods(operations: &mut [Operation]) {
    let mut taken: HashSet<String> = operations.iter().map(|operation| operation.rust.clone()).collect();
    for operation in operations {
        let Some(events) = &mut operation.events else { continue };
        let preferred = format!("{}_events", operation.rust.trim_end_matches('_'));
        events.rust = names::free(&preferred, |name| taken.contains(name));
        taken.insert(events.rust.clone());
    }
}

/// Names for the tables of parameters: none is the tag of an operation.
pub(super) fn name_tables(operations: &mut [Operation]) {
    let tags: HashSet<String> = operations.iter().map(|operation| operation.constant.clone()).collect();
    for operation in operations {
        let preferred = std::mem::take(&mut operation.styles_constant);
        operation.styles_constant = names::free(&preferred, |name| tags.contains(name));
    }
}

/// What the events of a stream hold. A list stands for the stream, and its elements for the events.
fn events(
    lowering: &mut Lowering<'_>,
    schema: Option<&ReferenceOr<Schema>>,
    name: &str,
    location: &Location,
) -> anyhow::Result<(EventData, Type)> {
    let Some(schema) = schema else { return Ok((EventData::Text, Type::Text)) };
    let (target, at) = bodies::target(lowering.scope, schema, location)?;
    if bodies::is_any(lowering.scope, target) || bodies::of_text(target).is_some() {
        return Ok((EventData::Text, Type::Text));
    }
    let items = match &target.schema_kind {
        SchemaKind::Type(SchemaType::Array(array)) => array.items.clone().map(ReferenceOr::unbox),
        _ => None,
    };
    let (schema, at) = items.as_ref().map_or((schema, location.clone()), |items| (items, at.child("items")));
    let data = if is_whole(lowering, schema, &at)? { EventData::Whole } else { EventData::Json };
    let typed = lowering.typed(schema, name, &at)?;
    Ok((data, lowering.inner(typed, &at)?))
}

/// Whether a schema is one of an event with its fields, or of several of them.
fn is_whole(lowering: &Lowering<'_>, schema: &ReferenceOr<Schema>, location: &Location) -> anyhow::Result<bool> {
    let (schema, at) = bodies::target(lowering.scope, schema, location)?;
    if let (SchemaKind::OneOf { one_of }, true) =
        (&schema.schema_kind, schema.schema_data.extensions.contains_key(UNION))
    {
        for one in one_of {
            if !is_whole(lowering, one, &at)? {
                return Ok(false);
            }
        }
        return Ok(!one_of.is_empty());
    }
    let members = properties(schema);
    let has_data = members.iter().any(|(name, _)| *name == "data");
    Ok(has_data && members.len() > 1 && members.iter().all(|(name, _)| OF_EVENT.contains(&name.as_str())))
}

/// The name of a variant for a status (RFC 9110, section 15, and the registry of IANA).
pub(super) fn reason(status: u16) -> &'static str {
    match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritative",
        204 => "NoContent",
        205 => "ResetContent",
        206 => "PartialContent",
        207 => "MultiStatus",
        208 => "AlreadyReported",
        226 => "ImUsed",
        400 => "BadRequest",
        401 => "Unauthorized",
        402 => "PaymentRequired",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        407 => "ProxyAuthenticationRequired",
        408 => "RequestTimeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "LengthRequired",
        412 => "PreconditionFailed",
        413 => "ContentTooLarge",
        414 => "UriTooLong",
        415 => "UnsupportedMediaType",
        416 => "RangeNotSatisfiable",
        417 => "ExpectationFailed",
        421 => "MisdirectedRequest",
        422 => "UnprocessableContent",
        423 => "Locked",
        424 => "FailedDependency",
        425 => "TooEarly",
        426 => "UpgradeRequired",
        428 => "PreconditionRequired",
        429 => "TooManyRequests",
        431 => "RequestHeaderFieldsTooLarge",
        451 => "UnavailableForLegalReasons",
        500 => "InternalServerError",
        501 => "NotImplemented",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        505 => "HttpVersionNotSupported",
        507 => "InsufficientStorage",
        508 => "LoopDetected",
        511 => "NetworkAuthenticationRequired",
        other if other / 100 == 4 => "ClientError",
        other if other / 100 == 5 => "ServerError",
        _ => "Other",
    }
}
