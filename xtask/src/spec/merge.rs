//! Puts published facts and our own words together. Facts win, words and extensions stay, and what is not understood
//! stops the import with its place.

use anyhow::{Context as _, bail, ensure};

use super::prose;
use crate::node::{Map, Node};
use crate::pointer::escaped;
use crate::shape::{Kind, Rule};

/// What an import has to say beside the document itself.
#[derive(Debug, Default)]
pub struct Report {
    /// Published for the first time.
    pub new: Vec<String>,
    /// No longer published: dropped together with our words.
    pub gone: Vec<String>,
    /// Places where the published documents disagree with themselves, each with its decision.
    pub contradictions: Vec<String>,
}

/// Merges a published document into ours.
pub fn document(published: &Node, ours: &Node, report: &mut Report) -> anyhow::Result<Node> {
    let has_permissions = ours.get("x-tables").is_some_and(Node::is_true);
    let mut merger = Merger { report, has_permissions, shared: Vec::new() };
    let mut merged = merger.object(Kind::Document, published, ours, "")?;
    let enums = merged.as_map_mut().and_then(|document| document.get_mut("x-enums"));
    share(enums, merger.shared)?;
    Ok(merged)
}

/// Every property that uses a shared enum must give it the same labels.
fn share(mut enums: Option<&mut Node>, used: Vec<(String, Labels, String)>) -> anyhow::Result<()> {
    for (name, labels, at) in used {
        let shared =
            enums.as_mut().and_then(|enums| enums.as_map_mut()?.get_mut(&name)?.as_map_mut()?.get_mut("values"));
        let values = shared.and_then(Node::as_map_mut).with_context(|| format!("{at}: x-enums has no {name:?}"))?;
        for (code, text) in &labels {
            let known = values.get(code).and_then(|value| value.get("label")).and_then(Node::as_text);
            ensure!(known.is_none_or(|known| known == text), "{at}: {code} is {text} here, not as in x-enums/{name}");
        }
        label(values, &labels);
    }
    Ok(())
}

fn label(values: &mut Map, labels: &Labels) {
    for (code, label) in labels {
        let value = values.entry(code.clone()).or_insert_with(|| Node::Map(Map::new()));
        if let Some(value) = value.as_map_mut() {
            value.shift_remove("label");
            value.insert_before(0, "label".to_owned(), label.as_str().into());
        }
    }
}

struct Merger<'a> {
    report: &'a mut Report,
    /// Whether the description of every operation ends with the permission it needs.
    has_permissions: bool,
    /// Labels that belong to an enum of `x-enums`: its name, the labels, the place that uses it.
    shared: Vec<(String, Labels, String)>,
}

type Labels = Vec<(String, String)>;

const NOTHING: Node = Node::Null;

