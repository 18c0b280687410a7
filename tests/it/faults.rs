//! What may go wrong by its number, a test for each.

mod file_processes;
mod file_store;
