//! `oneOf` and `anyOf`: null taken out, alternatives of one kind made one, and for the rest a sign for each that tells it
//! apart: a value of a member, a member that only it has, or its JSON type. Where nothing does, the value stays JSON.

mod discriminants;

use super::all_of::component;
use super::dialect::NULL;
use super::report::Report;
use super::siblings::WORDS;
use super::walk;
use crate::codegen::location::Location;
use crate::yaml::{Map, Node, map};

/// The key under which the signs of the alternatives stand.
pub(crate) const UNION: &str = "x-union";
/// The key that says why a schema is any JSON.
pub(crate) const ANY: &str = "x-any";

/// Rewrites all schemas of the document.
pub(super) fn apply(document: &mut Node, location: &Location, report: &mut Report) {
    walk::schemas(document, location, &mut |node, _| alone(node));
    // What an alternative is, is looked up in the schemas as they are now: without null and merged.
    let schemas = document.at(&["components", "schemas"]).and_then(Node::as_map).cloned().unwrap_or_default();
    walk::schemas(document, location, &mut |node, location| union(node, &schemas, location, report));
}

/// What can be said about a union without looking anywhere else.
fn alone(node: &mut Node) {
    let Some(schema) = node.as_map_mut() else { return };
    if schema.shift_remove(NULL).is_some() {
        schema.insert("nullable".to_owned(), true.into());
    }
    let mut alternatives = match (schema.shift_remove("oneOf"), schema.shift_remove("anyOf")) {
        (Some(Node::List(one)), Some(Node::List(any))) if one == any => one,
        (Some(Node::List(_)), Some(Node::List(_))) => {
            schema.retain(|key, _| WORDS.contains(&key.as_str()));
            schema.insert(ANY.to_owned(), "oneOf beside anyOf".into());
            return;
        }
        (Some(Node::List(list)), _) | (_, Some(Node::List(list))) => list,
        _ => return,
    };
    let is_null = |node: &Node| {
        node.get("nullable").is_some_and(Node::is_true)
            && node.as_map().is_some_and(|it| !it.keys().any(|key| !WORDS.contains(&key.as_str())))
    };
    let before = alternatives.len();
    alternatives.retain(|alternative| !is_null(alternative));
    let mut nullable = alternatives.len() < before;
    for alternative in alternatives.iter_mut().filter_map(Node::as_map_mut) {
        // Nullable on a reference with words stays there; the union is nullable in any case.
        nullable |= alternative.shift_remove("nullable").is_some_and(|value| value.is_true());
    }
    let mut seen: Vec<Node> = Vec::new();
    alternatives.retain(|alternative| {
        let is_new = !seen.contains(alternative);
        seen.push(alternative.clone());
        is_new
    });
    if nullable {
        schema.insert("nullable".to_owned(), true.into());
    }
    // Parts that only say which members are needed together are not alternatives.
    let only_required = |node: &Node| {
        node.as_map().is_some_and(|it| it.keys().all(|key| key == "required" || WORDS.contains(&key.as_str())))
    };
    if schema.contains_key("properties") && alternatives.iter().all(only_required) {
        schema.shift_remove("discriminator");
        return;
    }
    match alternatives.as_mut_slice() {
        [] => {}
        [one] => only(schema, one.clone()),
        _ => {
            schema.insert("oneOf".to_owned(), Node::List(alternatives));
        }
    }
}

/// One alternative: the schema is that one, with the words that stand beside it.
fn only(schema: &mut Map, one: Node) {
    let discriminator = schema.shift_remove("discriminator");
    let mapping = discriminator.as_ref().and_then(|rule| rule.get("mapping")).and_then(Node::as_map);
    let lost =
        mapping.into_iter().flat_map(Map::values).find_map(|target| target.get(super::report::REFUSED)?.as_text());
    if let Some(construct) = lost {
        super::report::refuse(schema, format!("a discriminator with {construct}"));
        return;
    }
    let rest_says_nothing = schema.keys().all(|key| WORDS.contains(&key.as_str()) || key == "type");
    if one.get("$ref").is_some() {
        if rest_says_nothing {
            schema.shift_remove("type");
        }
        if rest_says_nothing && schema.is_empty() {
            *schema = one.as_map().cloned().unwrap_or_default();
        } else {
            schema.insert("allOf".to_owned(), Node::List(vec![one]));
        }
        return;
    }
    for (key, value) in one.as_map().into_iter().flatten() {
        schema.entry(key.clone()).or_insert_with(|| value.clone());
    }
}

