//! What the program has and the library has not: its flags, its help, and what it prints.

pub(crate) mod arguments;
mod defaults;
pub(crate) mod env_file;
mod help;
pub(crate) mod started;
pub(crate) mod startup_output;
