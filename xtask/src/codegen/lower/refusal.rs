//! A refusal that says what is not understood apart from where.

use std::fmt;

use crate::codegen::location::Location;

/// Something that is not understood.
#[derive(Debug)]
pub(super) struct Refused {
    pub construct: String,
    pub location: Location,
}

impl Refused {
    pub(super) fn new(construct: impl Into<String>, location: &Location) -> Self {
        Refused { construct: construct.into(), location: location.clone() }
    }

    /// What an error refuses and where; an error of another kind says both in one sentence.
    pub(super) fn of(error: &anyhow::Error, otherwise: &Location) -> Self {
        if let Some(Refused { construct, location }) = error.downcast_ref() {
            return Refused::new(construct.clone(), location);
        }
        let text = format!("{error:#}");
        let construct = text.split_once(": ").map_or(text.as_str(), |(_, construct)| construct);
        Refused::new(construct, otherwise)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.location, self.construct)
    }
}

impl std::error::Error for Refused {}
