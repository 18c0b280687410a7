//! The structs and enums found so far, by name; two of one name are refused.

use std::collections::BTreeMap;

use anyhow::ensure;

use crate::codegen::model::{Field, NamedType, Shape, Type};
use crate::codegen::place::Place;

/// Named types found so far.
#[derive(Default)]
pub struct Types {
    found: BTreeMap<String, NamedType>,
    /// References that are being followed.
    open: Vec<String>,
}

impl Types {
    /// Registers a type; the same place may do so again.
    pub fn add(&mut self, ty: NamedType) -> anyhow::Result<Type> {
        let name = ty.name.clone();
        if let Some(earlier) = self.found.get(&name).map(|earlier| earlier.place.pointer()) {
            let again = earlier == ty.place.pointer();
            ensure!(again, "{}: the type {name} is already made at {earlier}; give one an x-rust-type", ty.place);
        }
        self.found.insert(name.clone(), ty);
        Ok(Type::Named(name))
    }

    /// Takes out the types that the given place and those below it made.
    pub fn take_below(&mut self, place: &Place) -> Vec<NamedType> {
        let below = format!("{}/", place.pointer());
        let names: Vec<String> =
            self.found.values().filter(|ty| ty.place.pointer().starts_with(&below)).map(|ty| ty.name.clone()).collect();
        names.iter().filter_map(|name| self.found.remove(name)).collect()
    }

    /// Takes a member, and the type made for it alone, out of a struct: the union that it tells apart says the same. Says
    /// whether the struct may be empty then.
    pub fn drop_member(&mut self, name: &str, wire: &str) -> bool {
        let Some(NamedType { shape: Shape::Object { fields, .. }, .. }) = self.found.get_mut(name) else {
            return false;
        };
        let dropped = fields.iter().position(|field| field.wire == wire).map(|index| fields.remove(index));
        let may_be_empty = fields.iter().all(Field::is_option);
        if let Some(Field { ty: Type::Named(own), place, .. }) = dropped {
            self.found.retain(|name, ty| *name != own || ty.place.pointer() != place.pointer());
        }
        may_be_empty
    }

    /// All types, by name.
    pub fn into_list(self) -> Vec<NamedType> {
        self.found.into_values().collect()
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
