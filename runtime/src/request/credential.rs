//! The pairs that requests carry, and how the client application sends its own.

use zeyos_core::Secret;

use crate::shared::ClientAuthMethod;

/// Identifier and secret of the client application.
#[derive(Debug, Clone)]
pub(crate) struct ClientCredentials {
    pub id: String,
    pub secret: Secret,
    pub method: ClientAuthMethod,
}

/// Name and password of a user.
#[derive(Debug, Clone)]
pub(crate) struct UserCredentials {
    pub name: String,
    pub password: Secret,
}

/// Whether a text can be a bearer token (RFC 6750, section 2.1).
pub(crate) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}
