//! What a document says about an operation, as data. Nothing here acts.

mod body;
mod issuer;
mod paging;
mod scheme;
mod style;

use http::Method;

pub use body::{BodyFormat, Encoding, RequestBody, ResponseBody, ResponseFormat};
pub use issuer::{Issuer, IssuerGrant, Refreshing, Revocation};
pub use paging::{PageInput, Paging, PagingKind};
pub use scheme::{Credential, Holder, KeyPlace, Requirement, SchemeKind, Security, SecurityScheme};
pub use style::Style;

/// A service: one document and the path under which it is served.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceDescription {
    /// Stem of the document, such as `zeyos-rest`.
    pub name: &'static str,
    /// Path below its root, such as `/api/v1`.
    pub path: &'static str,
    /// What the path is below, unless the caller names a URL for the service.
    pub root: ServiceRoot,
}

impl ServiceDescription {
    /// A service of this name at this path below the base URL.
    pub const fn new(name: &'static str, path: &'static str) -> Self {
        ServiceDescription { name, path, root: ServiceRoot::Base }
    }

    /// Its path is below this.
    #[must_use]
    pub const fn root(mut self, root: ServiceRoot) -> Self {
        self.root = root;
        self
    }
}

/// What the path of a service is below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceRoot {
    /// The base URL of the client.
    Base,
    /// The origin of the base URL, whatever path that has.
    Origin,
    /// This origin, whatever the base URL is: the document names it. A credential of the client goes there only after the caller
    /// has named a URL for the service, or where the origin is one that it goes to anyway.
    At(&'static str),
}

/// An operation of a service: one method on one path, with the security it asks for.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The service that offers it.
    pub service: &'static ServiceDescription,
    /// The operation id as the document spells it.
    pub id: &'static str,
    /// The HTTP method. It says nothing about safety: `PUT` creates and `POST` lists in some services.
    pub method: Method,
    /// Path below the service, with parameters in braces.
    pub path: &'static str,
    /// Whether the path is unconfirmed (`x-unconfirmed`): a client can be configured with another one.
    pub unconfirmed: bool,
    /// What it takes as credentials.
    pub security: Security,
    /// Whether it may be repeated.
    pub safety: Safety,
    /// The header whose value tells the server that a request is a repeat, such as `Idempotency-Key`. The client makes a value for
    /// each call and keeps it for its repeats, unless the caller sets the header.
    pub idempotency_key: Option<&'static str>,
    /// The statuses that the document lists as results.
    pub success: &'static [u16],
    /// What it takes as its body.
    pub body: RequestBody,
    /// What it answers.
    pub answer: ResponseBody,
    /// How it goes on, where it answers a list page by page.
    pub paging: Option<&'static Paging>,
    /// For an operation that returns the metadata of the server (RFC 8414): the members that are endpoints, each with its path in the
    /// document.
    pub discovery: &'static [(&'static str, &'static str)],
}

impl Operation {
    /// An operation that is public, may not be repeated, takes no body, and whose only result is an empty one with the status 200.
    pub const fn new(
        service: &'static ServiceDescription,
        id: &'static str,
        method: Method,
        path: &'static str,
    ) -> Self {
        Operation {
            service,
            id,
            method,
            path,
            unconfirmed: false,
            security: &[],
            safety: Safety::Create,
            idempotency_key: None,
            success: &[200],
            body: RequestBody::NONE,
            answer: ResponseBody::NOTHING,
            paging: None,
            discovery: &[],
        }
    }

    /// Its path is unconfirmed.
    #[must_use]
    pub const fn unconfirmed(mut self) -> Self {
        self.unconfirmed = true;
        self
    }

    /// It takes one of these alternatives as credentials.
    #[must_use]
    pub const fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// This is what a repeat would do.
    #[must_use]
    pub const fn safety(mut self, safety: Safety) -> Self {
        self.safety = safety;
        self
    }

    /// A repeat is known by this header.
    #[must_use]
    pub const fn idempotency_key(mut self, header: &'static str) -> Self {
        self.idempotency_key = Some(header);
        self
    }

    /// These statuses are its results.
    #[must_use]
    pub const fn success(mut self, success: &'static [u16]) -> Self {
        self.success = success;
        self
    }

    /// It takes this body.
    #[must_use]
    pub const fn body(mut self, body: RequestBody) -> Self {
        self.body = body;
        self
    }

    /// It answers this.
    #[must_use]
    pub const fn answer(mut self, answer: ResponseBody) -> Self {
        self.answer = answer;
        self
    }

    /// It answers a list page by page.
    #[must_use]
    pub const fn paging(mut self, paging: &'static Paging) -> Self {
        self.paging = Some(paging);
        self
    }

    /// It answers the endpoints of the server.
    #[must_use]
    pub const fn discovery(mut self, endpoints: &'static [(&'static str, &'static str)]) -> Self {
        self.discovery = endpoints;
        self
    }

    /// The schemes that it takes, as often as they stand in its alternatives.
    pub fn schemes(&self) -> impl Iterator<Item = &'static SecurityScheme> + use<> {
        self.security.iter().copied().flatten().map(|requirement| requirement.scheme)
    }
}

/// What happens if an operation is carried out twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Safety {
    /// Changes nothing; may be repeated at will.
    Read,
    /// Repeated, it has the effect of the first time; may be repeated.
    Idempotent,
    /// Makes something new; repeated, it may make it twice.
    Create,
    /// Changes something; repeated, it may undo what another caller did in between.
    Update,
    /// Removes something; repeated, it finds nothing.
    Delete,
    /// Exchanges a single-use credential; a lost answer cannot be asked for again.
    TokenExchange,
}
