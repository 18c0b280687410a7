//! Bodies of which the caller chooses something: the media type, or the names of the members.

use openapiv3::{AdditionalProperties, ReferenceOr, SchemaKind, Type as SchemaType};

use super::bodies::{self, FoundBody};
use super::operations::SourceOperation;
use super::properties::properties;
use super::refusal::Refused;
use super::schemas::Lowering;
use super::{foreign, names, result_types};
use crate::codegen::media::{self, is_json};
use crate::codegen::model::{BodyArgument, BodyFormat, BodyVariant, Bounds, Shape, Type};
use crate::codegen::normalise::REFUSED;

/// What a method takes where the document names several media types, or a range: an enum where some of them are JSON, else the media
/// type and what is sent.
pub(super) fn taken(
    lowering: &mut Lowering<'_>,
    found: &SourceOperation<'_>,
    body: &FoundBody<'_>,
) -> anyhow::Result<BodyArgument> {
    if body.body.format != BodyFormat::Value {
        return Ok(BodyArgument::ContentOf);
    }
    let owner = names::member(&names::camel(found.id), "body");
    let mut variants: Vec<BodyVariant> = Vec::new();
    for choice in &body.choices {
        let preferred = named(choice.media_type);
        let name = names::free(&preferred, |name| variants.iter().any(|known| known.name == name));
        if choice.media_type.contains('*') {
            return Err(Refused::new("a range of media types beside JSON", &choice.location).into());
        }
        let (ty, bounds) = match &choice.schema {
            Some((schema, at)) if is_json(choice.media_type) => {
                let typed = lowering.typed(schema, &names::member(&owner, &name), at)?;
                let bounds = typed.bounds.clone();
                (Some(lowering.inner(typed, at)?), bounds)
            }
            _ => (None, Bounds::default()),
        };
        let media_type = choice.media_type.to_owned();
        variants.push(BodyVariant { name, media_type, ty, bounds, location: choice.location.clone() });
    }
    let location = found.location(lowering.scope).child("requestBody");
    let description = format!("The body of `{}`, in one of the media types that it takes.", found.id);
    let name = lowering.types.claim(&owner, &location, "choice");
    result_types::add(lowering, &name, description, Shape::Bodies(variants), &location)?;
    Ok(BodyArgument::OneOf(name))
}

/// A media type as a name: `application/merge-patch+json` is `MergePatch`.
fn named(media_type: &str) -> String {
    let bare = media::bare(media_type);
    let sort = bare.strip_prefix("application/").unwrap_or(&bare);
    let sort = sort.strip_suffix("+json").unwrap_or(sort);
    names::camel(&names::spelled(sort))
}

/// The type of a form or of parts whose names the document does not list; nothing where it lists them.
pub(super) fn map(
    lowering: &mut Lowering<'_>,
    found: &SourceOperation<'_>,
    body: &FoundBody<'_>,
) -> anyhow::Result<Option<Type>> {
    let scope = lowering.scope;
    let is_form = matches!(body.body.format, BodyFormat::Form | BodyFormat::Multipart);
    let Some((schema, at)) = body.schema.as_ref().filter(|_| is_form && scope.is_foreign()) else { return Ok(None) };
    let (schema, at) = bodies::target(scope, schema, at)?;
    if !properties(schema).is_empty() || schema.schema_data.extensions.contains_key(REFUSED) {
        return Ok(None);
    }
    if bodies::is_any(scope, schema) {
        return Ok(Some(Type::Object));
    }
    let SchemaKind::Type(SchemaType::Object(object)) = &schema.schema_kind else {
        return Err(Refused::new("a form without named members", &at).into());
    };
    if let (Some(AdditionalProperties::Schema(values)), BodyFormat::Multipart) =
        (&object.additional_properties, body.body.format)
    {
        let values: &ReferenceOr<_> = values;
        let (values, _) = bodies::target(scope, values, &at.child("additionalProperties"))?;
        if bodies::of_text(values) == Some(false) {
            return Ok(Some(Type::Table(Box::new(Type::File))));
        }
    }
    let name = names::member(&names::camel(found.id), "request");
    foreign::map(lowering, object, &name, &at).map(|typed| Some(typed.ty))
}
