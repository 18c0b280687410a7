//! The servers of a third-party document: those to choose from, and those of single operations.

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use super::names;
use super::scope::Scope;
use crate::codegen::location::Location;
use crate::codegen::model::{Address, Operation, OwnServer, Server, ServerVariable};
use crate::codegen::normalise::{LISTED, split};

/// The servers that a caller may choose from, in the document's order.
pub(super) fn listed(scope: &Scope<'_>) -> anyhow::Result<Vec<Server>> {
    let listed = scope.document().extensions.get(LISTED).filter(|_| scope.is_foreign());
    let listed = listed.and_then(Value::as_array).into_iter().flatten();
    listed
        .map(|server| one(server).with_context(|| format!("{}: the server is not understood", scope.root())))
        .collect()
}

fn one(server: &Value) -> Option<Server> {
    let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
    let variable = |variable: &Value| {
        let values = variable.get("values")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Some(ServerVariable { name: text(variable, "name")?, default: text(variable, "default")?, values })
    };
    Some(Server {
        constant: text(server, "name")?,
        url: text(server, "url")?,
        description: text(server, "description")?,
        variables: server.get("variables")?.as_array()?.iter().map(variable).collect::<Option<_>>()?,
    })
}

/// The servers of single operations, by their URLs. Their names come from their hosts, and are none of those to choose from.
pub(super) fn own(operations: &[Operation], listed: &[Server], location: &Location) -> anyhow::Result<Vec<OwnServer>> {
    let mut urls: Vec<&str> = operations.iter().filter_map(|operation| operation.server.as_deref()).collect();
    urls.sort_unstable();
    urls.dedup();
    let mut own: Vec<OwnServer> = Vec::new();
    for url in urls {
        let (origin, path) = split(url).map_err(|wrong| anyhow!("{location}: a server {wrong}"))?;
        let host = origin.as_deref().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
        let first = host.map_or(path.as_str(), |host| host.split(['.', ':']).next().unwrap_or_default());
        let preferred = names::snake(&names::spelled(first.trim_matches('/')));
        let is_taken = |name: &str| {
            let constant = names::shouty(name);
            listed.iter().any(|server| server.constant == constant)
                || own.iter().any(|known| known.constant == constant)
        };
        let name = names::free(&preferred, is_taken);
        let path = if path == "/" { String::new() } else { path };
        own.push(OwnServer {
            constant: names::shouty(&name),
            setter: format!("{}_url", name.trim_end_matches('_')),
            url: url.to_owned(),
            address: Address { origin, path },
        });
    }
    Ok(own)
}
