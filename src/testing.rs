//! What tests of a program need, without a server.

pub use zeyos_runtime::{cassette, faults};
