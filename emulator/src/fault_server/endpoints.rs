//! Where a service exchanges, checks and ends tokens, by the ends of the paths.

use crate::platforms::Platform;

/// The endpoints of a service that a ledger counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Endpoints {
    pub token: &'static str,
    /// None where the service has no such endpoint.
    pub introspect: Option<&'static str>,
    pub revoke: Option<&'static str>,
}

impl Endpoints {
    pub(super) const ZEYOS: Self = Self {
        token: "/oauth2/v1/token",
        introspect: Some("/oauth2/v1/introspect"),
        revoke: Some("/oauth2/v1/revoke"),
    };

    /// Those of a platform, in both generations where it has two.
    pub(super) fn of(platform: Platform) -> Self {
        match platform {
            Platform::Cozy => Self { token: "/auth/access_token", introspect: None, revoke: None },
            Platform::AccessTokens => Self { token: "/auth/token", introspect: None, revoke: None },
            Platform::AuthAgent => Self { token: "/token", introspect: Some("/introspect"), revoke: Some("/revoke") },
        }
    }
}
