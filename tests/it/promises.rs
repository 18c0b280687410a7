//! The promises of the auth core by their numbers, a test for each.

mod limits;
pub(crate) mod places;
mod wire;
