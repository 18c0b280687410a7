//! Puts published facts and our own words together. Facts win, words and extensions stay, and what is not understood
//! stops the import with its place.

use anyhow::{Context as _, bail, ensure};

use super::deviation::Deviation;
use super::labels::{self, Shared};
use super::prose;
use super::report::Report;
use crate::openapi_grammar::{Kind, Rule};
use crate::pointer::escaped;
use crate::yaml::{Map, Node};

/// Extensions of a schema that say what only published sentences say: renewed, never kept.
const FROM_SENTENCES: [&str; 5] = ["x-timestamp", "x-filled", "x-dependency", "x-flag", "x-integer"];

/// Merges a published document into ours.
pub(super) fn document(published: &Node, ours: &Node, report: &mut Report) -> anyhow::Result<Node> {
    let has_permissions = ours.get("x-tables").is_some_and(Node::is_true);
    let mut merger = Merger { report, has_permissions, shared: Shared::default() };
    let mut merged = merger.object(Kind::Document, published, Some(ours), "")?;
    merger.shared.write(&mut merged, report)?;
    Ok(merged)
}

struct Merger<'a> {
    report: &'a mut Report,
    /// Whether the description of every operation ends with the permission it needs.
    has_permissions: bool,
    shared: Shared,
}

/// The published and our own value at one place.
#[derive(Clone, Copy)]
struct Pair<'a> {
    published: Option<&'a Node>,
    ours: Option<&'a Node>,
    /// Whether we know the object around it. What is inside an object that is itself new is not listed as new.
    parent_is_known: bool,
}

