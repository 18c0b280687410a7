//! Stores that several processes share, each against the real thing.

#[cfg(feature = "redis")]
pub(crate) mod contract;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
pub(crate) mod redis_server;
