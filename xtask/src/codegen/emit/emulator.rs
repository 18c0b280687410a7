//! Writes what the emulator needs of `spec/` into its own folder, as data: tables, columns, rules, verbs. The emulator is a
//! crate of its own and must be publishable without this workspace.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::node::Node;

/// The data file for a document that describes tables.
pub fn tables(document: &Node) -> anyhow::Result<String> {
    let schemas = document.at(&["components", "schemas"]).and_then(Node::as_map).context("no schemas")?;
    let mut tables = Map::new();
    for (name, schema) in schemas {
        let verbs = verbs(document, name);
        if !verbs.is_empty() {
            let table = Table { document, schema, verbs }.value().with_context(|| name.clone())?;
            tables.insert(name.clone(), table);
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for (name, table) in &tables {
        lines.push(format!("{}:{}", serde_json::to_string(name)?, serde_json::to_string(table)?));
    }
    Ok(format!("{{\"tables\":{{\n{}\n}}}}\n", lines.join(",\n")))
}

/// The operations of a resource by verb, with what each needs and offers.
fn verbs(document: &Node, resource: &str) -> Map<String, Value> {
    let mut found = Map::new();
    let paths = document.get("paths").and_then(Node::as_map).into_iter().flatten();
    for (_, item) in paths {
        for (_, operation) in item.as_map().into_iter().flatten() {
            let tagged =
                operation.get("tags").and_then(Node::as_list).is_some_and(|tags| tags.contains(&resource.into()));
            if let Some(verb) = operation.get("x-verb").and_then(Node::as_text).filter(|_| tagged) {
                found.insert(verb.to_owned(), entry(document, operation));
            }
        }
    }
    found
}

fn entry(document: &Node, operation: &Node) -> Value {
    let options: Vec<&str> = operation
        .get("parameters")
        .and_then(Node::as_list)
        .into_iter()
        .flatten()
        .filter_map(|parameter| resolved(document, parameter).get("x-call-option").and_then(Node::as_text))
        .collect();
    let mut entry = json!({ "options": options, "accepts": accepted(document, operation) });
    if let (Some(permission), Some(entry)) = (operation.get("x-permission"), entry.as_object_mut()) {
        entry.insert("permission".to_owned(), Value::from(permission));
    }
    entry
}

/// Members that a write takes beside the columns: those of the further parts of its body schema.
fn accepted<'a>(document: &'a Node, operation: &'a Node) -> Vec<&'a str> {
    let body = operation.get("requestBody").map(|body| resolved(document, body));
    let schema = body.and_then(|body| body.at(&["content", "application/json", "schema"]));
    let parts = schema.and_then(|schema| resolved(document, schema).get("allOf")).and_then(Node::as_list);
    let further =
        parts.into_iter().flatten().skip(1).filter_map(|part| resolved(document, part).get("properties")?.as_map());
    further.flat_map(|properties| properties.keys().map(String::as_str)).collect()
}

struct Table<'a> {
    document: &'a Node,
    schema: &'a Node,
    verbs: Map<String, Value>,
}

impl Table<'_> {
    fn value(self) -> anyhow::Result<Value> {
        let mut columns = Vec::new();
        for (name, property) in self.schema.get("properties").and_then(Node::as_map).into_iter().flatten() {
            columns.push(self.column(name, property)?);
        }
        for (name, column) in self.schema.get("x-hidden-columns").and_then(Node::as_map).into_iter().flatten() {
            columns.push(hidden(name, column));
        }
        let mut table = json!({ "columns": columns, "verbs": self.verbs });
        for (key, extension) in [
            ("state", "x-state"),
            ("checks", "x-checks"),
            ("unique", "x-unique"),
            ("one_default", "x-one-default"),
            ("unordered", "x-unordered"),
        ] {
            table[key] = self.schema.get(extension).map_or(Value::Null, Value::from);
        }
        Ok(without_null(table))
    }

    fn column(&self, name: &str, property: &Node) -> anyhow::Result<Value> {
        let beside = self.schema.get("x-ref-properties").and_then(|beside| beside.get(name));
        let home = if property.get("$ref").is_some() { beside.unwrap_or(&Node::Null) } else { property };
        let shape = resolved(self.document, property);
        let plain = shape.get("oneOf").and_then(Node::as_list).and_then(<[Node]>::first).unwrap_or(shape);
        let kind = home.get("x-storage").or_else(|| plain.get("type")).and_then(Node::as_text).context("no type")?;
        let nullable = plain.get("nullable").is_some_and(Node::is_true) && home.get("x-not-null").is_none();
        let listed = property.get("enum").map(Value::from);
        let mut column = json!({
            "name": name,
            "type": match kind {
                "string" => "text",
                "number" if home.get("x-integer").is_some_and(Node::is_true) => "integer",
                other => other,
            },
            "not_null": !nullable && home.get("x-nullable").is_none(),
            "default": property.get("default").or_else(|| home.get("x-default")).map_or(Value::Null, Value::from),
            "enum": listed.unwrap_or(Value::Null),
        });
        for (key, source, from) in [
            ("file", "x-file", shape),
            ("filled", "x-filled", home),
            ("required", "x-required-on-create", home),
            ("indexed", "x-indexed", home),
            ("searched", "x-searched", home),
            ("read_only", "x-read-only", home),
            ("fixed", "x-fixed-after-creation", home),
            ("counter", "x-counter", home),
            ("max_length", "x-max-length", home),
            ("undocumented", "x-undocumented-column", home),
        ] {
            column[key] = from.get(source).map_or(Value::Null, Value::from);
        }
        if let Some(longest) = plain.get("maxLength") {
            column["max_length"] = longest.into();
        }
        column["check"] = check(home, plain);
        column["timestamp"] = home.get("x-timestamp").is_some().into();
        column["narrow"] = (plain.get("format").and_then(Node::as_text) == Some("int32")).into();
        column["references"] = home.get("x-references").map_or(Value::Null, reference);
        Ok(without_null(column))
    }
}

/// The rule of a column. Bounds that the document alone gives belong to it: no answer may lie beyond them.
fn check(home: &Node, plain: &Node) -> Value {
    let mut rule = home.get("x-check").map_or_else(|| json!({}), Value::from);
    let above = plain.get("exclusiveMinimum").is_some_and(Node::is_true);
    if rule.get("min").is_none() && rule.get("above").is_none() {
        rule[if above { "above" } else { "min" }] = plain.get("minimum").map_or(Value::Null, Value::from);
    }
    if rule.get("max").is_none() {
        rule["max"] = plain.get("maximum").map_or(Value::Null, Value::from);
    }
    rule = without_null(rule);
    if rule == json!({}) { Value::Null } else { rule }
}

fn hidden(name: &str, column: &Node) -> Value {
    let of = |key: &str| column.get(key).map_or(Value::Null, Value::from);
    without_null(json!({
        "name": name,
        "type": of("type"),
        "hidden": true,
        "not_null": of("not-null"),
        "default": of("default"),
        "check": of("check"),
        "references": column.get("references").map_or(Value::Null, reference),
    }))
}

fn reference(node: &Node) -> Value {
    json!({ "table": node.get("table").map(Value::from), "on_delete": node.get("on-delete").map(Value::from) })
}

/// Leaves out what is null or false, so that the file stays small.
fn without_null(value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().filter(|(_, v)| !v.is_null() && *v != json!(false)).collect(),
        other => other,
    }
}

fn resolved<'a>(document: &'a Node, node: &'a Node) -> &'a Node {
    let Some(reference) = node.get("$ref").and_then(Node::as_text) else { return node };
    document.pointer(reference).unwrap_or(node)
}
