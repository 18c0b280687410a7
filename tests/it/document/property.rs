//! A property of a schema: its shape, and what the document says beside it.

use yaml_rust2::Yaml;

use super::{Document, entries, is_set, list, text};

/// A property, or anything else that has a schema.
#[derive(Clone, Copy)]
pub(crate) struct Property<'d> {
    pub document: &'d Document,
    pub name: &'d str,
    /// The schema, references followed.
    pub shape: &'d Yaml,
    /// Where the extensions stand: in the schema, or beside a bare reference.
    beside: &'d Yaml,
}

impl<'d> Property<'d> {
    pub(crate) fn of(document: &'d Document, name: &'d str, schema: &'d Yaml) -> Self {
        let shape = document.resolved(schema);
        Property { document, name, shape, beside: shape }
    }

    /// The properties of an object, in the order of the document, those of `x-properties` last.
    pub(crate) fn all(document: &'d Document, object: &'d Yaml) -> Vec<Property<'d>> {
        let own = entries(&object["properties"]).map(|(name, schema)| {
            let property = Property::of(document, name, schema);
            let is_reference = schema["$ref"].as_str().is_some();
            let beside = if is_reference { &object["x-ref-properties"][name] } else { property.beside };
            Property { beside, ..property }
        });
        let more = entries(&object["x-properties"]).map(|(name, schema)| Property::of(document, name, schema));
        own.chain(more).collect()
    }

    pub(crate) fn says(&self, extension: &str) -> bool {
        is_set(&self.beside[extension])
    }

    /// A column whose content comes only on request.
    pub(crate) fn is_composite(&self) -> bool {
        self.shape["x-one-of"].as_str() == Some("expandable") || self.says("x-also-text")
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.shape["format"].as_str() == Some("password")
    }

    /// A row can have null there or nothing at all, whatever an insert may say.
    pub(crate) fn is_nullable(&self) -> bool {
        let published = &self.shape["nullable"];
        let plain_form = &self.document.resolved(&self.shape["oneOf"][0])["nullable"];
        is_set(published) || is_set(plain_form) || self.says("x-nullable") || self.says("x-undocumented-column")
    }

    pub(crate) fn is_timestamp(&self) -> bool {
        !self.beside["x-timestamp"].is_badvalue()
    }

    /// An id of another record or of its own.
    pub(crate) fn is_id(&self) -> bool {
        ["x-references", "x-points-to", "x-primary-key"].iter().any(|key| !self.beside[*key].is_badvalue())
    }

    pub(crate) fn kind(&self) -> &'d str {
        match self.shape["type"].as_str() {
            Some("number") if self.says("x-integer") => "integer",
            Some(kind) => kind,
            None => "object",
        }
    }

    /// The numbers of an enum of numbers, smallest first; those without a name are left out.
    pub(crate) fn numbers(&self) -> Vec<i64> {
        let mut numbers: Vec<i64> = self.named_values().map(|value| value.parse().unwrap()).collect();
        numbers.sort_unstable();
        numbers
    }

    /// The texts of an enum of texts, those with a name; of a shared enum all.
    pub(crate) fn texts(&self) -> Vec<&'d str> {
        match self.shape["x-enum"].as_str() {
            Some(_) => self.named_values().collect(),
            None => list(&self.shape["enum"]).iter().filter(|value| !value.is_null()).map(text).collect(),
        }
    }

    fn named_values(&self) -> impl Iterator<Item = &'d str> {
        let shared = self.shape["x-enum"].as_str().map(|name| &self.document.root["x-enums"][name]["values"]);
        entries(shared.unwrap_or(&self.shape["x-enum"])).map(|(value, _)| value)
    }
}
