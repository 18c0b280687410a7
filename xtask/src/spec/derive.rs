//! Adds what `tables.json` knows to the schemas of the same name, and notes where the two published sources disagree.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};

use super::report::Report;
use super::tables::{Column, Default, Reference, Table, Tables};
use crate::openapi_grammar::Kind;
use crate::yaml::{Map, Node};

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

/// Extensions of a whole schema that the table reference decides.
const DERIVED_BY_TABLE: [&str; 3] = ["x-checks", "x-hidden-columns", "x-unique"];

/// Derives the extensions of every table's schema and reports the contradictions.
pub(super) fn tables(document: &mut Node, tables: &Tables, report: &mut Report) -> anyhow::Result<()> {
    let depended = depended(document);
    let schemas = document.as_map_mut().and_then(|map| map.get_mut("components")).and_then(Node::as_map_mut);
    let schemas = schemas.and_then(|map| map.get_mut("schemas")).and_then(Node::as_map_mut).context("no schemas")?;
    for (name, schema) in schemas.iter().filter(|(name, _)| !tables.contains_key(*name)) {
        let left = DERIVED_BY_TABLE.iter().find(|key| schema.get(key).is_some());
        ensure!(left.is_none(), "{name}: the schema is that of a table, but there is no such table any more");
    }
    for (name, table) in tables {
        let schema = schemas.get_mut(name).and_then(Node::as_map_mut);
        let schema = schema.with_context(|| format!("the table {name} has no schema"))?;
        let mut derivation = Derivation { name, table, schema, report };
        derivation.run().with_context(|| name.clone())?;
        derivation.dependencies(depended.get(name));
    }
    Ok(())
}

/// What the operations of each resource say that access to its records depends on.
fn depended(document: &Node) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let paths = document.get("paths").and_then(Node::as_map).into_iter().flat_map(Map::values);
    for operation in paths.filter_map(Node::as_map).flat_map(Map::values) {
        let parents = operation.at(&["x-permission", "depends-on"]).and_then(Node::as_map);
        let parents = parents.into_iter().flat_map(Map::values).filter_map(Node::as_list).flatten();
        let tags = operation.get("tags").and_then(Node::as_list).unwrap_or_default();
        let [Node::Text(resource)] = tags else { continue };
        let known = found.entry(resource.clone()).or_default();
        for parent in parents.filter_map(Node::as_text).map(str::to_owned) {
            if !known.contains(&parent) {
                known.push(parent);
            }
        }
    }
    found
}

struct Derivation<'a> {
    name: &'a str,
    table: &'a Table,
    schema: &'a mut Map,
    report: &'a mut Report,
}

