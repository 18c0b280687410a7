//! `x-pages` of a document or an overlay: how a list goes on, checked against what the operation takes and answers.

use serde_json::{Map, Value};

use super::operations::SourceOperation;
use super::refusal::Refused;
use super::schemas::Lowering;
use super::types::Types;
use crate::codegen::model::{Answer, BodyArgument, CallShape, Operation, PageInput, Pages, PagesKind, Shape, Type};

/// The keys that name places in an answer, and what each sets.
const PLACES: [(&str, &str); 5] =
    [("next", "next"), ("last-item", "last_item"), ("more", "more"), ("total", "total"), ("pages", "pages")];

/// All other keys.
const KEYS: [&str; 8] = ["kind", "items", "parameter", "body", "size", "size-body", "first", "description"];

/// What is said of the operation, if anything is.
pub(super) fn of_operation(
    lowering: &Lowering<'_>,
    found: &SourceOperation<'_>,
    operation: &Operation,
) -> anyhow::Result<Option<Pages>> {
    let Some(said) = found.source.extensions.get("x-pages") else { return Ok(None) };
    let location = found.location(lowering.scope).child("x-pages");
    let refused = |why: String| Refused::new(format!("x-pages {why}"), &location);
    let said = said.as_object().ok_or_else(|| refused("that is not an object".to_owned()))?;
    read(lowering.types, said, operation).map(Some).map_err(|why| refused(why).into())
}

fn read(types: &Types, said: &Map<String, Value>, operation: &Operation) -> Result<Pages, String> {
    let text = |key: &str| match said.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("whose {key} is not text")),
    };
    let is_known = |key: &str| KEYS.contains(&key) || PLACES.iter().any(|(known, _)| *known == key);
    if let Some(key) = said.keys().find(|key| !is_known(key)) {
        return Err(format!("with the key {key:?}"));
    }
    let kind = text("kind")?.unwrap_or_default();
    let Some((_, kind)) = PagesKind::ALL.into_iter().find(|(word, _)| *word == kind) else {
        return Err(format!("of the kind {kind:?}"));
    };
    let pointer = |key: &str| match text(key)? {
        Some(pointer) if !pointer.is_empty() && !pointer.starts_with('/') => {
            Err(format!("whose {key} is not a JSON Pointer"))
        }
        pointer => Ok(pointer),
    };
    let items = pointer("items")?.ok_or("without items")?;
    let mut places = Vec::new();
    for (key, sets) in PLACES {
        places.extend(pointer(key)?.filter(|pointer| !pointer.is_empty()).map(|pointer| (sets, pointer)));
    }
    let moves = input(types, operation, text("parameter")?, pointer("body")?)?;
    let size = input(types, operation, text("size")?, pointer("size-body")?)?;
    let has = |sets: &str| places.iter().any(|(known, _)| *known == sets);
    match kind {
        PagesKind::NextLink if moves.is_some() => return Err("with a link and a parameter".to_owned()),
        PagesKind::NextLink => {}
        _ if moves.is_none() => return Err("without a parameter that moves".to_owned()),
        PagesKind::Cursor if has("next") == has("last_item") => {
            return Err("with a cursor that stands in one place of neither or both".to_owned());
        }
        _ => {}
    }
    let first = match said.get("first") {
        None => None,
        Some(first) => Some(first.as_u64().ok_or("whose first is not a number")?),
    };
    Ok(Pages { kind, item: item(types, operation, &items)?, items, moves, size, places, first })
}

/// A part of the request, which must be there.
fn input(
    types: &Types,
    operation: &Operation,
    parameter: Option<String>,
    pointer: Option<String>,
) -> Result<Option<PageInput>, String> {
    let CallShape::Plain { body, .. } = &operation.call else { return Err("of a verb".to_owned()) };
    match (parameter, pointer) {
        (Some(_), Some(_)) => Err("with a parameter and a place in the body".to_owned()),
        (Some(name), None) => {
            let mut styles = operation.styles.iter();
            let is_there = styles.any(|parameter| parameter.wire == name && parameter.style.at == "query");
            if is_there {
                Ok(Some(PageInput::Query(name)))
            } else {
                Err(format!("whose parameter {name:?} the operation does not have"))
            }
        }
        (None, Some(pointer)) => {
            let first = pointer.split('/').nth(1).unwrap_or_default();
            let first = crate::pointer::unescaped(first);
            let is_there = match body {
                Some(BodyArgument::Members(name)) => match types.shape(name) {
                    Some(Shape::Request { required, optional, .. }) => {
                        required.iter().chain(optional).any(|field| field.wire == first)
                    }
                    _ => false,
                },
                Some(BodyArgument::Value(_)) => true,
                _ => false,
            };
            if is_there {
                Ok(Some(PageInput::Body(pointer)))
            } else {
                Err(format!("whose place {pointer:?} the body does not have"))
            }
        }
        (None, None) => Ok(None),
    }
}

/// The type of the elements at a place of the answer.
fn item(types: &Types, operation: &Operation, pointer: &str) -> Result<Type, String> {
    let CallShape::Plain { answer: Answer::Json(answer, _), .. } = &operation.call else {
        return Err("of an operation that does not answer JSON alone".to_owned());
    };
    let mut at = answer;
    for segment in pointer.split('/').skip(1) {
        let segment = crate::pointer::unescaped(segment);
        at = match resolved(types, at) {
            Resolved::Type(Type::Table(inner)) => inner,
            Resolved::Type(Type::Opaque(_) | Type::Object) => return Ok(ANY),
            Resolved::Shape(Shape::Object { fields, .. }) => {
                let field = fields.iter().find(|field| field.wire == segment);
                &field.ok_or_else(|| format!("whose items {pointer:?} the answer does not have"))?.ty
            }
            // Which of them it is shows the answer alone.
            Resolved::Shape(Shape::Union(_)) => return Ok(ANY),
            _ => return Err(format!("whose items {pointer:?} the answer does not have")),
        };
    }
    match resolved(types, at) {
        Resolved::Type(Type::List(inner)) => Ok((**inner).clone()),
        Resolved::Type(Type::Opaque(_)) => Ok(ANY),
        _ => Err(format!("whose items {pointer:?} are not a list")),
    }
}

const ANY: Type = Type::Opaque("the document does not say what the list holds");

enum Resolved<'a> {
    Type(&'a Type),
    Shape(&'a Shape),
}

/// A type without pointers and null, or what its name stands for.
fn resolved<'a>(types: &'a Types, ty: &'a Type) -> Resolved<'a> {
    match ty {
        Type::Nullable(inner) | Type::Boxed(inner) => resolved(types, inner),
        Type::Named(name) => types.shape(name).map_or(Resolved::Type(ty), Resolved::Shape),
        ty => Resolved::Type(ty),
    }
}
