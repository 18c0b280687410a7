//! Crates of others whose types stand in signatures of this one, re-exported so that programs use the very same versions.
//!
//! Another major version of one of them is a major version of ours. No other crate has types in our signatures,
//! except for those that a feature is named after (`chrono`, `jiff`).
//!
//! | Crate | What of it |
//! |---|---|
//! | `bytes`, `http` | requests and answers of a [`Transport`](crate::Transport), headers and statuses of errors and calls |
//! | `futures_core` | the trait `Stream` of byte streams, events, rows and pages |
//! | `progenitor_client` | `ResponseValue`, the answer of every call |
//! | `serde`, `serde_json` | how values are read and written, and any JSON: [`Json`](crate::Json), [`JsonMap`](crate::JsonMap) |
//! | `reqwest` | its `ClientBuilder`, which `ClientBuilder::http_client` and `HttpTransport` let a program set up |
//! | `url` | the address at which a person signs in |
//! | `tokio` | the `Handle` of the runtime that exchanges of tokens may run on |

pub use zeyos_core::progenitor_client;
pub use {bytes, futures_core, http, serde, serde_json, url};
#[cfg(not(target_family = "wasm"))]
pub use {reqwest, tokio};
