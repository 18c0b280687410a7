//! `x-discovery` of an operation: its answer tells the endpoints of the server (RFC 8414). Nothing is discovered without it.

use anyhow::ensure;
use serde_json::Value;

use super::flows;
use super::operations::SourceOperation;
use super::refusal::Refused;
use super::scope::Scope;
use crate::codegen::location::Location;

/// The members that are endpoints, each with its path in the document.
pub(super) fn of_operation(
    scope: &Scope<'_>,
    found: &SourceOperation<'_>,
    location: &Location,
) -> anyhow::Result<Vec<(String, String)>> {
    let Some(said) = found.source.extensions.get("x-discovery") else { return Ok(Vec::new()) };
    ensure!(scope.is_foreign(), "{location}: x-discovery is for third-party documents");
    let refused = |why: &str| Refused::new(format!("x-discovery {why}"), &location.child("x-discovery"));
    let members = said.as_object().ok_or_else(|| refused("that is not an object"))?;
    if members.is_empty() {
        return Err(refused("without a member").into());
    }
    if members.contains_key("issuer") {
        return Err(refused("of the issuer, which is not an endpoint").into());
    }
    let is_path = |path: &&str| path.starts_with('/') && !path.contains('{') && is_known(scope, path);
    let one = |(member, path): (&String, &Value)| {
        let path = path.as_str().filter(is_path);
        let path = path.ok_or_else(|| refused(&format!("whose {member} is not a path of the document")))?;
        Ok((member.clone(), path.to_owned()))
    };
    members.iter().map(one).collect()
}

/// Whether the document has an operation there, or a flow of a security scheme begins or ends there.
fn is_known(scope: &Scope<'_>, path: &str) -> bool {
    scope.document().paths.paths.contains_key(path) || flows::have(scope, path)
}