fn union(node: &mut Node, schemas: &Map, location: &Location, report: &mut Report) {
    let Some(schema) = node.as_map_mut() else { return };
    let Some(Node::List(mut alternatives)) = schema.get("oneOf").cloned() else {
        schema.shift_remove("discriminator");
        return;
    };
    let discriminator = schema.shift_remove("discriminator");
    if alternatives.iter().any(|alternative| alternative.get(super::report::REFUSED).is_some()) {
        let words = alternatives.iter().find_map(|one| one.get(super::report::REFUSED)).cloned();
        *node = words.and_then(|words| words.as_text().map(super::report::refused)).unwrap_or(Node::Null);
        return;
    }
    common(schema, &mut alternatives, schemas);
    let flat: Vec<Map> = alternatives.iter().map(|alternative| resolved(alternative, schemas)).collect();
    if let Some(one) = of_one_kind(&flat) {
        schema.shift_remove("oneOf");
        schema.extend(one);
        return;
    }
    if let Some(member) = discriminator.as_ref().and_then(|rule| rule.get("propertyName")?.as_text())
        && flat.iter().all(|schema| cannot_have(schema, member))
    {
        *node = super::report::refused("a discriminator that no alternative can have");
        return;
    }
    match discriminants::of(&alternatives, &flat, discriminator.as_ref(), schemas) {
        Ok(discriminants) => {
            schema.insert("oneOf".to_owned(), Node::List(discriminants.alternatives));
            schema.insert(UNION.to_owned(), Node::List(discriminants.discriminants));
        }
        Err(why) => {
            report.note(location, format!("kept as JSON: {why}"));
            schema.retain(|key, _| WORDS.contains(&key.as_str()));
            schema.insert(ANY.to_owned(), why.into());
        }
    }
}

/// Whether an object is closed and has no such member.
fn cannot_have(schema: &Map, member: &str) -> bool {
    matches!(schema.get("additionalProperties"), Some(Node::Bool(false)))
        && schema.get("properties").is_none_or(|members| members.get(member).is_none())
}

/// Members that stand beside the alternatives belong to each of them.
fn common(schema: &mut Map, alternatives: &mut [Node], schemas: &Map) {
    let keys = ["properties", "required", "additionalProperties", "type", "minProperties", "maxProperties"];
    let shared: Map = keys.iter().filter_map(|key| schema.shift_remove_entry(*key)).collect();
    schema.retain(|key, _| WORDS.contains(&key.as_str()) || key == "oneOf" || key == UNION);
    if !shared.contains_key("properties") {
        return;
    }
    for alternative in alternatives {
        let title = alternative.get("$ref").and_then(Node::as_text).and_then(component);
        let mut whole = resolved(alternative, schemas);
        if whole.get("type").is_none_or(|ty| ty.as_text() == Some("object")) && !whole.contains_key("oneOf") {
            whole.entry("type".to_owned()).or_insert_with(|| "object".into());
            let own = whole.shift_remove("properties").and_then(|own| own.as_map().cloned()).unwrap_or_default();
            let mut members = shared.get("properties").and_then(Node::as_map).cloned().unwrap_or_default();
            members.extend(own);
            whole.insert("properties".to_owned(), Node::Map(members));
            let mut required: Vec<Node> = list(&whole, "required").to_vec();
            required.extend(list(&shared, "required").iter().cloned());
            whole.insert("required".to_owned(), Node::List(required));
            if let Some(title) = title {
                whole.entry("title".to_owned()).or_insert_with(|| title.into());
            }
            *alternative = Node::Map(whole);
        }
    }
}

fn list<'a>(schema: &'a Map, key: &str) -> &'a [Node] {
    schema.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// What an alternative is, whatever references lead to it.
pub(super) fn resolved(node: &Node, schemas: &Map) -> Map {
    let mut node = node;
    for _ in 0..64 {
        let link = node.get("$ref").or_else(|| match node.get("allOf").and_then(Node::as_list) {
            Some([one]) => one.get("$ref"),
            _ => None,
        });
        let name = link.and_then(Node::as_text).and_then(component);
        match name.and_then(|name| schemas.get(&name)) {
            Some(next) => node = next,
            None => break,
        }
    }
    node.as_map().cloned().unwrap_or_default()
}

/// Alternatives that are all texts, or all numbers, or all booleans are one type; its enum lists what they list.
fn of_one_kind(flat: &[Map]) -> Option<Map> {
    let ty = |schema: &Map| schema.get("type").and_then(Node::as_text).map(str::to_owned);
    let types: Vec<String> = flat.iter().map(ty).collect::<Option<_>>()?;
    let all = |names: &[&str]| types.iter().all(|ty| names.contains(&ty.as_str()));
    let name = if all(&["string"]) {
        "string"
    } else if all(&["integer"]) {
        "integer"
    } else if all(&["integer", "number"]) {
        "number"
    } else if all(&["boolean"]) {
        "boolean"
    } else {
        return None;
    };
    let mut values: Vec<Node> = Vec::new();
    for value in flat.iter().flat_map(|schema| list(schema, "enum")) {
        if !values.contains(value) {
            values.push(value.clone());
        }
    }
    let mut one = match map([("type", name.into())]) {
        Node::Map(one) => one,
        _ => Map::new(),
    };
    if !values.is_empty() && name != "number" {
        one.insert("enum".to_owned(), Node::List(values));
    }
    let formats: Vec<&Node> = flat.iter().filter_map(|schema| schema.get("format")).collect();
    if let ([first, rest @ ..], true) = (formats.as_slice(), formats.len() == flat.len())
        && rest.iter().all(|other| other == first)
    {
        one.insert("format".to_owned(), (*first).clone());
    }
    Some(one)
}
