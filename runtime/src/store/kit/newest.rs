//! The newest generation of a store.

use std::sync::atomic::{AtomicU64, Ordering};

/// The newest generation that this process has seen in a store, so that a restored copy shows.
#[derive(Debug, Default)]
pub(in crate::store) struct Newest(AtomicU64);

impl Newest {
    /// Remembers a generation, and says which is the newest.
    pub(in crate::store) fn seen(&self, generation: u64) -> u64 {
        self.0.fetch_max(generation, Ordering::Relaxed).max(generation)
    }
}
