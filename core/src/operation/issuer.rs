//! Which operations of a service bring, check and end the tokens that a credential is made of.

use std::ptr;

use super::{Credential, Operation};

/// A service that issues tokens, as its document describes it (`x-issuers`).
#[derive(Debug)]
#[non_exhaustive]
pub struct Issuer {
    /// The name that token sets keep, so that each is ended where it came from.
    pub name: &'static str,
    /// What its tokens are.
    pub credential: &'static Credential,
    /// How its tokens are got and renewed.
    pub grant: IssuerGrant,
    /// Brings tokens.
    pub token: &'static Operation,
    /// Renews them, if that is another operation.
    pub refresh: Option<&'static Operation>,
    /// What a renewal does to the refresh token.
    pub refreshing: Refreshing,
    /// Where a login in the browser starts (RFC 6749, section 3.1).
    pub authorization: Option<&'static Operation>,
    /// The introspection of tokens (RFC 7662).
    pub introspection: Option<&'static Operation>,
    /// Ends a token.
    pub revocation: Option<Revocation>,
    /// The codes of RFC 6749 for what the service says in words of its own, each with its words.
    pub errors: &'static [(&'static str, &'static str)],
    /// Whether its answers say how long a token lives. Where they do not, a token is used until it is refused.
    pub tells_lifetime: bool,
}

/// How an issuer gives tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssuerGrant {
    /// By the grants of OAuth 2.0; its tokens are renewed by refresh tokens (RFC 6749, section 6).
    OAuth2,
    /// For a password that is sent once; its tokens are never renewed.
    Once,
    /// For the configured pair of a user, as often as it is sent.
    Again,
    /// For a key that is configured, as soon and as often as a token is needed.
    Key,
}

/// What becomes of a refresh token that was used (RFC 6749, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Refreshing {
    /// It is spent: the answer brings the next one, and a lost answer loses the login.
    #[default]
    Rotating,
    /// It stays: a request whose answer was lost is simply sent again.
    Static,
    /// The document does not say.
    Unknown,
}

/// How a token is ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Revocation {
    /// What ends it.
    pub operation: &'static Operation,
    /// The member that names the token; without one the operation ends the token that it is sent with.
    pub member: Option<&'static str>,
}

impl Issuer {
    /// An issuer of this name with an operation that brings tokens, and nothing that checks or ends them.
    pub const fn new(
        name: &'static str,
        credential: &'static Credential,
        grant: IssuerGrant,
        token: &'static Operation,
    ) -> Self {
        Issuer {
            name,
            credential,
            grant,
            token,
            refresh: None,
            refreshing: Refreshing::Rotating,
            authorization: None,
            introspection: None,
            revocation: None,
            errors: &[],
            tells_lifetime: true,
        }
    }

    /// This operation renews tokens, another than the one that brings them.
    #[must_use]
    pub const fn refresh(mut self, operation: &'static Operation) -> Self {
        self.refresh = Some(operation);
        self
    }

    /// This is what a renewal does to the refresh token.
    #[must_use]
    pub const fn refreshing(mut self, refreshing: Refreshing) -> Self {
        self.refreshing = refreshing;
        self
    }

    /// The operation that renews tokens.
    pub const fn renewal(&self) -> &'static Operation {
        match self.refresh {
            Some(operation) => operation,
            None => self.token,
        }
    }

    /// A login in the browser starts here.
    #[must_use]
    pub const fn authorization(mut self, operation: &'static Operation) -> Self {
        self.authorization = Some(operation);
        self
    }

    /// This operation introspects a token. It takes the token as its member `token`.
    #[must_use]
    pub const fn introspection(mut self, operation: &'static Operation) -> Self {
        self.introspection = Some(operation);
        self
    }

    /// This operation ends the token in this member of its body, or without one the token that it is sent with.
    #[must_use]
    pub const fn revocation(mut self, operation: &'static Operation, member: Option<&'static str>) -> Self {
        self.revocation = Some(Revocation { operation, member });
        self
    }

    /// What the service says in words of its own, and the code of RFC 6749, section 5.2, that it means.
    #[must_use]
    pub const fn errors(mut self, errors: &'static [(&'static str, &'static str)]) -> Self {
        self.errors = errors;
        self
    }

    /// Its answers do not say how long a token lives, and nothing may be concluded from that.
    #[must_use]
    pub const fn without_lifetimes(mut self) -> Self {
        self.tells_lifetime = false;
        self
    }

    /// The code of RFC 6749 for an error as the service spells it.
    pub fn code_of(&self, error: &str) -> Option<&'static str> {
        self.errors.iter().find(|(words, _)| *words == error).map(|(_, code)| *code)
    }

    /// Whether a refresh token whose answer was lost is sent once more, but not before the access token is refused: it is unknown whether
    /// it is rotated, and introspection is unsupported.
    pub fn waits_for_refusal(&self) -> bool {
        self.refreshing == Refreshing::Unknown && self.introspection.is_none()
    }

    /// Whether an operation is the one that brings its tokens.
    pub fn is_by(&self, operation: &Operation) -> bool {
        ptr::eq(self.token, operation)
    }
}

impl PartialEq for Issuer {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Issuer {}
