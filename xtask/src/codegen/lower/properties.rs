//! The properties of an object as fields, with their words and extensions.

use std::collections::HashSet;

use anyhow::{Context as _, bail};
use openapiv3::{ReferenceOr, Schema, SchemaData, SchemaKind, Type as SchemaType};
use serde_json::Value;

use super::schemas::{Lowering, Typed};
use super::scope::{Extensions, is_set, text};
use super::{bounds, names, rules};
use crate::codegen::location::Location;
use crate::codegen::model::Field;
use crate::codegen::reserved::{OF_OPEN_WRITE, OF_WRITE};

impl Lowering<'_> {
    /// The properties of an object as fields, those of `x-properties` last.
    pub(super) fn fields(&mut self, schema: &Schema, owner: &str, location: &Location) -> anyhow::Result<Vec<Field>> {
        let required = required(schema);
        let properties = properties(schema);
        let known: HashSet<&str> = properties.iter().map(|(wire, _)| wire.as_str()).collect();
        if let Some(missing) = required.iter().find(|name| !known.contains(name.as_str())) {
            bail!("{location}: there is no property {missing:?} that could be required");
        }
        let mut fields = Vec::new();
        for (wire, property) in &properties {
            let extensions = beside(schema, wire, property);
            let mut field = self.field(wire, property, &extensions, owner, &location.at(&["properties", wire]))?;
            field.read_only = self.scope.is_foreign() && self.says(property, |data| data.read_only, location);
            let one_way =
                field.read_only || (self.scope.is_foreign() && self.says(property, |data| data.write_only, location));
            // What must be there one way need not be here the other.
            field.may_be_absent = one_way || !required.contains(wire);
            fields.push(field);
        }
        fields.extend(self.prose_fields(owner, &location.child("x-properties"))?);
        if self.scope.is_foreign() {
            let is_open = is_set(&schema.schema_data.extensions, "x-open");
            let of_write: &[&str] = if is_open { &OF_OPEN_WRITE } else { &OF_WRITE };
            let of_open: &[&str] = if is_open { &["unknown", "additional"] } else { &["unknown"] };
            distinct(&mut fields, &[of_open, of_write].concat());
        }
        Ok(fields)
    }

    /// Members that no schema lists: they may always be absent.
    pub(super) fn prose_fields(&mut self, owner: &str, location: &Location) -> anyhow::Result<Vec<Field>> {
        let mut fields = Vec::new();
        for (wire, property, at) in self.scope.members(location)? {
            let property: Schema = serde_json::from_value(property).with_context(|| format!("{at}"))?;
            let extensions = property.schema_data.extensions.clone();
            let mut field = self.field(wire, &ReferenceOr::Item(property), &extensions, owner, &at)?;
            field.may_be_absent = true;
            fields.push(field);
        }
        Ok(fields)
    }

    /// A property that is always there.
    pub(super) fn field(
        &mut self,
        wire: &str,
        property: &ReferenceOr<Schema>,
        extensions: &Extensions,
        owner: &str,
        location: &Location,
    ) -> anyhow::Result<Field> {
        let description = self.words(wire, property, extensions, location)?;
        let property = with_words(property, &description);
        let typed = self.typed(&property, &names::member(owner, wire), location)?;
        let description = self.with_bounds(description, &property, &typed);
        Ok(Field {
            wire: wire.to_owned(),
            rust: self.name_of_member(wire, extensions),
            description,
            ty: typed.ty,
            bounds: typed.bounds,
            may_be_absent: false,
            may_be_null: typed.nullable,
            three_states: self.scope.is_foreign(),
            read_only: false,
            holds_secrets: false,
            location: location.clone(),
        })
    }

    /// The words for a value with its bounds behind them, in third-party documents.
    pub(super) fn with_bounds(&self, words: String, schema: &ReferenceOr<Schema>, typed: &Typed) -> String {
        let own = match schema {
            // A type with a name keeps its rules to itself; here the value is described.
            ReferenceOr::Item(schema) if typed.bounds.rules.is_empty() => rules::of(schema),
            _ => typed.bounds.rules.clone(),
        };
        if self.scope.is_foreign() { bounds::documented(words, &own) } else { words }
    }

    /// Whether a property says something of itself, where it stands or where its reference leads.
    fn says(&self, property: &ReferenceOr<Schema>, what: fn(&SchemaData) -> bool, location: &Location) -> bool {
        let (mut property, mut seen) = (property.clone(), Vec::new());
        loop {
            let schema = match &property {
                ReferenceOr::Item(schema) => schema,
                // One that leads back to itself says nothing.
                ReferenceOr::Reference { reference } if seen.contains(reference) => return false,
                ReferenceOr::Reference { reference } => {
                    seen.push(reference.clone());
                    let Ok((schema, _)) = self.scope.schema(reference, location) else { return false };
                    schema
                }
            };
            property = match &schema.schema_kind {
                _ if what(&schema.schema_data) => return true,
                SchemaKind::AllOf { all_of } if all_of.len() == 1 => all_of[0].clone(),
                _ => return false,
            };
        }
    }

    fn name_of_member(&self, wire: &str, extensions: &Extensions) -> String {
        match text(extensions, "x-rust-name") {
            Some(name) => name.to_owned(),
            None if self.scope.is_foreign() => names::snake(&names::spelled(wire)),
            None => names::snake(wire),
        }
    }

    /// The words for a property: its own, or those for its name.
    fn words(
        &self,
        wire: &str,
        property: &ReferenceOr<Schema>,
        extensions: &Extensions,
        location: &Location,
    ) -> anyhow::Result<String> {
        let own = match property {
            ReferenceOr::Item(schema) => schema.schema_data.description.as_deref(),
            ReferenceOr::Reference { .. } => text(extensions, "description"),
        };
        let words = own.or_else(|| self.scope.shared_words(wire));
        words.map(str::to_owned).with_context(|| format!("{location}: no description"))
    }
}

/// Gives each field a name of its own, beside those that are always there: the first number that makes it one.
pub(super) fn distinct(fields: &mut [Field], reserved: &[&str]) {
    let mut taken: HashSet<String> = reserved.iter().map(|name| (*name).to_owned()).collect();
    for field in fields {
        let preferred = match field.rust.as_str() {
            rust if names::is_field(rust) => rust.to_owned(),
            rust => names::snake(&names::spelled(rust)),
        };
        field.rust = names::free(&preferred, |name| taken.contains(name));
        taken.insert(field.rust.clone());
    }
}

/// The name that the document gives, else another.
pub(super) fn named(extensions: &Extensions, otherwise: impl FnOnce() -> String) -> String {
    text(extensions, "x-rust-type").map_or_else(otherwise, str::to_owned)
}

pub(super) fn description(schema: &Schema, location: &Location) -> anyhow::Result<String> {
    schema.schema_data.description.clone().with_context(|| format!("{location}: no description"))
}

/// The schema with these words where it has none of its own.
pub(super) fn with_words(schema: &ReferenceOr<Schema>, words: &str) -> ReferenceOr<Schema> {
    let mut schema = schema.clone();
    if let ReferenceOr::Item(item) = &mut schema {
        item.schema_data.description.get_or_insert_with(|| words.to_owned());
    }
    schema
}

/// The properties of an object schema, whether it says `type: object` or not.
pub(super) fn properties(schema: &Schema) -> Vec<(&String, ReferenceOr<Schema>)> {
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
pub(super) fn beside(schema: &Schema, name: &str, property: &ReferenceOr<Schema>) -> Extensions {
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
