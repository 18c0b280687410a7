//! Where the tokens of a scheme are got, as its flows say (OpenAPI 3.0, section 4.7.28).

use anyhow::Context as _;
use openapiv3::{ReferenceOr, SecurityScheme};
use serde_json::Value;

use super::scope::Scope;
use crate::codegen::model::{Address, Flow, Issuer, Refreshing, Scheme};
use crate::codegen::normalise::ADDRESSES;

/// The flows of the schemes that name an address for tokens, unless the document has an issuer for them.
pub(super) fn all(scope: &Scope<'_>, schemes: &[Scheme], issuers: &[Issuer]) -> anyhow::Result<Vec<Flow>> {
    let mut flows = Vec::new();
    for scheme in schemes.iter().filter(|_| scope.is_foreign()) {
        let Some(addresses) = addresses(scope, &scheme.name) else { continue };
        if issuers.iter().any(|issuer| issuer.scheme.name == scheme.name) {
            continue;
        }
        let location = scope.root().component("securitySchemes", &scheme.name);
        let of = |name: &str| addresses.get(name).and_then(address);
        flows.push(Flow {
            scheme: scheme.clone(),
            token: of("token").with_context(|| format!("{location}: no address for tokens"))?,
            refresh: of("refresh"),
            authorization: of("authorization"),
            introspection: of("introspection"),
            revocation: of("revocation"),
            refreshing: match addresses.get("refreshing").and_then(Value::as_str) {
                Some("rotating") => Refreshing::Rotating,
                Some("static") => Refreshing::Static,
                _ => Refreshing::Unknown,
            },
            errors: errors(addresses),
            tells_lifetime: addresses.get("lifetime").is_none(),
        });
    }
    Ok(flows)
}

/// Whether a flow of a security scheme begins or ends at this path.
pub(super) fn have(scope: &Scope<'_>, path: &str) -> bool {
    let flows = scope.components.security_schemes.keys().filter_map(|name| addresses(scope, name)?.as_object());
    let mut ends = flows.flat_map(|flow| flow.values()).filter_map(address);
    ends.any(|address| address.path == path)
}

fn addresses<'s>(scope: &'s Scope<'_>, name: &str) -> Option<&'s Value> {
    match scope.components.security_schemes.get(name)? {
        ReferenceOr::Item(SecurityScheme::OAuth2 { extensions, .. }) => extensions.get(ADDRESSES),
        _ => None,
    }
}

/// By the words of the server.
fn errors(addresses: &Value) -> Vec<(String, String)> {
    let errors = addresses.get("errors").and_then(Value::as_object).into_iter().flatten();
    let mut errors: Vec<(String, String)> =
        errors.filter_map(|(words, code)| Some((words.clone(), code.as_str()?.to_owned()))).collect();
    errors.sort();
    errors
}

fn address(value: &Value) -> Option<Address> {
    let origin = value.get("origin").and_then(Value::as_str).map(str::to_owned);
    Some(Address { origin, path: value.get("path")?.as_str()?.to_owned() })
}
