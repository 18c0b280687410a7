//! What every part of the lowering looks up: components, shared words, the tables of verbs.

use std::collections::HashSet;

use anyhow::{Context as _, bail};
use indexmap::IndexMap;
use openapiv3::{Components, OpenAPI, Parameter, ReferenceOr, RequestBody, Response, Schema};
use serde_json::Value;

use super::roles;
use crate::codegen::load::Loaded;
use crate::codegen::location::Location;
use crate::codegen::model::BodyFormat;
use crate::pointer::unescaped;
use crate::yaml::Node;

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
    /// Record name of each resource, by name on the wire.
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

    pub(super) fn root(&self) -> Location {
        Location::root(&self.loaded.file)
    }

    pub(super) fn document(&self) -> &'a OpenAPI {
        &self.loaded.document
    }

    /// The name at the end of a local reference to a component.
    pub(super) fn name(&self, reference: &str, group: &str, location: &Location) -> anyhow::Result<String> {
        match reference.strip_prefix(&format!("#/components/{group}/")) {
            Some(name) if !name.contains('/') => Ok(unescaped(name)),
            _ => {
                bail!(
                    "{location}: the reference {reference:?} is not understood; only #/components/{group}/ is followed"
                )
            }
        }
    }

    pub(super) fn schema(&self, reference: &str, location: &Location) -> anyhow::Result<(&'a Schema, Location)> {
        self.part(reference, "schemas", &self.components.schemas, location)
    }

    /// A schema, or the one that the reference leads to.
    pub(super) fn resolved<'s>(
        &self,
        schema: &'s ReferenceOr<Schema>,
        location: &Location,
    ) -> anyhow::Result<(&'s Schema, Location)>
    where
        'a: 's,
    {
        match schema {
            ReferenceOr::Item(schema) => Ok((schema, location.clone())),
            ReferenceOr::Reference { reference } => self.schema(reference, location),
        }
    }

    pub(super) fn parameter(
        &self,
        item: &'a ReferenceOr<Parameter>,
        location: &Location,
    ) -> anyhow::Result<(&'a Parameter, Location)> {
        self.resolve(item, "parameters", &self.components.parameters, location)
    }

    pub(super) fn request_body(
        &self,
        item: &'a ReferenceOr<RequestBody>,
        location: &Location,
    ) -> anyhow::Result<(&'a RequestBody, Location)> {
        self.resolve(item, "requestBodies", &self.components.request_bodies, location)
    }

    pub(super) fn response(
        &self,
        item: &'a ReferenceOr<Response>,
        location: &Location,
    ) -> anyhow::Result<(&'a Response, Location)> {
        self.resolve(item, "responses", &self.components.responses, location)
    }

    /// What stands at a place, or what the reference there leads to, with the place of that.
    fn resolve<T>(
        &self,
        item: &'a ReferenceOr<T>,
        group: &str,
        parts: &'a Parts<T>,
        location: &Location,
    ) -> anyhow::Result<(&'a T, Location)> {
        match item {
            ReferenceOr::Item(item) => Ok((item, location.clone())),
            ReferenceOr::Reference { reference } => self.part(reference, group, parts, location),
        }
    }

    fn part<T>(
        &self,
        reference: &str,
        group: &str,
        parts: &'a Parts<T>,
        location: &Location,
    ) -> anyhow::Result<(&'a T, Location)> {
        let mut next = reference;
        // A chain is no longer than there are parts, unless it is a circle.
        for _ in 0..=parts.len() {
            let name = self.name(next, group, location)?;
            match parts.get(&name) {
                Some(ReferenceOr::Item(item)) => return Ok((item, location.component(group, &name))),
                // What had one alternative alone may be left as a reference.
                Some(ReferenceOr::Reference { reference }) if self.is_foreign() => next = reference,
                Some(ReferenceOr::Reference { .. }) => bail!("{location}: {reference:?} leads to another reference"),
                None => bail!("{location}: {reference:?} leads nowhere"),
            }
        }
        bail!("{location}: the reference {reference:?} leads back to itself")
    }

    /// The members of the map at a place, none if nothing is there. They come in the order of the document, which the
    /// reader of OpenAPI does not keep inside extensions.
    pub(super) fn members(&self, location: &Location) -> anyhow::Result<Vec<(&'a str, Value, Location)>> {
        let Some(node) = self.loaded.node.pointer(location.pointer()) else { return Ok(Vec::new()) };
        let map = node.as_map().with_context(|| format!("{location}: a map is expected"))?;
        Ok(map.iter().map(|(name, node)| (name.as_str(), Value::from(node), location.child(name))).collect())
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
