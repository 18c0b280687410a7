//! References by name and number (`x-entity`): two columns that lead to a record of one of several resources.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use openapiv3::Schema;

use super::extension::Extension;
use super::names;
use super::properties::{beside, properties};
use super::scope::Scope;
use super::types::Types;
use crate::codegen::location::Location;
use crate::codegen::model::{Column, EntityReference, Resource, Shape, Targets, Type};

/// Lowers the references of one resource.
pub(super) fn lower(schema: &Schema, columns: &[Column], location: &Location) -> anyhow::Result<Vec<EntityReference>> {
    let mut pairs: Vec<EntityReference> = Vec::new();
    for (wire, property) in properties(schema) {
        let extensions = beside(schema, wire, &property);
        let at = location.at(&["properties", wire]);
        let Some(words) = Extension::of(&extensions, "x-entity", &at) else { continue };
        if let Some((_, other)) = words.members()?.into_iter().find(|(name, _)| !matches!(*name, "column" | "name")) {
            return other.unknown("a reference by name and number");
        }
        let find = |name: &str| columns.iter().find(|column| column.field.wire == name).cloned();
        let (named, name) = (words.member("column")?, words.member("name")?);
        let entity = named.text()?;
        let entity = find(&entity).with_context(|| format!("{}: there is no column {entity:?}", named.location))?;
        let Some(number) = find(wire) else { return words.unknown("a reference by name and number") };
        ensure!(number.field.ty == Type::Integer, "{}: the column is not a plain whole number", words.location);
        let Type::Named(of) = &entity.field.ty else { bail!("{}: the column is not an enum of names", named.location) };
        let is_one = entity.set == number.set && entity.required == number.required;
        let is_one = is_one && entity.field.is_option() == number.field.is_option();
        ensure!(is_one, "{}: one of the two columns can be written or be null where the other cannot", words.location);
        let (ty, rust) = (format!("{of}Ref"), name.text()?);
        ensure!(names::is_field(&rust), "{}: {rust:?} cannot be a name", name.location);
        let is_free = pairs.iter().all(|pair| !pair.has(&entity) && !pair.has(&number));
        ensure!(is_free, "{}: the column belongs to another reference already", named.location);
        ensure!(pairs.iter().all(|pair| pair.name != rust), "{}: {rust:?} stands twice", name.location);
        pairs.push(EntityReference { name: rust, entity, number, ty, location: words.location.clone() });
    }
    Ok(pairs)
}

/// What the references of all resources lead to. Every name must be that of a resource.
pub(super) fn targets(scope: &Scope<'_>, types: &Types, resources: &[Resource]) -> anyhow::Result<Vec<Targets>> {
    let mut found: BTreeMap<String, Targets> = BTreeMap::new();
    for pair in resources.iter().flat_map(|resource| &resource.pairs) {
        let Type::Named(of) = &pair.entity.field.ty else { continue };
        if found.contains_key(&pair.ty) {
            continue;
        }
        let location = &pair.location;
        let Some(Shape::TextEnum(variants)) = types.shape(of) else {
            bail!("{location}: {of} is not an enum of names")
        };
        let mut records = Vec::new();
        for variant in variants {
            let record = scope.records.get(&variant.value);
            let record = record
                .with_context(|| format!("{location}: {:?} is not a resource of this document", variant.value))?;
            records.push((variant.name.clone(), record.clone()));
        }
        let targets = Targets { name: pair.ty.clone(), of: of.clone(), records, location: location.clone() };
        found.insert(pair.ty.clone(), targets);
    }
    Ok(found.into_values().collect())
}
