//! What tells the alternatives of a union apart.

use super::list;
use crate::codegen::lower;
use crate::codegen::normalise::all_of::component;
use crate::codegen::normalise::report::REFUSED;
use crate::yaml::{Map, Node, map};

/// Alternatives in the order in which they are tried, and what tells each apart.
pub(super) struct Discriminants {
    pub alternatives: Vec<Node>,
    /// `{name, is: {member, value}}`, `{name, has}` or `{name, kind}` each.
    pub discriminants: Vec<Node>,
}

/// An alternative with its sign.
struct NamedAlternative {
    alternative: Node,
    name: String,
    sign: (&'static str, Node),
}

/// The signs, or why there are none.
pub(super) fn of(
    alternatives: &[Node],
    flat: &[Map],
    discriminator: Option<&Node>,
    schemas: &Map,
) -> Result<Discriminants, String> {
    let told = match discriminator.and_then(|rule| by_discriminator(alternatives, flat, rule, schemas)) {
        Some(told) => told?,
        None => by_shape(alternatives, flat)?,
    };
    let mut names: Vec<String> = Vec::new();
    let mut discriminants = Vec::new();
    for one in &told {
        let mut name = one.name.clone();
        let mut number = 2;
        while names.contains(&name) || name == "Unknown" {
            name = format!("{}{number}", one.name);
            number += 1;
        }
        discriminants.push(map([("name", name.as_str().into()), (one.sign.0, one.sign.1.clone())]));
        names.push(name);
    }
    Ok(Discriminants { alternatives: told.into_iter().map(|one| one.alternative).collect(), discriminants })
}

/// By the values that a discriminator names, or by the names of the schemas; nothing where its member is not in every object.
fn by_discriminator(
    alternatives: &[Node],
    flat: &[Map],
    rule: &Node,
    schemas: &Map,
) -> Option<Result<Vec<NamedAlternative>, String>> {
    let member = rule.get("propertyName").and_then(Node::as_text)?;
    let is_object = |schema: &Map| schema.get("type").and_then(Node::as_text) == Some("object");
    if !flat.iter().all(|schema| is_object(schema) || schema.contains_key("oneOf")) {
        return None;
    }
    let mapping = rule.get("mapping").and_then(Node::as_map);
    let mut told = Vec::new();
    for (value, target) in mapping.into_iter().flatten() {
        if let Some(construct) = target.get(REFUSED).and_then(Node::as_text) {
            return Some(Err(format!("a discriminator with {construct}")));
        }
        let target = target.as_text().and_then(component)?;
        let link = map([("$ref", format!("#/components/schemas/{}", crate::pointer::escaped(&target)).into())]);
        let listed = alternatives.iter().find(|one| {
            named(one).is_some_and(|name| name == target)
                || one.get("title").and_then(Node::as_text) == Some(target.as_str())
        });
        let alternative = listed.cloned().unwrap_or(link);
        let schema = super::resolved(&alternative, schemas);
        told.push(NamedAlternative {
            name: lower::camel(&target),
            sign: ("is", map([("member", member.into()), ("value", typed(value, member, &schema))])),
            alternative,
        });
    }
    let is_told =
        |told: &[NamedAlternative], alternative: &Node| told.iter().any(|one| one.alternative == *alternative);
    for (alternative, schema) in alternatives.iter().zip(flat) {
        if is_told(&told, alternative) {
            continue;
        }
        // Its own constant, or the name of its schema.
        let constants = constants(schema, member);
        let values = if constants.is_empty() {
            vec![Node::Text(named(alternative).or_else(|| alternative.get("title")?.as_text().map(str::to_owned))?)]
        } else {
            constants.to_vec()
        };
        let name = name_of(alternative, schema, values.first());
        told.extend(values.into_iter().map(|value| NamedAlternative {
            alternative: alternative.clone(),
            name: name.clone(),
            sign: ("is", map([("member", member.into()), ("value", value)])),
        }));
    }
    Some(Ok(several_values(told)))
}

/// Several values for one alternative stand in one sign.
fn several_values(told: Vec<NamedAlternative>) -> Vec<NamedAlternative> {
    let mut joined: Vec<NamedAlternative> = Vec::new();
    for one in told {
        match joined.iter_mut().find(|earlier| earlier.alternative == one.alternative) {
            Some(NamedAlternative { sign: (_, Node::Map(sign)), .. }) => {
                let value = one.sign.1.get("value").cloned().unwrap_or(Node::Null);
                if let Node::List(values) = sign.entry("values".to_owned()).or_insert_with(|| Node::List(Vec::new())) {
                    values.push(value);
                }
            }
            _ => joined.push(one),
        }
    }
    joined
}

/// The value of a mapping, whose keys are always texts, in the type of the member.
fn typed(value: &str, member: &str, schema: &Map) -> Node {
    let property = schema.get("properties").and_then(|it| it.get(member));
    match property.and_then(|it| it.get("type")).and_then(Node::as_text) {
        Some("integer" | "number") => value.parse().map_or_else(|_| value.into(), Node::Int),
        Some("boolean") => value.parse().map_or_else(|_| value.into(), Node::Bool),
        _ => value.into(),
    }
}

/// Objects by a constant or a member of their own, everything else by its JSON type.
fn by_shape(alternatives: &[Node], flat: &[Map]) -> Result<Vec<NamedAlternative>, String> {
    let kind = |schema: &Map| -> Option<&'static str> {
        Some(match schema.get("type").and_then(Node::as_text)? {
            "string" => "text",
            "integer" | "number" => "number",
            "boolean" => "boolean",
            "array" => "list",
            "object" => "object",
            _ => return None,
        })
    };
    let mut kinds = Vec::new();
    for schema in flat {
        kinds.push(kind(schema).ok_or("an alternative of the union is not a single type")?);
    }
    let objects: Vec<usize> = (0..flat.len()).filter(|at| kinds[*at] == "object").collect();
    let mut told = Vec::new();
    if objects.len() > 1 {
        told.extend(
            objects_by_constant(alternatives, flat, &objects)
                .or_else(|| objects_by_member(alternatives, flat, &objects))
                .ok_or("nothing tells the alternatives of the union apart")?,
        );
    }
    for at in (0..flat.len()).filter(|at| objects.len() < 2 || !objects.contains(at)) {
        if kinds.iter().filter(|kind| **kind == kinds[at]).count() > 1 {
            return Err(format!("several alternatives of the union are of the JSON type {}", kinds[at]));
        }
        told.push(NamedAlternative {
            alternative: alternatives[at].clone(),
            name: name_of(&alternatives[at], &flat[at], Some(&kinds[at].into())),
            sign: ("kind", kinds[at].into()),
        });
    }
    Ok(told)
}

