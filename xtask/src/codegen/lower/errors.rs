//! What a third-party document says of errors: the type that `Error::answer` reads them as, decoded only if it is asked for.

use openapiv3::{ReferenceOr, Response, StatusCode};

use super::answers::{self, Content};
use super::operations::SourceOperation;
use super::refusal::Refused;
use super::schemas::Lowering;
use super::{bodies, names, result_types};
use crate::codegen::location::Location;
use crate::codegen::media::is_json;
use crate::codegen::model::{Answer, AnswerVariant, Media, Operation, Shape, Type};

/// The statuses of `default`: all that are listed nowhere.
const ANY_STATUS: (u16, u16) = (100, 999);

/// Sets the type of the documented errors and says so in the documentation. An error that is not understood has no type; the operation
/// is none the worse for it.
pub(super) fn add<'a>(lowering: &mut Lowering<'a>, found: &SourceOperation<'a>, operation: &mut Operation) {
    let mut variants: Vec<AnswerVariant> = Vec::new();
    for Listed { statuses, name, response, location } in listed(lowering, found) {
        let mark = lowering.types.mark();
        match of_status(lowering, found, response, name, &location) {
            Ok(described) => {
                for Described { suffix, media, content, description } in described {
                    let name =
                        names::free(&format!("{name}{suffix}"), |name| variants.iter().any(|one| one.name == name));
                    let (statuses, location) = (vec![statuses], location.clone());
                    variants.push(AnswerVariant { name, statuses, media, content, description, location });
                }
            }
            Err(error) => {
                lowering.types.take_back(mark);
                let Refused { construct, .. } = Refused::of(&error, &location);
                let words = format!("What the document says of the error `{name}` is not understood: {construct}.");
                operation.notes.push(words);
            }
        }
    }
    operation.errors = together(lowering, found, variants);
    if let Some(errors) = &operation.errors {
        let shown = shown(errors);
        operation.notes.push(format!("The document describes errors: `Error::answer` reads them as {shown}."));
    }
}

fn shown(ty: &Type) -> String {
    match ty {
        Type::Named(name) => format!("[`{name}`]"),
        _ => "JSON".to_owned(),
    }
}

/// The response of an error: its statuses, the name of its variant, and where it stands.
struct Listed<'a> {
    statuses: (u16, u16),
    name: &'static str,
    response: &'a ReferenceOr<Response>,
    location: Location,
}

/// The responses of errors, those of single statuses first and `default` last.
fn listed<'a>(lowering: &Lowering<'a>, found: &SourceOperation<'a>) -> Vec<Listed<'a>> {
    let location = found.location(lowering.scope).child("responses");
    let responses = &found.source.responses;
    let mut all = Vec::new();
    for (status, response) in &responses.responses {
        let (statuses, name) = match status {
            StatusCode::Code(code) if (400..600).contains(code) => ((*code, *code), result_types::reason(*code)),
            StatusCode::Range(4) => ((400, 499), "ClientError"),
            StatusCode::Range(5) => ((500, 599), "ServerError"),
            _ => continue,
        };
        all.push(Listed { statuses, name, response, location: location.child(&status.to_string()) });
    }
    all.sort_by_key(|Listed { statuses: (first, last), .. }| (last - first, *first));
    if let Some(response) = &responses.default {
        all.push(Listed { statuses: ANY_STATUS, name: "Other", response, location: location.child("default") });
    }
    all
}

/// One content of a status, and what the name of its variant ends with.
struct Described {
    suffix: &'static str,
    media: Media,
    content: Answer,
    description: String,
}

/// What one status holds: JSON, and text where that is offered beside it or alone.
fn of_status<'a>(
    lowering: &mut Lowering<'a>,
    found: &SourceOperation<'_>,
    response: &'a ReferenceOr<Response>,
    name: &str,
    location: &Location,
) -> anyhow::Result<Vec<Described>> {
    let scope = lowering.scope;
    let (response, location) = scope.response(response, location)?;
    let words = response.description.clone();
    let content = match answers::described(scope, response, &location)? {
        // A list of events is not an error that could be read at once.
        Content::Events(..) => Content::Text(crate::codegen::model::EVENTS.to_owned()),
        content => content,
    };
    let preferred = names::member(&names::camel(found.id), name);
    let answer = result_types::content(lowering, &content, &preferred)?;
    let has_text = response.content.keys().any(|name| !is_json(name) && bodies::is_text(name));
    let one = |suffix, media, content| Described { suffix, media, content, description: words.clone() };
    Ok(match answer {
        Answer::Json(..) if has_text => {
            vec![one("", Media::Json, answer), one("Text", Media::Other, Answer::Text("text/plain".to_owned()))]
        }
        Answer::Json(..) => vec![one("", Media::Json, answer)],
        answer => vec![one("", Media::Any, answer)],
    })
}

/// The one type that all errors have, or an enum; nothing where none has content that says more than its status.
fn together(
    lowering: &mut Lowering<'_>,
    found: &SourceOperation<'_>,
    mut variants: Vec<AnswerVariant>,
) -> Option<Type> {
    let with_content: Vec<&AnswerVariant> =
        variants.iter().filter(|variant| !matches!(variant.content, Answer::Empty)).collect();
    let (first, rest) = with_content.split_first()?;
    if let Answer::Json(ty, _) = &first.content {
        let is_alike = rest.iter().all(|one| matches!(&one.content, Answer::Json(other, _) if other == ty));
        match ty {
            Type::Opaque(_) | Type::Object if is_alike => return None,
            Type::Named(_) if is_alike => return Some(ty.clone()),
            _ => {}
        }
    }
    for variant in &mut variants {
        let [(first, last)] = variant.statuses[..] else { continue };
        let statuses = match (first, last) {
            ANY_STATUS => "Any other status".to_owned(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first} to {last}"),
        };
        variant.description = format!("{statuses}. {}", variant.description).trim_end().to_owned();
    }
    let location = found.location(lowering.scope).child("responses");
    let preferred = names::member(&names::camel(found.id), "error");
    let name = lowering.types.claim(&preferred, &location, "error");
    let key = format!(
        "{:?}",
        variants.iter().map(|one| (&one.name, &one.statuses, one.media, &one.content)).collect::<Vec<_>>()
    );
    let description = format!("The errors of `{}` that the document describes.", found.id);
    let shape = match lowering.types.alike(key, &name) {
        Some(known) => Shape::Alias(known),
        None => Shape::Answers(variants),
    };
    result_types::add(lowering, &name, description, shape, &location).ok()?;
    Some(Type::Named(name))
}
