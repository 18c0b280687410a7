//! `allOf` merged: one schema that says what all parts say. Each component is merged once; parts that contradict each other are
//! refused by name. A reference with words beside it stays one.

mod merge;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::report::{Report, refused};
use super::siblings::{IGNORED, WORDS};
use super::walk::{self, Kind};
use crate::codegen::location::Location;
use crate::pointer::unescaped;
use crate::yaml::{Map, Node, map};

/// Deeper than any document is on purpose; a schema that contains itself through `allOf` goes on for ever.
const DEEPEST: usize = 64;

/// Rewrites all schemas of the document.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) {
    let Some(schemas) = schemas_of(document) else { return };
    let mut merging = Merging { schemas, known: HashMap::new(), open: Vec::new(), report };
    let children = merging.children_of_bases();
    merging.walk(Kind::Document, document, location, 0);
    if let Some(schemas) =
        document.as_map_mut().and_then(|root| root.get_mut("components")?.as_map_mut()?.get_mut("schemas"))
    {
        bases(schemas, &children);
    }
}

fn schemas_of(document: &Node) -> Option<Map> {
    document.at(&["components", "schemas"])?.as_map().cloned()
}

/// The name of the component that a reference leads to.
pub(super) fn component(link: &str) -> Option<String> {
    link.strip_prefix("#/components/schemas/").map(unescaped)
}

struct Merging<'r> {
    /// As they were before anything was merged.
    schemas: Map,
    known: HashMap<String, Result<Rc<Map>, String>>,
    open: Vec<String>,
    report: &'r mut Report,
}

impl Merging<'_> {
    fn walk(&mut self, kind: Kind, node: &mut Node, location: &Location, depth: usize) {
        if depth > DEEPEST {
            *node = refused("schemas that contain themselves through allOf");
            return;
        }
        if kind == Kind::Schema && node.get("allOf").is_some() {
            let own = node.as_map().cloned().unwrap_or_default();
            *node = match self.merged(&own, location) {
                Ok(merged) => Node::Map(merged),
                Err(construct) => refused(construct),
            };
        }
        if walk::reference(kind, node).is_some() || is_reference_with_words(node) {
            return;
        }
        if let Some(members) = node.as_map_mut() {
            let deeper = if kind == Kind::Schema { depth + 1 } else { 0 };
            for child in walk::children(kind, members, location) {
                self.walk(child.kind, child.node, &child.location, deeper);
            }
        }
    }

    /// A schema without `allOf` on its own level.
    fn merged(&mut self, schema: &Map, location: &Location) -> Result<Map, String> {
        let Some(Node::List(parts)) = schema.get("allOf") else { return Ok(schema.clone()) };
        let mut outer = schema.clone();
        outer.shift_remove("allOf");
        let parts: Vec<&Map> = parts.iter().filter_map(Node::as_map).filter(|part| says_something(part)).collect();
        let mut words = outer.clone();
        let mut links: Vec<&Node> = Vec::new();
        let mut only_words = outer.keys().all(|key| WORDS.contains(&key.as_str()));
        for part in &parts {
            match part.get("$ref") {
                Some(link) if !links.contains(&link) => links.push(link),
                Some(_) => {}
                None => {
                    only_words &= part.keys().all(|key| WORDS.contains(&key.as_str()));
                    for (key, value) in part.iter() {
                        words.entry(key.clone()).or_insert_with(|| value.clone());
                    }
                }
            }
        }
        if let (true, [link]) = (only_words, links.as_slice()) {
            words.insert("allOf".to_owned(), Node::List(vec![map([("$ref", (*link).clone())])]));
            return Ok(words);
        }
        let mut whole = Map::new();
        for part in parts {
            let flat = self.flat(part, location)?;
            merge::into(&mut whole, &flat, location, self.report)?;
        }
        // What stands beside the parts says the last word.
        let own_words: Map = outer.iter().filter(|(key, _)| WORDS.contains(&key.as_str())).map(pair).collect();
        let rest: Map = outer.iter().filter(|(key, _)| !WORDS.contains(&key.as_str())).map(pair).collect();
        if !rest.is_empty() {
            merge::into(&mut whole, &rest, location, self.report)?;
        }
        whole.extend(own_words);
        Ok(whole)
    }

    fn flat(&mut self, part: &Map, location: &Location) -> Result<Rc<Map>, String> {
        let Some(link) = part.get("$ref").and_then(Node::as_text) else {
            return self.resolved(part, location).map(Rc::new);
        };
        let name = component(link).ok_or_else(|| format!("the reference {link:?}"))?;
        if let Some(known) = self.known.get(&name) {
            return known.clone();
        }
        if self.open.contains(&name) {
            return Err(format!("allOf of {name:?} that leads to itself"));
        }
        let schema = self.schemas.get(&name).and_then(Node::as_map).cloned().unwrap_or_default();
        self.open.push(name.clone());
        let flat = self.resolved(&schema, location).map(|mut flat| {
            // The one who is merged says who tells the kinds apart; those who are merged from it do not.
            if !flat.contains_key("oneOf") && !flat.contains_key("anyOf") {
                flat.shift_remove("discriminator");
            }
            Rc::new(flat)
        });
        self.open.pop();
        self.known.insert(name, flat.clone());
        flat
    }

    /// A schema with its own level merged, references with words included.
    fn resolved(&mut self, schema: &Map, location: &Location) -> Result<Map, String> {
        let merged = self.merged(schema, location)?;
        let Some(link) = merged.get("allOf").and_then(Node::as_list).and_then(<[Node]>::first).cloned() else {
            return Ok(merged);
        };
        let target = link.as_map().cloned().unwrap_or_default();
        let mut whole = (*self.flat(&target, location)?).clone();
        whole.extend(merged.into_iter().filter(|(key, _)| key != "allOf"));
        Ok(whole)
    }

    /// For each schema with a discriminator and no alternatives: the components that name it in `allOf`, however far away.
    fn children_of_bases(&self) -> BTreeMap<String, Vec<String>> {
        let is_base = |schema: &Node| {
            schema.get("discriminator").is_some() && schema.get("oneOf").is_none() && schema.get("anyOf").is_none()
        };
        let mut parents: HashMap<&str, Vec<String>> = HashMap::new();
        for (name, schema) in &self.schemas {
            let parts = schema.get("allOf").and_then(Node::as_list).into_iter().flatten();
            let links = parts.filter_map(|part| component(part.get("$ref")?.as_text()?));
            parents.insert(name, links.collect());
        }
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in self.schemas.keys() {
            let (mut seen, mut next) = (Vec::new(), parents[name.as_str()].clone());
            while let Some(parent) = next.pop() {
                if seen.contains(&parent) {
                    continue;
                }
                if self.schemas.get(&parent).is_some_and(is_base) {
                    found.entry(parent.clone()).or_default().push(name.clone());
                }
                next.extend(parents.get(parent.as_str()).cloned().unwrap_or_default());
                seen.push(parent);
            }
        }
        found
    }
}