/// A member whose values in each object are listed, and none twice.
fn objects_by_constant(alternatives: &[Node], flat: &[Map], objects: &[usize]) -> Option<Vec<NamedAlternative>> {
    let first = flat[objects[0]].get("properties").and_then(Node::as_map)?;
    let member = first.keys().find(|member| {
        let mut seen: Vec<&Node> = Vec::new();
        objects.iter().all(|at| {
            let values = constants(&flat[*at], member);
            let is_new = !values.is_empty() && values.iter().all(|value| !seen.contains(&value));
            seen.extend(values);
            is_new && is_required(&flat[*at], member)
        })
    })?;
    let told = objects.iter().flat_map(|at| {
        let values = constants(&flat[*at], member);
        values.iter().map(move |value| NamedAlternative {
            alternative: alternatives[*at].clone(),
            name: name_of(&alternatives[*at], &flat[*at], values.first()),
            sign: ("is", map([("member", member.as_str().into()), ("value", value.clone())])),
        })
    });
    Some(several_values(told.collect()))
}

/// Each object but the last has a required member that no later one knows; closed or not, the last is what remains.
fn objects_by_member(alternatives: &[Node], flat: &[Map], objects: &[usize]) -> Option<Vec<NamedAlternative>> {
    let has = |at: usize, member: &str| flat[at].get("properties").and_then(|it| it.get(member)).is_some();
    let is_map = |at: usize| !flat[at].contains_key("properties");
    if objects.iter().any(|at| is_map(*at)) {
        return None;
    }
    let mut left: Vec<usize> = objects.to_vec();
    let mut told = Vec::new();
    while !left.is_empty() {
        let found = left.iter().find_map(|at| {
            let own = list(&flat[*at], "required")
                .iter()
                .filter_map(Node::as_text)
                .find(|member| has(*at, member) && !left.iter().any(|other| other != at && has(*other, member)));
            own.map(|member| (*at, member.to_owned()))
        });
        let (at, member) = found?;
        told.push(NamedAlternative {
            alternative: alternatives[at].clone(),
            name: name_of(&alternatives[at], &flat[at], Some(&member.as_str().into())),
            sign: ("has", member.into()),
        });
        left.retain(|other| *other != at);
    }
    Some(told)
}

fn constants<'a>(schema: &'a Map, member: &str) -> &'a [Node] {
    let property = schema.get("properties").and_then(|it| it.get(member));
    property.and_then(|it| it.get("enum")).and_then(Node::as_list).unwrap_or_default()
}

fn is_required(schema: &Map, member: &str) -> bool {
    list(schema, "required").iter().any(|name| name.as_text() == Some(member))
}

fn named(alternative: &Node) -> Option<String> {
    let link = alternative.get("$ref").or_else(|| alternative.get("allOf")?.as_list()?.first()?.get("$ref"));
    link.and_then(Node::as_text).and_then(component)
}

fn name_of(alternative: &Node, schema: &Map, otherwise: Option<&Node>) -> String {
    let title = || alternative.get("title").or_else(|| schema.get("title")).and_then(Node::as_text).map(str::to_owned);
    let otherwise = || otherwise.map(|value| value.as_text().map_or_else(|| value.to_string(), str::to_owned));
    let name = named(alternative).or_else(title).or_else(otherwise).unwrap_or_default();
    let camel = lower::camel(&name);
    if lower::is_identifier(&camel) { camel } else { "Other".to_owned() }
}
