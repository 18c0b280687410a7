//! Enums: the values come from the document, their names and words from `x-enum`.

use anyhow::{Context as _, bail, ensure};
use openapiv3::Schema;
use serde_json::Value;

use super::place::Place;
use super::scope::Extensions;
use super::types::{Lowering, named};
use crate::codegen::model::{NamedType, Shape, Type, Variant};

/// Where the values of an enum are described.
struct Source {
    name: String,
    description: String,
    values: serde_json::Map<String, Value>,
    place: Place,
}

/// An enum of numbers. Numbers that are listed without a name stay unknown ones.
pub fn of_integers(lowering: &mut Lowering<'_>, schema: &Schema, name: &str, place: &Place) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, place)?;
    let mut variants = Vec::new();
    for (code, value) in &source.values {
        let at = source.place.child(code);
        let value_number = code.parse().with_context(|| format!("{at}: {code:?} is no number"))?;
        variants.push(variant(value_number, value, &at)?);
    }
    variants.sort_by_key(|variant| variant.value);
    let shape = Shape::IntegerEnum(variants);
    lowering.types.add(NamedType { name: source.name, description: source.description, shape }, &source.place)
}

/// An enum of texts. Every listed value needs a name; a shared enum may have more.
pub fn of_texts(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    listed: &[Option<String>],
    name: &str,
    place: &Place,
) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, place)?;
    let known = |text: &String| source.values.contains_key(text);
    if let Some(missing) = listed.iter().flatten().find(|text| !known(text)) {
        bail!("{place}: the value {missing:?} has no name in {}", source.place);
    }
    let mut variants = Vec::new();
    for (text, value) in &source.values {
        variants.push(variant(text.clone(), value, &source.place.child(text))?);
    }
    let order = |text: &str| listed.iter().flatten().position(|listed| listed == text).unwrap_or(usize::MAX);
    if source.place.pointer() == place.pointer() {
        variants.sort_by_key(|variant| order(&variant.value));
    }
    let shape = Shape::TextEnum(variants);
    lowering.types.add(NamedType { name: source.name, description: source.description, shape }, &source.place)
}

fn source(lowering: &Lowering<'_>, schema: &Schema, name: &str, place: &Place) -> anyhow::Result<Source> {
    let extensions: &Extensions = &schema.schema_data.extensions;
    match extensions.get("x-enum") {
        Some(Value::String(shared)) => {
            let at = Place::root(lowering.scope.stem()).child("x-enums").child(shared);
            let found =
                lowering.scope.shared_enum(shared).with_context(|| format!("{place}: x-enums has no {shared:?}"))?;
            let description =
                found.get("description").and_then(Value::as_str).with_context(|| format!("{at}: no description"))?;
            let values = found.get("values").and_then(Value::as_object).with_context(|| format!("{at}: no values"))?;
            Ok(Source { name: shared.clone(), description: description.to_owned(), values: values.clone(), place: at })
        }
        Some(Value::Object(values)) => {
            let description = schema.schema_data.description.clone().unwrap_or_else(|| format!("Value of `{name}`."));
            let name = named(extensions, || name.to_owned());
            Ok(Source { name, description, values: values.clone(), place: place.clone() })
        }
        Some(other) => bail!("{place}/x-enum: {other} is neither a name nor a map"),
        None => bail!("{place}: the values of the enum have no names (x-enum)"),
    }
}

fn variant<T>(value: T, words: &Value, place: &Place) -> anyhow::Result<Variant<T>> {
    let text = |key: &str| words.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").with_context(|| format!("{place}: the value has no name"))?;
    let description = text("description").with_context(|| format!("{place}: the value has no description"))?;
    ensure!(name != "Unknown", "{place}: the name Unknown stands for values that the document does not list");
    Ok(Variant { value, name, description })
}
