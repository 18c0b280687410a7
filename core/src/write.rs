//! What a write is for. The setters are emitted once for both; what only one of them has hangs on these marks.

/// Marks the members of a record that does not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {}

/// Marks the changes to a record that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch {}
