//! What `operations --spec FILE --json` must print for a document: every operation once, with its alternatives of schemes and its
//! safety.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Operation, Reader};
use crate::yaml::Node;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Holds the rows against the document. Operations that were refused, by id, have none.
pub(crate) fn faults(document: &Node, rows: &[Value], refused: &BTreeSet<&str>) -> Vec<String> {
    let reader = Reader { document };
    let text = |row: &Value, key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows: BTreeMap<String, &Value> =
        rows.iter().map(|row| (format!("{} {}", text(row, "method"), text(row, "path")), row)).collect();
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for key in reader.keys() {
        let Some(operation) = reader.operation(&key) else { continue };
        let id = operation.node.get("operationId").and_then(Node::as_text).unwrap_or(&key);
        match rows.get(&key) {
            Some(row) => {
                faults.extend(reader.row(&operation, &key, row).map(|fault| format!("operations: {key}: {fault}")))
            }
            None if refused.contains(id) || refused.contains(key.as_str()) => {}
            None => faults.push(format!("operations: {key} is missing")),
        }
        known.insert(key);
    }
    let is_whole = |key: &&String| known.contains(*key) || reader.operation(key).is_none();
    faults.extend(
        rows.keys().filter(|key| !is_whole(key)).map(|key| format!("operations: {key} is not in the document")),
    );
    faults
}

impl<'d> Reader<'d> {
    /// Method and path of all operations.
    pub(super) fn keys(&self) -> Vec<String> {
        let paths = self.document.get("paths").and_then(Node::as_map);
        let of_path = |(path, item): (&'d String, &'d Node)| {
            let item = self.resolved(item);
            METHODS
                .iter()
                .filter(move |method| item.is_some_and(|item| item.get(method).is_some()))
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        };
        paths.into_iter().flatten().flat_map(of_path).collect()
    }

    fn row(&self, operation: &Operation<'d>, key: &str, row: &Value) -> Option<String> {
        let listed = operation.node.get("security").or_else(|| self.document.get("security"));
        let mut expected: Vec<BTreeSet<(String, Vec<String>)>> = Vec::new();
        for alternative in listed.and_then(Node::as_list).unwrap_or_default() {
            let schemes = alternative.as_map().into_iter().flatten();
            expected.push(schemes.map(|(name, scopes)| (name.clone(), texts(scopes))).collect());
        }
        let told: Vec<BTreeSet<(String, Vec<String>)>> = row
            .get("schemes")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|alternative| alternative.as_array().into_iter().flatten().map(scheme).collect())
            .collect();
        // An alternative that no one can send is left out where there is another.
        let is_told = |one: &BTreeSet<(String, Vec<String>)>| told.contains(one) || !self.is_known(one);
        if !expected.iter().all(is_told) || !told.iter().all(|one| expected.contains(one) || one.is_empty()) {
            return Some(format!("the alternatives are {told:?}, not {expected:?}"));
        }
        let safety = row.get("safety").and_then(Value::as_str).unwrap_or_default();
        let by_method = match key.split(' ').next().unwrap_or_default() {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" => "Read",
            "PUT" | "DELETE" => "Idempotent",
            "PATCH" => "Update",
            _ => "Create",
        };
        let from = row.get("safetyFrom").and_then(Value::as_str).unwrap_or_default();
        let said = operation.node.get("x-safety").and_then(Node::as_text);
        let is_right = match (said, from) {
            (Some(said), _) => safety == said,
            (None, "idempotency key") => safety == "Idempotent",
            (None, "token URL") => safety == "TokenExchange",
            (None, _) => safety == by_method && from == "method",
        };
        (!is_right).then(|| format!("the safety is {safety} by {from}"))
    }

    /// Whether all schemes of an alternative are such as a client can send, each in a place of its own.
    fn is_known(&self, alternative: &BTreeSet<(String, Vec<String>)>) -> bool {
        let places = alternative.iter().map(|(name, _)| {
            let (place, key, _) = self.written(name, self.document.at(&["components", "securitySchemes", name])?)?;
            Some((place, key.to_ascii_lowercase()))
        });
        let places: Option<BTreeSet<(String, String)>> = places.collect();
        places.is_some_and(|places| places.len() == alternative.len())
    }
}

fn scheme(row: &Value) -> (String, Vec<String>) {
    let name = row.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let scopes = row.get("scopes").and_then(Value::as_array).into_iter().flatten();
    (name, scopes.filter_map(Value::as_str).map(str::to_owned).collect())
}

fn texts(list: &Node) -> Vec<String> {
    list.as_list().unwrap_or_default().iter().filter_map(Node::as_text).map(str::to_owned).collect()
}
