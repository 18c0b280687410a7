//! The faults that the auth core survives, one test a number.

mod file_processes;
mod file_store;
