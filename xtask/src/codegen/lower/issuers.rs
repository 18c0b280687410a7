//! Which operations bring, check and end tokens (`x-issuers`).

use anyhow::{Context as _, ensure};

use super::extension::Extension;
use super::names;
use super::scope::Scope;
use crate::codegen::model::{Grant, Issuer, Operation, Revocation, Safety, Scheme, SchemeKind};

const GRANTS: [(&str, Grant); 4] =
    [("oauth2", Grant::OAuth2), ("once", Grant::Once), ("again", Grant::Again), ("key", Grant::Key)];

/// The issuers of the document, by name.
pub(super) fn all(scope: &Scope<'_>, schemes: &[Scheme], operations: &[Operation]) -> anyhow::Result<Vec<Issuer>> {
    let Some(issuers) = Extension::of(&scope.document().extensions, "x-issuers", &scope.root()) else {
        return Ok(Vec::new());
    };
    let mut issuers: Vec<Issuer> = issuers
        .members()?
        .into_iter()
        .map(|(name, issuer)| one(name, &issuer, schemes, operations))
        .collect::<anyhow::Result<_>>()?;
    issuers.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(issuers)
}

fn one(name: &str, issuer: &Extension<'_>, schemes: &[Scheme], operations: &[Operation]) -> anyhow::Result<Issuer> {
    let known = ["scheme", "grant", "token", "authorization", "introspection", "revocation", "revoked-member"];
    for (member, location) in issuer.members()? {
        ensure!(known.contains(&member), "{}: it is not understood in an issuer", location.location);
    }
    let optional = |member: &str| -> anyhow::Result<Option<Extension<'_>>> {
        Ok(issuer.members()?.into_iter().find(|(known, _)| *known == member).map(|(_, found)| found))
    };
    let operation = |member: &str| -> anyhow::Result<Option<&Operation>> {
        optional(member)?.map(|id| operation_of(&id, operations)).transpose()
    };
    let token = operation_of(&issuer.member("token")?, operations)?;
    let at = &issuer.location;
    ensure!(
        token.safety == Safety::TokenExchange,
        "{}: {:?} is not an exchange of tokens (x-safety)",
        at.child("token"),
        token.id
    );
    let revoked = optional("revoked-member")?.map(|member| member.text()).transpose()?;
    let revocation = operation("revocation")?
        .map(|operation| Revocation { constant: operation.constant.clone(), member: revoked.clone() });
    ensure!(revocation.is_some() || revoked.is_none(), "{at}: there is a revoked-member and no revocation");
    Ok(Issuer {
        name: name.to_owned(),
        constant: names::shouty(&names::snake(name)),
        scheme: bearer(&issuer.member("scheme")?, schemes)?.clone(),
        grant: issuer.member("grant")?.word(&GRANTS)?,
        token: token.constant.clone(),
        authorization: operation("authorization")?.map(|operation| operation.constant.clone()),
        introspection: operation("introspection")?.map(|operation| operation.constant.clone()),
        revocation,
    })
}

fn operation_of<'o>(id: &Extension<'_>, operations: &'o [Operation]) -> anyhow::Result<&'o Operation> {
    let name = id.text()?;
    let found = operations.iter().find(|operation| operation.id == name);
    let found =
        found.with_context(|| format!("{}: there is no operation {name:?} outside of the resources", id.location))?;
    ensure!(!found.path.contains('{'), "{}: the path of {name:?} has parameters, which no one fills in", id.location);
    Ok(found)
}

/// The scheme that sends the tokens.
fn bearer<'s>(name: &Extension<'_>, schemes: &'s [Scheme]) -> anyhow::Result<&'s Scheme> {
    let wanted = name.text()?;
    let found = schemes.iter().find(|scheme| scheme.name == wanted);
    let found = found.with_context(|| format!("{}: there is no security scheme {wanted:?}", name.location))?;
    ensure!(
        found.kind == SchemeKind::Bearer,
        "{}: the security scheme {wanted:?} sends no bearer token",
        name.location
    );
    Ok(found)
}
