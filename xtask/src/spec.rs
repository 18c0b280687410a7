//! `cargo xtask spec import DIR` renews the published facts in `spec/`; `cargo xtask spec check` looks for what is missing.

mod check;
mod derive;
mod deviation;
mod import;
mod labels;
mod merge;
mod prose;
mod report;
mod rules;
mod sql;
mod tables;
#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use import::import;
