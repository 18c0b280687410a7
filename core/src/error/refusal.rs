//! A call that was not sent because no configured credential fits.

use std::error::Error as StdError;
use std::fmt;

use crate::operation::SecurityScheme;

/// Why no credential fitted: every scheme that the operation takes, with the reason it was not usable and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The schemes in the document's order.
    pub unusable: Vec<Unusable>,
}

/// A scheme that could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusable {
    /// The scheme.
    pub scheme: &'static SecurityScheme,
    /// Why it was not usable.
    pub reason: &'static str,
    /// What to configure to make it usable.
    pub remedy: &'static str,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, unusable) in self.unusable.iter().enumerate() {
            let joint = if index == 0 { "" } else { " " };
            let SecurityScheme { name, kind, .. } = unusable.scheme;
            write!(f, "{joint}{name}")?;
            if *name != kind.word() {
                write!(f, " ({})", kind.word())?;
            }
            write!(f, ": {}; {}.", unusable.reason, unusable.remedy)?;
        }
        Ok(())
    }
}

impl StdError for Refusal {}
