//! Points in time as the server counts them.

#[cfg(any(feature = "chrono", feature = "jiff"))]
mod convert;
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub use convert::OutOfRange;

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};

/// A point in time in Unix seconds: seconds since 1970-01-01 00:00:00 UTC.
///
/// ```
/// use std::time::Duration;
/// use zeyos_core::Timestamp;
///
/// const DAY: Duration = Duration::from_secs(86_400);
/// let start = Timestamp::from_unix(1_767_225_600);
/// let due = start + DAY;
/// assert_eq!(due.to_string(), "2026-01-02T00:00:00Z");
/// assert_eq!((due - start, due - DAY, start.seconds_since(due)), (DAY, start, -86_400));
/// assert!(start < due);
/// ```
///
/// The features `chrono` and `jiff` convert to and from the times of those crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point in time with this number of Unix seconds.
    pub const fn from_unix(seconds: i64) -> Self {
        Timestamp(seconds)
    }

    /// The Unix seconds.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    /// What the clock of the system says now. There is none in a browser.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[expect(clippy::disallowed_methods, reason = "it is for callers; what is decided here goes by the injected clock")]
    pub fn now() -> Self {
        Timestamp::from(SystemTime::now())
    }

    /// How many seconds after the other one this is; less than 0 where it is before. [`-`](Self::sub) has no less than none.
    pub const fn seconds_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// The whole seconds of a duration, as many as can be expressed.
fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Later by the whole seconds of the duration; parts of a second are cut off, and the last second that there is stays the last.
impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(seconds(duration)))
    }
}

impl AddAssign<Duration> for Timestamp {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

/// Earlier by the whole seconds of the duration; parts of a second are cut off, and the first second that there is stays the first.
impl Sub<Duration> for Timestamp {
    type Output = Timestamp;

    fn sub(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(seconds(duration)))
    }
}

impl SubAssign<Duration> for Timestamp {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

/// The time from the other one to this one; none where that is later, as between two instants of the standard library.
/// [`seconds_since`](Timestamp::seconds_since) has a sign.
impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Timestamp) -> Duration {
        if self <= earlier { Duration::ZERO } else { Duration::from_secs(self.0.abs_diff(earlier.0)) }
    }
}

impl From<SystemTime> for Timestamp {
    /// Parts of a second are cut off; times out of reach become the nearest one that can be expressed.
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(seconds(since)),
            Err(before) => Timestamp(-seconds(before.duration())),
        }
    }
}

impl From<&Timestamp> for Timestamp {
    fn from(timestamp: &Timestamp) -> Self {
        *timestamp
    }
}

impl From<Timestamp> for SystemTime {
    /// A time that the system cannot express becomes the Unix epoch.
    fn from(timestamp: Timestamp) -> Self {
        let distance = Duration::from_secs(timestamp.0.unsigned_abs());
        let time = if timestamp.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
        time.unwrap_or(UNIX_EPOCH)
    }
}

/// In the form of RFC 3339, in UTC: `2026-01-01T00:00:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

const DAY: i64 = 86_400;

/// Year, month and day of a number of days since 1970. Reckoned in years that begin in March, so that the leap day is the last
/// one, and in eras of 400 years, after which the calendar repeats.
fn civil(days: i64) -> (i64, i64, i64) {
    let since_era = days + 719_468;
    let (era, day_of_era) = (since_era.div_euclid(146_097), since_era.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

crate::serialize!(Timestamp);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_unix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_prints_as_a_date_in_utc() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Timestamp::from_unix(seconds).to_string(), text);
        }
    }

    #[test]
    fn times_are_reckoned_in_whole_seconds_and_never_wrap() {
        let (first, last) = (Timestamp::from_unix(i64::MIN), Timestamp::from_unix(i64::MAX));
        let mut time = Timestamp::from_unix(10);
        time += Duration::from_millis(1_999);
        assert_eq!((time, time - Duration::from_millis(999)), (Timestamp::from_unix(11), Timestamp::from_unix(11)));
        time -= Duration::from_secs(12);
        assert_eq!(time, Timestamp::from_unix(-1));
        assert_eq!((last + Duration::MAX, first - Duration::MAX), (last, first));
        assert_eq!((last - first, first - last), (Duration::from_secs(u64::MAX), Duration::ZERO));
        assert_eq!((last.seconds_since(first), first.seconds_since(last)), (i64::MAX, i64::MIN));
    }

    #[test]
    fn now_is_the_clock_of_the_system() {
        let before = Timestamp::now();
        assert!(before > Timestamp::from_unix(1_700_000_000) && Timestamp::now() - before < Duration::from_secs(3600));
    }

    #[test]
    fn system_time_and_back_is_the_same_second() {
        for seconds in [-86_400, 0, 1_767_225_600] {
            let timestamp = Timestamp::from_unix(seconds);
            assert_eq!(Timestamp::from(SystemTime::from(timestamp)), timestamp);
        }
    }
}
