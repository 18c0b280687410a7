//! Which keys of an OpenAPI document of any edition lead to which objects, so that a member named `type` or `$ref` is never
//! taken for a keyword.

use crate::codegen::location::Location;
use crate::yaml::{Map, Node};

/// An object that a rule can look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Document,
    Components,
    PathItem,
    Operation,
    Parameter,
    RequestBody,
    Response,
    Header,
    MediaType,
    Encoding,
    Scheme,
    Schema,
}

/// How objects stand under a key.
#[derive(Clone, Copy)]
enum Children {
    One(Kind),
    Named(Kind),
    Listed(Kind),
}

use Children::{Listed, Named, One};

impl Kind {
    /// The group of components in which shared objects of this kind stand.
    pub(super) fn group(self) -> Option<&'static str> {
        match self {
            Kind::Schema => Some("schemas"),
            Kind::Parameter => Some("parameters"),
            Kind::RequestBody => Some("requestBodies"),
            Kind::Response => Some("responses"),
            Kind::Header => Some("headers"),
            Kind::Scheme => Some("securitySchemes"),
            _ => None,
        }
    }

    /// Whether `$ref` is a keyword of this object.
    pub(super) fn can_refer(self) -> bool {
        !matches!(self, Kind::Document | Kind::Components | Kind::Operation)
    }

    fn leads(self, key: &str) -> Option<Children> {
        Some(match (self, key) {
            (Kind::Document, "paths") => Named(Kind::PathItem),
            (Kind::Document, "components") => One(Kind::Components),
            (Kind::Components, "schemas") => Named(Kind::Schema),
            (Kind::Components, "parameters") => Named(Kind::Parameter),
            (Kind::Components, "requestBodies") => Named(Kind::RequestBody),
            (Kind::Components, "responses") => Named(Kind::Response),
            (Kind::Components, "headers") => Named(Kind::Header),
            (Kind::Components, "securitySchemes") => Named(Kind::Scheme),
            (Kind::PathItem, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace") => {
                One(Kind::Operation)
            }
            (Kind::PathItem | Kind::Operation, "parameters") => Listed(Kind::Parameter),
            (Kind::Operation, "requestBody") => One(Kind::RequestBody),
            (Kind::Operation, "responses") => Named(Kind::Response),
            (Kind::Parameter | Kind::Header | Kind::MediaType, "schema") => One(Kind::Schema),
            (Kind::Parameter | Kind::Header | Kind::RequestBody | Kind::Response, "content") => Named(Kind::MediaType),
            (Kind::Response | Kind::Encoding, "headers") => Named(Kind::Header),
            (Kind::MediaType, "encoding") => Named(Kind::Encoding),
            (Kind::Schema, "properties" | "patternProperties" | "x-properties") => Named(Kind::Schema),
            (Kind::Schema, "items" | "additionalProperties" | "not") => One(Kind::Schema),
            (Kind::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => Listed(Kind::Schema),
            _ => return None,
        })
    }
}

/// The target of a reference, if this object is one.
pub(super) fn reference(kind: Kind, node: &Node) -> Option<&str> {
    node.get("$ref").and_then(Node::as_text).filter(|_| kind.can_refer())
}

/// An object directly below another one, with the steps that lead to it.
pub(super) struct Child<'a> {
    pub kind: Kind,
    pub node: &'a mut Node,
    pub location: Location,
}

/// The objects directly below this one, in the order of the document.
pub(super) fn children<'a>(kind: Kind, members: &'a mut Map, location: &Location) -> Vec<Child<'a>> {
    let mut children = Vec::new();
    for (key, node) in members {
        let Some(leads) = kind.leads(key) else { continue };
        let location = location.child(key);
        match (leads, node) {
            (One(kind), node @ (Node::Map(_) | Node::Bool(_))) => children.push(Child { kind, node, location }),
            (Named(kind), Node::Map(map)) => {
                children.extend(map.iter_mut().map(|(name, node)| Child { kind, location: location.child(name), node }))
            }
            (Listed(kind), Node::List(list)) => children.extend(list.iter_mut().enumerate().map(|(at, node)| Child {
                kind,
                location: location.index(at),
                node,
            })),
            _ => {}
        }
    }
    children
}

/// Shows every object of the document to `visit`, those inside another one first.
pub(super) fn each(
    kind: Kind,
    node: &mut Node,
    location: &Location,
    visit: &mut dyn FnMut(Kind, &mut Node, &Location),
) {
    // What stands beside a reference is looked at, too.
    if let Some(members) = node.as_map_mut() {
        for child in children(kind, members, location) {
            each(child.kind, child.node, &child.location, visit);
        }
    }
    visit(kind, node, location);
}

/// Shows every schema of the document to `visit`, those inside another one first.
pub(super) fn schemas(document: &mut Node, location: &Location, visit: &mut dyn FnMut(&mut Node, &Location)) {
    each(Kind::Document, document, location, &mut |kind, node, location| {
        if kind == Kind::Schema {
            visit(node, location);
        }
    });
}

/// Shows every operation to `visit`: its path, its method in lower case, its members and its place.
pub(super) fn operations(
    document: &mut Node,
    location: &Location,
    visit: &mut dyn FnMut(&str, &str, &mut Map, &Location),
) {
    let Some(paths) = document.as_map_mut().and_then(|map| map.get_mut("paths")).and_then(Node::as_map_mut) else {
        return;
    };
    for (path, item) in paths {
        let Some(item) = item.as_map_mut() else { continue };
        for (method, operation) in item {
            let is_operation = matches!(Kind::PathItem.leads(method), Some(One(Kind::Operation)));
            if let (true, Some(operation)) = (is_operation, operation.as_map_mut()) {
                visit(path, method, operation, &location.at(&["paths", path, method]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_with_the_names_of_keywords_are_members() {
        let text = "paths: {}\ncomponents: {schemas: {A: {properties: {properties: {type: string}, $ref: {type: integer}, \
                    items: {$ref: '#/x'}}}}}";
        let mut document: Node = crate::yaml::read("a.yaml", text).unwrap();
        let mut seen = Vec::new();
        schemas(&mut document, &Location::root("a.yaml"), &mut |_, location| seen.push(location.pointer().to_owned()));
        let below = |name: &str| format!("#/components/schemas/A{name}");
        assert_eq!(seen, ["/properties/properties", "/properties/$ref", "/properties/items", ""].map(below));
    }
}
