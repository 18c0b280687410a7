//! What a client takes from its system where the caller names nothing else: clock, transport, and where exchanges of tokens run.

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(any(test, all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics"))))]
mod page;

use std::sync::Arc;

use crate::transport::Transport;

#[cfg(target_family = "wasm")]
pub(super) use browser::{Carrier, clock, place, warn_of_secret};
#[cfg(not(target_family = "wasm"))]
pub(super) use native::{Carrier, clock, place, warn_of_secret};

/// What carries requests.
pub(super) struct Carried {
    pub transport: Arc<dyn Transport>,
    /// Whether it sees to the limits of requests other than exchanges of tokens itself.
    pub keeps_limits: bool,
    /// Whether it certainly has no cookies of a page.
    pub is_without_page: bool,
}
