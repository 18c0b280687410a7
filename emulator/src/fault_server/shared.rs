//! What the connections of one fault server share.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use super::fault::Plan;
use super::ledger::Ledger;
use crate::clock::Clock;

/// What a connection needs to know.
#[derive(Debug)]
pub(super) struct Shared {
    /// Where the emulator is.
    pub upstream: SocketAddr,
    /// The path of the instance, without a slash at the end.
    pub instance: String,
    /// The clock of the emulator.
    pub clock: Arc<Clock>,
    pub plan: Plan,
    pub ledger: Mutex<Ledger>,
}

impl Shared {
    pub(super) fn ledger<T>(&self, act: impl FnOnce(&mut Ledger) -> T) -> T {
        act(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
