//! From a schema to a type. Structs and enums found on the way are registered by name; two of one name are refused.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use openapiv3::{ReferenceOr, Schema, SchemaKind, StringFormat, Type as SchemaType, VariantOrUnknownOrEmpty};
use serde_json::Value;

use super::place::Place;
use super::scope::{Extensions, Scope, is_set, text};
use super::{enums, names, unions};
use crate::codegen::model::{Field, NamedType, Shape, Type};

/// Named types found so far, with the place that made each.
#[derive(Default)]
pub struct Types {
    found: BTreeMap<String, (NamedType, String)>,
    /// References that are being followed.
    open: Vec<String>,
}

impl Types {
    /// Registers a type; the same place may do so again.
    pub fn add(&mut self, ty: NamedType, place: &Place) -> anyhow::Result<Type> {
        let name = ty.name.clone();
        ensure!(names::is_identifier(&name), "{place}: {name:?} is no name for a type");
        match self.found.get(&name) {
            Some((_, earlier)) if earlier != place.pointer() => {
                bail!("{place}: the type {name} is already made at {earlier}; give one of them an x-rust-type")
            }
            _ => {
                self.found.insert(name.clone(), (ty, place.pointer().to_owned()));
                Ok(Type::Named(name))
            }
        }
    }

    /// Takes out the types that the given place and those below it made.
    pub fn take_below(&mut self, place: &Place) -> Vec<NamedType> {
        let below = format!("{}/", place.pointer());
        let names: Vec<String> =
            self.found.iter().filter(|(_, (_, at))| at.starts_with(&below)).map(|(n, _)| n.clone()).collect();
        names.iter().filter_map(|name| self.found.remove(name)).map(|(ty, _)| ty).collect()
    }

    /// Takes a member, and the type made for it, out of a struct: the union that it tells apart says the same.
    pub fn drop_member(&mut self, name: &str, wire: &str) {
        let Some((NamedType { shape: Shape::Object { fields, .. }, .. }, _)) = self.found.get_mut(name) else { return };
        let Some(index) = fields.iter().position(|field| field.wire == wire) else { return };
        if let Type::Named(own) = fields.remove(index).ty {
            self.found.remove(&own);
        }
    }

    /// All types, by name.
    pub fn into_list(self) -> Vec<NamedType> {
        self.found.into_values().map(|(ty, _)| ty).collect()
    }

    /// Calls `lower` unless the reference is being followed already.
    pub fn follow<T>(
        &mut self,
        reference: &str,
        place: &Place,
        lower: impl FnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        ensure!(
            !self.open.iter().any(|open| open == reference),
            "{place}: the reference {reference:?} leads back to itself"
        );
        self.open.push(reference.to_owned());
        let lowered = lower(self);
        self.open.pop();
        lowered
    }
}

/// A type and whether null is one of its values.
#[derive(Debug, Clone)]
pub struct Typed {
    pub ty: Type,
    pub nullable: bool,
}

impl From<Type> for Typed {
    fn from(ty: Type) -> Self {
        Typed { ty, nullable: false }
    }
}

/// Lowers schemas of one document.
pub struct Lowering<'a> {
    pub scope: &'a Scope<'a>,
    pub types: &'a mut Types,
}

