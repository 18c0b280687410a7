//! What a builder was given, checked. Values that may be secret are not repeated.

use http::HeaderValue;
use zeyos_core::{Credential, KeyPlace, Operation, SchemeKind, SecurityScheme, ServiceDescription, ServiceRoot};

use crate::TokenSet;
use crate::auth::{
    CredentialValue, Identity, Issuers, Key, Login, Role, Roles, SessionSource, bare_cookie, cookie_octets,
};
use crate::build_error::BuildError;
use crate::plain_path::is_plain_path;
use crate::request::{UserCredentials, is_b64token};
use crate::shared::Base;
use crate::transport::NO_PAGE;

/// Where each credential goes that operations of the login ask for: to the origins of their services. An origin that the document
/// names and the caller does not gets the pair of the client application alone, if its operations take that.
pub(super) fn origins(base: &Base, login: &Login) -> Vec<(&'static Credential, String)> {
    let mut origins: Vec<(&'static Credential, String)> = Vec::new();
    for (credential, service) in &login.asked {
        let is_chosen = !matches!(service.root, ServiceRoot::At(_)) || base.is_named(service);
        let row = (*credential, base.origin(service).to_owned());
        if (is_chosen || login.client == Some(*credential)) && !origins.contains(&row) {
            origins.push(row);
        }
    }
    origins
}

/// The issuer of refresh tokens, if it is not below the base URL.
pub(super) fn issuer_elsewhere(base: &Base, issuers: &Issuers) -> Option<String> {
    issuers.renewing().and_then(|issuer| base.elsewhere(issuer.token.service))
}

/// A credential of a document, bound to the origin of the service that it was configured for, and to those of the login that ask for
/// it too.
pub(super) fn checked_key(
    base: &Base,
    logins: &[Roles],
    origins: &[(&'static Credential, String)],
    service: &'static ServiceDescription,
    scheme: &'static SecurityScheme,
    value: CredentialValue,
) -> Result<Key, BuildError> {
    let refused = |why: &str| BuildError::message(&format!("the credential {} of {} {why}", scheme.name, service.name));
    if let Some(setter) = logins.iter().find_map(|roles| setter(roles.of(scheme.credential))) {
        return Err(refused(&format!("is configured by {setter}")));
    }
    match value.unfit(scheme.kind) {
        Some(why) => Err(refused(why)),
        None => {
            let asking = origins.iter().filter(|(credential, _)| *credential == scheme.credential);
            let asking = asking.map(|(_, origin)| origin.clone());
            let origins = asking.chain([base.origin(service).to_owned()]).collect();
            Ok(Key { scheme, value, origins })
        }
    }
}

fn setter(role: Role) -> Option<&'static str> {
    match role {
        Role::Tokens => Some("`token_set` or `token_store`"),
        Role::Session => Some("`session_cookie` or `session_provider`"),
        Role::Client => Some("`client_credentials`"),
        Role::User => Some("`basic_user`"),
        Role::Key => None,
    }
}

/// What a user has, as far as this login can send it.
pub(super) fn checked_identity(identity: Identity, login: &Login) -> Result<Identity, BuildError> {
    checked_tokens(identity.initial())?;
    checked_user(identity.user.as_ref())?;
    let session = identity.session.map(|source| checked_session(source, login)).transpose()?;
    Ok(Identity { session, ..identity })
}

/// A credential belongs to one login, or no one could tell which of two secrets it is.
pub(super) fn checked_apart(logins: &[Roles]) -> Result<(), BuildError> {
    let mut known: Vec<&'static Credential> = Vec::new();
    for credential in logins.iter().flat_map(Roles::all) {
        if known.contains(&credential) {
            let name = credential.name();
            return Err(BuildError::message(&format!("two logins have the credential {name}; give it to one of them")));
        }
        known.push(credential);
    }
    Ok(())
}

/// A fixed cookie is a bare value; a provider's is checked when it comes.
pub(super) fn checked_session(source: SessionSource, login: &Login) -> Result<SessionSource, BuildError> {
    match &source {
        SessionSource::Fixed(value) if !cookie_octets(value.expose()) => Err(BuildError::message(
            "the session cookie has characters that no cookie may have (RFC 6265, section 4.1.1)",
        )),
        SessionSource::Fixed(value) if !login.cookies.iter().all(|name| bare_cookie(value.expose(), name)) => {
            Err(BuildError::message("the session cookie is given with its name; give the bare value"))
        }
        _ => Ok(source),
    }
}

/// The session of a page cannot be sent by what has no page.
pub(super) fn checked_page(session: Option<&SessionSource>, is_without_page: bool) -> Result<(), BuildError> {
    match session {
        Some(SessionSource::Browser) if is_without_page => Err(BuildError::message(NO_PAGE)),
        _ => Ok(()),
    }
}

/// An access token is a word of a few characters (RFC 6750, section 2.1). A refresh token only ever goes into a body.
pub(super) fn checked_tokens(tokens: Option<&TokenSet>) -> Result<(), BuildError> {
    let access = tokens.and_then(|tokens| tokens.access_token.as_ref());
    match access {
        Some(token) if !is_b64token(token.expose()) => Err(BuildError::message(
            "the access token has characters that no bearer token may have (RFC 6750, section 2.1)",
        )),
        _ => Ok(()),
    }
}

/// By HTTP Basic, a colon would end the name (RFC 7617, section 2).
pub(super) fn checked_user(user: Option<&UserCredentials>) -> Result<(), BuildError> {
    let Some(UserCredentials { name, password }) = user else { return Ok(()) };
    let has_controls = |text: &str| text.chars().any(char::is_control);
    if name.contains(':') {
        Err(BuildError::message("the name of the user has a colon, which HTTP Basic cannot carry"))
    } else if has_controls(name) {
        Err(BuildError::message("the name of the user has control characters"))
    } else if has_controls(password.expose()) {
        Err(BuildError::message("the password of the user has control characters"))
    } else {
        Ok(())
    }
}

/// A path that takes the place of another one: nothing that a reader of URLs could take for another path, and no slash at the end,
/// since what follows begins with one.
pub(super) fn checked_beginning(path: &str) -> Result<String, BuildError> {
    let path = path.trim_end_matches('/');
    if path.is_empty() || is_plain_path(path) {
        return Ok(path.to_owned());
    }
    Err(BuildError::message(
        "a path that was moved is none: it starts with a slash, has no `..`, query or fragment, and anything else is encoded",
    ))
}

/// Another path for an operation: one that is not confirmed, with the same parameters, and a path that every server reads alike.
pub(super) fn checked_path(operation: &Operation, path: &str) -> Result<String, BuildError> {
    let wrong = |what: &str| Err(BuildError::message(&format!("the path of the operation {} {what}", operation.id)));
    if !operation.unconfirmed {
        return wrong("is confirmed by its document (there is no `x-unconfirmed`), so it cannot be another one");
    }
    let (Some((plain, own)), Some((_, asked))) = (parameters(path), parameters(operation.path)) else {
        return wrong("has a brace that is not a parameter");
    };
    if own != asked {
        return wrong(&format!("must have the parameters of {}, each once", operation.path));
    }
    if !is_plain_path(&plain) {
        return wrong("is none: it begins with a slash, has no `..` and no query, and is percent-encoded");
    }
    Ok(path.to_owned())
}

/// A path with a letter instead of each parameter, and the names of those in order.
fn parameters(path: &str) -> Option<(String, Vec<&str>)> {
    let mut parts = path.split('{');
    let mut plain = parts.next()?.to_owned();
    let mut names = Vec::new();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        names.push(name);
        plain.push('x');
        plain.push_str(rest);
    }
    names.sort_unstable();
    (!plain.contains('}')).then_some((plain, names))
}

/// The header that a scheme writes its credential into.
pub(super) fn header_of(scheme: &SecurityScheme) -> Option<&'static str> {
    match scheme.kind {
        SchemeKind::ApiKey { place: KeyPlace::Header, name } => Some(name),
        _ => None,
    }
}

pub(super) fn checked_user_agent(text: &str) -> Result<HeaderValue, BuildError> {
    let value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok());
    value.ok_or_else(|| BuildError::message("the user agent is not a header value"))
}
