//! What may go wrong by its number, a test for each.

mod answers;
mod blocked;
mod bodies;
mod clocks;
mod crowd;
mod cuts;
mod damage;
mod early;
mod echoes;
mod fallback;
mod file_processes;
mod file_store;
mod floor;
#[cfg(unix)]
mod forks;
mod grants;
mod introspection;
mod limits;
#[cfg(target_os = "linux")]
mod memory;
mod native;
mod own_limits;
mod owners;
#[cfg(unix)]
mod processes;
mod providers;
#[cfg(feature = "redis")]
mod redis;
mod refused;
mod requests;
mod runtimes;
mod store;
#[cfg(target_os = "linux")]
mod thread;
pub(crate) mod tls;
mod unusual_answers;
mod waits;
