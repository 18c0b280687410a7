//! The structs and enums found so far, by name; two of one name are refused.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::ensure;

use super::names;
use super::schemas::Typed;
use crate::codegen::location::Location;
use crate::codegen::model::{Field, NamedType, Shape, Type};
use crate::codegen::reserved;

/// Something that was found on the way.
enum FoundType {
    Reference(String),
    Type(String),
}

/// Named types found so far.
#[derive(Default)]
pub(super) struct Types {
    found: BTreeMap<String, NamedType>,
    /// References that are being followed.
    open: Vec<String>,
    /// What references led to.
    known: HashMap<String, Typed>,
    /// Names that were given out, by place and role.
    claims: HashMap<String, String>,
    taken: HashSet<String>,
    /// Names of references that are followed, lead back to themselves and make no type.
    wrappers: HashMap<String, String>,
    /// Enums of errors, by all that tells one from another.
    errors: HashMap<String, String>,
    /// Components and types in the order in which they were found, so that those of a refused operation can be taken back.
    log: Vec<FoundType>,
}

impl Types {
    /// Registers a type; the same place may do so again.
    pub(super) fn add(&mut self, ty: NamedType) -> anyhow::Result<Type> {
        let name = ty.name.clone();
        if let Some(earlier) = self.found.get(&name).map(|earlier| earlier.location.pointer()) {
            let again = earlier == ty.location.pointer();
            ensure!(again, "{}: the type {name} is already made at {earlier}; give one an x-rust-type", ty.location);
        }
        if self.found.insert(name.clone(), ty).is_none() {
            self.log.push(FoundType::Type(name.clone()));
        }
        Ok(Type::Named(name))
    }

    /// A name for what stands at a place in this role: the wish, or with a number where another place has it, or with an
    /// underscore where emitted files use it.
    pub(super) fn claim(&mut self, preferred: &str, location: &Location, role: &str) -> String {
        let key = format!("{role} {}", location.pointer());
        if let Some(known) = self.claims.get(&key) {
            return known.clone();
        }
        let preferred =
            if names::is_type(preferred) { preferred.to_owned() } else { names::camel(&names::spelled(preferred)) };
        let preferred = if reserved::TYPES.contains(&preferred.as_str()) { format!("{preferred}_") } else { preferred };
        let name = names::free(&preferred, |name| self.taken.contains(name) || reserved::TYPES.contains(&name));
        self.taken.insert(name.clone());
        self.claims.insert(key, name.clone());
        name
    }

    /// Keeps a name for the service.
    pub(super) fn reserve(&mut self, name: &str) {
        self.taken.insert(name.to_owned());
    }

    /// The name of the type that a reference gets because it leads back to itself.
    pub(super) fn wrapper(&mut self, reference: &str, preferred: &str, location: &Location) -> String {
        let name = self.claim(preferred, location, "wrapper");
        self.wrappers.insert(reference.to_owned(), name.clone());
        name
    }

    /// That name, if it was given; it counts for one type.
    pub(super) fn wrapper_of(&mut self, reference: &str) -> Option<String> {
        self.wrappers.remove(reference)
    }

    /// What a name stands for.
    pub(super) fn shape(&self, name: &str) -> Option<&Shape> {
        self.found.get(name).map(|ty| &ty.shape)
    }

    /// The enum of errors that is as this one; else this one is remembered.
    pub(super) fn alike(&mut self, key: String, name: &str) -> Option<String> {
        let known = self.errors.get(&key).filter(|known| self.found.contains_key(*known)).cloned();
        if known.is_none() {
            self.errors.insert(key, name.to_owned());
        }
        known
    }

    pub(super) fn known(&self, reference: &str) -> Option<Typed> {
        self.known.get(reference).cloned()
    }

    pub(super) fn is_open(&self, reference: &str) -> bool {
        self.open.iter().any(|open| open == reference)
    }

    pub(super) fn remember(&mut self, reference: &str, typed: &Typed) {
        self.log.push(FoundType::Reference(reference.to_owned()));
        self.known.insert(reference.to_owned(), typed.clone());
    }

    /// Where in the order of finds we are.
    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    /// Takes back everything found since a mark.
    pub(super) fn take_back(&mut self, mark: usize) {
        self.open.clear();
        self.wrappers.clear();
        for found in self.log.drain(mark..) {
            match found {
                FoundType::Reference(reference) => {
                    self.known.remove(&reference);
                }
                FoundType::Type(name) => {
                    self.found.remove(&name);
                }
            }
        }
    }

    /// Takes out the types that the given place and those below it made.
    pub(super) fn take_below(&mut self, location: &Location) -> Vec<NamedType> {
        let below = format!("{}/", location.pointer());
        let names: Vec<String> = self
            .found
            .values()
            .filter(|ty| ty.location.pointer().starts_with(&below))
            .map(|ty| ty.name.clone())
            .collect();
        names.iter().filter_map(|name| self.found.remove(name)).collect()
    }

    /// Takes a member, and the type made for it alone, out of a struct: the union that it tells apart says the same. Says
    /// whether the struct may be empty then.
    pub(super) fn drop_member(&mut self, name: &str, wire: &str) -> bool {
        let Some(NamedType { shape: Shape::Object { fields, .. }, .. }) = self.found.get_mut(name) else {
            return false;
        };
        let dropped = fields.iter().position(|field| field.wire == wire).map(|index| fields.remove(index));
        let may_be_empty = fields.iter().all(Field::is_option);
        if let Some(Field { ty: Type::Named(own), location, .. }) = dropped {
            self.found.retain(|name, ty| *name != own || ty.location.pointer() != location.pointer());
        }
        may_be_empty
    }

    /// All types, by name.
    pub(super) fn into_list(self) -> Vec<NamedType> {
        self.found.into_values().collect()
    }

    /// Calls `lower` unless the reference is being followed already.
    pub(super) fn follow<T>(
        &mut self,
        reference: &str,
        location: &Location,
        lower: impl FnOnce(&mut Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        ensure!(
            !self.open.iter().any(|open| open == reference),
            "{location}: the reference {reference:?} leads back to itself"
        );
        self.open.push(reference.to_owned());
        let lowered = lower(self);
        self.open.pop();
        lowered
    }
}
