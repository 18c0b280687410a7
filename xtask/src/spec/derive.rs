//! Adds what `tables.json` knows to the schemas of the same name, and notes where the two published sources disagree.

use anyhow::{Context as _, bail, ensure};

use super::tables::{Column, Default, Table, Tables};
use crate::node::{Map, Node, map};

/// Extensions that the table reference alone decides: an import removes and rewrites them.
const DERIVED: [&str; 9] = [
    "x-check",
    "x-default",
    "x-indexed",
    "x-max-length",
    "x-not-null",
    "x-nullable",
    "x-required-on-create",
    "x-storage",
    "x-undocumented-column",
];

/// Derives the extensions of every table's schema. Returns the contradictions found, each with its decision.
pub fn tables(document: &mut Node, tables: &Tables) -> anyhow::Result<Vec<String>> {
    let schemas = document.as_map_mut().and_then(|map| map.get_mut("components")).and_then(Node::as_map_mut);
    let schemas = schemas.and_then(|map| map.get_mut("schemas")).and_then(Node::as_map_mut).context("no schemas")?;
    let mut contradictions = Vec::new();
    for (name, table) in tables {
        let schema = schemas.get_mut(name).and_then(Node::as_map_mut);
        let schema = schema.with_context(|| format!("the table {name} has no schema"))?;
        Derivation { name, table, schema, contradictions: &mut contradictions }.run().with_context(|| name.clone())?;
    }
    Ok(contradictions)
}

struct Derivation<'a> {
    name: &'a str,
    table: &'a Table,
    schema: &'a mut Map,
    contradictions: &'a mut Vec<String>,
}

