//! `oneOf` and `allOf`. What a union means is never guessed: `x-one-of` names one of the rules below, or the run stops.

use anyhow::{Context as _, bail, ensure};
use openapiv3::{ReferenceOr, Schema, SchemaKind};
use serde_json::Value;

use super::place::Place;
use super::scope::{is_set, text};
use super::types::{Lowering, Typed, description, named, properties};
use crate::codegen::model::{NamedType, PropertyVariant, Shape, TaggedVariant, Type};

type Alternatives = [ReferenceOr<Schema>];

/// A union by its rule.
pub fn one_of(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    alternatives: &Alternatives,
    name: &str,
    place: &Place,
) -> anyhow::Result<Typed> {
    let extensions = &schema.schema_data.extensions;
    match text(extensions, "x-one-of") {
        Some("expandable") => expandable(lowering, alternatives, name, place),
        Some("by-property") => {
            by_property(lowering, schema, alternatives, &named(extensions, || name.to_owned()), place).map(Typed::from)
        }
        Some(other) => bail!("{place}: the rule x-one-of {other:?} is not understood"),
        None => bail!("{place}: oneOf without a rule (x-one-of) that tells the alternatives apart"),
    }
}

/// A plain scalar first, then the content in one form or several.
fn expandable(
    lowering: &mut Lowering<'_>,
    alternatives: &Alternatives,
    name: &str,
    place: &Place,
) -> anyhow::Result<Typed> {
    let [first, rest @ ..] = alternatives else {
        bail!("{place}: an expandable value needs a plain form and a content")
    };
    let at = |index: usize| place.child("oneOf").child(&index.to_string());
    let plain = lowering.typed(first, name, &at(0))?;
    ensure!(matches!(plain.ty, Type::Text | Type::Id(_)), "{}: the plain form is neither text nor an id", at(0));
    let expanded = match rest {
        [] => bail!("{place}: an expandable value needs a content"),
        [one] => lowering.typed(one, name, &at(1))?.ty,
        _ => Type::Opaque("the content has several forms that nothing tells apart"),
    };
    let plain_is_read_only =
        matches!(first, ReferenceOr::Item(item) if is_set(&item.schema_data.extensions, "x-read-only"));
    let ty = Type::Composite { plain: Box::new(plain.ty), expanded: Box::new(expanded), plain_is_read_only };
    Ok(Typed { ty, nullable: plain.nullable })
}

/// Objects of which each has a property that the others lack: its first one.
fn by_property(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    alternatives: &Alternatives,
    name: &str,
    place: &Place,
) -> anyhow::Result<Type> {
    let mut variants: Vec<PropertyVariant> = Vec::new();
    for (index, alternative) in alternatives.iter().enumerate() {
        let at = place.child("oneOf").child(&index.to_string());
        let ReferenceOr::Item(object) = alternative else { bail!("{at}: an object is expected") };
        let property = properties(object)
            .first()
            .map(|(name, _)| (*name).clone())
            .with_context(|| format!("{at}: no properties"))?;
        let ty =
            text(&object.schema_data.extensions, "x-rust-type").with_context(|| format!("{at}: no x-rust-type"))?;
        lowering.object(object, ty, &at)?;
        let variant = ty.strip_suffix(name).unwrap_or(ty).to_owned();
        ensure!(!variants.iter().any(|v| v.property == property), "{at}: {property:?} does not tell it apart");
        variants.push(PropertyVariant {
            property,
            name: variant,
            ty: ty.to_owned(),
            description: description(object, &at)?,
        });
    }
    let ty = NamedType {
        name: name.to_owned(),
        description: description(schema, place)?,
        shape: Shape::ByProperty(variants),
    };
    lowering.types.add(ty, place)
}

/// Common members, and a union that one of them tells apart; or one reference that only adds words.
pub fn all_of(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    parts: &Alternatives,
    name: &str,
    place: &Place,
) -> anyhow::Result<Type> {
    let [common, ReferenceOr::Item(union)] = parts else {
        bail!("{place}: allOf is only understood as common members and a oneOf");
    };
    let SchemaKind::OneOf { one_of } = &union.schema_kind else {
        bail!("{place}: allOf is only understood as common members and a oneOf");
    };
    let at = place.child("allOf").child("1");
    let rule = union
        .schema_data
        .extensions
        .get("x-one-of")
        .with_context(|| format!("{at}: oneOf without a rule (x-one-of)"))?;
    let tag = rule.get("by").and_then(Value::as_str).with_context(|| format!("{at}: x-one-of names no member (by)"))?;
    let values =
        rule.get("values").and_then(Value::as_object).with_context(|| format!("{at}: x-one-of names no values"))?;
    ensure!(
        values.len() == one_of.len(),
        "{at}: x-one-of names {} values for {} alternatives",
        values.len(),
        one_of.len()
    );

    let name = named(&schema.schema_data.extensions, || name.to_owned());
    let default = default_of(lowering, common, tag, &place.child("allOf").child("0"))?;
    let common = type_name(lowering, common, &place.child("allOf").child("0"))?;
    lowering.types.drop_member(&common, tag);
    let mut variants = Vec::new();
    for ((code, variant), alternative) in values.iter().zip(one_of) {
        let tag = code.parse().with_context(|| format!("{at}: {code:?} is no number"))?;
        let name = variant.as_str().with_context(|| format!("{at}: {code} has no name"))?.to_owned();
        variants.push(TaggedVariant { tag, name, ty: type_name(lowering, alternative, &at)? });
    }
    let shape = Shape::Tagged { common, content: format!("{name}Content"), tag: tag.to_owned(), default, variants };
    lowering.types.add(NamedType { name, description: description(schema, place)?, shape }, place)
}

fn type_name(lowering: &mut Lowering<'_>, schema: &ReferenceOr<Schema>, place: &Place) -> anyhow::Result<String> {
    match lowering.typed(schema, "", place)?.ty {
        Type::Named(name) => Ok(name),
        other => bail!("{place}: an object is expected, not {other:?}"),
    }
}

/// The number that the tag has where it is not sent.
fn default_of(
    lowering: &Lowering<'_>,
    common: &ReferenceOr<Schema>,
    tag: &str,
    place: &Place,
) -> anyhow::Result<Option<i64>> {
    let ReferenceOr::Reference { reference } = common else { bail!("{place}: a reference is expected") };
    let (schema, at) = lowering.scope.schema(reference, place)?;
    let member = properties(&schema).into_iter().find(|(name, _)| *name == tag);
    let (_, member) = member.with_context(|| format!("{at}: there is no member {tag:?}"))?;
    Ok(member.as_item().and_then(|member| member.schema_data.default.as_ref()).and_then(Value::as_i64))
}