impl Merger<'_> {
    fn object(&mut self, kind: Kind, published: &Node, ours: Option<&Node>, at: &str) -> anyhow::Result<Node> {
        let facts = published.as_map().with_context(|| format!("{at}: an object is expected"))?;
        let own = ours.and_then(Node::as_map);
        if facts.contains_key("$ref") {
            ensure!(facts.len() == 1, "{at}: keys beside $ref have no meaning in OpenAPI 3.0");
            if own.is_some_and(|own| !own.contains_key("$ref")) {
                self.report.gone.push(format!("{at} (now a reference)"));
            }
            return Ok(published.clone());
        }
        if let Some(key) = facts.keys().find(|key| kind.rule(key).is_none()) {
            bail!("{at}/{}: the key {key:?} is not understood in {kind:?}", escaped(key));
        }
        let mut merged = Map::new();
        for (key, rule) in kind.fields() {
            let pair = Pair {
                published: facts.get(*key),
                ours: own.and_then(|own| own.get(*key)),
                parent_is_known: own.is_some(),
            };
            let value = self.member(kind, key, *rule, pair, at)?;
            merged.extend(value.map(|value| ((*key).to_owned(), value)));
        }
        let extensions = own.into_iter().flatten().filter(|(key, _)| key.starts_with("x-"));
        merged.extend(extensions.map(|(key, value)| (key.clone(), value.clone())));
        if merged.shift_remove("x-source").is_some() {
            self.report.new.push(format!("{at} (prose alone had it)"));
        }
        if let Some(deviation) = ours.map(|ours| Deviation::of(kind, ours, at)).transpose()?.flatten() {
            deviation.apply(facts, &mut merged, at)?;
        }
        self.sentences(kind, facts, &mut merged, at)?;
        Ok(Node::Map(kind.arrange(merged)))
    }

    fn member(&mut self, kind: Kind, key: &str, rule: Rule, pair: Pair<'_>, at: &str) -> anyhow::Result<Option<Node>> {
        let place = format!("{at}/{}", escaped(key));
        match rule {
            Rule::Fact => Ok(pair.published.cloned()),
            Rule::Prose if pair.ours.is_none() => required_words(kind, key, at),
            Rule::Prose => Ok(pair.ours.cloned()),
            Rule::Sample => Ok(None),
            Rule::One(inner) => self.one(inner, pair, &place),
            Rule::Named(inner) => self.named(inner, pair, &place),
            Rule::Listed(inner) => self.listed(inner, pair, &place),
        }
    }

    /// One object: renewed, new, gone, or kept because prose alone documents it.
    fn one(&mut self, kind: Kind, pair: Pair<'_>, at: &str) -> anyhow::Result<Option<Node>> {
        match (pair.published, pair.ours) {
            (Some(facts), ours) => {
                if ours.is_none() && pair.parent_is_known {
                    self.report.new.push(at.to_owned());
                }
                self.object(kind, facts, ours, at).map(Some)
            }
            (None, Some(ours)) if is_prose(ours) => Ok(Some(ours.clone())),
            (None, Some(_)) => {
                self.report.gone.push(at.to_owned());
                Ok(None)
            }
            (None, None) => Ok(None),
        }
    }

    fn named(&mut self, kind: Kind, pair: Pair<'_>, at: &str) -> anyhow::Result<Option<Node>> {
        if pair.published.is_none() && pair.ours.is_none() {
            return Ok(None);
        }
        let facts = match pair.published {
            Some(published) => published.as_map().with_context(|| format!("{at}: a map is expected"))?,
            None => &Map::new(),
        };
        let own = pair.ours.and_then(Node::as_map);
        let kept = own.into_iter().flat_map(Map::keys).filter(|name| !facts.contains_key(*name));
        let mut merged = Map::new();
        for name in facts.keys().chain(kept) {
            let inner = Pair { published: facts.get(name), ours: own.and_then(|own| own.get(name)), ..pair };
            let value = self.one(kind, inner, &format!("{at}/{}", escaped(name)))?;
            merged.extend(value.map(|value| (name.clone(), value)));
        }
        let is_empty = merged.is_empty() && pair.published.is_none();
        Ok((!is_empty).then_some(Node::Map(merged)))
    }

    fn listed(&mut self, kind: Kind, pair: Pair<'_>, at: &str) -> anyhow::Result<Option<Node>> {
        let facts = match pair.published {
            Some(published) => published.as_list().with_context(|| format!("{at}: a list is expected"))?,
            None => &[],
        };
        let own = pair.ours.and_then(Node::as_list).unwrap_or_default();
        let ours: Vec<Option<usize>> = (0..facts.len()).map(|index| counterpart(facts, index, own)).collect();
        let mut merged = Vec::new();
        for (index, (published, ours)) in facts.iter().zip(&ours).enumerate() {
            let inner = Pair { published: Some(published), ours: ours.and_then(|index| own.get(index)), ..pair };
            merged.extend(self.one(kind, inner, &format!("{at}/{index}"))?);
        }
        for index in (0..own.len()).filter(|index| !ours.contains(&Some(*index))) {
            self.report.gone.push(format!("{at}/{index} {}", name_of(&own[index])));
        }
        Ok(pair.published.is_some().then_some(Node::List(merged)))
    }

    /// Adds what only the published sentences say.
    fn sentences(&mut self, kind: Kind, facts: &Map, merged: &mut Map, at: &str) -> anyhow::Result<()> {
        let text = facts.get("description").and_then(Node::as_text).unwrap_or_default();
        match kind {
            Kind::Schema => {
                merged.retain(|key, _| !FROM_SENTENCES.contains(&key.as_str()));
                let found = prose::property(facts);
                merged.extend(found.into_iter().map(|(key, value)| (key.to_owned(), value)));
                self.prune(merged, at);
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

    /// What stands in `x-ref-properties` is for properties that are bare references; others have room of their own.
    fn prune(&mut self, merged: &mut Map, at: &str) {
        let properties = merged.get("properties").and_then(Node::as_map);
        let is_reference =
            |name: &String| properties.is_some_and(|all| all.get(name).is_some_and(|one| one.get("$ref").is_some()));
        let beside = merged.get("x-ref-properties").and_then(Node::as_map);
        let gone: Vec<String> =
            beside.into_iter().flat_map(Map::keys).filter(|name| !is_reference(name)).cloned().collect();
        let Some(beside) = merged.get_mut("x-ref-properties").and_then(Node::as_map_mut) else { return };
        for name in gone {
            beside.shift_remove(&name);
            self.report.gone.push(format!("{at}/x-ref-properties/{}", escaped(&name)));
        }
        if beside.is_empty() {
            merged.shift_remove("x-ref-properties");
        }
    }

    /// Writes the labels into `x-enum`, beside our names and texts, and reports where list and labels disagree.
    fn labels(&mut self, facts: &Map, text: &str, merged: &mut Map, at: &str) -> anyhow::Result<()> {
        let Some(listed) = facts.get("enum").and_then(Node::as_list) else { return Ok(()) };
        let listed: Vec<String> = listed.iter().filter_map(Node::as_int).map(|code| code.to_string()).collect();
        let labels = prose::labels(text);
        if listed.is_empty() || (labels.is_empty() && !merged.contains_key("x-enum")) {
            return Ok(());
        }
        for code in listed.iter().filter(|code| !labels.iter().any(|(labelled, _)| labelled == *code)) {
            let problem = format!("{code} is listed without a label");
            self.report.contradiction(at, &problem, "it is read as an unknown value");
        }
        for (code, label) in labels.iter().filter(|(code, _)| !listed.contains(code)) {
            let problem = format!("{code} has the label {label} but is not listed");
            self.report.contradiction(at, &problem, "reading knows it");
        }
        let place = format!("{at}/x-enum");
        match merged.entry("x-enum".to_owned()).or_insert_with(|| Node::Map(Map::new())) {
            Node::Text(shared) => self.shared.add(shared, labels, at)?,
            Node::Map(values) => labels::write(values, &labels, &place, self.report),
            other => bail!("{place}: {other} is neither a name nor a map"),
        }
        Ok(())
    }
}

/// Our member for a published one: the one of the same name or reference, else the nameless one at the same place.
fn counterpart(facts: &[Node], index: usize, own: &[Node]) -> Option<usize> {
    let name = name_of(facts.get(index)?);
    if name == Node::Null {
        return own.get(index).filter(|node| name_of(node) == Node::Null).map(|_| index);
    }
    own.iter().position(|node| name_of(node) == name)
}

/// What a member of a list is known by: the target of a reference, or its name, or place and name of a parameter.
fn name_of(node: &Node) -> Node {
    let of = |key: &str| node.get(key).and_then(Node::as_text);
    match (of("$ref"), of("name"), of("in")) {
        (Some(target), ..) => target.into(),
        (None, Some(name), Some(place)) => format!("{place} {name}").into(),
        (None, Some(name), None) => name.into(),
        (None, None, _) => Node::Null,
    }
}

/// What only prose documents stays although no published document has it.
fn is_prose(node: &Node) -> bool {
    let marked = |node: &Node| node.get("x-source").and_then(Node::as_text) == Some("prose");
    marked(node) || node.as_map().is_some_and(|map| !map.is_empty() && map.values().all(marked))
}

/// OpenAPI demands a description of every response; the reason phrase of RFC 9110 says no less than most documents do.
fn required_words(kind: Kind, key: &str, at: &str) -> anyhow::Result<Option<Node>> {
    if kind != Kind::Response || key != "description" {
        return Ok(None);
    }
    // Shared responses may have a word behind the status.
    let name = at.rsplit('/').next().unwrap_or_default();
    let status = name.split('-').next().unwrap_or_default();
    let phrase = reason_phrase(status).with_context(|| format!("{at}: the status {status:?} is not understood"))?;
    Ok(Some(phrase.into()))
}

fn reason_phrase(status: &str) -> Option<&'static str> {
    Some(match status {
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
        "500" => "Internal Server Error",
        _ => return None,
    })
}
