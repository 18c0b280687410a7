//! A request together with what may be answered to it: the statuses that the generator holds for possible, and the
//! shape of the body on success. Also the table of statuses that no document declares.

use std::collections::BTreeMap;

use super::connection::Request;
use super::documents::{Column, Operation, Resource};

/// Statuses that may come although the document of the operation does not declare them, with the reason. Where one
/// comes all the same, the generator must have asked for it: it names the statuses of each request.
pub(super) const UNDECLARED: &[(u16, &str)] = &[
    (
        400,
        "a body, member, column or value that cannot be understood; declared for accounts alone (facts, sections 1 and 9)",
    ),
    (403, "a missing permission; `exists` and `authorize` do not declare it (facts, section 1)"),
    (404, "a path that does not exist; lists and creates do not declare it"),
    (405, "a method that the path does not have, with `Allow` (facts, section 9)"),
    (413, "a body beyond the limit (facts, section 9)"),
    (415, "a body that is neither JSON nor a form (facts, section 9)"),
    (501, "an upgrade or transfer coding that the server does not know (RFC 9112, section 6.1)"),
];

/// Statuses of bytes that are not a request: the HTTP layer answers them, or closes the connection.
pub(super) const NO_HTTP: &[u16] = &[400, 404, 405, 413, 414, 431, 501, 505];

/// A request in the making.
#[derive(Debug)]
pub(super) struct Plan {
    /// The operation that is meant; none where no path or method fits.
    pub operation: Option<&'static Operation>,
    pub request: Request,
    /// The statuses that may be answered.
    pub statuses: Vec<u16>,
    pub shape: Shape,
    /// What kind of request this is, for the figures.
    pub kind: &'static str,
}

impl Plan {
    /// A request that must succeed.
    pub(super) fn new(operation: &'static Operation, request: Request) -> Self {
        let statuses = vec![operation.success()];
        Self { operation: Some(operation), request, statuses, shape: Shape::Declared, kind: "valid" }
    }

    pub(super) fn only(mut self, statuses: &[u16], kind: &'static str) -> Self {
        self.statuses = statuses.to_vec();
        self.kind = kind;
        self
    }

    /// The same, spoiled so that it must be refused with this status. A record or permission may be missed before that.
    pub(super) fn but(self, status: u16, kind: &'static str) -> Self {
        let missed: Vec<u16> =
            self.statuses.iter().copied().filter(|status| [401, 403, 404].contains(status)).collect();
        Self { statuses: [vec![status], missed].concat(), kind, ..self }
    }

    /// The same for a request that cannot succeed.
    pub(super) fn without_success(mut self) -> Self {
        self.statuses.retain(|status| !(200..300).contains(status));
        self
    }

    /// The same for a request of which no one knows whether it succeeds.
    pub(super) fn perhaps(self, statuses: &[u16], kind: &'static str) -> Self {
        Self { kind, shape: Shape::Any, ..statuses.iter().fold(self, |plan, status| plan.or(*status)) }
    }

    /// The same for a write of which the checker cannot know whether other rows allow it.
    pub(super) fn perhaps_broken(self, success: u16) -> Self {
        Self { statuses: vec![success, 500], kind: "a write with an open verdict", ..self }
    }

    pub(super) fn or(mut self, status: u16) -> Self {
        if !self.statuses.contains(&status) {
            self.statuses.push(status);
        }
        self
    }
}

/// What the body of a success must look like.
#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing is known of it but that it is JSON.
    Any,
    /// As the document declares it.
    Declared,
    /// One whole record.
    Record { resource: &'static Resource, expand: Vec<String>, extdata: bool, tags: bool },
    /// A list of objects with exactly these members, at most so many.
    Rows { members: BTreeMap<String, Member>, most: usize },
    /// The answer to `count`.
    Count,
    /// CSV with these names in its first row.
    Csv(Vec<String>),
}

/// A member of a row.
#[derive(Debug, Clone)]
pub(super) enum Member {
    Column {
        resource: &'static Resource,
        column: &'static Column,
        expanded: bool,
        joined: bool,
    },
    /// One custom field: text or null.
    ExtdataValue,
    /// All custom fields.
    Extdata,
    Tags,
}

impl std::fmt::Debug for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl std::fmt::Debug for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} {}{})", self.id, self.method, self.base, self.path)
    }
}
