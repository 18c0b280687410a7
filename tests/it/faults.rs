//! What may go wrong by its number, a test for each.

mod answers;
mod bodies;
mod clocks;
mod crowd;
mod cuts;
mod damage;
mod echoes;
mod fallback;
mod file_processes;
mod file_store;
mod grants;
mod introspection;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
mod native;
mod owners;
#[cfg(unix)]
mod processes;
#[cfg(feature = "redis")]
mod redis;
mod refused;
mod requests;
mod store;
pub(crate) mod tls;
mod unusual_answers;
mod waits;
