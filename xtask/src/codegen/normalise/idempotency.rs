//! Headers by which a server knows a repeat: with one, an operation that makes or changes something may be repeated. The runtime
//! writes it, so it is none of the caller's parameters.

use super::operations::SAFETY_FROM;
use super::report::refuse;
use super::walk;
use crate::codegen::location::Location;
use crate::codegen::lower;
use crate::yaml::{Map, Node};

/// The name of the header, on the operation. `false` in a document or an overlay leaves the parameter to the caller.
pub(crate) const KEY: &str = "x-idempotency-key";

/// Names that say it themselves.
const NAMES: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

/// Rewrites every operation that has such a header, or that is marked to have one.
pub(super) fn apply(document: &mut Node, location: &Location) {
    let shared = document.at(&["components", "parameters"]).and_then(Node::as_map).cloned().unwrap_or_default();
    walk::operations(document, location, &mut |_, _, operation, _| {
        let marked = operation.shift_remove(KEY);
        if marked == Some(Node::Bool(false)) || operation.get("x-safety").and_then(Node::as_text) == Some("Read") {
            return;
        }
        let name = marked.as_ref().and_then(Node::as_text).map(str::to_owned).or_else(|| declared(operation, &shared));
        let Some(name) = name else { return };
        if !lower::goes_as_header(&name) {
            refuse(operation, format!("the header {name:?} as an idempotency key"));
            return;
        }
        if let Some(Node::List(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| {
                header(parameter, &shared).is_none_or(|header| !header.eq_ignore_ascii_case(&name))
            });
        }
        let is_by_method = operation.get(SAFETY_FROM).and_then(Node::as_text) == Some("method");
        if is_by_method {
            operation.insert("x-safety".to_owned(), "Idempotent".into());
            operation.insert(SAFETY_FROM.to_owned(), "idempotency key".into());
        }
        operation.insert(KEY.to_owned(), name.into());
    });
}

fn declared(operation: &Map, shared: &Map) -> Option<String> {
    let parameters = operation.get("parameters").and_then(Node::as_list).unwrap_or_default();
    let names = parameters.iter().filter_map(|parameter| header(parameter, shared));
    names.into_iter().find(|name| NAMES.contains(&name.to_ascii_lowercase().as_str())).map(str::to_owned)
}

/// The name of a header parameter.
fn header<'n>(parameter: &'n Node, shared: &'n Map) -> Option<&'n str> {
    let link = parameter.get("$ref").and_then(Node::as_text);
    let name = link.and_then(|link| link.strip_prefix("#/components/parameters/"));
    let found = name.and_then(|name| shared.get(&crate::pointer::unescaped(name))).unwrap_or(parameter);
    let is_header = found.get("in").and_then(Node::as_text) == Some("header");
    found.get("name").and_then(Node::as_text).filter(|_| is_header)
}
