//! The fault matrix of the auth core: one test a row, with its number.

#[cfg(feature = "redis")]
mod redis;
