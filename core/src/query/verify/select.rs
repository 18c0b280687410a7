//! The columns that are needed to judge conditions, and their names in rows.

use std::collections::BTreeMap;

use super::condition::{leaves, unjudged};
use crate::fields::Fields;
use crate::model::{Json, JsonMap};
use crate::query::filter::Node;

/// The column that every record has.
const KEY: &str = "ID";

/// Names in rows by paths of columns.
#[derive(Default)]
pub(super) struct Names {
    columns: BTreeMap<String, String>,
    /// The name of the `ID`, by which an error names a row.
    key: Option<String>,
}

impl Names {
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// What a row has for the column of this path.
    pub(super) fn value<'r>(&self, row: &'r JsonMap, path: &str) -> Option<&'r Json> {
        row.get(self.columns.get(path)?)
    }

    /// The number of a row.
    pub(super) fn id(&self, row: &JsonMap) -> Option<i64> {
        row.get(self.key.as_deref()?)?.as_i64()
    }

    /// A column that a row lacks.
    pub(super) fn missing(&self, row: &JsonMap) -> Option<&str> {
        self.columns.keys().map(String::as_str).find(|path| self.value(row, path).is_none())
    }
}

/// Whether a path leads to another record.
pub(super) fn is_joined(path: &str) -> bool {
    path.contains('.')
}

/// Asks for the columns that are needed, where columns are chosen.
pub(super) fn select(conditions: &[Node], fields: &mut Fields) -> Names {
    let mut paths = Vec::new();
    for node in conditions {
        leaves(node, &mut |leaf| {
            if unjudged(leaf).is_none() {
                paths.push(leaf.path.clone());
            }
        });
    }
    let mut names = Names::default();
    for path in paths {
        if let Some(name) = name(&path, fields) {
            names.columns.insert(path, name);
        }
    }
    if !names.is_empty() {
        names.key = name(KEY, fields);
    }
    names
}

/// The name of a column in rows, where it is or can be among the chosen ones.
fn name(path: &str, fields: &mut Fields) -> Option<String> {
    if fields.get("fields").is_none() {
        return (!is_joined(path)).then(|| path.to_owned());
    }
    let chosen = fields.entry("fields");
    if let Json::Array(paths) = chosen {
        if paths.iter().any(|chosen| *chosen == *path) && is_own_member(path, paths.iter()) {
            return Some(path.to_owned());
        }
        // A number as alias means that the path is the name, as in a list of paths.
        *chosen =
            std::mem::take(paths).into_iter().enumerate().map(|(place, path)| (place.to_string(), path)).collect();
    }
    chosen.as_object_mut().map(|aliases| aliased(aliases, path))
}

/// The name of a column among the chosen ones; it is chosen, under a name of its own, if it was not.
fn aliased(aliases: &mut JsonMap, path: &str) -> String {
    let mut known = aliases.iter().filter(|(_, chosen)| **chosen == *path);
    if let Some((name, _)) = known.find(|(name, _)| !is_number(name)) {
        return name.clone();
    }
    let mut name = path.replace('.', "_");
    while aliases.contains_key(&name) || !is_own_member(&name, unnamed(aliases)) {
        name.push('_');
    }
    aliases.insert(name.clone(), path.into());
    name
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// The columns without a name of their own.
fn unnamed(aliases: &JsonMap) -> impl Iterator<Item = &Json> {
    aliases.iter().filter(|(name, _)| is_number(name)).map(|(_, path)| path)
}

/// Whether a name of a row means one column only. Whether a server makes objects of paths with dots is not documented.
fn is_own_member<'a>(name: &str, mut unnamed: impl Iterator<Item = &'a Json>) -> bool {
    let head = |path: &'a Json| path.as_str().and_then(|path| path.split_once('.')).map(|(head, _)| head);
    !name.contains('.') && !unnamed.any(|path| head(path) == Some(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chosen(fields: Json, path: &str) -> (Option<String>, Json) {
        let mut request = Fields::new();
        request.set("fields", fields);
        let name = name(path, &mut request);
        (name, request.get("fields").cloned().unwrap_or_default())
    }

    #[test]
    fn a_column_keeps_the_name_that_it_has_and_gets_one_that_no_other_has() {
        let some = |name: &str| Some(name.to_owned());
        let cases = [
            (json!(["name"]), "name", some("name"), json!(["name"])),
            (json!(["name"]), "ID", some("ID"), json!({"0": "name", "ID": "ID"})),
            (json!({"n": "name"}), "name", some("n"), json!({"n": "name"})),
            (json!({"n": "name"}), "a.name", some("a_name"), json!({"n": "name", "a_name": "a.name"})),
            (json!({"ID": "name"}), "ID", some("ID_"), json!({"ID": "name", "ID_": "ID"})),
            (json!(["a", "a.name"]), "a", some("a_"), json!({"0": "a", "1": "a.name", "a_": "a"})),
            (json!(["a.name"]), "a.name", some("a_name"), json!({"0": "a.name", "a_name": "a.name"})),
            (json!({"0": "name"}), "name", some("name"), json!({"0": "name", "name": "name"})),
        ];
        for (fields, path, name, wanted) in cases {
            assert_eq!(chosen(fields.clone(), path), (name, wanted), "{fields} {path}");
        }
        let mut whole = Fields::new();
        assert_eq!(name("name", &mut whole), some("name"));
        assert_eq!(name("a.name", &mut whole), None);
        assert!(whole.is_empty());
    }
}
