//! What may go wrong by its number, a test for each.

mod bodies;
mod limits;
mod requests;
pub(crate) mod tls;
