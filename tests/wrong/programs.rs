//! Programs that a new user writes and that are wrong. `tests/it/wrong.rs` compiles all of them at once and holds each message against
//! the lines before it (`//~`), which name the right way.

#![allow(unused)]

mod calls;
mod filters;
mod ids;
mod kinds;
mod queries;
mod setting_up;
mod writes;
