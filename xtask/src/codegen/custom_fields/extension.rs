//! What the document says of the table of custom fields (`x-custom-fields`).

use std::collections::BTreeMap;

use anyhow::Context as _;

use crate::yaml::Node;

/// What the values of a type are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Choice,
    Flag,
    Id,
    Number,
    Secret,
    Text,
    Time,
}

/// The kinds by name in the document.
const KINDS: [(&str, Kind); 7] = [
    ("choice", Kind::Choice),
    ("flag", Kind::Flag),
    ("id", Kind::Id),
    ("number", Kind::Number),
    ("secret", Kind::Secret),
    ("text", Kind::Text),
    ("time", Kind::Time),
];

/// Which columns of a row say what.
#[derive(Debug)]
pub(super) struct CustomFieldsExtension {
    pub resource: String,
    pub name: String,
    pub kind: String,
    pub target: String,
    pub choices: String,
    /// Columns and the values that they have in rows about custom fields of records in use.
    pub only: Vec<(String, i64)>,
    /// What each type holds.
    pub values: BTreeMap<String, Kind>,
}

impl CustomFieldsExtension {
    pub(super) fn read(extension: &Node, file: &str) -> anyhow::Result<Self> {
        let lacks = |name: &str| format!("{file}: x-custom-fields lacks {name:?}");
        let column =
            |name: &str| extension.get(name).and_then(Node::as_text).map(str::to_owned).with_context(|| lacks(name));
        let only = extension.get("only").and_then(Node::as_map).with_context(|| lacks("only"))?;
        let only = only.iter().map(|(name, value)| Some((name.clone(), value.as_int()?)));
        let mut values = BTreeMap::new();
        for (name, kind) in KINDS {
            let types = extension.at(&["values", name]).and_then(Node::as_list).with_context(|| lacks(name))?;
            values.extend(types.iter().filter_map(Node::as_text).map(|ty| (ty.to_owned(), kind)));
        }
        Ok(CustomFieldsExtension {
            resource: column("resource")?,
            name: column("name")?,
            kind: column("type")?,
            target: column("target")?,
            choices: column("choices")?,
            only: only.collect::<Option<_>>().with_context(|| lacks("only"))?,
            values,
        })
    }
}
