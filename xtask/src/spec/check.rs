//! Looks for what a document still lacks: descriptions, safety, delete rules, names of enum values.

use std::path::Path;

use anyhow::ensure;

use crate::node::{Map, Node};
use crate::pointer::escaped;
use crate::shape::{Kind, Rule};
use crate::{file, yaml};

/// Checks every document of the folder; any finding is an error.
pub fn check(spec: &Path) -> anyhow::Result<()> {
    let mut total = 0;
    for path in file::list(spec, "yaml")? {
        let document: Node = yaml::read(&path.display().to_string(), &file::read(&path)?)?;
        total += print_missing(&path, &document);
    }
    ensure!(total == 0, "{total} findings; add the texts in spec/ and run `cargo xtask spec check` again");
    file::print("every operation, schema and property is described");
    Ok(())
}

/// Prints what the document lacks and returns how much it is.
pub fn print_missing(path: &Path, document: &Node) -> usize {
    let findings = missing(document);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    findings.iter().for_each(|finding| file::print(format_args!("  {name}#{finding}")));
    findings.len()
}

/// The places of a document that lack something, each with what is missing.
pub fn missing(document: &Node) -> Vec<String> {
    let mut search = Search { document, findings: Vec::new() };
    search.object(Kind::Document, document, "");
    search.enums();
    search.unused();
    search.findings
}

struct Search<'a> {
    document: &'a Node,
    findings: Vec<String>,
}

