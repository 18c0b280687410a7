//! One gate for each origin: when a server asks to wait, nothing more is sent to it until then, and then one request goes first.
//!
//! It only holds back what has not been sent. Nothing is repeated here.

mod machine;
mod shell;

pub(crate) use machine::Ceilings;
pub(crate) use shell::Gate;
