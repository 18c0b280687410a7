//! The pairs that requests carry, and how the client application sends its own.

use zeyos_core::Secret;

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

/// How the client application proves who it is at a token endpoint (RFC 6749, section 2.3.1). Exactly one way is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ClientAuthMethod {
    /// By HTTP Basic, as the RFC recommends.
    #[default]
    Basic,
    /// By `client_id` and `client_secret` in the body, for servers that cannot do Basic. A public client, which has no secret, gives an
    /// empty one: then the body has the identifier alone.
    Body,
}

/// Whether a text can be a bearer token (RFC 6750, section 2.1).
pub(crate) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}
