//! What may go wrong by its number, a test for each.

mod answers;
mod clocks;
mod crowd;
mod grants;
mod store;
