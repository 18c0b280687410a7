//! What may go wrong by its number, a test for each.

mod bodies;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
mod requests;
pub(crate) mod tls;
