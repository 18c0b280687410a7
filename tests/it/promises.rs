//! The promises of the auth core by their numbers, a test for each.

pub(crate) mod file_store;
