//! Test servers of further platforms: Cozy, access-tokens and Auth-Agent, each with the rules that its service enforces.
//!
//! They listen like an [`Emulator`](crate::Emulator), have its faults, clock, log and control route, and keep everything in
//! memory: what they hold is gone when they stop.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use zeyos_emulator::platforms::{Platform, PlatformServer};
//!
//! let tokens = PlatformServer::builder(Platform::AccessTokens).switch("jwt_ttl", "35")?.start().await?;
//! assert!(tokens.credential("api_key").is_some_and(|key| key.starts_with("pat_")));
//! tokens.stop().await;
//! # Ok(())
//! # })
//! # }
//! ```

mod access_tokens;
mod auth_agent;
mod cozy;
mod jwt;
mod message;
mod platform;
mod random;
mod rate;
mod server;
mod service;
mod site;

pub use platform::Platform;
pub use server::{PlatformBuilder, PlatformServer};