impl Lowering<'_> {
    /// The type of a schema; `name` is what an unnamed struct or enum is called.
    pub fn typed(&mut self, schema: &ReferenceOr<Schema>, name: &str, place: &Place) -> anyhow::Result<Typed> {
        match schema {
            ReferenceOr::Item(schema) => self.item(schema, name, place),
            ReferenceOr::Reference { reference } => self.reference(reference, place),
        }
    }

    fn reference(&mut self, reference: &str, place: &Place) -> anyhow::Result<Typed> {
        let component = self.scope.name(reference, "schemas", place)?.to_owned();
        if let Some(record) = self.scope.records.get(&component) {
            return Ok(Type::Named(record.clone()).into());
        }
        let (schema, at) = self.scope.schema(reference, place)?;
        let name = named(&schema.schema_data.extensions, || names::camel(&component));
        let scope = self.scope;
        self.types.follow(reference, place, |types| Lowering { scope, types }.item(&schema, &name, &at))
    }

    fn item(&mut self, schema: &Schema, name: &str, place: &Place) -> anyhow::Result<Typed> {
        let extensions = &schema.schema_data.extensions;
        let ty = match &schema.schema_kind {
            SchemaKind::Type(ty) => self.simple(schema, ty, name, place)?,
            SchemaKind::OneOf { one_of } => return unions::one_of(self, schema, one_of, name, place),
            SchemaKind::AllOf { all_of } => unions::all_of(self, schema, all_of, name, place)?,
            SchemaKind::Any(any)
                if any.typ.is_none()
                    && !any.properties.is_empty()
                    && any.one_of.is_empty()
                    && any.all_of.is_empty() =>
            {
                self.object(schema, &named(extensions, || name.to_owned()), place)?
            }
            _ => bail!("{place}: the schema is not understood"),
        };
        // Declared as an object alone, kept as JSON: servers may answer the text.
        let ty = if is_set(extensions, "x-also-text") {
            Type::Composite { plain: Box::new(Type::Text), expanded: Box::new(ty), plain_is_read_only: false }
        } else {
            ty
        };
        Ok(Typed { ty, nullable: schema.schema_data.nullable || is_set(extensions, "x-nullable") })
    }

    fn simple(&mut self, schema: &Schema, ty: &SchemaType, name: &str, place: &Place) -> anyhow::Result<Type> {
        let extensions = &schema.schema_data.extensions;
        match ty {
            SchemaType::String(string) if !string.enumeration.is_empty() => {
                enums::of_texts(self, schema, &string.enumeration, name, place)
            }
            SchemaType::String(string) => Ok(match string.format {
                VariantOrUnknownOrEmpty::Item(StringFormat::Password) => Type::Secret,
                _ => Type::Text,
            }),
            SchemaType::Integer(integer) => self.integer(schema, &integer.enumeration, name, place),
            SchemaType::Number(number) => {
                ensure!(number.enumeration.is_empty(), "{place}: an enum of fractions is not understood");
                Ok(if is_set(extensions, "x-integer") { Type::Integer } else { Type::Float })
            }
            SchemaType::Boolean(_) => Ok(Type::Boolean),
            SchemaType::Array(array) => {
                let Some(items) = &array.items else {
                    return Ok(Type::List(Box::new(Type::Opaque("the document does not say what the list holds"))));
                };
                let inner = self.typed(&items.clone().unbox(), &singular(name), &place.child("items"))?;
                ensure!(!inner.nullable, "{place}: a list of values that may be null is not understood");
                Ok(Type::List(Box::new(inner.ty)))
            }
            SchemaType::Object(object) => {
                ensure!(object.additional_properties.is_none(), "{place}: additionalProperties is not understood");
                match text(extensions, "x-values") {
                    Some(values) => Ok(Type::Table(Box::new(value_type(values, place)?))),
                    None if object.properties.is_empty() => Ok(Type::Object),
                    None => self.object(schema, &named(extensions, || name.to_owned()), place),
                }
            }
        }
    }

    fn integer(&mut self, schema: &Schema, listed: &[Option<i64>], name: &str, place: &Place) -> anyhow::Result<Type> {
        let extensions = &schema.schema_data.extensions;
        if is_set(extensions, "x-flag") {
            return Ok(Type::Flag);
        }
        if text(extensions, "x-timestamp").is_some() {
            return Ok(Type::Timestamp);
        }
        let target =
            extensions.get("x-references").and_then(|reference| reference.get("table")).and_then(Value::as_str);
        if let Some(target) = target.or_else(|| text(extensions, "x-points-to")) {
            return self
                .scope
                .records
                .get(target)
                .map(|record| Type::Id(record.clone()))
                .with_context(|| format!("{place}: {target:?} is no resource of this document"));
        }
        if extensions.contains_key("x-enum") {
            return enums::of_integers(self, schema, name, place);
        }
        // A list of one number says what the number always is, not what else it could be.
        ensure!(listed.len() < 2, "{place}: the values of the enum have no names (x-enum)");
        Ok(Type::Integer)
    }

    /// Registers a struct for an object with properties.
    pub fn object(&mut self, schema: &Schema, name: &str, place: &Place) -> anyhow::Result<Type> {
        let fields = self.fields(schema, name, place)?;
        let description = description(schema, place)?;
        let shape = Shape::Object { fields, open: is_set(&schema.schema_data.extensions, "x-open") };
        self.types.add(NamedType { name: name.to_owned(), description, shape }, place)
    }

    /// The properties of an object as fields, those of `x-properties` last.
    pub fn fields(&mut self, schema: &Schema, owner: &str, place: &Place) -> anyhow::Result<Vec<Field>> {
        let required = required(schema);
        let mut fields = Vec::new();
        for (wire, property) in properties(schema) {
            let at = place.child("properties").child(wire);
            let extensions = beside(schema, wire, &property);
            let rust = text(&extensions, "x-rust-name").map_or_else(|| names::snake(wire), str::to_owned);
            let typed = self.typed(&property, &format!("{owner}{}", names::camel(wire)), &at)?;
            let optional = typed.nullable || !required.contains(wire);
            let words = self.words(wire, &property, &extensions, &at)?;
            fields.push(Field { wire: wire.clone(), rust, description: words, ty: typed.ty, optional });
        }
        for (wire, property) in
            schema.schema_data.extensions.get("x-properties").and_then(Value::as_object).into_iter().flatten()
        {
            let at = place.child("x-properties").child(wire);
            let property: Schema = serde_json::from_value(property.clone()).with_context(|| format!("{at}"))?;
            let description = description(&property, &at)?;
            let name = format!("{owner}{}", names::camel(wire));
            let ty = self.typed(&ReferenceOr::Item(property), &name, &at)?.ty;
            fields.push(Field { wire: wire.clone(), rust: names::snake(wire), description, ty, optional: true });
        }
        Ok(fields)
    }

    /// The words for a property: its own, or those for its name.
    pub fn words(
        &self,
        wire: &str,
        property: &ReferenceOr<Schema>,
        extensions: &Extensions,
        place: &Place,
    ) -> anyhow::Result<String> {
        let own = match property {
            ReferenceOr::Item(schema) => schema.schema_data.description.as_deref(),
            ReferenceOr::Reference { .. } => text(extensions, "description"),
        };
        let words = own.or_else(|| self.scope.shared_words(wire));
        words.map(str::to_owned).with_context(|| format!("{place}: no description"))
    }
}

