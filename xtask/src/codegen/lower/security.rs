//! The security schemes of a document, and what an operation asks for as credentials: its own list, else the document's, else
//! nothing.

use anyhow::{Context as _, bail, ensure};
use indexmap::IndexMap;
use openapiv3::{APIKeyLocation, Operation, ReferenceOr, SecurityRequirement, SecurityScheme};
use serde_json::Value;

use super::names;
use super::scope::{Scope, text};
use crate::codegen::location::Location;
use crate::codegen::model::{Holder, KeyPlace, Requirement, Scheme, SchemeKind};

type Extensions = IndexMap<String, Value>;

/// The schemes of the document, in its order.
pub(super) fn schemes(scope: &Scope<'_>) -> anyhow::Result<Vec<Scheme>> {
    let names = scope.components.security_schemes.keys();
    names.map(|name| scheme(scope, name, &scope.root().component("securitySchemes", name))).collect()
}

/// Resolves the security of an operation.
pub(super) fn of_operation(
    scope: &Scope<'_>,
    operation: &Operation,
    location: &Location,
) -> anyhow::Result<Vec<Vec<Requirement>>> {
    let listed = operation.security.as_ref().or(scope.document().security.as_ref());
    listed.into_iter().flatten().map(|alternative| alternative_of(scope, alternative, location)).collect()
}

fn alternative_of(
    scope: &Scope<'_>,
    alternative: &SecurityRequirement,
    location: &Location,
) -> anyhow::Result<Vec<Requirement>> {
    let mut needed: Vec<Requirement> = Vec::new();
    for (name, scopes) in alternative {
        let known = scope.components.security_schemes.get(name);
        let known = known.with_context(|| format!("{location}: there is no security scheme {name:?}"))?;
        check_scopes(known, name, scopes, location)?;
        let scheme = scheme(scope, name, &location.component("securitySchemes", name))?;
        if let Some(other) = needed.iter().find(|other| other.scheme.writes() == scheme.writes()) {
            let (other, what) = (&other.scheme.name, scheme.writes());
            bail!("{location}: the security schemes {other:?} and {name:?} of one alternative both write {what}");
        }
        needed.push(Requirement { scheme, scopes: scopes.clone() });
    }
    Ok(needed)
}

/// Scopes are known to OAuth alone, and there each has to be one that the scheme lists.
fn check_scopes(
    scheme: &ReferenceOr<SecurityScheme>,
    name: &str,
    scopes: &[String],
    location: &Location,
) -> anyhow::Result<()> {
    let listed = match scheme {
        ReferenceOr::Item(SecurityScheme::OpenIDConnect { .. }) => return Ok(()),
        ReferenceOr::Item(SecurityScheme::OAuth2 { flows, .. }) => {
            let flows = serde_json::to_value(flows).with_context(|| format!("{location}: flows"))?;
            let flows = flows.as_object().cloned().unwrap_or_default();
            let scopes = flows.values().filter_map(|flow| flow.get("scopes")?.as_object().cloned());
            scopes.flat_map(|scopes| scopes.into_iter().map(|(scope, _)| scope)).collect()
        }
        _ => Vec::new(),
    };
    let unknown = scopes.iter().find(|scope| !listed.contains(scope));
    match unknown {
        Some(scope) => bail!("{location}: the security scheme {name:?} lists no scope {scope:?}"),
        None => Ok(()),
    }
}

fn scheme(scope: &Scope<'_>, name: &str, at: &Location) -> anyhow::Result<Scheme> {
    let found = scope.components.security_schemes.get(name);
    let Some(ReferenceOr::Item(found)) = found else { bail!("{at}: the security scheme is not understood") };
    let (kind, extensions, description) = kind(found, at)?;
    let credential = shared_credential(extensions, at)?;
    let constant = names::shouty(&text(extensions, "x-rust-name").map_or_else(|| names::snake(name), str::to_owned));
    let description = description.clone().unwrap_or_else(|| format!("The security scheme `{name}`."));
    Ok(Scheme { name: name.to_owned(), constant, kind, credential, description })
}

/// The credential that the scheme shares with others.
fn shared_credential(extensions: &Extensions, at: &Location) -> anyhow::Result<Option<String>> {
    let Some(shared) = extensions.get("x-credential") else { return Ok(None) };
    let name = shared.as_str().filter(|name| is_shared_name(name));
    let name =
        name.with_context(|| format!("{at}: the x-credential {shared} is not a name of the form group/credential"))?;
    Ok(Some(name.to_owned()))
}

fn kind<'a>(
    scheme: &'a SecurityScheme,
    at: &Location,
) -> anyhow::Result<(SchemeKind, &'a Extensions, &'a Option<String>)> {
    match scheme {
        SecurityScheme::OAuth2 { extensions, description, .. }
        | SecurityScheme::OpenIDConnect { extensions, description, .. } => {
            Ok((SchemeKind::Bearer, extensions, description))
        }
        SecurityScheme::HTTP { scheme, extensions, description, .. } => {
            let kind = match scheme.to_ascii_lowercase().as_str() {
                "bearer" => SchemeKind::Bearer,
                "basic" => SchemeKind::Basic(holder(extensions, at)?),
                _ => bail!("{at}: the security scheme is not understood"),
            };
            Ok((kind, extensions, description))
        }
        SecurityScheme::APIKey { location, name, extensions, description } => {
            Ok((key(location, name, extensions, at)?, extensions, description))
        }
    }
}

fn key(location: &APIKeyLocation, name: &str, extensions: &Extensions, at: &Location) -> anyhow::Result<SchemeKind> {
    let place = match (text(extensions, "x-in"), location) {
        (Some("body"), _) => return Ok(SchemeKind::InBody { member: name.to_owned() }),
        (Some(other), _) => bail!("{at}: the x-in {other:?} is not body"),
        (None, APIKeyLocation::Header) => KeyPlace::Header,
        (None, APIKeyLocation::Query) => KeyPlace::Query,
        (None, APIKeyLocation::Cookie) => KeyPlace::Cookie,
    };
    let word = match place {
        KeyPlace::Header => "header",
        KeyPlace::Query => "query",
        KeyPlace::Cookie => "cookie",
    };
    ensure!(goes_as_key(word, name), "{at}: no credential goes under the name {name:?}");
    Ok(SchemeKind::ApiKey { place, name: name.to_owned() })
}

fn holder(extensions: &Extensions, at: &Location) -> anyhow::Result<Holder> {
    match text(extensions, "x-holder") {
        Some("client") => Ok(Holder::Client),
        Some("user") => Ok(Holder::User),
        Some(other) => bail!("{at}: the x-holder {other:?} of the pair is neither client nor user"),
        None => bail!("{at}: whose pair goes into Basic? x-holder says client or user"),
    }
}

/// Whether an API key can stand in that place under that name.
pub(crate) fn goes_as_key(place: &str, name: &str) -> bool {
    match place {
        // In a query every character of a name is encoded.
        "query" => !name.is_empty(),
        "header" => is_token(name) && !is_of_connection(name),
        _ => is_token(name),
    }
}

/// Whether a caller may set a header of this name.
pub(crate) fn goes_as_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_token(name) && !is_of_connection(name) && !lower.starts_with("proxy-") && lower != "expect" && lower != "cookie2"
}

/// Headers that frame the message or belong to the connection, and the one of all cookies.
fn is_of_connection(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "connection",
        "content-length",
        "cookie",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    NAMES.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a text can be the name of a header or of a cookie (RFC 9110, section 5.6.2).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `group/credential`, both in lower case.
fn is_shared_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.split_once('/').is_some_and(|(group, credential)| is_word(group) && is_word(credential))
}
