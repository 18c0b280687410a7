//! What a builder was given, checked. Values that may be secret are not repeated.

use std::error::Error as StdError;
use std::fmt;

use http::HeaderValue;
use zeyos_core::{Credential, SecurityScheme, Service, ServiceRoot};

use crate::TokenSet;
use crate::auth::{
    Base, CredentialValue, Issuers, Key, Login, Role, Roles, SessionSource, UserCredentials, bare_cookie,
    cookie_octets, is_b64token,
};
use crate::transport::HttpTransport;

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
    roles: Roles,
    origins: &[(&'static Credential, String)],
    service: &'static Service,
    scheme: &'static SecurityScheme,
    value: CredentialValue,
) -> Result<Key, BuildError> {
    let refused = |why: &str| BuildError::message(&format!("the credential {} of {} {why}", scheme.name, service.name));
    if let Some(setter) = setter(roles.of(scheme.credential)) {
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
    match () {
        () if name.contains(':') => {
            Err(BuildError::message("the name of the user has a colon, which HTTP Basic cannot carry"))
        }
        () if has_controls(name) => Err(BuildError::message("the name of the user has control characters")),
        () if has_controls(password.expose()) => {
            Err(BuildError::message("the password of the user has control characters"))
        }
        () => Ok(()),
    }
}

pub(super) fn checked_user_agent(text: &str) -> Result<HeaderValue, BuildError> {
    let value = HeaderValue::from_str(text).ok().filter(|value| value.to_str().is_ok());
    value.ok_or_else(|| BuildError::message("the user agent is no header value"))
}

/// Headers that are set for all requests may be none that the client or the connection writes.
pub(super) fn checked_defaults(transport: &HttpTransport) -> Result<(), BuildError> {
    let message = |name| {
        BuildError::message(&format!("the default header {name} of `http_client` is written by the client alone"))
    };
    transport.reserved_header().map_or(Ok(()), |name| Err(message(name)))
}

/// Why a client could not be set up. Values that may be secret are not repeated.
#[derive(Debug)]
pub struct BuildError {
    message: String,
    source: Option<reqwest::Error>,
}

impl BuildError {
    pub(super) fn message(message: &str) -> Self {
        BuildError { message: message.to_owned(), source: None }
    }

    pub(super) fn url(url: &str, reason: &str) -> Self {
        BuildError { message: format!("{url} {reason}"), source: None }
    }

    pub(super) fn transport(source: reqwest::Error) -> Self {
        BuildError { message: "the HTTP client cannot be set up".to_owned(), source: Some(source) }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BuildError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
