//! What may go wrong by its number, a test for each.

mod answers;
mod clocks;
mod crowd;
mod file_processes;
mod file_store;
mod grants;
mod redis;
mod store;
