//! The emulator's own time. Tests move it forward; it never waits.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of Unix seconds: the machine's clock plus what was added to it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    /// The current moment in Unix seconds.
    pub fn now(&self) -> i64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        seconds(machine).saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// Moves the clock forward, by whole seconds.
    pub fn advance(&self, by: Duration) {
        let add = |ahead: i64| Some(ahead.saturating_add(seconds(by)));
        // The closure always answers, so there is no failure to handle.
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advanced_clock_runs_ahead() {
        let clock = Clock::default();
        let before = clock.now();
        clock.advance(Duration::from_secs(3600));
        assert!((3600..3602).contains(&(clock.now() - before)));
    }

    #[test]
    fn advancing_beyond_all_time_does_not_overflow() {
        let clock = Clock::default();
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), i64::MAX);
    }
}
