//! Creates and updates, and the rules that they must meet. Setters are emitted once for both; what only one of them has is bound to these
//! marker types.

mod check;
mod phrases;
#[doc(hidden)]
pub mod rules;
mod violation;

#[doc(hidden)]
pub use rules::Rules;
pub use violation::{Violation, Violations};

/// Marks the members of a record that does not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {}

/// Marks the changes to a record that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch {}

/// What is done about a create or an update that breaks a documented rule of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
#[non_exhaustive]
pub enum Validation {
    /// It is not sent: the call fails with all rules that it breaks ([`Error::violations`](crate::Error::violations)).
    #[default]
    Strict,
    /// It is sent, and an event reports the rules.
    Warn,
    /// It is sent, and no rule is looked at.
    Off,
}