impl Derivation<'_> {
    fn run(&mut self) -> anyhow::Result<()> {
        let rules = self.table.rules(self.name)?;
        for (column, rule) in &rules.odd {
            let problem = format!("the rule {rule} is named for another table");
            self.say(column, &problem, "it binds the column that its name ends with");
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
        self.unique(rules.unique);
        self.arrange();
        Ok(())
    }

    /// Puts every key into its place, so that a second import finds them in the same order.
    fn arrange(&mut self) {
        for group in ["properties", "x-ref-properties"] {
            let members = self.schema.get_mut(group).and_then(Node::as_map_mut).into_iter().flat_map(Map::values_mut);
            for members in members.filter_map(Node::as_map_mut).filter(|members| !members.contains_key("$ref")) {
                *members = Kind::Schema.arrange(std::mem::take(members));
            }
        }
        *self.schema = Kind::Schema.arrange(std::mem::take(self.schema));
    }

    fn say(&mut self, column: &str, problem: &str, decision: &str) {
        self.report.contradiction(&format!("{}.{column}", self.name), problem, decision);
    }

    /// The operations and the columns should name the same parents.
    fn dependencies(&mut self, depended: Option<&Vec<String>>) {
        let properties = self.schema.get("properties").and_then(Node::as_map);
        let marked = |name: &str| {
            let property = properties.and_then(|properties| properties.get(name));
            property.is_some_and(|property| property.get("x-dependency").is_some())
        };
        let odd: Vec<String> = depended.into_iter().flatten().filter(|name| !marked(name)).cloned().collect();
        for name in odd {
            let problem = "the operations depend on it, but no column marked as a dependency has this name";
            self.say(&name, problem, "the columns marked with x-dependency are meant");
        }
    }

    /// Writes a schema extension; an empty one is not written.
    fn set(&mut self, key: &str, value: Node) {
        match value {
            Node::List(list) if list.is_empty() => self.schema.shift_remove(key),
            Node::Map(map) if map.is_empty() => self.schema.shift_remove(key),
            value => self.schema.insert(key.to_owned(), value),
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
        self.reference(name, column.reference()?);
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
                    let published = published.unwrap_or(Node::Null);
                    let problem = format!("the default is {published} in the document, {value} in the table");
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
                let problem = "is nullable in the document, not null in the table";
                self.say(name, problem, "read as optional; a server never stores null");
                self.extend(name, "x-not-null", true.into());
            }
            (false, false) if !composite => {
                self.say(name, "is nullable in the table only", "read as optional (x-nullable)");
                self.extend(name, "x-nullable", true.into());
            }
            _ => {}
        }
    }

    /// The target of a foreign key is a published fact, its delete rule is ours to state.
    fn reference(&mut self, property: &str, reference: Option<&Reference>) {
        let Some(home) = self.home(property) else { return };
        match reference {
            Some(reference) => {
                let value = target(reference, home.get("x-references"));
                home.insert("x-references".to_owned(), value);
            }
            None => {
                if home.shift_remove("x-references").is_some() {
                    self.report.gone.push(format!("{}.{property}: x-references", self.name));
                }
            }
        }
    }

    /// An enum list and the table's own rule should name the same values.
    fn bounds(&mut self, property: &str, rule: &Node) {
        let Some(Node::List(listed)) = self.fact(property, "enum") else { return };
        let bound = |key: &str| rule.get(key).and_then(Node::as_int);
        let allowed = match (rule.get("one-of").and_then(Node::as_list), bound("min"), bound("max")) {
            (Some(allowed), ..) => allowed.to_vec(),
            (None, Some(min), Some(max)) => (min..=max).map(Node::Int).collect(),
            _ => return,
        };
        let (unlisted, forbidden) = (beyond(&allowed, &listed), beyond(&listed, &allowed));
        if !unlisted.is_empty() {
            self.say(
                property,
                &format!("the table allows {unlisted} beyond the list"),
                "reading accepts what is stored",
            );
        }
        if !forbidden.is_empty() {
            self.say(property, &format!("the table forbids {forbidden} of the list"), "writing it breaks a rule");
        }
    }

    /// Columns that the API does not show but a server needs.
    fn hidden(&mut self, rules: &BTreeMap<String, Node>) -> anyhow::Result<()> {
        let mut hidden = Map::new();
        for column in self.table.fields.iter().filter(|column| !column.in_api) {
            let known = self.schema.get("x-hidden-columns").and_then(|known| known.get(&column.name));
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
            if let Some(reference) = column.reference()? {
                let value = target(reference, known.and_then(|known| known.get("references")));
                entry.insert("references".to_owned(), value);
            }
            if let Some(rule) = rules.get(&column.name) {
                entry.insert("check".to_owned(), rule.clone());
            }
            hidden.insert(column.name.clone(), Node::Map(entry));
        }
        self.set("x-hidden-columns", Node::Map(hidden));
        Ok(())
    }

    /// Unique rules as published; what only an index name tells keeps the columns that we wrote for it.
    fn unique(&mut self, published: Vec<Node>) {
        let ours = self.schema.get("x-unique").and_then(Node::as_list).unwrap_or_default();
        let merged = published.into_iter().map(|rule| {
            let own = ours.iter().find(|own| own.get("name") == rule.get("name"));
            own.filter(|_| rule.get("columns").is_none()).cloned().unwrap_or(rule)
        });
        let merged = Node::List(merged.collect());
        self.set("x-unique", merged);
    }
}

/// A foreign key, with the delete rule that we wrote for it.
fn target(reference: &Reference, known: Option<&Node>) -> Node {
    let rule = known.and_then(|known| known.get("on-delete")).cloned();
    let mut target = Map::from_iter([("table".to_owned(), Node::from(reference.table.as_str()))]);
    target.extend(rule.map(|rule| ("on-delete".to_owned(), rule)));
    Node::Map(target)
}

/// The values that a second list lacks; null is never one of them.
fn beyond(values: &[Node], list: &[Node]) -> String {
    let beyond = values.iter().filter(|value| **value != Node::Null && !list.contains(value)).map(Node::to_string);
    beyond.collect::<Vec<_>>().join(", ")
}