impl Merger<'_> {
    fn object(&mut self, kind: Kind, published: &Node, ours: &Node, at: &str) -> anyhow::Result<Node> {
        let facts = published.as_map().with_context(|| format!("{at}: an object is expected"))?;
        if facts.contains_key("$ref") {
            ensure!(facts.len() == 1, "{at}: keys beside $ref have no meaning in OpenAPI 3.0");
            return Ok(published.clone());
        }
        if let Some(key) = facts.keys().find(|key| kind.rule(key).is_none()) {
            bail!("{at}/{}: the key {key:?} is not understood in {kind:?}", escaped(key));
        }
        let mut merged = Map::new();
        for (key, rule) in kind.fields() {
            let value = self.member(kind, key, *rule, facts.get(*key), ours, at)?;
            merged.extend(value.map(|value| ((*key).to_owned(), value)));
        }
        let extensions = ours.as_map().into_iter().flatten().filter(|(key, _)| key.starts_with("x-"));
        merged.extend(extensions.map(|(key, value)| (key.clone(), value.clone())));
        self.prose(kind, facts, &mut merged, at)?;
        Ok(arrange(kind, merged))
    }

    /// Adds what only the published sentences say. The extensions that stand for it are renewed, never kept.
    fn prose(&mut self, kind: Kind, facts: &Map, merged: &mut Map, at: &str) -> anyhow::Result<()> {
        let text = facts.get("description").and_then(Node::as_text).unwrap_or_default();
        match kind {
            Kind::Schema => {
                merged.retain(|key, _| {
                    !["x-timestamp", "x-filled", "x-dependency", "x-flag", "x-integer"].contains(&key.as_str())
                });
                let found = prose::property(facts);
                merged.extend(found.into_iter().map(|(key, value)| (key.to_owned(), value)));
                self.labels(facts, text, merged, at)
            }
            Kind::Operation if self.has_permissions => {
                merged.shift_remove("x-permission");
                let found = prose::permission(text).with_context(|| at.to_owned())?;
                merged.extend(found.map(|permission| ("x-permission".to_owned(), permission)));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Writes the labels into `x-enum`, beside our names and texts, and reports where list and labels disagree.
    fn labels(&mut self, facts: &Map, text: &str, merged: &mut Map, at: &str) -> anyhow::Result<()> {
        let labels = prose::labels(text);
        let Some(listed) = facts.get("enum").and_then(Node::as_list).filter(|_| !labels.is_empty()) else {
            return Ok(());
        };
        let listed: Vec<String> = listed.iter().filter_map(Node::as_int).map(|code| code.to_string()).collect();
        for code in listed.iter().filter(|code| !labels.iter().any(|(labelled, _)| labelled == *code)) {
            self.report
                .contradictions
                .push(format!("{at}: {code} is listed without a label. Decision: it is read as an unknown value."));
        }
        for (code, label) in labels.iter().filter(|(code, _)| !listed.contains(code)) {
            self.report
                .contradictions
                .push(format!("{at}: {code} has the label {label} but is not listed. Decision: reading knows it."));
        }
        match merged.entry("x-enum".to_owned()).or_insert_with(|| Node::Map(Map::new())) {
            Node::Text(shared) => self.shared.push((shared.clone(), labels, at.to_owned())),
            Node::Map(values) => label(values, &labels),
            other => bail!("{at}/x-enum: {other} is neither a name nor a map"),
        }
        Ok(())
    }

    fn member(
        &mut self,
        kind: Kind,
        key: &str,
        rule: Rule,
        published: Option<&Node>,
        ours: &Node,
        at: &str,
    ) -> anyhow::Result<Option<Node>> {
        let place = format!("{at}/{}", escaped(key));
        let own = ours.get(key);
        match rule {
            Rule::Fact => self.fact(key, published, ours, &place),
            Rule::Words => Ok(own.cloned().or_else(|| required_words(kind, key, at))),
            Rule::Sample => Ok(None),
            Rule::One(inner) => match published {
                Some(facts) => self.object(inner, facts, own.unwrap_or(&NOTHING), &place).map(Some),
                None => Ok(own.filter(|node| is_prose(node)).cloned()),
            },
            Rule::Named(inner) => self.named(inner, published, own, &place),
            Rule::Listed(inner) => self.listed(inner, published, own, &place),
        }
    }

    /// A fact as published, unless a deviation is recorded beside it; a deviation that no longer applies is an error.
    fn fact(&mut self, key: &str, published: Option<&Node>, ours: &Node, at: &str) -> anyhow::Result<Option<Node>> {
        let deviation = ours.get("x-deviation").filter(|d| d.get("keyword").and_then(Node::as_text) == Some(key));
        let Some(deviation) = deviation else {
            return Ok(published.cloned());
        };
        ensure!(deviation.get("reason").is_some(), "{at}: x-deviation gives no reason");
        let recorded = deviation.get("published").filter(|value| **value != NOTHING);
        ensure!(
            recorded == published,
            "{at}: the deviation no longer applies: published is {}, recorded is {}",
            published.unwrap_or(&NOTHING),
            recorded.unwrap_or(&NOTHING),
        );
        Ok(ours.get(key).cloned())
    }

    fn named(
        &mut self,
        kind: Kind,
        published: Option<&Node>,
        own: Option<&Node>,
        at: &str,
    ) -> anyhow::Result<Option<Node>> {
        let own = own.and_then(Node::as_map);
        if published.is_none() && own.is_none() {
            return Ok(None);
        }
        let mut merged = Map::new();
        for (name, facts) in published.and_then(Node::as_map).into_iter().flatten() {
            let place = format!("{at}/{}", escaped(name));
            let ours = own.and_then(|own| own.get(name));
            if ours.is_none() && own.is_some() {
                self.report.new.push(place.clone());
            }
            merged.insert(name.clone(), self.object(kind, facts, ours.unwrap_or(&NOTHING), &place)?);
        }
        for (name, ours) in
            own.into_iter().flatten().filter(|(name, _)| !merged.contains_key(*name)).collect::<Vec<_>>()
        {
            if is_prose(ours) {
                merged.insert(name.clone(), ours.clone());
            } else {
                self.report.gone.push(format!("{at}/{}", escaped(name)));
            }
        }
        Ok(Some(Node::Map(merged)))
    }

    fn listed(
        &mut self,
        kind: Kind,
        published: Option<&Node>,
        own: Option<&Node>,
        at: &str,
    ) -> anyhow::Result<Option<Node>> {
        let Some(members) = published.and_then(Node::as_list) else {
            return Ok(None);
        };
        let own = own.and_then(Node::as_list).unwrap_or_default();
        let merged = members.iter().enumerate().map(|(index, facts)| {
            let ours = counterpart(facts, index, own).unwrap_or(&NOTHING);
            self.object(kind, facts, ours, &format!("{at}/{index}"))
        });
        Ok(Some(Node::List(merged.collect::<anyhow::Result<_>>()?)))
    }
}

/// Members with a name are the same if they have it in common; others if they stand at the same place.
fn counterpart<'a>(facts: &Node, index: usize, own: &'a [Node]) -> Option<&'a Node> {
    match facts.get("name") {
        Some(name) => own.iter().find(|node| node.get("name") == Some(name) && node.get("in") == facts.get("in")),
        None => own.get(index),
    }
}

