//! What an operation asks for as credentials: its own list, else the document's, else nothing.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail, ensure};
use openapiv3::{APIKeyLocation, Operation, ReferenceOr, SecurityRequirement, SecurityScheme};

use super::scope::{Scope, text};
use crate::codegen::model::Scheme;
use crate::codegen::place::Place;

/// Resolves the security of an operation.
pub fn of_operation(scope: &Scope<'_>, operation: &Operation, place: &Place) -> anyhow::Result<Vec<Vec<Scheme>>> {
    let listed = operation.security.as_ref().or(scope.document().security.as_ref());
    listed.into_iter().flatten().map(|alternative| alternative_of(scope, alternative, place)).collect()
}

fn alternative_of(scope: &Scope<'_>, alternative: &SecurityRequirement, place: &Place) -> anyhow::Result<Vec<Scheme>> {
    let needed = alternative.iter().map(|(name, scopes)| {
        ensure!(scopes.is_empty(), "{place}: scopes of the security scheme {name:?} are not understood");
        scheme(scope, name, place)
    });
    needed.collect()
}

fn scheme(scope: &Scope<'_>, name: &str, place: &Place) -> anyhow::Result<Scheme> {
    let found = scope.components.security_schemes.get(name);
    let found = found.with_context(|| format!("{place}: there is no security scheme {name:?}"))?;
    let at = place.component("securitySchemes", name);
    match found {
        ReferenceOr::Item(SecurityScheme::OAuth2 { .. }) => Ok(Scheme::Bearer),
        ReferenceOr::Item(SecurityScheme::HTTP { scheme, .. }) if scheme == "bearer" => Ok(Scheme::Bearer),
        ReferenceOr::Item(SecurityScheme::HTTP { scheme, extensions, .. }) if scheme == "basic" => {
            match text(extensions, "x-holder") {
                Some("client") => Ok(Scheme::ClientBasic),
                Some("user") => Ok(Scheme::UserBasic),
                Some(other) => bail!("{at}: the x-holder {other:?} of the pair is neither client nor user"),
                None => bail!("{at}: whose pair goes into Basic? x-holder says client or user"),
            }
        }
        ReferenceOr::Item(SecurityScheme::APIKey { location: APIKeyLocation::Cookie, .. }) => Ok(Scheme::Session),
        _ => bail!("{at}: the security scheme is not understood"),
    }
}

/// Name of the session cookie, if the document has one.
pub fn cookie(scope: &Scope<'_>) -> anyhow::Result<Option<String>> {
    let cookies = scope.components.security_schemes.values().filter_map(|scheme| match scheme {
        ReferenceOr::Item(SecurityScheme::APIKey { location: APIKeyLocation::Cookie, name, .. }) => Some(name),
        _ => None,
    });
    let names: BTreeSet<&String> = cookies.collect();
    let place = scope.root().at(&["components", "securitySchemes"]);
    ensure!(names.len() < 2, "{place}: a service has one session cookie, not {names:?}");
    Ok(names.first().map(|name| (*name).clone()))
}
