//! What a document of others says of errors: the type that `Error::answer` reads them as, decoded only if it is asked for.

use openapiv3::{ReferenceOr, Response, StatusCode};

use super::answers::{self, Content};
use super::operations::Found;
use super::refusal::Refused;
use super::schemas::Lowering;
use super::{bodies, names, several};
use crate::codegen::model::{Answer, AnswerVariant, Media, Operation, Shape, Type, is_json};
use crate::codegen::place::Place;

/// The statuses of `default`: all that are listed nowhere.
const ANY_STATUS: (u16, u16) = (100, 999);

/// Sets the type of the documented errors and says so in the documentation. An error that is not understood has no type; the operation
/// is none the worse for it.
pub fn add(lowering: &mut Lowering<'_>, found: &Found<'_>, operation: &mut Operation) {
    let mut variants: Vec<AnswerVariant> = Vec::new();
    for (statuses, name, response, place) in listed(lowering, found) {
        let mark = lowering.types.mark();
        match of_status(lowering, found, response, &name, &place) {
            Ok(contents) => variants.extend(
                contents
                    .into_iter()
                    .map(|(suffix, media, content, description)| {
                        let name =
                            names::free(&format!("{name}{suffix}"), |name| variants.iter().any(|one| one.name == name));
                        AnswerVariant {
                            name,
                            statuses: vec![statuses],
                            media,
                            content,
                            description,
                            place: place.clone(),
                        }
                    })
                    .collect::<Vec<_>>(),
            ),
            Err(error) => {
                lowering.types.take_back(mark);
                let Refused { construct, .. } = Refused::of(&error, &place);
                operation
                    .notes
                    .push(format!("What the document says of the error `{name}` is not understood: {construct}."));
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

/// The responses of errors, those of single statuses first and `default` last, with their statuses and the name of the variant.
fn listed<'a>(
    lowering: &Lowering<'a>,
    found: &Found<'a>,
) -> Vec<((u16, u16), String, &'a ReferenceOr<Response>, Place)> {
    let place = found.place(lowering.scope).child("responses");
    let responses = &found.source.responses;
    let mut all = Vec::new();
    for (status, response) in &responses.responses {
        let (statuses, name) = match status {
            StatusCode::Code(code) if (400..600).contains(code) => ((*code, *code), several::reason(*code)),
            StatusCode::Range(4) => ((400, 499), "ClientError"),
            StatusCode::Range(5) => ((500, 599), "ServerError"),
            _ => continue,
        };
        all.push((statuses, name.to_owned(), response, place.child(&status.to_string())));
    }
    all.sort_by_key(|((first, last), ..)| (last - first, *first));
    if let Some(response) = &responses.default {
        all.push((ANY_STATUS, "Other".to_owned(), response, place.child("default")));
    }
    all
}

type Described = (&'static str, Media, Answer, String);

/// What one status holds: JSON, and text where that is offered beside it or alone.
fn of_status(
    lowering: &mut Lowering<'_>,
    found: &Found<'_>,
    response: &ReferenceOr<Response>,
    name: &str,
    place: &Place,
) -> anyhow::Result<Vec<Described>> {
    let scope = lowering.scope;
    let response = match response {
        ReferenceOr::Item(response) => response,
        ReferenceOr::Reference { reference } => {
            let name = scope.name(reference, "responses", place)?;
            match scope.components.responses.get(&name) {
                Some(ReferenceOr::Item(response)) => response,
                _ => anyhow::bail!(Refused::new("a response that is not there", place)),
            }
        }
    };
    let words = response.description.clone();
    let content = match answers::described(scope, response, place)? {
        // A list of events is no error that could be read at once.
        Content::Events(..) => Content::Text(crate::codegen::model::EVENTS.to_owned()),
        content => content,
    };
    let wish = names::member(&names::camel(found.id), name);
    let answer = several::content(lowering, &content, &wish)?;
    let has_text = response.content.keys().any(|name| !is_json(name) && bodies::is_text(name));
    Ok(match answer {
        Answer::Json(..) if has_text => {
            let text = Answer::Text("text/plain".to_owned());
            vec![("", Media::Json, answer, words.clone()), ("Text", Media::Other, text, words)]
        }
        Answer::Json(..) => vec![("", Media::Json, answer, words)],
        answer => vec![("", Media::Any, answer, words)],
    })
}

/// The one type that all errors have, or an enum; nothing where none has content that says more than its status.
fn together(lowering: &mut Lowering<'_>, found: &Found<'_>, mut variants: Vec<AnswerVariant>) -> Option<Type> {
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
    let place = found.place(lowering.scope).child("responses");
    let wish = names::member(&names::camel(found.id), "error");
    let name = lowering.types.claim(&wish, &place, "error");
    let key = format!(
        "{:?}",
        variants.iter().map(|one| (&one.name, &one.statuses, one.media, &one.content)).collect::<Vec<_>>()
    );
    let description = format!("The errors of `{}` that the document describes.", found.id);
    let shape = match lowering.types.alike(key, &name) {
        Some(known) => Shape::Alias(known),
        None => Shape::Answers(variants),
    };
    several::add(lowering, &name, description, shape, &place).ok()?;
    Some(Type::Named(name))
}
