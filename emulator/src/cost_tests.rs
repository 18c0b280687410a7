//! Tests that no request takes more than its share: what a request costs grows at most as n log n with its size, and one that
//! is at work keeps no other one waiting. Counted, not timed: the steps of SQLite's machine, and what is allocated.

mod cases;
mod concurrency;
mod cost;
mod growth;

pub(crate) use cost::watch;
