//! `oneOf` and `allOf`. What a union means is never guessed: `x-one-of` names one of the rules below, or the run stops.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{ReferenceOr, Schema, SchemaKind};
use serde_json::Value;

use super::properties::{description, named, properties};
use super::schemas::{Lowering, Typed};
use super::scope::{is_set, text};

use crate::codegen::location::Location;
use crate::codegen::model::{NamedType, PropertyVariant, Shape, Tagged, TaggedVariant, Type};

type Alternatives = [ReferenceOr<Schema>];

/// A union by its rule.
pub(super) fn one_of(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    alternatives: &Alternatives,
    name: &str,
    location: &Location,
) -> anyhow::Result<Typed> {
    let extensions = &schema.schema_data.extensions;
    match text(extensions, "x-one-of") {
        Some("expandable") => expandable(lowering, alternatives, name, location),
        Some("by-property") => {
            by_property(lowering, schema, alternatives, &named(extensions, || name.to_owned()), location)
                .map(Typed::from)
        }
        Some(other) => bail!("{location}: the rule x-one-of {other:?} is not understood"),
        None => bail!("{location}: oneOf without a rule (x-one-of) that tells the alternatives apart"),
    }
}

/// A plain scalar first, then the content in one form or several.
fn expandable(
    lowering: &mut Lowering<'_>,
    alternatives: &Alternatives,
    name: &str,
    location: &Location,
) -> anyhow::Result<Typed> {
    let [first, rest @ ..] = alternatives else {
        bail!("{location}: an expandable value needs a plain form and a content")
    };
    let at = |index: usize| location.child("oneOf").index(index);
    let plain = lowering.typed(first, name, &at(0))?;
    ensure!(matches!(plain.ty, Type::Text | Type::Id(_)), "{}: the plain form is neither text nor an id", at(0));
    let expanded: Typed = match rest {
        [] => bail!("{location}: an expandable value needs a content"),
        [one] => lowering.typed(one, name, &at(1))?,
        _ => Type::Opaque("the content has several forms that nothing tells apart").into(),
    };
    let plain_is_read_only =
        matches!(first, ReferenceOr::Item(item) if is_set(&item.schema_data.extensions, "x-read-only"));
    let ty = Type::Composite { plain: Box::new(plain.ty), expanded: Box::new(expanded.ty), plain_is_read_only };
    Ok(Typed { nullable: plain.nullable || expanded.nullable, ..ty.into() })
}

/// Objects of which each has a property that the others lack: its first one.
fn by_property(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    alternatives: &Alternatives,
    name: &str,
    location: &Location,
) -> anyhow::Result<Type> {
    let mut variants: Vec<PropertyVariant> = Vec::new();
    for (index, alternative) in alternatives.iter().enumerate() {
        let at = location.child("oneOf").index(index);
        let ReferenceOr::Item(object) = alternative else { bail!("{at}: an object is expected") };
        let property = properties(object).first().map(|(name, _)| (*name).clone());
        let property = property.with_context(|| format!("{at}: no properties"))?;
        let elsewhere = alternatives.iter().enumerate().filter(|(other, _)| *other != index);
        let is_elsewhere = |other: &ReferenceOr<Schema>| {
            other.as_item().is_some_and(|other| properties(other).iter().any(|(name, _)| **name == property))
        };
        ensure!(
            !elsewhere.into_iter().any(|(_, other)| is_elsewhere(other)),
            "{at}: {property:?} does not tell it apart"
        );
        let ty =
            text(&object.schema_data.extensions, "x-rust-type").with_context(|| format!("{at}: no x-rust-type"))?;
        lowering.object(object, ty, &at)?;
        variants.push(PropertyVariant {
            property,
            name: ty.strip_suffix(name).unwrap_or(ty).to_owned(),
            ty: ty.to_owned(),
            description: description(object, &at)?,
            location: at,
        });
    }
    lowering.types.add(NamedType {
        name: name.to_owned(),
        description: description(schema, location)?,
        is_sent: false,
        shape: Shape::ByProperty(variants),
        location: location.clone(),
    })
}

/// Common members, and a union that one of them tells apart.
pub(super) fn all_of(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    parts: &Alternatives,
    name: &str,
    location: &Location,
) -> anyhow::Result<Type> {
    let [common, ReferenceOr::Item(Schema { schema_kind: SchemaKind::OneOf { one_of }, schema_data })] = parts else {
        bail!("{location}: allOf is only understood as common members and a oneOf");
    };
    let (common_at, at) = (location.child("allOf").index(0), location.child("allOf").index(1));
    let rule = schema_data.extensions.get("x-one-of");
    let rule =
        rule.with_context(|| format!("{at}: oneOf without a rule (x-one-of) that tells the alternatives apart"))?;
    let tag = rule.get("by").and_then(Value::as_str).with_context(|| format!("{at}: x-one-of names no member (by)"))?;

    let name = named(&schema.schema_data.extensions, || name.to_owned());
    let default = default_of(lowering, common, tag, &common_at)?;
    let common = type_name(lowering, common, &common_at)?;
    let common_may_be_empty = lowering.types.drop_member(&common, tag);
    let content = format!("{name}Content");
    let tagged = Tagged { common, common_may_be_empty, content, tag: tag.to_owned(), default };
    let shape = Shape::Tagged { tagged, variants: tagged_variants(lowering, one_of, &at)? };
    let description = description(schema, location)?;
    lowering.types.add(NamedType { name, description, is_sent: false, shape, location: location.clone() })
}

/// The alternatives with the number and the name that `x-one-of` lists for each, in the same order.
fn tagged_variants(
    lowering: &mut Lowering<'_>,
    alternatives: &Alternatives,
    location: &Location,
) -> anyhow::Result<Vec<TaggedVariant>> {
    let values = lowering.scope.members(&location.at(&["x-one-of", "values"]))?;
    let (named, listed) = (values.len(), alternatives.len());
    ensure!(named == listed, "{location}: x-one-of names {named} values for {listed} alternatives");
    let mut variants = Vec::new();
    for (index, ((code, variant, at), alternative)) in values.into_iter().zip(alternatives).enumerate() {
        let tag = code.parse().with_context(|| format!("{at}: {code:?} is not a number"))?;
        let name = variant.as_str().with_context(|| format!("{at}: the name is not text"))?.to_owned();
        let ty = type_name(lowering, alternative, &location.child("oneOf").index(index))?;
        variants.push(TaggedVariant { tag, name, ty, location: at });
    }
    Ok(variants)
}

fn type_name(lowering: &mut Lowering<'_>, schema: &ReferenceOr<Schema>, location: &Location) -> anyhow::Result<String> {
    match lowering.typed(schema, "", location)?.never_null(location)? {
        Type::Named(name) => Ok(name),
        other => bail!("{location}: an object is expected, not {other:?}"),
    }
}

/// The number that the tag has where it is not sent.
fn default_of(
    lowering: &Lowering<'_>,
    common: &ReferenceOr<Schema>,
    tag: &str,
    location: &Location,
) -> anyhow::Result<Option<i64>> {
    let ReferenceOr::Reference { reference } = common else { bail!("{location}: a reference is expected") };
    let (schema, at) = lowering.scope.schema(reference, location)?;
    let member = properties(schema).into_iter().find(|(name, _)| *name == tag);
    let (_, member) = member.with_context(|| format!("{at}: there is no member {tag:?}"))?;
    Ok(member.as_item().and_then(|member| member.schema_data.default.as_ref()).and_then(Value::as_i64))
}
