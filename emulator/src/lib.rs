//! A local ZeyOS server for development and tests: the standard REST interface, OAuth 2.0 and the legacy sign-in, on
//! SQLite.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let zeyos = zeyos_emulator::Emulator::start().await?;
//! assert!(zeyos.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(zeyos.credentials().username, "demo");
//! zeyos.stop().await;
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! It answers what the published documents of the service say; where they are silent it follows a [`Switches`]
//! default. It shares no code with any client, keeps nothing but made-up data, and listens on this machine alone.

mod access;
mod app;
mod clock;
mod config;
mod context;
mod control;
#[cfg(test)]
mod cost_tests;
mod credentials;
mod emulator;
mod error;
mod fault_server;
mod faults;
mod html;
mod http;
mod inspector;
mod instance_settings;
mod json;
mod legacy;
mod listeners;
mod oauth;
pub mod platforms;
mod query;
mod records;
mod request_log;
mod route;
mod rows;
mod schema;
mod seed;
mod served;
mod startup;
mod static_files;
mod store;
pub mod switches;

pub use config::ConfigError;
pub use credentials::Credentials;
pub use emulator::{Builder, Emulator};
pub use error::StartError;
pub use fault_server::{Counts, Encoding, Exchange, FaultServer, WireFault};
pub use faults::Fault;
pub use http::credential::CredentialKind;
pub use request_log::SeenRequest;
pub use seed::Seed;
pub use switches::Switches;

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExamples;
