//! Texts with a type of their own (`x-texts`): each has a pattern, which the columns that have the type are checked against anyway.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use super::extension::Extension;
use super::scope::{Extensions, Scope, text};
use crate::codegen::location::Location;
use crate::codegen::model::{Field, Resource, TextType, Type};

/// The texts of a document. Each is used by a column.
pub(super) fn all(scope: &Scope<'_>, resources: &[Resource]) -> anyhow::Result<Vec<TextType>> {
    let columns = resources.iter().flat_map(|resource| &resource.columns);
    let used: BTreeSet<&String> = columns.filter_map(|column| column.text.as_ref()).collect();
    let mut texts = Vec::new();
    for (name, words, location) in scope.members(&scope.root().child("x-texts"))? {
        let words = Extension::new(&words, location.clone());
        if let Some((_, other)) =
            words.members()?.into_iter().find(|(name, _)| !matches!(*name, "description" | "matches"))
        {
            return other.unknown("a text with a type of its own");
        }
        ensure!(used.iter().any(|used| *used == name), "{location}: no column has this type");
        let (description, pattern) = (words.member("description")?.text()?, words.member("matches")?.text()?);
        texts.push(TextType { name: name.to_owned(), description, pattern, location });
    }
    texts.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(texts)
}

/// The type of the text in a column.
pub(super) fn of_column(
    scope: &Scope<'_>,
    extensions: &Extensions,
    field: &Field,
    location: &Location,
) -> anyhow::Result<Option<String>> {
    let Some(name) = text(extensions, "x-text") else { return Ok(None) };
    let at = location.child("x-text");
    let words = scope.document().extensions.get("x-texts").and_then(|texts| texts.get(name));
    let words = words.with_context(|| format!("{at}: x-texts has no {name:?}"))?;
    ensure!(field.ty == Type::Text && !field.may_be_null, "{at}: the column is not text, or may be null");
    let check = extensions.get("x-check").and_then(|check| check.get("matches"));
    let same = check.is_some() && check == words.get("matches").filter(|pattern| !matches!(pattern, Value::Null));
    ensure!(same, "{at}: the column is not checked against the pattern of {name} (x-check)");
    Ok(Some(name.to_owned()))
}
