//! Which data a new database begins with, and the moment around which they lie.

/// What a new database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Seed {
    /// A small company with customers, tickets, projects and sales.
    #[default]
    Demo,
    /// Nothing but the demo user, the demo application and what they need.
    Empty,
}

impl Seed {
    /// The seed of this name, as flags and files have it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "demo" => Some(Self::Demo),
            "empty" => Some(Self::Empty),
            _ => None,
        }
    }
}

/// The moment around which the demo data lie: 2026-01-01 00:00 UTC.
pub(crate) const BASE: i64 = 1_767_225_600;