fn pair((key, value): (&String, &Node)) -> (String, Node) {
    (key.clone(), value.clone())
}

fn says_something(part: &Map) -> bool {
    part.keys().any(|key| key != "x-null" && key != IGNORED)
}

/// `allOf` of one reference, which stands for that with other words.
pub(super) fn is_reference_with_words(node: &Node) -> bool {
    matches!(node.get("allOf").and_then(Node::as_list), Some([one]) if one.get("$ref").is_some())
}

/// A base stands for its children wherever it is referred to: with the values of its discriminator it is one of them.
fn bases(schemas: &mut Node, children: &BTreeMap<String, Vec<String>>) {
    let Some(schemas) = schemas.as_map_mut() else { return };
    let link = |name: &str| map([("$ref", format!("#/components/schemas/{}", crate::pointer::escaped(name)).into())]);
    let before = if children.is_empty() { Map::new() } else { schemas.clone() };
    for (base, children) in children {
        let Some(Node::Map(schema)) = before.get(base) else { continue };
        let mut own = schema.clone();
        let Some(discriminator) = own.shift_remove("discriminator") else { continue };
        // Children that are bases themselves are unions already; here they stand with what they are on their own.
        let alternatives = children.iter().map(|child| match before.get(child) {
            Some(Node::Map(inner)) if inner.contains_key("discriminator") && !inner.contains_key("oneOf") => {
                let mut inner = inner.clone();
                inner.shift_remove("discriminator");
                inner.insert("title".to_owned(), child.as_str().into());
                Node::Map(inner)
            }
            _ => link(child),
        });
        let mut whole = Map::new();
        for key in WORDS {
            whole.extend(own.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        whole.insert("oneOf".to_owned(), Node::List(alternatives.collect()));
        whole.insert("discriminator".to_owned(), discriminator);
        schemas.insert(base.clone(), Node::Map(whole));
    }
}