/// The name that the document gives, else another.
pub fn named(extensions: &Extensions, otherwise: impl FnOnce() -> String) -> String {
    text(extensions, "x-rust-type").map_or_else(otherwise, str::to_owned)
}

pub fn description(schema: &Schema, place: &Place) -> anyhow::Result<String> {
    schema.schema_data.description.clone().with_context(|| format!("{place}: no description"))
}

/// The properties of an object schema, whether it says `type: object` or not.
pub fn properties(schema: &Schema) -> Vec<(&String, ReferenceOr<Schema>)> {
    let properties = match &schema.schema_kind {
        SchemaKind::Type(SchemaType::Object(object)) => &object.properties,
        SchemaKind::Any(any) => &any.properties,
        _ => return Vec::new(),
    };
    properties.iter().map(|(name, property)| (name, property.clone().unbox())).collect()
}

fn required(schema: &Schema) -> Vec<String> {
    match &schema.schema_kind {
        SchemaKind::Type(SchemaType::Object(object)) => object.required.clone(),
        SchemaKind::Any(any) => any.required.clone(),
        _ => Vec::new(),
    }
}

/// The extensions of a property: its own, or those kept for it where it is a bare reference.
pub fn beside(schema: &Schema, name: &str, property: &ReferenceOr<Schema>) -> Extensions {
    match property {
        ReferenceOr::Item(item) => item.schema_data.extensions.clone(),
        ReferenceOr::Reference { .. } => {
            let kept = schema.schema_data.extensions.get("x-ref-properties").and_then(|kept| kept.get(name));
            kept.and_then(Value::as_object)
                .map(|kept| kept.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
                .unwrap_or_default()
        }
    }
}

fn value_type(word: &str, place: &Place) -> anyhow::Result<Type> {
    match word {
        "string" => Ok(Type::Text),
        "number" => Ok(Type::Float),
        "integer" => Ok(Type::Integer),
        "boolean" => Ok(Type::Boolean),
        other => bail!("{place}: x-values {other:?} is not understood"),
    }
}

/// What one member of a list called `name` is called; documents give a better name by `x-rust-type`.
fn singular(name: &str) -> String {
    format!("{name}Item")
}
