//! Points in time as the server counts them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer};

/// A point in time in Unix seconds: seconds since 1970-01-01 00:00:00 UTC.
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
}

impl From<SystemTime> for Timestamp {
    /// Parts of a second are cut off; times out of reach become the nearest one that can be expressed.
    fn from(time: SystemTime) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp(seconds(since)),
            Err(before) => Timestamp(-seconds(before.duration())),
        }
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

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_unix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_time_and_back_is_the_same_second() {
        for seconds in [-86_400, 0, 1_767_225_600] {
            let timestamp = Timestamp::from_unix(seconds);
            assert_eq!(Timestamp::from(SystemTime::from(timestamp)), timestamp);
        }
    }
}
