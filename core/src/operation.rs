//! What a document says about an operation, as data. Nothing here acts.

use http::Method;

/// A service: one document and the path under which it is served.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// Stem of the document, such as `zeyos-rest`.
    pub name: &'static str,
    /// Path below the instance, such as `/api/v1`.
    pub path: &'static str,
    /// Name of the session cookie, where the service takes one.
    pub cookie: Option<&'static str>,
    /// How request bodies are written.
    pub body: BodyFormat,
}

/// How a request body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyFormat {
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
}

/// An operation of a service: one method on one path, with the security it asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// The service that offers it.
    pub service: &'static Service,
    /// The operation id as the document spells it.
    pub id: &'static str,
    /// The HTTP method. It says nothing about safety: `PUT` creates and `POST` lists in some services.
    pub method: Method,
    /// Path below the service, with parameters in braces.
    pub path: &'static str,
    /// What it takes as credentials.
    pub security: Security,
    /// Whether it may be repeated.
    pub safety: Safety,
    /// The statuses that the document lists as results.
    pub success: &'static [u16],
}

impl Operation {
    /// Whether one of its alternatives asks for this scheme.
    pub fn takes(&self, scheme: Scheme) -> bool {
        self.security.iter().any(|alternative| alternative.contains(&scheme))
    }
}

/// Alternatives of which one is enough, in the document's order; every scheme of an alternative is needed. Empty means public.
pub type Security = &'static [&'static [Scheme]];

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scheme {
    /// An access token in the `Authorization` header (RFC 6750).
    Bearer,
    /// A session cookie (RFC 6265).
    Session,
    /// Identifier and secret of the client application by HTTP Basic (RFC 6749, section 2.3.1).
    ClientBasic,
    /// Name and password of a user by HTTP Basic (RFC 7617).
    UserBasic,
}

impl Scheme {
    /// The word used for it in tables and messages; both Basic pairs are `basic`.
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::Bearer => "bearer",
            Scheme::Session => "session",
            Scheme::ClientBasic | Scheme::UserBasic => "basic",
        }
    }
}

/// What happens if an operation is carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Safety {
    /// Changes nothing; may be repeated at will.
    Read,
    /// Makes something new; repeated, it may make it twice.
    Create,
    /// Changes something; repeated, it may undo what another caller did in between.
    Update,
    /// Removes something; repeated, it finds nothing.
    Delete,
    /// Exchanges a single-use credential; a lost answer cannot be asked for again.
    TokenExchange,
}
