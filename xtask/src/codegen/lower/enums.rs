//! Enums: the values come from the document, their names and words from `x-enum`.

use anyhow::{Context as _, bail, ensure};
use openapiv3::Schema;
use serde_json::Value;

use super::properties::description;
use super::schemas::Lowering;
use crate::codegen::model::{NamedType, Shape, Type, Variant};
use crate::codegen::place::Place;

/// Where the values of an enum are described.
struct Source<'a> {
    name: String,
    description: String,
    place: Place,
    /// Whether a larger number is more of it.
    ordered: bool,
    /// Each value as text, with its words and their place.
    values: Vec<(&'a str, Value, Place)>,
}

/// An enum of numbers. Numbers that are listed without a name stay unknown ones.
pub(super) fn of_integers(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    name: &str,
    place: &Place,
) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, place)?;
    let mut variants = Vec::new();
    for (code, words, at) in source.values {
        let number = code.parse().with_context(|| format!("{at}: {code:?} is no number"))?;
        variants.push(variant(number, &words, at)?);
    }
    variants.sort_by_key(|variant| variant.value);
    let (name, description, place) = (source.name, source.description, source.place);
    let shape = Shape::IntegerEnum { variants, ordered: source.ordered };
    lowering.types.add(NamedType { name, description, is_sent: false, shape, place })
}

/// An enum of texts. Every listed value needs a name; a shared enum may have more.
pub(super) fn of_texts(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    listed: &[Option<String>],
    name: &str,
    place: &Place,
) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, place)?;
    ensure!(!source.ordered, "{place}: the values of {} are texts, which have no order", source.name);
    let has_name = |text: &&String| source.values.iter().any(|(known, ..)| known == text);
    if let Some(missing) = listed.iter().flatten().find(|text| !has_name(text)) {
        bail!("{place}: the value {missing:?} has no name in {} (x-enum)", source.place.pointer());
    }
    let mut variants = Vec::new();
    for (text, words, at) in source.values {
        variants.push(variant(text.to_owned(), &words, at)?);
    }
    let (name, description, place) = (source.name, source.description, source.place);
    lowering.types.add(NamedType { name, description, is_sent: false, shape: Shape::TextEnum(variants), place })
}

fn source<'a>(lowering: &mut Lowering<'a>, schema: &Schema, name: &str, place: &Place) -> anyhow::Result<Source<'a>> {
    let extensions = &schema.schema_data.extensions;
    match extensions.get("x-enum") {
        Some(Value::String(shared)) => {
            let at = lowering.scope.root().at(&["x-enums", shared]);
            let values = lowering.scope.members(&at.child("values"))?;
            ensure!(!values.is_empty(), "{place}: x-enums has no values of {shared:?}");
            let members = lowering.scope.members(&at)?;
            let member = |name: &str| members.iter().find(|(key, ..)| *key == name).map(|(_, value, _)| value);
            let words = member("description").with_context(|| format!("{at}: no description"))?;
            let description = words.as_str().with_context(|| format!("{at}: the description is no text"))?.to_owned();
            let ordered = match member("ordered") {
                None => false,
                Some(value) => value.as_bool().with_context(|| format!("{at}: `ordered` is neither true nor false"))?,
            };
            Ok(Source { name: shared.clone(), description, place: at, ordered, values })
        }
        Some(Value::Object(_)) => Ok(Source {
            name: lowering.claimed(extensions, name, place),
            description: description(schema, place)?,
            place: place.clone(),
            ordered: false,
            values: lowering.scope.members(&place.child("x-enum"))?,
        }),
        Some(other) => bail!("{}: {other} is neither a name nor a map", place.child("x-enum")),
        None => bail!("{place}: the values of the enum have no names (x-enum)"),
    }
}

fn variant<T>(value: T, words: &Value, place: Place) -> anyhow::Result<Variant<T>> {
    let text = |key: &str| words.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").with_context(|| format!("{place}: the value has no name"))?;
    let description = text("description").with_context(|| format!("{place}: the value has no description"))?;
    Ok(Variant { value, name, description, place })
}
