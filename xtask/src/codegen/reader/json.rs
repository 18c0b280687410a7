//! JSON that was sent, checked against its schema: what stands in it must be allowed, what must be there must stand in it, and every
//! scalar is the one that the rule for values makes.

use serde_json::Value;

use super::Reader;
use super::values::{text_of, types};
use crate::yaml::{Map, Node};

/// How many levels of objects must have every member whose value is certain.
const LEVELS: usize = 2;

/// A schema that is an object, as one list of members, with what `allOf` adds.
#[derive(Default)]
struct Object<'d> {
    members: Vec<(&'d String, &'d Node)>,
    required: Vec<&'d str>,
    /// What the members that are not listed must be; nothing where there may be none.
    others: Option<&'d Node>,
    is_open: bool,
}

impl<'d> Reader<'d> {
    /// What is wrong with a value, each with its path.
    pub(crate) fn json_faults(&self, schema: &'d Node, value: &Value, at: &str, level: usize) -> Vec<String> {
        let fault = |reason: String| vec![format!("{at}: {reason}")];
        let Some(schema) = self.resolved(schema) else { return Vec::new() };
        if value.is_null() {
            return if self.may_be_null(schema) { Vec::new() } else { fault("null".to_owned()) };
        }
        if let Some(values) = schema.get("enum").and_then(Node::as_list)
            && !values.iter().any(|one| Value::from(one) == *value)
        {
            return fault(format!("{value} is not a value of the enum"));
        }
        if let Some(constant) = schema.get("const").filter(|constant| Value::from(*constant) != *value) {
            return fault(format!("{value} is not {constant}"));
        }
        for key in ["oneOf", "anyOf"] {
            let Some(alternatives) = schema.get(key).and_then(Node::as_list) else { continue };
            let reason = self.no_alternative(schema, alternatives, value, at, level);
            return reason
                .map_or_else(Vec::new, |reason| fault(format!("{value} is not an alternative of {key}: {reason}")));
        }
        match value {
            Value::Object(members) => self.object_faults(schema, members, at, level),
            Value::Array(list) => match schema.get("items").and_then(|items| self.resolved(items)) {
                Some(items) => {
                    list.iter().flat_map(|one| self.json_faults(items, one, &format!("{at}[]"), level)).collect()
                }
                None => Vec::new(),
            },
            scalar => self.scalar_faults(schema, scalar).map_or_else(Vec::new, fault),
        }
    }

    /// Why none of the alternatives fits. What nothing tells apart has no type: it is sent as a text.
    fn no_alternative(
        &self,
        schema: &'d Node,
        alternatives: &'d [Node],
        value: &Value,
        at: &str,
        level: usize,
    ) -> Option<String> {
        if value == "text" {
            return None;
        }
        let member = schema.at(&["discriminator", "propertyName"]).and_then(Node::as_text);
        let kind = member.and_then(|member| value.get(member)).map(super::values::plain);
        let mapping = schema.at(&["discriminator", "mapping"]).and_then(Node::as_map);
        let named = kind.as_ref().and_then(|kind| mapping?.get(kind)).and_then(Node::as_text);
        let is_named = |one: &&Node| {
            let link = one.get("$ref").and_then(Node::as_text);
            link.zip(named).is_none_or(|(link, named)| link == named || super::last(link) == named)
        };
        // The value that tells kinds apart is none by the rule.
        let of_kind = member.map(|member| format!("{at}.{member}: "));
        let counts = |fault: &String| of_kind.as_ref().is_none_or(|start| !fault.starts_with(start.as_str()));
        let faults = alternatives.iter().filter(is_named).map(|one| {
            let mut faults = self.json_faults(one, value, at, level + LEVELS);
            faults.retain(counts);
            faults
        });
        let fewest = faults.min_by_key(Vec::len).unwrap_or_else(|| vec!["the mapping names none".to_owned()]);
        fewest.into_iter().next()
    }

    fn may_be_null(&self, schema: &'d Node) -> bool {
        let is_null = |node: &Node| node.as_text() == Some("null") || *node == Node::Null;
        let listed = |key: &str| schema.get(key).and_then(Node::as_list).unwrap_or_default();
        schema.get("nullable").is_some_and(Node::is_true)
            || ["type", "enum"].iter().any(|key| listed(key).iter().any(is_null))
            || ["oneOf", "anyOf"].iter().any(|key| {
                listed(key).iter().any(|one| self.resolved(one).is_none_or(|one| one.get("type").is_some_and(is_null)))
            })
    }

