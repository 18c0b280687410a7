//! The integration tests of `zeyos`, one binary.

mod auth;
mod surface;
