//! The grammar of an OpenAPI 3.0 document as this project uses it: which key is a published fact, which holds our own
//! words, which leads to another object. Anything that is not listed here is not understood and stops an import.

use crate::yaml::Map;

/// An object of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Document,
    Info,
    Contact,
    ExternalDocs,
    Server,
    Variable,
    Tag,
    Components,
    Scheme,
    Flows,
    Flow,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    MediaType,
    Encoding,
    Response,
    Header,
    Schema,
}

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Taken over exactly as published.
    Fact,
    /// Our own words; the published ones are never taken over.
    Prose,
    /// Published samples; left out.
    Sample,
    One(Kind),
    /// A map from free names to objects.
    Named(Kind),
    Listed(Kind),
}

use Rule::{Fact, Listed, Named, One, Prose, Sample};

impl Kind {
    /// The keys of this object, in the order in which they are written.
    pub(crate) fn fields(self) -> &'static [(&'static str, Rule)] {
        match self {
            Kind::Document => DOCUMENT,
            Kind::Info => INFO,
            Kind::Contact => &[("name", Fact), ("url", Fact), ("email", Fact)],
            Kind::ExternalDocs => &[("url", Fact), ("description", Prose)],
            Kind::Server => &[("url", Fact), ("description", Prose), ("variables", Named(Kind::Variable))],
            Kind::Variable => &[("default", Fact), ("enum", Fact), ("description", Prose)],
            Kind::Tag => &[("name", Fact), ("description", Prose)],
            Kind::Components => COMPONENTS,
            Kind::Scheme => SCHEME,
            Kind::Flows => &[("authorizationCode", One(Kind::Flow))],
            Kind::Flow => &[("authorizationUrl", Fact), ("tokenUrl", Fact), ("refreshUrl", Fact), ("scopes", Fact)],
            Kind::PathItem => PATH_ITEM,
            Kind::Operation => OPERATION,
            Kind::Parameter => PARAMETER,
            Kind::RequestBody => &[("description", Prose), ("required", Fact), ("content", Named(Kind::MediaType))],
            Kind::MediaType => &[("schema", One(Kind::Schema)), ("encoding", Named(Kind::Encoding))],
            Kind::Encoding => &[("contentType", Fact), ("style", Fact), ("explode", Fact)],
            Kind::Response => RESPONSE,
            Kind::Header => &[("description", Prose), ("schema", One(Kind::Schema))],
            Kind::Schema => SCHEMA,
        }
    }

    pub(crate) fn rule(self, key: &str) -> Option<Rule> {
        self.fields().iter().find(|(name, _)| *name == key).map(|(_, rule)| *rule)
    }

    /// An object whose keys stand in the order of the grammar; `x-` keys by name, before the first key that holds most
    /// of the object's lines.
    pub(crate) fn arrange(self, mut members: Map) -> Map {
        let mut extensions: Vec<_> = members.keys().filter(|key| key.starts_with("x-")).cloned().collect();
        extensions.sort();
        let order: Vec<&str> = self.fields().iter().map(|(key, _)| *key).collect();
        let long = order.iter().position(|key| LONG.contains(key)).unwrap_or(order.len());
        let (before, after) = order.split_at(long);
        let keys = before.iter().copied().chain(extensions.iter().map(String::as_str)).chain(after.iter().copied());
        keys.filter_map(|key| members.shift_remove_entry(key)).collect()
    }
}

/// Keys that hold most of an object's lines.
const LONG: [&str; 12] = [
    "paths",
    "components",
    "contact",
    "variables",
    "flows",
    "parameters",
    "schema",
    "headers",
    "content",
    "properties",
    "items",
    "allOf",
];

const DOCUMENT: &[(&str, Rule)] = &[
    ("openapi", Fact),
    ("info", One(Kind::Info)),
    ("externalDocs", One(Kind::ExternalDocs)),
    ("servers", Listed(Kind::Server)),
    ("security", Fact),
    ("tags", Listed(Kind::Tag)),
    ("paths", Named(Kind::PathItem)),
    ("components", One(Kind::Components)),
];

const INFO: &[(&str, Rule)] = &[
    ("title", Fact),
    ("version", Fact),
    ("termsOfService", Fact),
    ("description", Prose),
    ("contact", One(Kind::Contact)),
];

const PATH_ITEM: &[(&str, Rule)] = &[
    ("post", One(Kind::Operation)),
    ("put", One(Kind::Operation)),
    ("get", One(Kind::Operation)),
    ("head", One(Kind::Operation)),
    ("patch", One(Kind::Operation)),
    ("delete", One(Kind::Operation)),
];

const OPERATION: &[(&str, Rule)] = &[
    ("operationId", Fact),
    ("tags", Fact),
    ("deprecated", Fact),
    ("summary", Prose),
    ("description", Prose),
    ("security", Fact),
    ("parameters", Listed(Kind::Parameter)),
    ("requestBody", One(Kind::RequestBody)),
    ("responses", Named(Kind::Response)),
];

const PARAMETER: &[(&str, Rule)] =
    &[("name", Fact), ("in", Fact), ("required", Fact), ("description", Prose), ("schema", One(Kind::Schema))];

const RESPONSE: &[(&str, Rule)] =
    &[("description", Prose), ("headers", Named(Kind::Header)), ("content", Named(Kind::MediaType))];

const COMPONENTS: &[(&str, Rule)] = &[
    ("securitySchemes", Named(Kind::Scheme)),
    ("parameters", Named(Kind::Parameter)),
    ("headers", Named(Kind::Header)),
    ("requestBodies", Named(Kind::RequestBody)),
    ("responses", Named(Kind::Response)),
    ("schemas", Named(Kind::Schema)),
];

const SCHEME: &[(&str, Rule)] = &[
    ("type", Fact),
    ("scheme", Fact),
    ("name", Fact),
    ("in", Fact),
    ("description", Prose),
    ("flows", One(Kind::Flows)),
    ("openIdConnectUrl", Fact),
];

const SCHEMA: &[(&str, Rule)] = &[
    ("type", Fact),
    ("format", Fact),
    ("nullable", Fact),
    ("enum", Fact),
    ("pattern", Fact),
    ("minLength", Fact),
    ("maxLength", Fact),
    ("minimum", Fact),
    ("exclusiveMinimum", Fact),
    ("maximum", Fact),
    ("uniqueItems", Fact),
    ("default", Fact),
    ("required", Fact),
    ("example", Sample),
    ("description", Prose),
    ("properties", Named(Kind::Schema)),
    ("items", One(Kind::Schema)),
    ("allOf", Listed(Kind::Schema)),
    ("oneOf", Listed(Kind::Schema)),
];
