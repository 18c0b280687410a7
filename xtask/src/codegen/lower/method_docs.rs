//! What the documentation of a method adds to the words of the document: how it is sent, and who may send it.

use openapiv3::Operation;
use serde_json::Value;

use super::operations::SourceOperation;
use super::scope::{Scope, is_set, text};
use crate::codegen::model::Requirement;

/// The paragraphs after the description.
pub(super) fn notes(scope: &Scope<'_>, found: &SourceOperation<'_>, security: &[Vec<Requirement>]) -> Vec<String> {
    let (operation, method) = (found.source, found.method.to_uppercase());
    let mut notes = Vec::new();
    let verb = text(&operation.extensions, "x-verb").and_then(|verb| scope.verb(verb));
    notes.extend(verb.and_then(|verb| verb.get("description")).and_then(Value::as_str).map(str::to_owned));
    if operation.deprecated && !scope.is_foreign() {
        notes.push("The document marks this operation as deprecated.".to_owned());
    }
    notes.push(format!("`{method} {}`, sent with {}.{}", found.path, credentials(security), permission(operation)));
    if is_set(&operation.extensions, "x-unconfirmed") {
        notes.push("No one has confirmed this path: `operation_path` of the builder sends it elsewhere.".to_owned());
    }
    if text(&operation.extensions, "x-source") == Some("prose") {
        notes.push("No OpenAPI document of the vendor has this operation; it is described in prose only.".to_owned());
    }
    notes
}

fn credentials(security: &[Vec<Requirement>]) -> String {
    let one = |needed: &[Requirement]| match needed {
        [] => "no credential".to_owned(),
        needed => needed.iter().map(|needed| needed.scheme.phrase()).collect::<Vec<_>>().join(" and "),
    };
    match security {
        [] => one(&[]),
        alternatives => alternatives.iter().map(|needed| one(needed)).collect::<Vec<_>>().join(" or "),
    }
}

fn permission(operation: &Operation) -> String {
    let Some(permission) = operation.extensions.get("x-permission") else { return String::new() };
    let any = names(permission.get("any"), "or");
    let writable = permission.get("writable") == Some(&Value::Bool(true));
    let mut words = match (any, writable) {
        (None, _) => " Needs no permission of its own.".to_owned(),
        (Some(any), true) => format!(" Needs write access by the permission {any}."),
        (Some(any), false) => format!(" Needs the permission {any}."),
    };
    if permission.get("creator") == Some(&Value::Bool(true)) {
        words.push_str(" Only the creator of the record may do it.");
    }
    let parents = permission.get("depends-on");
    let joined =
        parents.and_then(|parents| names(parents.get("any"), "or").or_else(|| names(parents.get("all"), "and")));
    if let Some(parents) = joined {
        words.push_str(&format!(" Access is decided by {parents}, to which the record belongs."));
    }
    words
}

/// `` `a`, `b` or `c` ``, or nothing for an empty list.
fn names(list: Option<&Value>, last: &str) -> Option<String> {
    let names: Vec<String> =
        list?.as_array()?.iter().filter_map(Value::as_str).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first @ .., end] => Some(format!("{} {last} {end}", first.join(", "))),
    }
}
