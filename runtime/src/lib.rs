//! What sends the calls of clients that [`zeyos`](https://docs.rs/zeyos) generates: transport, auth middleware, token manager and
//! stores, logins by OAuth 2.0. It knows no service: which credentials there are and which operations bring, check and end tokens
//! is data of the emitted crates.
//!
//! Users of ZeyOS name only `zeyos`, which re-exports what is meant for them. Emitted crates of other services stand on this one.

mod auth;
mod bits;
mod client;
mod event;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod oauth2;
mod runtime;
mod scrub;
pub mod store;
#[cfg(test)]
mod testing;
mod token_set;
mod transport;

pub use auth::{
    Auth, AuthStatus, ClientAuthMethod, Clock, CredentialValue, Handle, Identity, Login, LoginMark, RefreshLimits,
    SessionFallback, SystemClock,
};
pub use client::{BaseUrl, BuildError, Client, ClientBuilder, Server, ServerVariable, is_plain_path};
pub use event::Event;
#[cfg(feature = "keyring")]
pub use store::KeyringTokenStore;
pub use store::{FileTokenStore, MemoryTokenStore, StoreError, StoreErrorKind, TokenStore};
#[cfg(feature = "redis")]
pub use store::{RedisOptions, RedisTokenStore};
pub use token_set::{LONGEST_OWN_LIFE, TokenIssuer, TokenSet};
pub use transport::{Transport, TransportBody, TransportError, TransportRequest};

/// The contract that emitted crates are written in.
pub use zeyos_core as core;
/// What users of emitted crates name of it, and what of the emitted crates' own they find there.
pub use zeyos_core::{
    AuthMode, Call, Content, Decoding, Dispatcher, DryRun, Error, FilePart, Json, JsonMap, ResponseValue, Safety,
    Secret, Timestamp, TokenError,
};
