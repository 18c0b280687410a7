//! The emulator's own time. Tests move it; it never waits.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A source of Unix seconds: the machine's clock plus what was added to it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: AtomicI64,
}

impl Clock {
    /// The current moment in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        let machine = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        seconds(machine).saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    /// How far it is ahead of the machine's clock, in seconds; below zero when it is behind.
    pub(crate) fn offset(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Sets how far it is ahead of the machine's clock.
    pub(crate) fn set_offset(&self, seconds: i64) {
        self.ahead.store(seconds, Ordering::Relaxed);
    }

    /// Moves the clock forward, by whole seconds.
    pub(crate) fn advance(&self, by: Duration) {
        self.shift(seconds(by));
    }

    /// Moves the clock by so many seconds, back if they are negative.
    pub(crate) fn shift(&self, seconds: i64) {
        let add = |ahead: i64| Some(ahead.saturating_add(seconds));
        // The closure always answers, so there is no failure to handle.
        let _ = self.ahead.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// A moment in the form of HTTP. One that the form cannot show becomes the first or last that it can.
pub(crate) fn http_date(now: i64) -> String {
    let seconds = u64::try_from(now).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_may_lie_in_the_past() {
        let clock = Clock::default();
        let before = clock.now();
        clock.set_offset(-3600);
        assert!((-3600..-3598).contains(&(clock.now() - before)));
        assert_eq!(clock.offset(), -3600);
    }

    #[test]
    fn every_moment_has_a_date() {
        assert_eq!(http_date(1_767_225_600), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(http_date(i64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(http_date(-5), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

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
