//! Forms that only third-party documents have, after they were normalised: marks in place of what is not understood, any JSON, a
//! reference with words beside it, a union with signs, a map of typed values.

use anyhow::{Context as _, bail};
use openapiv3::{AdditionalProperties, ObjectType, Schema, SchemaKind, Type as SchemaType};
use serde_json::Value;

use super::names;
use super::properties::description;
use super::refusal::Refused;
use super::schemas::{Lowering, Typed, is_nullable};
use super::scope::text;
use crate::codegen::location::Location;
use crate::codegen::model::{NamedType, Shape, Sign, Tag, Type, UnionVariant};
use crate::codegen::normalise::{ANY, REFUSED, UNION};

/// The type of a schema in one of these forms, if it has one.
pub(super) fn typed(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    name: &str,
    location: &Location,
) -> anyhow::Result<Option<Typed>> {
    if !lowering.scope.is_foreign() {
        return Ok(None);
    }
    let (extensions, nullable) = (&schema.schema_data.extensions, is_nullable(schema));
    if let Some(construct) = text(extensions, REFUSED) {
        bail!(Refused::new(construct, location));
    }
    if extensions.contains_key(ANY) {
        // Null is one of the values of JSON.
        return Ok(Some(Type::Opaque("the document gives it no single type").into()));
    }
    match &schema.schema_kind {
        SchemaKind::AllOf { all_of } => match all_of.as_slice() {
            [one] => {
                let typed = lowering.typed(one, name, &location.child("allOf").index(0))?;
                Ok(Some(Typed { nullable: typed.nullable || nullable, ..typed }))
            }
            _ => bail!(Refused::new("allOf", location)),
        },
        SchemaKind::OneOf { one_of } if extensions.contains_key(UNION) => {
            let name = lowering.claimed(extensions, name, location);
            let signs = extensions.get(UNION).and_then(Value::as_array).cloned().unwrap_or_default();
            let mut variants = Vec::new();
            for (index, (alternative, sign)) in one_of.iter().zip(&signs).enumerate() {
                let at = location.child("oneOf").index(index);
                let variant = sign.get("name").and_then(Value::as_str).unwrap_or("Other");
                let typed = lowering.typed(alternative, &names::member(&name, variant), &at)?;
                variants.push(UnionVariant {
                    name: variant.to_owned(),
                    ty: typed.ty,
                    bounds: typed.bounds,
                    sign: sign_of(sign).with_context(|| format!("{at}: the sign is not understood"))?,
                    description: words_of(sign),
                    location: at,
                });
            }
            let (description, location) = (description(schema, location)?, location.clone());
            let ty = lowering.types.add(NamedType {
                name,
                description,
                is_sent: false,
                shape: Shape::Union(variants),
                location,
            })?;
            Ok(Some(Typed { nullable, ..ty.into() }))
        }
        _ => Ok(None),
    }
}

/// Whether a schema has a type with a name, which may contain itself.
pub(super) fn makes_a_type(schema: &Schema) -> bool {
    let is_enum = schema.schema_data.extensions.contains_key("x-enum");
    is_enum
        || match &schema.schema_kind {
            SchemaKind::Type(SchemaType::Object(object)) => !object.properties.is_empty(),
            SchemaKind::OneOf { .. } => true,
            _ => false,
        }
}

/// A map of values of one type; of any values where the document says no more.
pub(super) fn map(
    lowering: &mut Lowering<'_>,
    object: &ObjectType,
    name: &str,
    location: &Location,
) -> anyhow::Result<Typed> {
    let Some(AdditionalProperties::Schema(values)) = &object.additional_properties else {
        return Ok(Type::Object.into());
    };
    let at = location.child("additionalProperties");
    let inner = lowering.typed(values, &names::member(name, "value"), &at)?;
    let bounds = inner.bounds.clone();
    Ok(match lowering.inner(inner, &at)? {
        Type::Opaque(_) => Type::Object.into(),
        inner => Typed { bounds, ..Type::Table(Box::new(inner)).into() },
    })
}

fn sign_of(sign: &Value) -> Option<Sign> {
    if let Some(is) = sign.get("is") {
        let member = is.get("member")?.as_str()?.to_owned();
        let more = is.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
        let values = std::iter::once(is.get("value")?).chain(&more).map(tag);
        return Some(Sign::Is(member, values.collect::<Option<_>>()?));
    }
    if let Some(member) = sign.get("has") {
        return Some(Sign::Has(member.as_str()?.to_owned()));
    }
    Some(Sign::Kind(sign.get("kind")?.as_str()?.to_owned()))
}

fn tag(value: &Value) -> Option<Tag> {
    match value {
        Value::String(text) => Some(Tag::Text(text.clone())),
        Value::Number(number) => number.as_i64().map(Tag::Integer),
        Value::Bool(value) => Some(Tag::Boolean(*value)),
        _ => None,
    }
}

fn words_of(sign: &Value) -> String {
    match sign_of(sign) {
        Some(Sign::Is(member, tags)) => {
            let shown = tags.iter().map(|tag| match tag {
                Tag::Text(text) => format!("`{text:?}`"),
                Tag::Integer(number) => format!("`{number}`"),
                Tag::Boolean(value) => format!("`{value}`"),
            });
            format!("`{member}` is {}.", shown.collect::<Vec<_>>().join(" or "))
        }
        Some(Sign::Has(member)) => format!("`{member}` is there."),
        Some(Sign::Kind(kind)) => format!("A JSON {}.", if kind == "text" { "string" } else { kind.as_str() }),
        None => String::new(),
    }
}
