//! The promises of the auth core, one test a number.

pub mod file_store;
