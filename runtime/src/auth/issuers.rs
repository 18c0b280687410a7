//! Which issuers a login may have its tokens from, and the requests that they take.

use std::sync::Arc;

use zeyos_core::call::{Body, Request};
use zeyos_core::{AuthMode, Fields, Issuer, IssuerGrant, Json, Operation, Secret};

use crate::{TokenIssuer, TokenSet};

/// The issuers whose tokens are the same credential.
#[derive(Debug, Clone, Default)]
pub(crate) struct Issuers(Arc<[&'static Issuer]>);

impl Issuers {
    pub(crate) fn new(issuers: impl IntoIterator<Item = &'static Issuer>) -> Self {
        Issuers(issuers.into_iter().collect())
    }

    fn find(&self, is_it: impl Fn(&Issuer) -> bool) -> Option<&'static Issuer> {
        self.0.iter().copied().find(|issuer| is_it(issuer))
    }

    /// The one whose tokens this operation brings.
    pub(crate) fn of(&self, operation: &Operation) -> Option<&'static Issuer> {
        self.find(|issuer| issuer.is_by(operation))
    }

    /// The one that renews tokens by refresh tokens.
    pub(crate) fn renewing(&self) -> Option<&'static Issuer> {
        self.find(|issuer| issuer.grant == IssuerGrant::OAuth2)
    }

    /// The one that gives tokens for what is configured, a pair or a key, as often as it is asked.
    pub(crate) fn issuing(&self) -> Option<&'static Issuer> {
        self.find(|issuer| matches!(issuer.grant, IssuerGrant::Again | IssuerGrant::Key))
    }

    /// Whether that one gives them for a key: a client that holds no tokens gets its first ones so.
    pub(crate) fn gives_for_key(&self) -> bool {
        self.issuing().is_some_and(|issuer| issuer.grant == IssuerGrant::Key)
    }

    /// The one of this name; a later version may know more of them.
    pub(crate) fn named(&self, name: Option<&TokenIssuer>) -> Option<&'static Issuer> {
        name.and_then(|name| self.find(|issuer| issuer.name == name.name()))
    }

    /// Where tokens are ended. Only OAuth has refresh tokens. A set that does not say where it came from goes to the issuer that
    /// ends whatever it is sent.
    pub(crate) fn ending(&self, tokens: &TokenSet) -> Option<&'static Issuer> {
        if tokens.refresh_token.is_some() {
            return self.renewing();
        }
        let ends_any = |issuer: &Issuer| issuer.revocation.is_some_and(|revocation| revocation.member.is_none());
        self.named(tokens.issuer.as_ref()).or_else(|| self.find(ends_any)).or_else(|| self.renewing())
    }
}

/// The renewal by a refresh token (RFC 6749, section 6).
pub(crate) fn renewal(issuer: &Issuer, refresh_token: Option<Secret>) -> Request {
    let mut fields = Fields::new();
    fields.set("grant_type", Json::from("refresh_token"));
    if let Some(token) = refresh_token {
        fields.set_secret("refresh_token", token);
    }
    with_credentials(issuer.renewal(), Some(fields))
}

/// The request that introspects a token (RFC 7662, section 2.1).
pub(crate) fn introspection(operation: &'static Operation, token: Secret) -> Request {
    let mut fields = Fields::new();
    fields.set_secret("token", token);
    with_credentials(operation, Some(fields))
}

/// A request for tokens that takes the configured pair and nothing else.
pub(crate) fn issue(issuer: &Issuer) -> Request {
    with_credentials(issuer.token, None)
}

/// The request that ends a token: the one that is named, or the one that it is sent with.
pub(crate) fn revocation(operation: &'static Operation, named: Option<(&'static str, Secret)>) -> Request {
    let fields = named.map(|(member, token)| {
        let mut fields = Fields::new();
        fields.set_secret(member, token);
        fields
    });
    request(operation, fields)
}

/// Whatever mode the client is set to: it is the client application that asks, not the user.
fn with_credentials(operation: &'static Operation, fields: Option<Fields>) -> Request {
    let mut request = request(operation, fields);
    request.options.auth_mode = Some(AuthMode::Auto);
    request
}

fn request(operation: &'static Operation, fields: Option<Fields>) -> Request {
    let mut request = Request::new(operation);
    request.body = fields.map_or(Body::Empty, Body::Fields);
    request
}
