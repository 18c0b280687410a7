//! How a client application proves who it is.

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
