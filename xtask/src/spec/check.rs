//! Looks for what a document still lacks: descriptions, safety, delete rules, names of enum values.

use std::path::Path;

use anyhow::ensure;

use crate::openapi_grammar::{Kind, Rule};
use crate::pointer::escaped;
use crate::yaml::{Map, Node};
use crate::{file, yaml};

/// Checks every document of the folder and of its folder for further platforms; any finding is an error.
pub(crate) fn check(spec: &Path) -> anyhow::Result<()> {
    let mut total = 0;
    let mut paths = file::list(spec, "yaml")?;
    paths.extend(file::list(&spec.join("platforms"), "yaml")?);
    for path in paths {
        let document: Node = yaml::read(&path.display().to_string(), &file::read(&path)?)?;
        let findings = findings(&path, &document);
        findings.iter().for_each(file::print);
        total += findings.len();
    }
    ensure!(total == 0, "{total} findings; mend them in spec/ and run `cargo xtask spec check` again");
    file::print("every operation, schema and property is described");
    Ok(())
}

/// What a document lacks, with file and JSON pointer.
pub(super) fn findings(path: &Path, document: &Node) -> Vec<String> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    missing(document).iter().map(|finding| format!("{name}#{finding}")).collect()
}

/// The places of a document that lack something, each with what is missing.
pub(super) fn missing(document: &Node) -> Vec<String> {
    let mut search = Search { document, findings: Vec::new() };
    search.object(Kind::Document, document, "");
    search.shared_enums();
    search.shared_texts();
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
            Kind::Parameter | Kind::Header | Kind::Scheme => self.described(members, last(at), at),
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
            let is_composed = ["allOf", "oneOf", "items"].iter().any(|key| member.get(key).is_some());
            if let Some(schema) = member.as_map().filter(|_| is_schema && !is_composed) {
                self.described(schema, name, &place);
            }
            self.object(inner, member, &place);
        }
    }

    fn operation(&mut self, members: &Map, at: &str) {
        let text = |key: &str| members.get(key).and_then(Node::as_text);
        self.described(members, text("operationId").unwrap_or_default(), at);
        if text("summary").is_none() {
            self.say(at, "no summary");
        }
        let by_verb = text("x-verb").and_then(|verb| self.document.at(&["x-verbs", verb, "safety"]));
        if by_verb.is_none() && text("x-safety").is_none() {
            self.say(at, "no safety (x-verb or x-safety)");
        }
    }

    fn schema(&mut self, members: &Map, at: &str) {
        for (name, property) in members.get("properties").and_then(Node::as_map).into_iter().flatten() {
            self.property(members, name, property, &format!("{at}/properties/{}", escaped(name)));
        }
        for (name, column) in members.get("x-hidden-columns").and_then(Node::as_map).into_iter().flatten() {
            self.delete_rule(column.get("references"), &format!("{at}/x-hidden-columns/{}", escaped(name)));
        }
        for rule in members.get("x-unique").and_then(Node::as_list).into_iter().flatten() {
            if rule.get("columns").is_none() {
                self.say(at, &format!("the unique rule {} names no columns", rule.get("name").unwrap_or(&Node::Null)));
            }
        }
        self.values(members, at);
    }

    fn property(&mut self, schema: &Map, name: &str, property: &Node, at: &str) {
        let nothing = Map::new();
        let beside = schema.get("x-ref-properties").and_then(|beside| beside.get(name));
        let home = if property.get("$ref").is_some() { beside } else { Some(property) };
        let home = home.and_then(Node::as_map).unwrap_or(&nothing);
        let is_shared = self.document.at(&["x-property-descriptions", name]).is_some();
        if !is_shared || home.contains_key("description") {
            self.described(home, name, at);
        }
        self.delete_rule(home.get("x-references"), at);
    }

    fn delete_rule(&mut self, reference: Option<&Node>, at: &str) {
        if reference.is_some_and(|reference| reference.get("on-delete").is_none()) {
            self.say(at, "the foreign key has no delete rule (on-delete)");
        }
    }

    /// Every value of an enum needs a name and a text, in `x-enum` or in the shared enum that it names.
    fn values(&mut self, members: &Map, at: &str) {
        let Some(listed) = members.get("enum").and_then(Node::as_list) else { return };
        let texts = || listed.iter().filter_map(Node::as_text);
        match members.get("x-enum") {
            Some(Node::Text(shared)) => {
                let Some(values) = self.document.at(&["x-enums", shared, "values"]) else {
                    return self.say(at, &format!("x-enums has no {shared:?} with values"));
                };
                for value in texts().filter(|value| values.get(value).is_none()) {
                    self.say(at, &format!("the value {value:?} has no name in x-enums/{shared}"));
                }
            }
            Some(values) => {
                for (code, value) in values.as_map().into_iter().flatten() {
                    self.value(Some(value), code, at);
                }
                for code in texts().filter(|code| values.get(code).is_none()) {
                    self.value(None, code, at);
                }
            }
            None => texts().for_each(|code| self.value(None, code, at)),
        }
    }

    fn value(&mut self, value: Option<&Node>, code: &str, at: &str) {
        let has = |key: &str| value.is_some_and(|value| value.get(key).is_some());
        if !has("name") || !has("description") {
            self.say(&format!("{at}/x-enum/{}", escaped(code)), "the value has no name or no description");
        }
    }

    /// Every shared enum is described and used.
    fn shared_enums(&mut self) {
        let nothing = Map::new();
        for (name, shared) in self.document.get("x-enums").and_then(Node::as_map).into_iter().flatten() {
            let at = format!("/x-enums/{}", escaped(name));
            self.described(shared.as_map().unwrap_or(&nothing), name, &at);
            for (code, value) in shared.get("values").and_then(Node::as_map).into_iter().flatten() {
                self.value(Some(value), code, &at);
            }
            if !any_map(self.document, &|map| map.get("x-enum").and_then(Node::as_text) == Some(name)) {
                self.say(&at, "no property uses it");
            }
        }
    }

    /// A shared text that no property uses is a leftover.
    fn shared_texts(&mut self) {
        let shared = self.document.get("x-property-descriptions").and_then(Node::as_map);
        for name in shared.into_iter().flat_map(Map::keys) {
            let has = |map: &Map| map.get("properties").is_some_and(|all| all.get(name).is_some());
            if !any_map(self.document, &has) {
                self.say(&format!("/x-property-descriptions/{}", escaped(name)), "no property uses it");
            }
        }
    }

    fn described(&mut self, members: &Map, name: &str, at: &str) {
        match members.get("description").and_then(Node::as_text) {
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

/// Whether any map of the document is as wanted.
fn any_map(node: &Node, wanted: &dyn Fn(&Map) -> bool) -> bool {
    match node {
        Node::Map(map) => wanted(map) || map.values().any(|value| any_map(value, wanted)),
        Node::List(list) => list.iter().any(|value| any_map(value, wanted)),
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

    /// A schema with one property of type string.
    fn with_property(property: &str) -> String {
        format!(
            "components: {{schemas: {{pens: {{description: What one writes with., properties: {{tip: {property}}}}}}}}}\n"
        )
    }

    #[test]
    fn a_shared_enum_needs_a_name_for_every_listed_value() {
        let uses =
            with_property("{type: string, enum: [fine, broad], x-enum: Tip, description: How wide a line it draws.}");
        let tips = "x-enums: {Tip: {description: How wide a pen draws., values: {fine: {name: Fine, description: For notes.}}}}\n";
        let at = "/components/schemas/pens/properties/tip";
        assert_eq!(missing(&document(&uses)), [format!("{at}: x-enums has no \"Tip\" with values")]);
        let unnamed = format!("{at}: the value \"broad\" has no name in x-enums/Tip");
        assert_eq!(missing(&document(&format!("{tips}{uses}"))), [unnamed]);
    }

    #[test]
    fn what_is_shared_but_unused_is_a_leftover() {
        let text = "x-enums: {Tip: {description: How wide a pen draws., values: {}}}\n\
            x-property-descriptions: {ink: The colour that it leaves on paper.}\n";
        let leftovers = ["/x-enums/Tip: no property uses it", "/x-property-descriptions/ink: no property uses it"];
        assert_eq!(missing(&document(text)), leftovers);
    }

    #[test]
    fn words_beside_a_reference_count_as_its_description() {
        let reference = with_property("{$ref: \"#/components/schemas/tips\"}");
        let at = "/components/schemas/pens/properties/tip";
        assert_eq!(missing(&document(&reference)), [format!("{at}: no description")]);
        let beside = "properties: {tip: {$ref";
        let described = format!("x-ref-properties: {{tip: {{description: How wide a line it draws.}}}}, {beside}");
        assert_eq!(missing(&document(&reference.replace(beside, &described))), [""; 0]);
    }

    #[test]
    fn an_operation_needs_a_safety() {
        let text = "paths: {/pens: {get: {operationId: getPens, summary: Lists., description: Lists what is in the drawer.}}}\n";
        assert_eq!(missing(&document(text)), ["/paths/~1pens/get: no safety (x-verb or x-safety)"]);
    }

    #[test]
    fn a_value_without_a_name_is_found() {
        let text = with_property("{type: string, enum: [fine], description: How wide a line it draws.}");
        let at = "/components/schemas/pens/properties/tip/x-enum/fine: the value has no name or no description";
        assert_eq!(missing(&document(&text)), [at]);
    }
}
