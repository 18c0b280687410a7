//! Enums: the values come from the document, their names and words from `x-enum`.

use anyhow::{Context as _, bail, ensure};
use openapiv3::Schema;
use serde_json::Value;

use super::properties::description;
use super::schemas::Lowering;
use crate::codegen::location::Location;
use crate::codegen::model::{NamedType, Shape, Type, Variant};

/// Where the values of an enum are described.
struct Source<'a> {
    name: String,
    description: String,
    location: Location,
    /// Whether a larger number is more of it.
    ordered: bool,
    /// Each value as text, with its words and their place.
    values: Vec<(&'a str, Value, Location)>,
}

/// An enum of numbers. Numbers that are listed without a name stay unknown ones.
pub(super) fn of_integers(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    name: &str,
    location: &Location,
) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, location)?;
    let mut variants = Vec::new();
    for (code, words, at) in source.values {
        let number = code.parse().with_context(|| format!("{at}: {code:?} is not a number"))?;
        variants.push(variant(number, &words, at)?);
    }
    variants.sort_by_key(|variant| variant.value);
    let (name, description, location) = (source.name, source.description, source.location);
    let shape = Shape::IntegerEnum { variants, ordered: source.ordered };
    lowering.types.add(NamedType { name, description, is_sent: false, shape, location })
}

/// An enum of texts. Every listed value needs a name; a shared enum may have more.
pub(super) fn of_texts(
    lowering: &mut Lowering<'_>,
    schema: &Schema,
    listed: &[Option<String>],
    name: &str,
    location: &Location,
) -> anyhow::Result<Type> {
    let source = source(lowering, schema, name, location)?;
    ensure!(!source.ordered, "{location}: the values of {} are texts, which have no order", source.name);
    let has_name = |text: &&String| source.values.iter().any(|(known, ..)| known == text);
    if let Some(missing) = listed.iter().flatten().find(|text| !has_name(text)) {
        bail!("{location}: the value {missing:?} has no name in {} (x-enum)", source.location.pointer());
    }
    let mut variants = Vec::new();
    for (text, words, at) in source.values {
        variants.push(variant(text.to_owned(), &words, at)?);
    }
    let (name, description, location) = (source.name, source.description, source.location);
    lowering.types.add(NamedType { name, description, is_sent: false, shape: Shape::TextEnum(variants), location })
}

fn source<'a>(
    lowering: &mut Lowering<'a>,
    schema: &Schema,
    name: &str,
    location: &Location,
) -> anyhow::Result<Source<'a>> {
    let extensions = &schema.schema_data.extensions;
    match extensions.get("x-enum") {
        Some(Value::String(shared)) => {
            let at = lowering.scope.root().at(&["x-enums", shared]);
            let values = lowering.scope.members(&at.child("values"))?;
            ensure!(!values.is_empty(), "{location}: x-enums has no values of {shared:?}");
            let members = lowering.scope.members(&at)?;
            let member = |name: &str| members.iter().find(|(key, ..)| *key == name).map(|(_, value, _)| value);
            let words = member("description").with_context(|| format!("{at}: no description"))?;
            let description = words.as_str().with_context(|| format!("{at}: the description is not text"))?.to_owned();
            let ordered = match member("ordered") {
                None => false,
                Some(value) => value.as_bool().with_context(|| format!("{at}: `ordered` is neither true nor false"))?,
            };
            Ok(Source { name: shared.clone(), description, location: at, ordered, values })
        }
        Some(Value::Object(_)) => Ok(Source {
            name: lowering.claimed(extensions, name, location),
            description: description(schema, location)?,
            location: location.clone(),
            ordered: false,
            values: lowering.scope.members(&location.child("x-enum"))?,
        }),
        Some(other) => bail!("{}: {other} is neither a name nor a map", location.child("x-enum")),
        None => bail!("{location}: the values of the enum have no names (x-enum)"),
    }
}

fn variant<T>(value: T, words: &Value, location: Location) -> anyhow::Result<Variant<T>> {
    let text = |key: &str| words.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").with_context(|| format!("{location}: the value has no name"))?;
    let description = text("description").with_context(|| format!("{location}: the value has no description"))?;
    Ok(Variant { value, name, description, location })
}
