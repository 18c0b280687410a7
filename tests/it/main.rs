//! The integration tests of `zeyos`, one binary.

// Tells clippy that helpers of tests are tests too: they may stop at the first surprise.
#![cfg(test)]

mod calls;
mod document;
mod emitted;
mod records;
mod wire;