/// What only prose documents stays although no published document has it.
fn is_prose(node: &Node) -> bool {
    let marked = |node: &Node| node.get("x-source").and_then(Node::as_text) == Some("prose");
    marked(node) || node.as_map().is_some_and(|map| !map.is_empty() && map.values().all(marked))
}

/// OpenAPI demands a description of every response; the reason phrase of RFC 9110 says no less than most documents do.
fn required_words(kind: Kind, key: &str, at: &str) -> Option<Node> {
    if kind != Kind::Response || key != "description" {
        return None;
    }
    let status = at.rsplit('/').next()?.get(..3)?;
    Some(reason_phrase(status).into())
}

fn reason_phrase(status: &str) -> &'static str {
    match status {
        "200" => "OK",
        "201" => "Created",
        "204" => "No Content",
        "303" => "See Other",
        "304" => "Not Modified",
        "400" => "Bad Request",
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "Not Found",
        "409" => "Conflict",
        "410" => "Gone",
        "412" => "Precondition Failed",
        _ => "Internal Server Error",
    }
}

/// The keys in the order of the grammar, extensions before the first key under which the document goes deeper.
pub fn arrange(kind: Kind, mut members: Map) -> Node {
    let mut extensions: Vec<_> = members.keys().filter(|key| key.starts_with("x-")).cloned().collect();
    extensions.sort();
    let order: Vec<&str> = kind.fields().iter().map(|(key, _)| *key).collect();
    let deeper = order.iter().position(|key| DEEPER.contains(key)).unwrap_or(order.len());
    let (before, after) = order.split_at(deeper);
    let keys = before.iter().copied().chain(extensions.iter().map(String::as_str)).chain(after.iter().copied());
    Node::Map(keys.filter_map(|key| members.shift_remove_entry(key)).collect())
}

/// Keys that hold most of an object's lines.
const DEEPER: [&str; 12] = [
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
