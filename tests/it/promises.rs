//! The promises of the auth core by their numbers, a test for each.

pub(crate) mod examples;
pub(crate) mod file_store;
mod leaks;
mod limits;
mod login;
mod logout;
mod native;
pub(crate) mod places;
pub(crate) mod refresh;
mod session;
mod wire;
