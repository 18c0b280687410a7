//! Filters on times without an index: a server may take too long for them, which is said once.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use zeyos_core::Request;

use crate::event::{ClientEvent, Events};
use crate::runtime::OfProcess;

/// The operations and columns of which it was said.
#[derive(Debug, Default)]
pub(crate) struct Unindexed(OfProcess<Mutex<HashSet<(&'static str, &'static str)>>>);

impl Unindexed {
    /// Reports the columns of a request that were not reported before.
    pub(crate) fn tell(&self, request: &Request, events: &Events) {
        let operation = request.operation.id;
        for &column in &request.unindexed {
            if self.0.get().lock().unwrap_or_else(PoisonError::into_inner).insert((operation, column)) {
                tracing::warn!(
                    target: "zeyos", operation, column,
                    "a list has a condition on a time without an index; a server may take too long"
                );
                events.emit(&ClientEvent::UnindexedFilter { operation, column });
            }
        }
    }
}