impl Derivation<'_> {
    fn run(mut self) -> anyhow::Result<()> {
        let rules = self.table.rules(self.name)?;
        for odd in &rules.odd {
            self.say("the rule", odd, "has a name that does not fit; it binds the column that it ends with");
        }
        let properties = self.schema.get("properties").and_then(Node::as_map).context("no properties")?;
        let names: Vec<String> = properties.keys().cloned().collect();
        for property in &names {
            let column = self.table.column(property);
            if column.is_some_and(|column| !column.in_api) {
                bail!("{property} is exposed although the table reference hides it");
            }
            self.forget(property);
            match column {
                Some(column) => self.column(column, rules.columns.get(property))?,
                None => {
                    self.say(property, "has no column", "it is stored like any other column");
                    self.extend(property, "x-undocumented-column", true.into());
                }
            }
        }
        if let Some(missing) = self.table.fields.iter().find(|c| c.in_api && !names.contains(&c.name)) {
            bail!("the column {} is exposed but has no property", missing.name);
        }
        self.hidden(&rules.columns)?;
        self.set("x-checks", Node::List(rules.table));
        self.unique(rules.unique)
    }

    fn say(&mut self, what: &str, problem: &str, decision: &str) {
        self.contradictions.push(format!("{}.{what}: {problem}. Decision: {decision}.", self.name));
    }

    /// Writes a schema extension; an empty list is not written.
    fn set(&mut self, key: &str, value: Node) {
        match value.as_list() {
            Some([]) => self.schema.shift_remove(key),
            _ => self.schema.insert(key.to_owned(), value),
        };
    }

    /// The place for extensions of a property: beside it, or in `x-ref-properties` where it is a bare reference.
    fn home(&mut self, property: &str) -> Option<&mut Map> {
        let is_reference = self.schema.get("properties")?.get(property)?.get("$ref").is_some();
        if !is_reference {
            return self.schema.get_mut("properties")?.as_map_mut()?.get_mut(property)?.as_map_mut();
        }
        let beside = self.schema.entry("x-ref-properties".to_owned()).or_insert_with(|| Node::Map(Map::new()));
        beside.as_map_mut()?.entry(property.to_owned()).or_insert_with(|| Node::Map(Map::new())).as_map_mut()
    }

    fn extend(&mut self, property: &str, key: &str, value: Node) {
        if let Some(home) = self.home(property) {
            home.insert(key.to_owned(), value);
        }
    }

    fn forget(&mut self, property: &str) {
        if let Some(home) = self.home(property) {
            home.retain(|key, _| !DERIVED.contains(&key.as_str()));
        }
    }

    fn fact(&self, property: &str, key: &str) -> Option<Node> {
        self.schema.get("properties")?.get(property)?.get(key).cloned()
    }

    fn column(&mut self, column: &Column, rule: Option<&Node>) -> anyhow::Result<()> {
        let name = column.name.as_str();
        self.filled(column)?;
        self.nullability(column);
        if let [reference] = column.references.as_slice() {
            ensure!(reference.field == "ID", "{name} refers to {}.{}", reference.table, reference.field);
            self.reference(name, &reference.table);
        }
        ensure!(column.references.len() < 2, "{name} refers to several tables");
        if column.indexed {
            self.extend(name, "x-indexed", true.into());
        }
        if let Some(storage) = column.storage()? {
            self.extend(name, "x-storage", storage.into());
        }
        if let Some(length) = column.max_length()?
            && self.fact(name, "maxLength").is_none()
        {
            self.extend(name, "x-max-length", length.into());
        }
        if column.storage == "bigint" && self.fact(name, "format") == Some("int32".into()) {
            self.say(name, "is a 64-bit column declared as int32", "whole numbers are read as 64-bit everywhere");
        }
        if let Some(rule) = rule {
            self.bounds(name, rule);
            self.extend(name, "x-check", rule.clone());
        }
        Ok(())
    }

    /// Who provides the value of a new row when the caller does not.
    fn filled(&mut self, column: &Column) -> anyhow::Result<()> {
        let name = column.name.as_str();
        let said = self.home(name).and_then(|home| home.get("x-filled").cloned());
        if column.identity {
            self.extend(name, "x-filled", "sequence".into());
        } else if column.is_mandatory() && said.is_none() {
            self.extend(name, "x-required-on-create", true.into());
        }
        match column.default()? {
            Default::Now => ensure!(said.is_some(), "{name} defaults to the current time, which its text does not say"),
            Default::Value(value) => {
                let published = self.fact(name, "default");
                if published.as_ref().is_some_and(|published| *published != value) {
                    let problem = format!(
                        "the default is {} in the document, {value} in the table",
                        published.unwrap_or(Node::Null)
                    );
                    self.say(name, &problem, "the document's default holds");
                } else if published.is_none() {
                    self.extend(name, "x-default", value);
                }
            }
            Default::Missing => {}
        }
        Ok(())
    }

    fn nullability(&mut self, column: &Column) {
        let name = column.name.as_str();
        let composite = ["$ref", "oneOf"].iter().any(|key| self.fact(name, key).is_some());
        let nullable = self.fact(name, "nullable") == Some(true.into());
        match (nullable, column.notnull) {
            (true, true) => {
                self.say(
                    name,
                    "is nullable in the document, not null in the table",
                    "read as optional; a server never stores null",
                );
                self.extend(name, "x-not-null", true.into());
            }
            (false, false) if !composite => {
                self.say(name, "is nullable in the table only", "read as optional (x-nullable)");
                self.extend(name, "x-nullable", true.into());
            }
            _ => {}
        }
    }

    /// The delete rule of a foreign key is ours to state; the target is a published fact.
    fn reference(&mut self, property: &str, table: &str) {
        let Some(home) = self.home(property) else { return };
        let rule = home.get("x-references").and_then(|known| known.get("on-delete")).cloned();
        let mut reference = Map::from_iter([("table".to_owned(), table.into())]);
        reference.extend(rule.map(|rule| ("on-delete".to_owned(), rule)));
        home.insert("x-references".to_owned(), Node::Map(reference));
    }

    /// An enum list and the table's own bounds should name the same numbers.
    fn bounds(&mut self, property: &str, rule: &Node) {
        let Some(Node::List(listed)) = self.fact(property, "enum") else { return };
        if let Some(allowed) = rule.get("one-of").and_then(Node::as_list) {
            return self.listed_texts(property, &listed, allowed);
        }
        let (Some(min), Some(max)) = (rule.get("min").and_then(Node::as_int), rule.get("max").and_then(Node::as_int))
        else {
            return;
        };
        let listed: Vec<i64> = listed.iter().filter_map(Node::as_int).collect();
        let unlisted: Vec<String> = (min..=max).filter(|n| !listed.contains(n)).map(|n| n.to_string()).collect();
        let forbidden: Vec<String> = listed.iter().filter(|n| **n < min || **n > max).map(i64::to_string).collect();
        if !unlisted.is_empty() {
            self.say(
                property,
                &format!("the table allows {} beyond the list", unlisted.join(", ")),
                "reading knows them",
            );
        }
        if !forbidden.is_empty() {
            self.say(
                property,
                &format!("the table forbids {} of the list", forbidden.join(", ")),
                "writing them breaks a rule",
            );
        }
    }

    fn listed_texts(&mut self, property: &str, listed: &[Node], allowed: &[Node]) {
        let missing = |of: &[Node], from: &[Node]| {
            of.iter().filter(|value| !from.contains(value)).map(Node::to_string).collect::<Vec<_>>().join(", ")
        };
        let (unlisted, forbidden) = (missing(allowed, listed), missing(listed, allowed));
        if !unlisted.is_empty() {
            self.say(property, &format!("the table allows {unlisted} beyond the list"), "reading knows it");
        }
        if !forbidden.is_empty() {
            self.say(property, &format!("the table forbids {forbidden} of the list"), "writing it breaks a rule");
        }
    }

    fn hidden(&mut self, rules: &std::collections::BTreeMap<String, Node>) -> anyhow::Result<()> {
        let mut hidden = Map::new();
        for column in self.table.fields.iter().filter(|column| !column.in_api) {
            let mut entry = Map::from_iter([("type".to_owned(), Node::from(column.storage.as_str()))]);
            if column.notnull {
                entry.insert("not-null".to_owned(), true.into());
            }
            match column.default()? {
                Default::Missing => {}
                Default::Now => bail!("the hidden column {} defaults to the current time", column.name),
                Default::Value(value) => {
                    entry.insert("default".to_owned(), value);
                }
            }
            if let [reference] = column.references.as_slice() {
                let known = self.schema.get("x-hidden-columns").and_then(|c| c.get(&column.name));
                let rule = known.and_then(|known| known.at(&["references", "on-delete"])).cloned();
                let target = map([("table", reference.table.as_str().into())]);
                let Node::Map(mut target) = target else { bail!("a map expected") };
                target.extend(rule.map(|rule| ("on-delete".to_owned(), rule)));
                entry.insert("references".to_owned(), Node::Map(target));
            }
            if let Some(rule) = rules.get(&column.name) {
                entry.insert("check".to_owned(), rule.clone());
            }
            hidden.insert(column.name.clone(), Node::Map(entry));
        }
        if hidden.is_empty() {
            self.schema.shift_remove("x-hidden-columns");
        } else {
            self.schema.insert("x-hidden-columns".to_owned(), Node::Map(hidden));
        }
        Ok(())
    }

    /// Unique rules as published; what only an index name tells keeps the columns that we wrote for it.
    fn unique(&mut self, published: Vec<Node>) -> anyhow::Result<()> {
        let ours = self.schema.get("x-unique").and_then(Node::as_list).unwrap_or_default().to_vec();
        let merged = published.into_iter().map(|rule| {
            if rule.get("columns").is_some() {
                return rule;
            }
            ours.iter().find(|own| own.get("name") == rule.get("name")).cloned().unwrap_or(rule)
        });
        let merged = Node::List(merged.collect());
        self.set("x-unique", merged);
        Ok(())
    }
}
