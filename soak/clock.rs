//! The time of a run, which server, processes and findings share.

use std::time::{Duration, Instant};

/// Counts from the start of the run.
#[derive(Clone, Copy)]
pub(crate) struct Clock(Instant);

#[expect(clippy::disallowed_methods, reason = "this is not part of the library: it measures a run")]
impl Clock {
    pub(crate) fn start() -> Self {
        Clock(Instant::now())
    }

    pub(crate) fn now(self) -> Duration {
        self.0.elapsed()
    }
}
