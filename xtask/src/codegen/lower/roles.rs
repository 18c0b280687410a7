//! The roles of schemas: one that is the body of a request and also anything else becomes two types.

use std::collections::HashSet;

use crate::pointer::unescaped;
use crate::yaml::Node;

/// Where in a document we are, as far as bodies are concerned.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Elsewhere,
    Bodies,
    Body,
    Content,
    Media,
    Schema,
}

/// The schemas that something else than the body of a request refers to.
pub(super) fn referred_outside_bodies(document: &Node) -> HashSet<String> {
    let mut found = HashSet::new();
    look(document, Section::Elsewhere, &mut found);
    found
}

fn look(node: &Node, at: Section, found: &mut HashSet<String>) {
    match node {
        Node::List(list) => list.iter().for_each(|member| look(member, Section::Elsewhere, found)),
        Node::Map(map) => {
            let link =
                map.get("$ref").and_then(Node::as_text).and_then(|link| link.strip_prefix("#/components/schemas/"));
            if let (Some(name), true) = (link, at != Section::Schema) {
                found.insert(unescaped(name));
            }
            for (key, member) in map {
                let below = match (at, key.as_str()) {
                    (Section::Elsewhere, "requestBody") => Section::Body,
                    (Section::Elsewhere, "requestBodies") => Section::Bodies,
                    (Section::Bodies, _) => Section::Body,
                    (Section::Body, "content") => Section::Content,
                    (Section::Content, _) => Section::Media,
                    (Section::Media, "schema") => Section::Schema,
                    _ => Section::Elsewhere,
                };
                look(member, below, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_shared_once_something_beside_a_body_refers_to_it() {
        let body = |name: &str| {
            format!("{{content: {{application/json: {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}}}")
        };
        let text = format!(
            "paths: {{/a: {{post: {{requestBody: {}, responses: {{'200': {}}}}}}}}}\ncomponents: {{requestBodies: {{C: {}}}}}",
            body("Body"),
            body("Answer"),
            body("Other")
        );
        let document: Node = crate::yaml::read("a", &text).unwrap();
        assert_eq!(referred_outside_bodies(&document), HashSet::from(["Answer".to_owned()]));
    }
}
