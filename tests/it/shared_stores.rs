//! Stores that several processes share, each against the real thing.

#[cfg(any(feature = "keyring", feature = "redis"))]
pub(crate) mod contract;
#[cfg(all(feature = "keyring", target_os = "linux"))]
pub(crate) mod keyring;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "redis")]
pub(crate) mod redis_server;
