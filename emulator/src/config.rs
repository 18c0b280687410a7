//! Settings from outside: names and values from a file, a flag or a request, with the position of each.
//! It reads text and checks names; what the values do is decided elsewhere.

mod error;
mod file;
pub(crate) mod item;

pub use error::ConfigError;
pub(crate) use file::File;
pub(crate) use item::{FURTHEST, Item, Items, OFFSETS};
