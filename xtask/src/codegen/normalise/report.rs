//! What a document says that means nothing for the crate, and what in it is not understood.

use std::fmt;

use crate::codegen::location::Location;
use crate::yaml::{Map, Node, map};

/// The key under which something stands that is not understood; whatever needs it is refused with its words.
pub(crate) const REFUSED: &str = "x-refused";

/// What was passed over, in the order of the rules.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<Line>,
}

/// Something that was passed over.
#[derive(Debug, PartialEq)]
pub(crate) struct Line {
    pub what: String,
    pub location: Location,
}

impl Report {
    /// Notes that something was passed over.
    pub(crate) fn note(&mut self, location: &Location, what: impl Into<String>) {
        self.lines.push(Line { what: what.into(), location: location.clone() });
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.what)
    }
}

/// What stands in place of something that is not understood.
pub(super) fn refused(construct: impl Into<String>) -> Node {
    map([(REFUSED, Node::Text(construct.into()))])
}

/// Marks an object, and with it whatever needs it, as not understood; the first reason stays.
pub(super) fn refuse(members: &mut Map, construct: impl Into<String>) {
    members.entry(REFUSED.to_owned()).or_insert_with(|| Node::Text(construct.into()));
}
