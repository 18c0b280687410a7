//! What every part of the lowering looks up: components, shared words, the tables of verbs.

use anyhow::{Context as _, bail};
use indexmap::IndexMap;
use openapiv3::{Components, OpenAPI, ReferenceOr, Schema};
use serde_json::Value;

use super::place::Place;

/// Extensions of an object.
pub type Extensions = IndexMap<String, Value>;

/// The document and its shared tables.
pub struct Scope<'a> {
    stem: String,
    pub document: &'a OpenAPI,
    pub components: Components,
    /// Record name of each resource, by its name on the wire.
    pub records: IndexMap<String, String>,
}

impl<'a> Scope<'a> {
    pub fn new(stem: &str, document: &'a OpenAPI) -> Self {
        let components = document.components.clone().unwrap_or_default();
        Scope { stem: stem.to_owned(), document, components, records: IndexMap::new() }
    }

    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// The name at the end of a local reference to a component.
    pub fn name<'r>(&self, reference: &'r str, group: &str, place: &Place) -> anyhow::Result<&'r str> {
        match reference.strip_prefix(&format!("#/components/{group}/")) {
            Some(name) if !name.contains('/') => Ok(name),
            _ => {
                bail!("{place}: the reference {reference:?} is not understood; only #/components/{group}/ is followed")
            }
        }
    }

    pub fn schema(&self, reference: &str, place: &Place) -> anyhow::Result<(Schema, Place)> {
        let name = self.name(reference, "schemas", place)?;
        let found =
            self.components.schemas.get(name).with_context(|| format!("{place}: there is no schema {name:?}"))?;
        match found {
            ReferenceOr::Item(schema) => Ok((schema.clone(), place.component("schemas", name))),
            ReferenceOr::Reference { reference } => {
                bail!("{place}: the schema {name:?} is itself a reference ({reference})")
            }
        }
    }

    /// The words for a property that means the same everywhere.
    pub fn shared_words(&self, property: &str) -> Option<&str> {
        self.document.extensions.get("x-property-descriptions")?.get(property)?.as_str()
    }

    /// An enum that several properties use.
    pub fn shared_enum(&self, name: &str) -> Option<&Value> {
        self.document.extensions.get("x-enums")?.get(name)
    }

    /// What is said once about all operations of a verb.
    pub fn verb(&self, verb: &str) -> Option<&Value> {
        self.document.extensions.get("x-verbs")?.get(verb)
    }
}

/// A text of an extension map.
pub fn text<'e>(extensions: &'e Extensions, key: &str) -> Option<&'e str> {
    extensions.get(key)?.as_str()
}

/// Whether an extension is set to true.
pub fn is_set(extensions: &Extensions, key: &str) -> bool {
    extensions.get(key) == Some(&Value::Bool(true))
}
