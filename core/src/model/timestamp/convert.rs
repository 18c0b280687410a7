//! To the times of other crates and back.

use super::Timestamp;

/// A time that another crate cannot express. Its years go far, though not as far as 64 bits of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange {
    seconds: i64,
}

impl OutOfRange {
    /// This time is out of range.
    #[doc(hidden)]
    pub const fn of(time: Timestamp) -> Self {
        OutOfRange { seconds: time.as_unix() }
    }
}

impl std::fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} seconds since 1970 are out of the range of this type of time", self.seconds)
    }
}

impl std::error::Error for OutOfRange {}

#[cfg(feature = "jiff")]
mod of_jiff {
    use super::{OutOfRange, Timestamp};

    impl TryFrom<Timestamp> for jiff::Timestamp {
        type Error = OutOfRange;

        fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
            jiff::Timestamp::from_second(time.as_unix()).map_err(|_| OutOfRange::of(time))
        }
    }

    /// Parts of a second are cut off.
    impl From<jiff::Timestamp> for Timestamp {
        fn from(time: jiff::Timestamp) -> Self {
            Timestamp::from_unix(time.as_second())
        }
    }
}

#[cfg(feature = "chrono")]
mod of_chrono {
    use chrono::{DateTime, TimeZone, Utc};

    use super::{OutOfRange, Timestamp};

    impl TryFrom<Timestamp> for DateTime<Utc> {
        type Error = OutOfRange;

        fn try_from(time: Timestamp) -> Result<Self, OutOfRange> {
            DateTime::from_timestamp(time.as_unix(), 0).ok_or(OutOfRange::of(time))
        }
    }

    /// Parts of a second are cut off.
    impl<Z: TimeZone> From<DateTime<Z>> for Timestamp {
        fn from(time: DateTime<Z>) -> Self {
            // chrono counts back to the second before; what is cut off is cut off towards 1970 everywhere here.
            let is_behind = time.timestamp() < 0 && time.timestamp_subsec_nanos() > 0;
            Timestamp::from_unix(time.timestamp() + i64::from(is_behind))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "jiff")]
    #[test]
    fn a_time_of_jiff_and_back_is_the_same_second() {
        for seconds in [-86_400, 0, 1_767_225_600] {
            let time = jiff::Timestamp::try_from(Timestamp::from_unix(seconds)).unwrap();
            assert_eq!((time.as_second(), Timestamp::from(time)), (seconds, Timestamp::from_unix(seconds)));
        }
        for (nanos, cut) in [(-500_000_000, 0), (-1_000_000_001, -1), (1_999_999_999, 1)] {
            let time = jiff::Timestamp::from_nanosecond(nanos).unwrap();
            assert_eq!(Timestamp::from(time), Timestamp::from_unix(cut), "{time}");
        }
        let far = jiff::Timestamp::try_from(Timestamp::from_unix(i64::MAX)).unwrap_err();
        assert!(far.to_string().starts_with("9223372036854775807 seconds"), "{far}");
    }

    #[cfg(feature = "chrono")]
    #[test]
    fn a_time_of_chrono_and_back_is_the_same_second() {
        use chrono::{DateTime, FixedOffset, Utc};

        for seconds in [-86_400, 0, 1_767_225_600] {
            let time = DateTime::<Utc>::try_from(Timestamp::from_unix(seconds)).unwrap();
            let berlin = time.with_timezone(&FixedOffset::east_opt(3_600).unwrap());
            let times = [Timestamp::from(time), Timestamp::from(berlin)];
            assert_eq!(times, [Timestamp::from_unix(seconds); 2]);
        }
        for (seconds, nanos, cut) in [(-1, 500_000_000, 0), (-2, 1, -1), (1, 999_999_999, 1), (-1, 0, -1)] {
            let time = DateTime::<Utc>::from_timestamp(seconds, nanos).unwrap();
            assert_eq!(Timestamp::from(time), Timestamp::from_unix(cut), "{time}");
        }
        assert_eq!(DateTime::<Utc>::try_from(Timestamp::from_unix(i64::MIN)), Err(OutOfRange { seconds: i64::MIN }));
    }
}