impl Search<'_> {
    fn say(&mut self, at: &str, what: &str) {
        self.findings.push(format!("{at}: {what}"));
    }

    fn object(&mut self, kind: Kind, node: &Node, at: &str) {
        let Some(members) = node.as_map() else { return };
        if members.contains_key("$ref") {
            return;
        }
        match kind {
            Kind::Operation => self.operation(members, at),
            Kind::Parameter | Kind::Header | Kind::Scheme => self.described(node, last(at), at),
            Kind::Schema => self.schema(members, at),
            _ => {}
        }
        for (key, value) in members {
            match kind.rule(key) {
                Some(Rule::One(inner)) => self.object(inner, value, &format!("{at}/{key}")),
                Some(Rule::Named(inner)) => self.named(kind, inner, key, value, at),
                Some(Rule::Listed(inner)) => {
                    for (index, member) in value.as_list().into_iter().flatten().enumerate() {
                        self.object(inner, member, &format!("{at}/{key}/{index}"));
                    }
                }
                _ => {}
            }
        }
    }

    fn named(&mut self, kind: Kind, inner: Kind, key: &str, value: &Node, at: &str) {
        for (name, member) in value.as_map().into_iter().flatten() {
            let place = format!("{at}/{key}/{}", escaped(name));
            let is_schema = kind == Kind::Components && key == "schemas";
            let is_part =
                member.get("allOf").is_some() || member.get("oneOf").is_some() || member.get("items").is_some();
            if is_schema && !is_part {
                self.described(member, name, &place);
            }
            self.object(inner, member, &place);
        }
    }

    fn operation(&mut self, members: &Map, at: &str) {
        let node = Node::Map(members.clone());
        let id = node.get("operationId").and_then(Node::as_text).unwrap_or_default().to_owned();
        self.described(&node, &id, at);
        if node.get("summary").is_none() {
            self.say(at, "no summary");
        }
        let verb = node.get("x-verb").and_then(Node::as_text);
        let by_verb = verb.and_then(|verb| self.document.at(&["x-verbs", verb, "safety"]));
        if by_verb.is_none() && node.get("x-safety").is_none() {
            self.say(at, "no safety (x-verb or x-safety)");
        }
    }

    fn schema(&mut self, members: &Map, at: &str) {
        for (name, property) in members.get("properties").and_then(Node::as_map).into_iter().flatten() {
            let place = format!("{at}/properties/{name}");
            let reference = property.get("$ref").is_some();
            let beside = members.get("x-ref-properties").and_then(|beside| beside.get(name));
            let home = if reference { beside.unwrap_or(&Node::Null) } else { property };
            let shared = self.document.at(&["x-property-descriptions", name]).is_some();
            if !shared || home.get("description").is_some() {
                self.described(home, name, &place);
            }
            self.reference(home, &place);
        }
        for (name, column) in members.get("x-hidden-columns").and_then(Node::as_map).into_iter().flatten() {
            if column.get("references").is_some_and(|reference| reference.get("on-delete").is_none()) {
                self.say(&format!("{at}/x-hidden-columns/{name}"), "the foreign key has no delete rule");
            }
        }
        for rule in members.get("x-unique").and_then(Node::as_list).into_iter().flatten() {
            if rule.get("columns").is_none() {
                self.say(at, &format!("the unique rule {} names no columns", rule.get("name").unwrap_or(&Node::Null)));
            }
        }
        self.values(members, at);
    }

    fn reference(&mut self, home: &Node, at: &str) {
        if home.get("x-references").is_some_and(|reference| reference.get("on-delete").is_none()) {
            self.say(at, "the foreign key has no delete rule");
        }
    }

    /// Every value of an enum needs a name and a text, in `x-enum` or in the shared enum that it names.
    fn values(&mut self, members: &Map, at: &str) {
        let Some(listed) = members.get("enum").and_then(Node::as_list) else { return };
        let named = match members.get("x-enum") {
            Some(Node::Text(shared)) if self.document.at(&["x-enums", shared]).is_some() => return,
            Some(Node::Text(shared)) => return self.say(at, &format!("x-enums has no {shared:?}")),
            Some(values) => values.clone(),
            None if members.get("type").and_then(Node::as_text) == Some("string") => Node::Null,
            None => return,
        };
        for value in listed.iter().filter_map(Node::as_text) {
            self.value(named.get(value), value, at);
        }
        for (code, value) in named.as_map().into_iter().flatten() {
            self.value(Some(value), code, at);
        }
    }

    fn value(&mut self, value: Option<&Node>, code: &str, at: &str) {
        let has = |key: &str| value.is_some_and(|value| value.get(key).is_some());
        if !has("name") || !has("description") {
            let finding = format!("{at}/x-enum/{code}: the value has no name or no description");
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    fn enums(&mut self) {
        for (name, shared) in self.document.get("x-enums").and_then(Node::as_map).into_iter().flatten() {
            let at = format!("/x-enums/{name}");
            self.described(shared, name, &at);
            for (code, value) in shared.get("values").and_then(Node::as_map).into_iter().flatten() {
                self.value(Some(value), code, &at);
            }
        }
    }

    /// A shared text that no property uses is a leftover.
    fn unused(&mut self) {
        let shared = self.document.get("x-property-descriptions").and_then(Node::as_map);
        for name in shared.into_iter().flat_map(Map::keys) {
            if !uses(self.document, name) {
                self.say(&format!("/x-property-descriptions/{name}"), "no property uses it");
            }
        }
    }

    fn described(&mut self, node: &Node, name: &str, at: &str) {
        match node.get("description").and_then(Node::as_text) {
            None => self.say(at, "no description"),
            Some(text) if only_repeats(name, text) => self.say(at, "the description only repeats the name"),
            Some(_) => {}
        }
    }
}

/// Whether a text says no more than the name: every word of weight is part of it.
fn only_repeats(name: &str, text: &str) -> bool {
    let filler = ["a", "an", "the", "of", "this", "its", "is", "id", "value", "field", "property"];
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = letters(name);
    text.split_whitespace()
        .map(letters)
        .filter(|word| !word.is_empty() && !filler.contains(&word.as_str()))
        .all(|word| name.contains(&word))
}

fn last(at: &str) -> &str {
    at.rsplit('/').next().unwrap_or(at)
}

fn uses(node: &Node, property: &str) -> bool {
    match node {
        Node::Map(map) => {
            map.get("properties").and_then(|properties| properties.get(property)).is_some()
                || map.values().any(|value| uses(value, property))
        }
        Node::List(list) => list.iter().any(|value| uses(value, property)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Node {
        yaml::read("test", text).unwrap()
    }

    #[test]
    fn a_text_that_repeats_the_name_counts_as_missing() {
        assert!(only_repeats("ticketnum", "The ticket num."));
        assert!(only_repeats("name", "Name"));
        assert!(!only_repeats("ticketnum", "Number printed on letters to the customer."));
    }

    #[test]
    fn a_shared_text_serves_every_property_of_its_name() {
        let text =
            "components: {schemas: {pens: {description: What one writes with., properties: {ink: {type: string}}}}}\n";
        assert_eq!(missing(&document(text)), ["/components/schemas/pens/properties/ink: no description"]);
        let shared = format!("x-property-descriptions: {{ink: The colour that it leaves on paper.}}\n{text}");
        assert_eq!(missing(&document(&shared)), [""; 0]);
    }

    #[test]
    fn an_operation_needs_a_safety() {
        let text = "paths: {/pens: {get: {operationId: getPens, summary: Lists., description: Lists what is in the drawer.}}}\n";
        assert_eq!(missing(&document(text)), ["/paths/~1pens/get: no safety (x-verb or x-safety)"]);
    }

    #[test]
    fn a_value_without_a_name_is_found() {
        let text = "components: {schemas: {pens: {description: What one writes with., properties: \
            {tip: {type: string, enum: [fine], description: How wide a line it draws.}}}}}\n";
        let at = "/components/schemas/pens/properties/tip/x-enum/fine: the value has no name or no description";
        assert_eq!(missing(&document(text)), [at]);
    }
}
