//! What every part of the lowering looks up: components, shared words, the tables of verbs.

use std::collections::HashSet;

use anyhow::{Context as _, bail};
use indexmap::IndexMap;
use openapiv3::{Components, OpenAPI, Parameter, ReferenceOr, RequestBody, Response, Schema};
use serde_json::Value;

use super::roles;
use crate::codegen::load::Loaded;
use crate::codegen::model::BodyFormat;
use crate::codegen::place::Place;
use crate::node::Node;
use crate::pointer::unescaped;

/// Extensions of an object.
pub(super) type Extensions = IndexMap<String, Value>;

/// Shared parts of one kind, by name.
type Parts<T> = IndexMap<String, ReferenceOr<T>>;

/// The document and its shared tables.
pub(super) struct Scope<'a> {
    loaded: &'a Loaded,
    pub components: &'a Components,
    /// How bodies are written where the document offers several ways.
    pub body: BodyFormat,
    /// Record name of each resource, by its name on the wire.
    pub records: IndexMap<String, String>,
    /// Schemas that more than bodies refer to: a body needs a type of its own there.
    pub shared: HashSet<String>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(loaded: &'a Loaded, components: &'a Components, body: BodyFormat) -> Self {
        let shared = roles::referred_outside_bodies(&loaded.node);
        Scope { loaded, components, body, records: IndexMap::new(), shared }
    }

    /// Whether the document is one of others: null is told from absence, names give way to each other, and an operation that
    /// is not understood is left to the caller to refuse.
    pub(super) fn is_foreign(&self) -> bool {
        self.loaded.is_foreign
    }

    pub(super) fn root(&self) -> Place {
        Place::root(&self.loaded.file)
    }

    pub(super) fn document(&self) -> &'a OpenAPI {
        &self.loaded.document
    }

    /// The name at the end of a local reference to a component.
    pub(super) fn name(&self, reference: &str, group: &str, place: &Place) -> anyhow::Result<String> {
        match reference.strip_prefix(&format!("#/components/{group}/")) {
            Some(name) if !name.contains('/') => Ok(unescaped(name)),
            _ => {
                bail!("{place}: the reference {reference:?} is not understood; only #/components/{group}/ is followed")
            }
        }
    }

    pub(super) fn schema(&self, reference: &str, place: &Place) -> anyhow::Result<(&'a Schema, Place)> {
        self.part(reference, "schemas", &self.components.schemas, place)
    }

    /// A schema, or the one that the reference leads to.
    pub(super) fn resolved<'s>(
        &self,
        schema: &'s ReferenceOr<Schema>,
        place: &Place,
    ) -> anyhow::Result<(&'s Schema, Place)>
    where
        'a: 's,
    {
        match schema {
            ReferenceOr::Item(schema) => Ok((schema, place.clone())),
            ReferenceOr::Reference { reference } => self.schema(reference, place),
        }
    }

    pub(super) fn parameter(
        &self,
        item: &'a ReferenceOr<Parameter>,
        place: &Place,
    ) -> anyhow::Result<(&'a Parameter, Place)> {
        self.resolve(item, "parameters", &self.components.parameters, place)
    }

    pub(super) fn request_body(
        &self,
        item: &'a ReferenceOr<RequestBody>,
        place: &Place,
    ) -> anyhow::Result<(&'a RequestBody, Place)> {
        self.resolve(item, "requestBodies", &self.components.request_bodies, place)
    }

    pub(super) fn response(
        &self,
        item: &'a ReferenceOr<Response>,
        place: &Place,
    ) -> anyhow::Result<(&'a Response, Place)> {
        self.resolve(item, "responses", &self.components.responses, place)
    }

    /// What stands at a place, or what the reference there leads to, with the place of that.
    fn resolve<T>(
        &self,
        item: &'a ReferenceOr<T>,
        group: &str,
        parts: &'a Parts<T>,
        place: &Place,
    ) -> anyhow::Result<(&'a T, Place)> {
        match item {
            ReferenceOr::Item(item) => Ok((item, place.clone())),
            ReferenceOr::Reference { reference } => self.part(reference, group, parts, place),
        }
    }

    fn part<T>(
        &self,
        reference: &str,
        group: &str,
        parts: &'a Parts<T>,
        place: &Place,
    ) -> anyhow::Result<(&'a T, Place)> {
        let mut next = reference;
        // A chain is no longer than there are parts, unless it is a circle.
        for _ in 0..=parts.len() {
            let name = self.name(next, group, place)?;
            match parts.get(&name) {
                Some(ReferenceOr::Item(item)) => return Ok((item, place.component(group, &name))),
                // What had one alternative alone may be left as a reference.
                Some(ReferenceOr::Reference { reference }) if self.is_foreign() => next = reference,
                Some(ReferenceOr::Reference { .. }) => bail!("{place}: {reference:?} leads to another reference"),
                None => bail!("{place}: {reference:?} leads nowhere"),
            }
        }
        bail!("{place}: the reference {reference:?} leads back to itself")
    }

    /// The members of the map at a place, none if nothing is there. They come in the order of the document, which the
    /// reader of OpenAPI does not keep inside extensions.
    pub(super) fn members(&self, place: &Place) -> anyhow::Result<Vec<(&'a str, Value, Place)>> {
        let Some(node) = self.loaded.node.pointer(place.pointer()) else { return Ok(Vec::new()) };
        let map = node.as_map().with_context(|| format!("{place}: a map is expected"))?;
        Ok(map.iter().map(|(name, node)| (name.as_str(), Value::from(node), place.child(name))).collect())
    }

    /// The words for a property that means the same everywhere.
    pub(super) fn shared_words(&self, property: &str) -> Option<&'a str> {
        self.loaded.node.at(&["x-property-descriptions", property]).and_then(Node::as_text)
    }

    /// What is said once about all operations of a verb.
    pub(super) fn verb(&self, verb: &str) -> Option<&'a Value> {
        self.document().extensions.get("x-verbs")?.get(verb)
    }
}

/// A text of an extension map.
pub(super) fn text<'e>(extensions: &'e Extensions, key: &str) -> Option<&'e str> {
    extensions.get(key)?.as_str()
}

/// Whether an extension is set to true.
pub(super) fn is_set(extensions: &Extensions, key: &str) -> bool {
    extensions.get(key) == Some(&Value::Bool(true))
}