    fn scalar_faults(&self, schema: &'d Node, value: &Value) -> Option<String> {
        let parts = schema.get("allOf").and_then(Node::as_list).unwrap_or_default();
        if let Some(part) = parts.iter().find(|part| self.resolved(part).is_some_and(|part| !types(part).is_empty())) {
            return self.json_faults(part, value, "a part", 0).into_iter().next();
        }
        let is_chosen = schema.get("enum").is_some() || schema.get("const").is_some();
        let fits = |ty: &&str| match *ty {
            "string" => value.as_str().is_some_and(|text| is_chosen || text == text_of(schema)),
            "integer" => value.as_i64().is_some_and(|number| is_chosen || number == 3),
            "number" => value.as_f64().is_some_and(|number| is_chosen || [1.5, 3.0].contains(&number)),
            "boolean" => value.as_bool().is_some_and(|value| is_chosen || value),
            _ => false,
        };
        let types = types(schema);
        (!types.is_empty() && !types.iter().any(fits)).then(|| format!("{value} is none of {types:?}"))
    }

    fn object_faults(
        &self,
        schema: &'d Node,
        sent: &serde_json::Map<String, Value>,
        at: &str,
        level: usize,
    ) -> Vec<String> {
        let mut object = Object::default();
        self.gather(schema, &mut object, 0);
        let mut faults = Vec::new();
        for (name, value) in sent {
            let place = format!("{at}.{name}");
            let listed: Vec<&Node> =
                object.members.iter().filter(|(known, _)| *known == name).map(|(_, of)| *of).collect();
            for member in &listed {
                faults.extend(self.json_faults(member, value, &place, level + 1));
            }
            match object.others {
                _ if !listed.is_empty() => {}
                Some(others) => faults.extend(self.json_faults(others, value, &place, level + 1)),
                // An object of which the document lists nothing has no type.
                None if object.is_open || object.members.is_empty() => {}
                None => faults.push(format!("{place}: the document has no such member")),
            }
        }
        for (name, of) in &object.members {
            let is_certain = level < LEVELS && self.flat(of).is_some();
            let is_needed = object.required.contains(&name.as_str()) || is_certain;
            let is_read_only = self.resolved(of).is_some_and(|of| of.get("readOnly").is_some_and(Node::is_true));
            match sent.contains_key(*name) {
                false if is_needed && !is_read_only => faults.push(format!("{at}: {name:?} is missing")),
                true if is_read_only => faults.push(format!("{at}: {name:?} can only be read")),
                _ => {}
            }
        }
        faults
    }

    fn gather(&self, schema: &'d Node, object: &mut Object<'d>, depth: usize) {
        let Some(schema) = self.resolved(schema).filter(|_| depth < 32) else { return };
        for (name, member) in schema.get("properties").and_then(Node::as_map).into_iter().flatten() {
            object.members.push((name, member));
        }
        let required = schema.get("required").and_then(Node::as_list).unwrap_or_default();
        object.required.extend(required.iter().filter_map(Node::as_text));
        match schema.get("additionalProperties") {
            None => {}
            Some(Node::Bool(is_open)) => object.is_open |= is_open,
            Some(Node::Map(others)) if others.is_empty() => object.is_open = true,
            Some(others) => object.others = Some(others),
        }
        object.is_open |=
            ["oneOf", "anyOf", "patternProperties", "not", "if"].iter().any(|key| schema.get(key).is_some());
        for part in schema.get("allOf").and_then(Node::as_list).unwrap_or_default() {
            self.gather(part, object, depth + 1);
        }
    }

    /// The members of an object, with what `allOf` adds; nothing where alternatives may bring others.
    pub(crate) fn listed(&self, schema: &'d Node) -> Option<Vec<(&'d String, &'d Node)>> {
        let mut object = Object::default();
        self.gather(schema, &mut object, 0);
        let is_certain = !object.members.is_empty() && !object.is_open && object.others.is_none();
        is_certain.then_some(object.members)
    }
}

/// The members of a map, if it is one.
pub(crate) fn pairs_of(map: Option<&Map>) -> impl Iterator<Item = (&String, &Node)> {
    map.into_iter().flatten()
}
