//! The integration tests of `zeyos`, one binary.

mod surface;
