//! `cargo xtask spec import DIR` renews the published facts in `spec/`; `cargo xtask spec check` looks for what is missing.

mod check;
mod derive;
mod import;
mod merge;
mod prose;
mod rules;

mod sql;
mod tables;

pub use check::check;
pub use import::import;
