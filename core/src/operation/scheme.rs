//! The named security schemes of documents, and which of them share a credential.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ptr;

/// What a caller configures once: a token, a cookie, a pair, a key.
///
/// A credential belongs to its document. Two are the same only if they are the same `static`: equal names mean nothing, so that no
/// document can name itself into the credential of another one. Documents that are generated together share one where all of them
/// say so (`x-credential`).
pub struct Credential {
    name: &'static str,
}

impl Credential {
    /// A credential with a name for messages.
    pub const fn new(name: &'static str) -> Self {
        Credential { name }
    }

    /// The name, for messages. It identifies nothing.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

impl Eq for Credential {}

impl Hash for Credential {
    fn hash<H: Hasher>(&self, state: &mut H) {
        ptr::hash(self, state);
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A security scheme of a document (OpenAPI 3.0, section 4.7.27): how a credential is sent.
#[derive(PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SecurityScheme {
    /// The name in the document.
    pub name: &'static str,
    /// How the credential is sent.
    pub kind: SchemeKind,
    /// What is sent.
    pub credential: &'static Credential,
}

impl SecurityScheme {
    /// A scheme of this name, which sends this credential in this way.
    pub const fn new(name: &'static str, kind: SchemeKind, credential: &'static Credential) -> Self {
        SecurityScheme { name, kind, credential }
    }
}

impl fmt::Debug for SecurityScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.kind.word())
    }
}

/// How a credential is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemeKind {
    /// A token in the `Authorization` header (RFC 6750, section 2.1).
    Bearer,
    /// A pair by HTTP Basic (RFC 7617).
    Basic(Holder),
    /// A key under a name.
    ApiKey {
        /// Where it stands.
        place: KeyPlace,
        /// Name of the header, query parameter or cookie.
        name: &'static str,
    },
    /// A member of the request body.
    InBody {
        /// Name of the member.
        member: &'static str,
    },
}

/// Whose pair Basic carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// Identifier and secret of the client application (RFC 6749, section 2.3.1).
    Client,
    /// Name and password of a user.
    User,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyPlace {
    /// In a header of its own.
    Header,
    /// In the query of the URL, which ends up in logs.
    Query,
    /// In the `Cookie` header (RFC 6265).
    Cookie,
}

impl SchemeKind {
    /// The word used for it in tables and messages; both pairs are `basic`, a cookie is a `session`.
    pub const fn word(self) -> &'static str {
        match self {
            SchemeKind::Bearer => "bearer",
            SchemeKind::Basic(_) => "basic",
            SchemeKind::ApiKey { place: KeyPlace::Cookie, .. } => "session",
            SchemeKind::ApiKey { .. } => "key",
            SchemeKind::InBody { .. } => "body",
        }
    }

    /// Whether it is the cookie of a session.
    pub const fn is_cookie(self) -> bool {
        matches!(self, SchemeKind::ApiKey { place: KeyPlace::Cookie, .. })
    }
}

/// A scheme that an alternative asks for, with the scopes that a token needs.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Requirement {
    /// The scheme.
    pub scheme: &'static SecurityScheme,
    /// Names of the scopes (RFC 6749, section 3.3), in the document's order; empty where it names none.
    pub scopes: &'static [&'static str],
}

impl Requirement {
    /// The scheme without any scope.
    pub const fn of(scheme: &'static SecurityScheme) -> Self {
        Requirement { scheme, scopes: &[] }
    }

    /// With these scopes.
    #[must_use]
    pub const fn scopes(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = scopes;
        self
    }
}

impl fmt::Debug for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scheme.fmt(f)
    }
}

/// Alternatives of which one is enough, in the document's order; all of an alternative is needed. Empty means public.
pub type Security = &'static [&'static [Requirement]];

#[cfg(test)]
mod tests {
    use super::*;

    static ONE: Credential = Credential::new("token");
    static OTHER: Credential = Credential::new("token");

    #[test]
    fn credentials_of_equal_names_are_not_the_same() {
        assert!(ONE == ONE && ONE != OTHER);
        let scheme = |credential| SecurityScheme::new("oauth", SchemeKind::Bearer, credential);
        assert!(scheme(&ONE) == scheme(&ONE) && scheme(&ONE) != scheme(&OTHER));
    }
}
