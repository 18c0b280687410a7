//! What sends the calls of clients that [`zeyos`](https://docs.rs/zeyos) generates: transport, auth middleware, token manager and
//! stores, logins by OAuth 2.0. It knows no service: which credentials there are and which operations bring, check and end tokens
//! is data of the emitted crates.
//!
//! Users of ZeyOS name only `zeyos`, which re-exports what is meant for them. Emitted crates of other services stand on this one.

#[cfg(all(target_family = "wasm", any(feature = "keyring", feature = "redis")))]
compile_error!(
    "the stores in a keyring and in Redis need a system; build without the features `keyring` and `redis` here"
);

mod auth;
mod bits;
#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub mod blocking;
mod build_error;
#[cfg(all(feature = "testing", not(target_family = "wasm")))]
pub mod cassette;
mod chance;
mod client;
mod clock;
pub mod dependencies;
mod event;
#[cfg(feature = "testing")]
pub mod faults;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod oauth2;
mod observe;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
mod page;
mod plain_path;
mod request;
mod retry;
mod runtime;
mod scrub;
mod shared;
pub mod store;
#[cfg(test)]
mod testing;
mod token_set;
#[cfg(feature = "tower")]
pub mod tower;
mod transport;

pub use auth::{Auth, AuthStatus, CredentialValue, Handle, Identity, Login, LoginSnapshot, RefreshLimits};
pub use bits::random_alphanumeric;
pub use build_error::BuildError;
pub use client::{BaseUrl, Client, ClientBuilder, Discovered, DiscoveryError, FurtherLogin, Server, ServerVariable};
pub use clock::Clock;
#[cfg(any(
    not(target_family = "wasm"),
    all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))
))]
pub use clock::SystemClock;
pub use event::ClientEvent;
#[cfg(feature = "metrics")]
pub use observe::describe_metrics;
pub use plain_path::is_plain_path;
pub use shared::{ClientAuthMethod, SessionFallback};
#[cfg(not(target_family = "wasm"))]
pub use store::FileTokenStore;
#[cfg(feature = "keyring")]
pub use store::KeyringTokenStore;
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use store::WebStorageTokenStore;
pub use store::{MemoryTokenStore, StoreError, StoreErrorKind, TokenStore};
#[cfg(feature = "redis")]
pub use store::{RedisOptions, RedisTokenStore};
pub use token_set::{LONGEST_OWN_LIFE, TokenIssuer, TokenSet};
#[cfg(all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))]
pub use transport::FetchTransport;
pub use transport::{CredentialsMode, Transport, TransportBody, TransportError, TransportRequest};
#[cfg(not(target_family = "wasm"))]
pub use transport::{HttpSettings, HttpTransport};

/// The contract that emitted crates are written in.
pub use zeyos_core as core;
// Bounds and patterns of a document, checked against what a caller sends: `validate` of emitted types.
#[cfg(feature = "validate")]
pub use zeyos_core::validate;
// What users of emitted crates name of it, and what of the emitted crates' own they find there.
pub use zeyos_core::{
    AuthMode, Call, Content, Decoding, Dispatcher, DryRun, Error, FilePart, Json, JsonMap, ResponseValue, RetryPolicy,
    RetryRules, Safety, Secret, Timestamp, TokenError, Validation,
};
// The types of requests and answers, as transports have them.
pub use {bytes, http};
